"""How often calls may start: at a rate once the service has refused one for coming too soon, seldom while it is closed."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from attrs import define, field, frozen

from ocr_async.gates.limits import Rate
from ocr_async.gates.search import MARGIN, Search

FEW = 4
"""Calls between two refusals that are too few to tell them apart: together they are a row."""

CLUSTER = 4
"""Refusals in a row after which the service counts as closed, and only single scouts are sent."""

LAG = 0.05
"""Seconds of delay in waking up that the next starts make good."""

FIRST_REST = 0.05
LONGEST_REST = 5.0
"""Seconds to wait for the next call after the second refusal in a row, and at most: half as long again for each one."""

SHORT = 2.0
"""Seconds: whoever is closed for longer counts calls in windows of time."""

START = 0.75
"""The share of what was accepted before the first refusal to begin with: some of that was a burst."""


@frozen
class Mark:
    """A moment, and how many calls had been accepted by then."""

    time: float
    accepted: int

    def rate(self, later: Mark) -> float:
        """Return the accepted calls a second from here to a later mark.

        From one refusal to the next that is the limit itself: the bucket was empty at both, so all it got was used.
        """
        return (later.accepted - self.accepted) / max(later.time - self.time, 0.1)

    def likely_rate(self, later: Mark, expected: float) -> float:
        """Return the same; the shorter the time, the nearer to what was expected."""
        seconds = FEW / expected + 0.25
        accepted = max(0, later.accepted - self.accepted)
        return (accepted + expected * seconds) / (later.time - self.time + seconds)


NEVER = Mark(-inf, 0)


@define
class Pace:
    """When the next call may start; without a limit until the service refuses a call, unless a rate is stated.

    Pure but for the clock that is passed in. Calls are numbered in the order of their start. Refusals with hardly a call
    accepted between them are one row: the first sets the rate, the others only make the next call wait.
    """

    clock: Callable[[], float] = field(repr=False)
    stated: float | None = None
    search: Search | None = field(init=False, default=None)
    next_start: float = field(init=False, default=-inf)
    _last: int = field(init=False, default=0)
    _refused: int = field(init=False, default=0)
    _cut: int = field(init=False, default=0)
    _row: int = field(init=False, default=0)
    _refusal: Mark = field(init=False, default=NEVER)
    _raised: Mark = field(init=False, default=NEVER)
    _opening: Mark = field(init=False, default=NEVER)
    _recent: Mark = field(init=False, default=NEVER)
    _told: Rate | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        if self.stated is not None:
            self.search = Search(self.stated, ceiling=self.stated)

    @property
    def rate(self) -> float | None:
        """Calls a second; None without a limit."""
        return None if self.search is None else self.search.rate

    def delay(self) -> float:
        """Seconds until the next start: 0 now."""
        return 0.0 if self.search is None else max(0.0, self.next_start - self.clock())

    def start(self, number: int) -> None:
        """Count a call that starts; numbers rise."""
        if self.search is not None:
            now = self.clock()
            if self._opening is NEVER:
                self._opening = self._refusal = self._mark(now)
            if self._row >= CLUSTER and number > self._cut + 1:
                # The scout had time enough to be refused.
                self._end_row(self.search, now)
            self._schedule(self.search, now)
        elif number % 16 == 1:
            # Not at every call: reading the clock costs as much as all the rest.
            self._remember(self.clock())
        self._last = number

    def admit(self, number: int) -> None:
        """Learn from a call that was admitted. Calls sent before the last change say nothing."""
        if self.search is None or number <= self._cut:
            return
        now = self.clock()
        self._end_row(self.search, now)
        if self.search.succeed(now):
            self._cut = self._last
            self._raised = self._mark(now)

    def refuse(self, number: int, refusal: Rate) -> None:
        """Learn from a call that was refused for coming too soon. Calls sent before the last change say nothing."""
        self._refused += 1
        now = self.clock()
        if self.search is None or (refusal.announced is not None and refusal != self._told):
            self._begin(Mark(now, number - self._refused), refusal)
        elif number > self._cut:
            self._give_way(self.search, number, now)

    def ignore(self) -> None:
        """Count a call that was refused for no reason of its pace."""
        self._refused += 1

    def _mark(self, now: float) -> Mark:
        return Mark(now, self._last - self._refused)

    def _remember(self, now: float) -> None:
        if now - self._recent.time >= 3:
            self._opening = self._mark(now) if self._recent is NEVER else self._recent
            self._recent = self._mark(now)

    def _schedule(self, search: Search, now: float) -> None:
        interval = 1 / search.attempted
        self.next_start = max(self.next_start, now - min(interval, LAG)) + interval
        if self._row >= CLUSTER:
            self._wait(self._rest(search), now)

    def _begin(self, mark: Mark, refusal: Rate) -> None:
        if self.search is None:
            self.search = Search(max(START * self._opening.rate(self._mark(mark.time)), 1.0))
            self.search.climb(mark.time)
        if refusal.announced is not None:
            self._told = refusal
            self.search.announce(refusal.announced, mark.time)
        self._row = 1
        self._refusal = mark
        self._cut = self._last
        self._wait(1 / self.search.rate, mark.time)

    def _give_way(self, search: Search, number: int, now: float) -> None:
        if number > self._cut + FEW or not self._row:
            self._slow_down(search, Mark(now, number - self._refused))
        else:
            self._row += 1
        self._cut = self._last
        self._wait(max(1 / search.rate, self._rest(search)), now)

    def _slow_down(self, search: Search, mark: Mark) -> None:
        # The time before a probe counts if the probe failed: what was held then is the least that is accepted.
        begun = self._refusal if search.is_probing else max(self._refusal, self._raised, key=lambda one: one.time)
        search.fall_back(begun.likely_rate(mark, search.rate), mark.time)
        self._refusal = mark
        self._row = 1

    def _rest(self, search: Search) -> float:
        if self._row < 2:
            return 0.0
        return min(max(FIRST_REST * 1.5 ** (self._row - 2), search.period / 40), LONGEST_REST)

    def _wait(self, seconds: float, now: float) -> None:
        self.next_start = max(self.next_start, now + seconds)

    def _end_row(self, search: Search, now: float) -> None:
        if not self._row:
            return
        opening = self._mark(now)
        if self._row >= CLUSTER and now - self._refusal.time > SHORT:
            self._learn_window(search, opening)
            self._refusal = opening
            self._cut = self._last
            self._wait(1 / search.rate, now)
        self._row = 0
        self._opening = opening

    def _learn_window(self, search: Search, opening: Mark) -> None:
        measured = self._opening.rate(opening)
        if self._told is not None and search.announced is not None:
            search.period = self._told.period or 0.0
            whole = measured >= 0.95 * search.announced
            search.settle(search.announced * MARGIN if whole else measured, opening.time)
        elif not search.period or measured < 0.9 * search.rate:
            search.period = opening.time - self._opening.time
            search.settle(0.98 * measured, opening.time)
