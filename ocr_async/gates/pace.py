"""How often calls may start: the announced rate, or the one that is found by searching, held and seldom probed."""

from __future__ import annotations

from collections import deque
from math import inf

from attrs import define, field

from ocr_async.gates.limits import Rate

STAGES = (2.0, 1.15, 1.03)
"""Growth of the rate in the stages of the search, from coarse to fine."""

MARGIN = 0.995
"""The share of an announced limit that is used."""


@define
class Pace:
    """The rate of starts that the service admits; None until a first refusal or unless it is stated.

    Pure: the time is passed in, in seconds of any clock. Calls are numbered in the order of their start.
    """

    rate: float | None = None
    ceiling: float = inf
    next_start: float = -inf
    _last: int = -1
    _cut: int = -1
    _recent: deque[float] = field(factory=deque[float])
    _stage: int = len(STAGES)
    _announced: Rate | None = None
    _good: float = 0.0
    _successes: int = 0
    _since: float = 0.0
    _gain: float = 0.0
    _wait: float = 150.0
    _probe_failed: float = -inf
    _refusals: int = 0
    _scouts: int = 0
    _closed: bool = False
    _scout: int | None = None
    _cycle: float = -inf
    _accepted: int = 0

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
            return
        if self._closed:
            self._scout = number
        interval = 1 / (self.rate * (1 + self._gain))
        self.next_start = max(self.next_start, now - min(interval, 0.05)) + interval

    def release(self, number: int) -> None:
        """Forget a call that taught nothing."""
        if number == self._scout:
            self._scout = None

    def admit(self, number: int, now: float) -> None:
        """Learn from a call that was admitted."""
        self._accepted += 1
        if self.rate is None:
            self._recent.append(now)
            while self._recent[0] < now - 3:
                self._recent.popleft()
            return
        if number == self._scout:
            self._reopen(now)
        elif number > self._cut and not self._closed:
            self._refusals = 0
            self._successes += 1
            if self._stage < len(STAGES):
                self._search(now)
            else:
                self._hold(now)

    def refuse(self, number: int, now: float, refusal: Rate) -> None:
        """Learn from a call that was refused for coming too soon."""
        if refusal.announced is not None and refusal != self._announced:
            self._announce(refusal, now)
        elif self.rate is None:
            self._begin_search(now)
        elif self._closed:
            if number == self._scout:
                self._scout_refused(now)
        elif number > self._cut:
            self._slow_down(now)

    def _announce(self, refusal: Rate, now: float) -> None:
        assert refusal.announced is not None  # noqa: S101  for the type checker
        if self.rate is None:
            self._cycle = self._recent[0] if self._recent else now
        self._announced = refusal
        self._stage = len(STAGES)
        self._wait = 150.0
        self._set(refusal.announced * MARGIN, now)

    def _begin_search(self, now: float) -> None:
        span = max(now - self._recent[0], 0.1) if self._recent else 1.0
        self._cycle = self._recent[0] if self._recent else now
        self._good = max(0.5 * len(self._recent) / min(3.0, span), 0.2)
        self._stage = 0
        self._set(self._good, now)

    def _set(self, rate: float, now: float) -> None:
        self.rate = min(rate, self.ceiling)
        self._gain = 0.0
        self._successes = 0
        self._since = now
        self._cut = self._last
        self._recent.clear()
        self.next_start = max(self.next_start, now + 1 / self.rate)

    def _search(self, now: float) -> None:
        assert self.rate is not None  # noqa: S101  for the type checker
        if self._successes >= max(4.0, 0.6 * self.rate):
            self._good = self.rate
            self.rate = min(self.rate * STAGES[self._stage], self.ceiling)
            self._successes = 0

    def _hold(self, now: float) -> None:
        period = self._announced.period if self._announced and self._announced.period else 0.0
        waited = now - self._since
        if self._gain:
            done = waited >= 1.1 * period if period > 5 else self._successes >= 38
        else:
            done = self._successes >= self._wait or (waited >= 10 and self._wait <= 150 and period <= 5)
        if done:
            self._probe(now)

    def _probe(self, now: float) -> None:
        assert self.rate is not None  # noqa: S101  for the type checker
        gain = self._gain
        self.rate = min(self.rate * (1 + gain), self.ceiling)
        self._gain = min(2 * gain, 0.16) if gain else 0.01
        if gain:
            self._wait = 150.0
        if self.rate >= self.ceiling:
            self._gain = 0.0
        self._successes = 0
        self._since = now
        self._cut = self._last

    def _slow_down(self, now: float) -> None:
        assert self.rate is not None  # noqa: S101  for the type checker
        self._refusals += 1
        if self._refusals >= 5:
            self._close(now)
        elif self._stage < len(STAGES):
            self._stage += 1
            self._set(self._good, now)
        elif self._gain:
            self._wait = min(self._wait * 2, 2400) if self._announced else min(self._wait * 1.5, 600)
            self._probe_failed = now
            self._set(self.rate, now)
        elif now - self._probe_failed <= 3:
            self._set(self.rate, now)
            self.next_start = now + 2 / self.rate
        else:
            self._set(self.rate * (0.8 if self._refusals % 2 == 0 else 0.97), now)

    def _close(self, now: float) -> None:
        self._closed = True
        self._scouts = 0
        self._scout = None
        self._cut = self._last
        self.next_start = now + 0.1

    def _scout_refused(self, now: float) -> None:
        self._scout = None
        self._scouts += 1
        period = self._announced.period if self._announced and self._announced.period else 25.0
        self.next_start = now + min(0.1 * 2**self._scouts, max(5.0, period / 5))

    def _reopen(self, now: float) -> None:
        self._closed = False
        self._scout = None
        self._refusals = 0
        rate = 0.98 * self._accepted / max(now - self._cycle, 0.1)
        if self._announced and self._announced.announced:
            rate = self._announced.announced * MARGIN
        self._stage = len(STAGES)
        self._cycle = now
        self._accepted = 0
        self._set(max(rate, 0.01), now)
