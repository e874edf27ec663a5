"""How many calls a service accepted until when, from which follows at what rate."""

from __future__ import annotations

from math import inf

from attrs import define, field, frozen


@frozen
class Mark:
    """A moment, and how many calls had been accepted by then."""

    time: float
    accepted: int

    def rate(self, later: Mark, expected: float = 0.0, seconds: float = 0.0) -> float:
        """Return the accepted calls a second from here to a later mark; the shorter the time, the nearer to what is expected.

        From one refusal to the next that is the limit itself: the bucket was empty at both, so all it got was used.
        """
        accepted = max(0, later.accepted - self.accepted)
        return (accepted + expected * seconds) / max(later.time - self.time + seconds, 0.1)


NEVER = Mark(-inf, 0)


@define
class Meter:
    """Counts calls, which are numbered in the order of their start, and knows the counts of the last six seconds."""

    last: int = 0
    """The number of the call that started last."""
    refused: int = 0
    _marks: list[Mark] = field(factory=list[Mark])

    def mark(self, now: float) -> Mark:
        """Return how many calls have been accepted, if those under way are."""
        return Mark(now, self.last - self.refused)

    def remember(self, now: float) -> None:
        """Keep the count of this moment, unless it is less than half a second since another one."""
        if not self._marks or now - self._marks[-1].time >= 0.5:
            self._marks = [*self._marks[-11:], self.mark(now)]

    def earlier(self, marks: int = 12) -> Mark:
        """Return the count from so many half seconds ago."""
        return self._marks[-marks:][0]
