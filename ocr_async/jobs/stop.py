"""The way to end a job early."""

from __future__ import annotations

from anyio import CancelScope
from attrs import define, field


@define(eq=False)
class Stop:
    """Ends a job early: asked once, what is under way is finished; asked again, it ends at once.

    Either way the same call of `run_job` goes on later. `ask` belongs into the event loop's thread, as in a task that
    waits for SIGINT. A `Stop` serves one run, and may be made and asked before it.
    """

    asked: int = 0
    _scopes: dict[str, CancelScope] = field(factory=dict[str, CancelScope], repr=False)

    def ask(self) -> None:
        """Ask to end."""
        self.asked += 1
        self._cancel()

    @property
    def intake(self) -> CancelScope:
        """The scope around what looks for more to do."""
        return self._scope("intake")

    @property
    def work(self) -> CancelScope:
        """The scope around everything that can be lost without harm."""
        return self._scope("work")

    def _scope(self, name: str) -> CancelScope:
        if name not in self._scopes:  # there is no event loop before it is used
            self._scopes[name] = CancelScope()
            self._cancel()
        return self._scopes[name]

    def _cancel(self) -> None:
        for name in ("intake", "work")[: self.asked]:
            if name in self._scopes:
                self._scopes[name].cancel()
