"""How often calls may start: the announced rate, or the one that the service turns out to accept, held and seldom probed."""

from __future__ import annotations

from math import inf, sqrt

from attrs import define, field, frozen

from ocr_async.gates.limits import Rate

MARGIN = 0.995
"""The share of an announced limit that is used."""

STEPS = (2.0, 1.25, 1.08, 1.03)
"""Growth of the rate while searching: each refusal leads to the next, finer one."""

CLUSTER = 4
"""Refusals in a row after which only single scouts are sent."""

SLOWEST = 0.01
"""Calls a second; nothing is slower than that."""

LAG = 0.05
"""Seconds of delay in waking up that are made good by the next starts."""


@frozen
class Mark:
    """A moment, and how many calls had been accepted by then."""

    time: float
    accepted: int

    def rate(self, now: float, accepted: int) -> float:
        """Return the accepted calls a second since then.

        From one refusal to the next this is the limit itself: a bucket was empty at both, so all it was given was used.
        """
        return (accepted - self.accepted) / max(now - self.time, 0.1)


@define
class Pace:
    """The rate of starts that the service admits; None until the first refusal, unless it is stated.

    Pure: the time is passed in, in seconds of any clock. Calls are numbered in the order of their start.
    """

    rate: float | None = None
    ceiling: float = inf
    next_start: float = -inf
    _last: int = 0
    _refused: int = 0
    _cut: int = 0
    _mark: Mark = Mark(-inf, 0)
    _before: Mark = Mark(-inf, 0)
    _cycle: Mark = Mark(-inf, 0)
    _announced: Rate | None = None
    _period: float = 0.0
    _steps: tuple[float, ...] = ()
    _good: float = 0.0
    _gain: float = 0.0
    _wait: float = 150.0
    _successes: int = 0
    _since: float = -inf
    _row: int = 0
    _before_row: float = 0.0
    _windowed: bool = False
    _scouting: bool = False
    _closed: float = -inf
    _scout: int | None = None

    def delay(self, now: float) -> float:
        """Seconds until the next start: 0 now, infinite until the scout is back."""
        if self.rate is None:
            return 0.0
        if self._scout is not None:
            return inf
        return max(0.0, self.next_start - now)

    def start(self, number: int, now: float) -> None:
        """Count a call that starts; numbers rise."""
        self._last = number
        if self.rate is None:
            if now - self._mark.time >= 3:
                self._before, self._mark = self._mark, Mark(now, self._accepted - 1)
            return
        if self._scouting:
            self._scout = number
        interval = 1 / (self.rate * (1 + self._gain))
        self.next_start = max(self.next_start, now - min(interval, LAG)) + interval

    def release(self, number: int) -> None:
        """Forget a call that taught nothing."""
        if number == self._scout:
            self._scout = None

    def admit(self, number: int, now: float) -> None:
        """Learn from a call that was admitted."""
        if self.rate is None:
            return
        if number == self._scout:
            self._reopen(now)
        elif number > self._cut and not self._scouting:
            self._end_row(now)
            self._successes += 1
            if self._steps:
                self._search()
            else:
                self._hold(now)

    def refuse(self, number: int, now: float, refusal: Rate) -> None:
        """Learn from a call that was refused for coming too soon."""
        self._refused += 1
        if refusal.announced is not None and refusal != self._announced:
            self._announce(refusal, now)
        elif self.rate is None:
            self._begin_search(now)
        elif number == self._scout:
            self._scout = None
            self._row += 1
            self._rest(now)
        elif number > self._cut and not self._scouting:
            self._slow_down(now)

    @property
    def _accepted(self) -> int:
        return self._last - self._refused

    def _announce(self, refusal: Rate, now: float) -> None:
        if self.rate is None:
            self._cycle = self._first_mark()
        self._announced = refusal
        self._period = refusal.period or 0.0
        self._steps = ()
        self._wait = 300.0
        self._set((refusal.announced or inf) * MARGIN, now)

    def _begin_search(self, now: float) -> None:
        self._cycle = self._first_mark()
        self._steps = STEPS
        self._set(max(0.5 * self._cycle.rate(now, self._accepted), 1.0), now)

    def _first_mark(self) -> Mark:
        return self._mark if self._before.time == -inf else self._before

    def _set(self, rate: float, now: float) -> None:
        self.rate = min(max(rate, SLOWEST), self.ceiling)
        self._gain = 0.0
        self._good = 0.0
        self._successes = 0
        self._since = now
        self._cut = self._last
        self._mark = Mark(now, self._accepted)
        self.next_start = max(self.next_start, now + 1 / self.rate)

    def _end_row(self, now: float) -> None:
        # In a window of time the refusals before its end say nothing about the pace.
        if self._row > 1 and self._windowed:
            self._set(self._before_row, now)
        elif self._row > 1 and not self._steps:
            self._steps = STEPS[2:3]
        self._row = 0

    def _search(self) -> None:
        assert self.rate is not None  # noqa: S101  for the type checker
        if self._successes >= max(4.0, 0.6 * self.rate):
            self._good = self.rate
            self.rate = min(self.rate * self._steps[0], self.ceiling)
            self._successes = 0

    def _hold(self, now: float) -> None:
        waited = now - self._since
        if self._gain:
            done = self._successes >= min(max(2 * (self.rate or 0), 4), 38) and (not self._windowed or waited >= 1.1 * self._period)
        else:
            done = self._successes >= self._wait or (self._successes >= 30 and waited >= self._wait / 12 and not self._windowed)
        if done:
            self._probe(now)

    def _probe(self, now: float) -> None:
        assert self.rate is not None  # noqa: S101  for the type checker
        if self._gain > 1.5 * self._first_gain:
            self._wait = 300.0 if self._announced else 150.0
        self.rate = min(self.rate * (1 + self._gain), self.ceiling)
        self._gain = min(3 * self._gain, 0.5) if self._gain else self._first_gain
        if self.rate >= self.ceiling:
            self._gain = 0.0
        self._good = 0.0
        self._successes = 0
        self._since = now
        self._cut = self._last

    @property
    def _first_gain(self) -> float:
        assert self.rate is not None  # noqa: S101  for the type checker
        # One refusal tells an announced limit anew, so it may be soon.
        told = self._announced is not None and self.rate >= 0.9 * (self._announced.announced or inf)
        return 1.0 if told and not self._windowed else min(0.1 * self.rate**-0.75, 0.5)

    def _slow_down(self, now: float) -> None:
        assert self.rate is not None  # noqa: S101  for the type checker
        self._row += 1
        if self._row >= CLUSTER:
            self._scouting = True
            self._closed = now
            self._gain = 0.0
            self._cut = self._last
            self._rest(now)
        elif self._row > 1:
            self._set(self.rate * 0.85, now)
        else:
            self._correct(now)
            self._before_row = self.rate

    def _correct(self, now: float) -> None:
        assert self.rate is not None  # noqa: S101  for the type checker
        measured = self._mark.rate(now, self._accepted)
        if self._announced is not None and self.rate > (self._announced.announced or inf):
            self._set((self._announced.announced or inf) * MARGIN, now)
        elif self._steps:
            self._steps = self._steps[1:]
            self._set(min(self.rate, max(0.99 * measured, self._good, 0.5 * self.rate)), now)
        elif self._gain:
            self._wait = min(self._wait * 2, 2400) if self._announced or self._windowed else min(self._wait * 1.5, 600)
            self._set(self.rate, now)
        else:
            self._wait = min(self._wait * 1.2, 600)
            self._set(min(0.97 * self.rate, max(measured, 0.9 * self.rate)), now)

    def _rest(self, now: float) -> None:
        self.next_start = now + min(0.1 * 2 ** (self._row - CLUSTER), max(5.0, self._period / 12))

    def _reopen(self, now: float) -> None:
        self._scouting = False
        self._scout = None
        self._row = 0
        self._steps = ()
        if now - self._closed > 2:
            self._windowed = True
        rate = self.rate or SLOWEST
        if self._windowed:
            rate = self._cycle_rate(now)
        self._set(rate, now)
        self._cycle = self._mark

    def _cycle_rate(self, now: float) -> float:
        measured = self._cycle.rate(now, self._accepted)
        told = self._announced.announced if self._announced is not None else None
        if told is None:
            self._period = now - self._cycle.time
            return 0.98 * measured
        return told * MARGIN if measured >= 0.95 * told else measured
