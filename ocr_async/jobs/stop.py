"""The way to end a job early."""

from __future__ import annotations

from anyio import CancelScope
from attrs import define, field


@define(eq=False)
class Stop:
    """Ends a job early: asked once, what is under way is finished; asked again, it ends at once.

    Either way the same call of `run_job` goes on later. `ask` belongs into the event loop's thread, as in a task that
    waits for SIGINT. A `Stop` serves one run.
    """

    asked: int = 0
    _intake: CancelScope = field(factory=CancelScope, repr=False)
    _work: CancelScope = field(factory=CancelScope, repr=False)

    def ask(self) -> None:
        """Ask to end."""
        self.asked += 1
        (self._intake if self.asked == 1 else self._work).cancel()

    @property
    def intake(self) -> CancelScope:
        """The scope around what looks for more to do."""
        return self._intake

    @property
    def work(self) -> CancelScope:
        """The scope around everything that can be lost without harm."""
        return self._work
