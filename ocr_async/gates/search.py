"""The highest rate that a service accepts: climb in ever finer steps, hold what was accepted, and seldom probe for more."""

from __future__ import annotations

from math import inf, pow  # noqa: A004  that of floats

from attrs import define

STEPS = (2.0, 1.25, 1.08, 1.03)
"""Growth of the rate while climbing: each refusal leads to the next, finer one."""

MARGIN = 0.995
"""The share of an announced limit that is used."""

SLOWEST = 0.01
"""Calls a second; the search never goes below."""


@define
class Search:
    """One rate in calls a second, set by successes and refusals.

    `announced` is the limit that the service told, in calls a second; `period` is in seconds, and above 0 when the limit
    counts calls in windows of that length, so that a probe shows its effect only at the end of one.
    """

    rate: float
    ceiling: float = inf
    announced: float | None = None
    period: float = 0.0
    _steps: tuple[float, ...] = ()
    _step_before: float = 0.0
    _gain: float = 0.0
    _patience: float = 150.0
    _successes: int = 0
    _since: float = -inf

    def __attrs_post_init__(self) -> None:
        self.rate = min(max(self.rate, SLOWEST), self.ceiling)

    @property
    def attempted(self) -> float:
        """The rate at which calls are to start now, that of a probe included."""
        return self.rate * (1 + self._gain)

    @property
    def is_probing(self) -> bool:
        """Whether the limit is being looked for rather than held."""
        return bool(self._steps) or self._gain > 0

    def climb(self, steps: tuple[float, ...] = STEPS) -> None:
        """Look for the limit above the present rate, which is too low."""
        self._steps = self._steps or steps

    def set(self, rate: float, now: float) -> None:
        """Go on at another rate, with nothing learnt about it yet."""
        self.rate = min(max(rate, SLOWEST), self.ceiling)
        self._gain = self._step_before = 0.0
        self._restart(now)

    def announce(self, limit: float, now: float) -> None:
        """Take the limit that the service told."""
        self.announced = limit
        self._steps = ()
        self._patience = 300.0
        self.set(limit * MARGIN, now)

    def settle(self, rate: float, now: float) -> None:
        """Hold a rate that was measured."""
        self._steps = ()
        self.set(rate, now)

    def succeed(self, now: float) -> bool:
        """Count an accepted call, and tell whether that began a probe: earlier calls then say nothing about it."""
        self._successes += 1
        if self._steps:
            self._climb_on(now)
        elif self._is_due(now):
            self._probe(now)
            return True
        return False

    def fall_back(self, measured: float, now: float) -> None:
        """Give way after a refusal; `measured` is the rate that was accepted since the one before."""
        if self.announced is not None and self.rate > self.announced:
            self.set(self.announced * MARGIN, now)
        elif self._steps:
            self._steps = self._steps[1:]
            self.set(min(self.rate, max(0.99 * measured, self._step_before, 0.5 * self.rate)), now)
        elif self._gain:
            self._patience = self._longer_patience
            self.set(self.rate, now)
        else:
            self._patience = min(1.2 * self._patience, 600.0)
            self.set(min(0.97 * self.rate, max(measured, 0.9 * self.rate)), now)

    def _climb_on(self, now: float) -> None:
        if self._successes >= max(4.0, 0.6 * self.rate):
            self._step_before = self.rate
            top = min(self.ceiling, inf if self.announced is None else self.announced * MARGIN)
            self.rate = min(self.rate * self._steps[0], top)
            if self.rate == top:
                self._steps = ()
            self._restart(now)

    def _is_due(self, now: float) -> bool:
        waited = now - self._since
        if self._gain:
            return self._successes >= min(max(2 * self.rate, 4.0), 38.0) and waited >= 1.1 * self.period
        soon = self._successes >= 30 and waited >= self._patience / 12 and not self.period
        return soon or self._successes >= self._patience

    def _probe(self, now: float) -> None:
        if self._gain > 1.5 * self._first_gain:
            self._patience = 150.0 if self.announced is None else 300.0
        self.rate = min(self.attempted, self.ceiling)
        self._gain = min(3 * self._gain, 0.5) if self._gain else self._first_gain
        if self.rate >= self.ceiling:
            self._gain = 0.0
        self._restart(now)

    @property
    def _first_gain(self) -> float:
        # One refusal tells an announced limit anew, so it may come soon.
        if self.announced is not None and self.rate >= 0.9 * self.announced and not self.period:
            return 1.0
        # Less than in proportion to the rate, so that clients that share a limit come to share it evenly.
        return min(0.1 * pow(self.rate, -0.75), 0.5)

    @property
    def _longer_patience(self) -> float:
        if self.announced is not None or self.period:
            return min(2 * self._patience, 2400.0)
        return min(1.5 * self._patience, 600.0)

    def _restart(self, now: float) -> None:
        self._successes = 0
        self._since = now
