"""The highest rate that a service accepts: close in on it between what was accepted and what was refused, and hold."""

from __future__ import annotations

from math import inf, pow, sqrt  # noqa: A004  those of floats

from attrs import define

MARGIN = 0.995
"""The share of an announced limit that is used."""

NEAR = 0.85
"""The share of an announced limit from which on the whole of it is tried again, rather than a little more."""

SLOWEST = 0.01
"""Calls a second; the search never goes below."""

STEP = 0.25
"""Growth of the rate at the first probe of all, when nothing is known."""

DOUBT = 0.5
"""Growth of the rate in a probe beyond an announced limit: one refusal tells a new one, so it may come soon."""

LOOK = 1.1
"""Seconds, or windows of a limit that counts in longer ones, after which a probe has shown its effect."""

PATIENCE = 40.0
"""Accepted calls before a probe, at first; each refusal makes it longer."""

FAITH = 7.5
"""How many times as long an announced limit is held before it is doubted."""

LONGEST = 500.0
"""Accepted calls before a probe, at most."""

YIELD = 0.96
"""The share of the rate that is kept when it is refused without a probe: another client has come, and gets room to grow."""

MOVED = 1.05
"""What was accepted, in proportion to the rate before the probe, from which on the limit has risen."""


@define
class Search:
    """One rate in calls a second, set by successes and refusals.

    It lies between a rate that was held and one that was refused; a probe halves the distance. `announced` is the limit that
    the service told, in calls a second; `period` is in seconds, and above 0 when the limit counts calls in windows of more
    than a few seconds, so that a probe shows its effect only at the end of one.
    """

    rate: float
    ceiling: float = inf
    announced: float | None = None
    period: float = 0.0
    _held: float = 0.0
    _refused: float = inf
    _gain: float = 0.0
    _patience: float = PATIENCE
    _was_held: bool = False
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
        """Whether more is tried than the rate that is held."""
        return self._gain > 0

    @property
    def is_settled(self) -> bool:
        """Whether a refusal would be a surprise."""
        return self._was_held and not self._gain

    def climb(self, now: float) -> None:
        """Look for the limit above the present rate at once."""
        self._hold(self.rate, now)
        self._gain = STEP

    def announce(self, limit: float, now: float) -> None:
        """Take the limit that the service told."""
        self.announced = limit
        self._patience = PATIENCE
        self.settle(self._aim, now)

    def settle(self, rate: float, now: float) -> None:
        """Hold a rate about which nothing else is known."""
        self._refused = inf
        self._hold(rate, now)

    def succeed(self, now: float) -> bool:
        """Count an accepted call, and tell whether that began a probe: earlier calls then say nothing about it."""
        self._successes += 1
        due = self._is_due(now)
        if due:
            self._probe(now)
        return due

    def fall_back(self, measured: float, now: float) -> None:
        """Give way after a refusal; `measured` is the rate that was accepted lately."""
        accepted = 0.99 * max(measured, 0.5 * self.rate)
        refused = self.attempted
        self._patience = min((2 if self._is_told else 1.5) * self._patience, LONGEST)
        if self._gain:
            if accepted > MOVED * self._held:
                self._patience = PATIENCE
            self._hold(min(max(self._held, min(self.rate, accepted)), self._aim), now)
        else:
            self._was_held = True
            self._hold(min(YIELD * self.rate, accepted, self._aim), now)
            # What was held before was the limit of its time, and says little about that of now.
            refused = min(refused, 1.2 * self.rate)
        self._refused = inf if self._is_told else refused

    @property
    def _aim(self) -> float:
        return inf if self.announced is None else self.announced * MARGIN

    @property
    def _is_told(self) -> bool:
        return self.rate > 0.999 * self._aim

    def _is_due(self, now: float) -> bool:
        waited = now - self._since
        if waited < LOOK * max(self.period, 1.0):
            return False
        if self._gain:
            return self._successes >= 4
        patience = self._patience * (FAITH if self._is_told else 1)
        soon = self._successes >= 30 and waited >= patience / 12 and not self.period
        return soon or self._successes >= patience

    def _probe(self, now: float) -> None:
        begins, below = not self._gain, not self._is_told
        self.rate = min(self.attempted, self.ceiling)
        self._was_held = self._was_held or begins
        if self._refused < inf:
            self._held = self.rate
        if self.rate > self._refused:
            self._refused = inf
        reached = self.rate >= self.ceiling or (below and self._is_told)
        self._gain = 0.0 if reached else self._next_gain
        self._restart(now)

    @property
    def _next_gain(self) -> float:
        if NEAR * self._aim <= self.rate and not self._is_told:
            return self._aim / self.rate - 1
        if self._refused == inf:
            return min(3 * self._gain, 0.5) or self._first_gain
        return max(sqrt(self._refused / self.rate) - 1, self._first_gain)

    @property
    def _first_gain(self) -> float:
        if self._is_told and not self.period:
            return DOUBT
        # Less than in proportion to the rate, so that clients that share a limit come to share it evenly.
        return min(0.1 * pow(self.rate, -0.75), 0.5)

    def _hold(self, rate: float, now: float) -> None:
        self.rate = self._held = min(max(rate, SLOWEST), self.ceiling)
        self._gain = 0.0
        self._restart(now)

    def _restart(self, now: float) -> None:
        self._successes = 0
        self._since = now
