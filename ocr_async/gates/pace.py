"""How often calls may start: at a rate once the service has refused one for coming too soon, one by one while it is closed."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from attrs import define, field, frozen

from ocr_async.gates.limits import Rate
from ocr_async.gates.search import MARGIN, STEPS, Search

CLUSTER = 4
"""Refusals in a row after which the service counts as closed, and only single scouts are sent."""

LAG = 0.05
"""Seconds of delay in waking up that the next starts make good."""

PATIENCE = 0.05
"""Seconds to wait for each refusal in a row before the next call."""

SELDOM = 3.0
"""Seconds between refusals that are not yet a sign of a lower limit."""

SHORT = 2.0
"""Seconds: whoever is closed for longer counts calls in windows of time."""


@frozen
class Mark:
    """A moment, and how many calls had been accepted by then."""

    time: float
    accepted: int

    def rate(self, now: float, accepted: int) -> float:
        """Return the accepted calls a second since then.

        From one refusal to the next that is the limit itself: the bucket was empty at both, so all it got was used.
        """
        return (accepted - self.accepted) / max(now - self.time, 0.1)


@define
class Pace:
    """When the next call may start; without a limit until the service refuses a call, unless a rate is stated.

    Pure but for the clock that is passed in. Calls are numbered in the order of their start.
    """

    clock: Callable[[], float] = field(repr=False)
    stated: float | None = None
    search: Search | None = field(init=False, default=None)
    next_start: float = field(init=False, default=-inf)
    _last: int = field(init=False, default=0)
    _refused: int = field(init=False, default=0)
    _cut: int = field(init=False, default=0)
    _refusal: Mark = field(init=False, default=Mark(-inf, 0))
    _opening: Mark = field(init=False, default=Mark(-inf, 0))
    _recent: Mark = field(init=False, default=Mark(-inf, 0))
    _row: int = field(init=False, default=0)
    _row_ended: float = field(init=False, default=-inf)
    _rate_before_row: float = field(init=False, default=0.0)
    _told: Rate | None = field(init=False, default=None)
    _windowed: bool = field(init=False, default=False)
    _closed: float | None = field(init=False, default=None)
    _scout: int | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        if self.stated is not None:
            self.search = Search(self.stated, ceiling=self.stated)

    @property
    def rate(self) -> float | None:
        """Calls a second; None without a limit."""
        return None if self.search is None else self.search.rate

    def delay(self) -> float:
        """Seconds until the next start: 0 now, infinite until the scout is back."""
        if self.search is None:
            return 0.0
        if self._scout is not None:
            return inf
        return max(0.0, self.next_start - self.clock())

    def start(self, number: int) -> None:
        """Count a call that starts; numbers rise."""
        self._last = number
        if self.search is not None:
            now = self.clock()
            if self._opening.time == -inf:
                self._opening = self._refusal = Mark(now, self._accepted - 1)
            self._schedule(self.search.attempted, now)
            if self._closed is not None:
                self._scout = number
        elif number % 16 == 1:
            # Not at every call: reading the clock costs as much as all the rest.
            self._remember(self.clock())

    def release(self, number: int) -> None:
        """Forget a call that taught nothing."""
        if number == self._scout:
            self._scout = None

    def admit(self, number: int) -> None:
        """Learn from a call that was admitted."""
        if self.search is None:
            return
        now = self.clock()
        if number == self._scout:
            self._reopen(self.search, now)
        elif number > self._cut and self._closed is None:
            self._end_row(self.search, now)
            if self.search.succeed(now):
                self._cut = self._last

    def refuse(self, number: int, refusal: Rate) -> None:
        """Learn from a call that was refused for coming too soon. Calls sent before the last change say nothing."""
        self._refused += 1
        now = self.clock()
        scout = number == self._scout
        self.release(number)
        if self.search is None or (refusal.announced is not None and refusal != self._told):
            self._begin(refusal, now)
        elif scout:
            self._row += 1
            self._rest(now)
        elif number > self._cut and self._closed is None:
            self._give_way(self.search, now)

    def ignore(self, number: int) -> None:
        """Count a call that was refused for no reason of its pace."""
        self._refused += 1
        self.release(number)

    @property
    def _accepted(self) -> int:
        return self._last - self._refused

    def _remember(self, now: float) -> None:
        if now - self._recent.time >= 3:
            first = self._recent.time == -inf
            self._opening = Mark(now, self._accepted - 1) if first else self._recent
            self._recent = Mark(now, self._accepted - 1)

    def _schedule(self, rate: float, now: float) -> None:
        interval = 1 / rate
        self.next_start = max(self.next_start, now - min(interval, LAG)) + interval

    def _begin(self, refusal: Rate, now: float) -> None:
        if self.search is None:
            self.search = Search(max(0.5 * self._opening.rate(now, self._accepted), 1.0))
            self.search.climb()
        if refusal.announced is not None:
            self._told = refusal
            self._closed = self._scout = None
            self._row = 0
            self.search.announce(refusal.announced, now)
        self._mark(self.search, now)

    def _mark(self, search: Search, now: float) -> None:
        self._cut = self._last
        self._refusal = Mark(now, self._accepted)
        self.next_start = max(self.next_start, now + 1 / search.rate)

    def _give_way(self, search: Search, now: float) -> None:
        self._row += 1
        if self._row >= CLUSTER:
            self._closed = now
            search.set(search.rate, now)
        elif self._row > 1:
            self._suspect_windows(search)
            search.set(0.85 * search.rate, now)
        else:
            search.fall_back(self._refusal.rate(now, self._accepted), now)
            self._rate_before_row = search.rate
        self._mark(search, now)
        if self._row >= CLUSTER:
            self._rest(now)
        elif self._row > 1:
            self.next_start = max(self.next_start, now + PATIENCE * self._row)

    def _suspect_windows(self, search: Search) -> None:
        told = search.announced
        if told is not None and self._told is not None and self._rate_before_row >= 0.9 * told:
            self._windowed = True
            search.period = self._told.period or 0.0

    def _end_row(self, search: Search, now: float) -> None:
        if self._row > 1 and (self._windowed or now - self._row_ended > SELDOM):
            # At the end of a window of time refusals say nothing about the rate.
            search.set(self._rate_before_row, now)
        elif self._row > 1:
            search.climb(STEPS[2:3])
        if self._row:
            self._row_ended = now
        self._row = 0

    def _rest(self, now: float) -> None:
        self.next_start = now + min(0.1 * 2 ** (self._row - CLUSTER), 5.0)

    def _reopen(self, search: Search, now: float) -> None:
        if self._closed is not None and now - self._closed > SHORT:
            self._windowed = True
        self._closed = self._scout = None
        if self._windowed:
            search.settle(self._rate_of_cycle(search, now), now)
            self._row = 0
        else:
            self._end_row(search, now)
        self._mark(search, now)
        self._opening = self._refusal

    def _rate_of_cycle(self, search: Search, now: float) -> float:
        measured = self._opening.rate(now, self._accepted)
        if search.announced is None or self._told is None:
            search.period = now - self._opening.time
            return 0.98 * measured
        search.period = self._told.period or 0.0
        return search.announced * MARGIN if measured >= 0.95 * search.announced else measured
