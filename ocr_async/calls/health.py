"""Whether an endpoint is worth a call: left alone after repeated faults, tried again by one call."""

from __future__ import annotations

from attrs import define

FAULTS = 8
"""Faults in a row, over all calls, after which an endpoint is left alone."""

FIRST, LONGEST = 1.0, 30.0
"""Seconds for which it is left alone at first, doubled with each failed try, and at most."""

LONGEST_ALONE = 5.0
"""Seconds at most where there is no other one to go to: a try then costs nothing, and calls wait for it."""


@define
class Health:
    """The state of one endpoint; times are those of the session's clock. Pure: the caller passes the time."""

    faults: int = 0
    left_until: float | None = None
    scouting: bool = False
    _seconds: float = FIRST

    @property
    def well(self) -> bool:
        """Whether calls go there freely."""
        return self.left_until is None

    def delay(self, now: float) -> float | None:
        """Return the seconds until a call may go there: 0 is now, None is when the call that tries it has ended."""
        if self.left_until is None:
            return 0.0
        return None if self.scouting else max(0.0, self.left_until - now)

    def start(self) -> bool:
        """Note that a call goes there; tell whether it is the one that tries an endpoint that was left alone."""
        self.scouting = not self.well
        return self.scouting

    def answered(self) -> bool:
        """Note a reply that speaks for the endpoint; tell whether that brings it back."""
        back = not self.well
        self.faults, self.left_until, self.scouting, self._seconds = 0, None, False, FIRST
        return back

    def failed(self, now: float, *, scout: bool, at_once: bool = False, longest: float = LONGEST) -> float | None:
        """Note a fault; return for how many seconds the endpoint is left alone now, at most `longest`, None when it is not (again).

        `at_once` does not wait for faults in a row.
        """
        self.faults += 1
        if not scout and (not self.well or not (at_once or self.faults >= FAULTS)):
            return None
        seconds, self._seconds = min(longest, self._seconds), min(LONGEST, self._seconds * 2)
        self.left_until, self.scouting = now + seconds, False
        return seconds

    def abandoned(self, *, scout: bool) -> None:
        """Note that a call ended without learning anything."""
        if scout:
            self.scouting = False
