"""How much of a run waits at the gates of an API, against how much should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from ocr_async.gates import AnyGate

SMOOTH = 8
"""Pictures over which the time that they take to open is smoothed."""


@define(eq=False)
class Backlog:
    """The calls of one run that wait for a slot of one API, at whichever endpoint.

    What is wanted follows from all that is in flight there, of other runs too: so runs at a time come to the same backlog, and to
    the same share of the slots.
    """

    gates: Sequence[AnyGate]
    """Those of the API, at each endpoint that offers it."""
    on_slot: Callable[[Backlog], None] = field(repr=False)
    """Called when a call of the run has got its slot."""
    waiting: int = 0
    taken: int = 0
    """Items that were taken since one got its slot."""
    spared: int = 0
    """Items in a row that ended while enough others waited."""
    opening: float = 0.0
    """Seconds that pictures take to open."""
    is_mixed: bool = False
    """Whether the run calls other APIs too."""
    runs: set[Backlog] = field(factory=set["Backlog"], repr=False)
    """The backlogs of all runs at these gates, its own among them."""

    def opened(self, seconds: float) -> None:
        """Learn how long a picture took to open."""
        self.opening += (seconds - self.opening) / SMOOTH

    @property
    def wanted(self) -> int:
        """How many should wait. Where calls of other APIs or runs may come between, none that ends surely brings the next one."""
        opening = inf if self.is_mixed or len(self.runs) > 1 else self.opening
        if len(self.gates) == 1:
            return self.gates[0].wanted(opening)
        return sum(gate.wanted(opening) for gate in self.gates)
