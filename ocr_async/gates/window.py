"""How many calls may be in flight: double until the first refusal, hold what was admitted, seldom probe for one more."""

from __future__ import annotations

from attrs import define, field

INITIAL = 4
"""Calls in flight at first."""

CEILING = 512
"""Calls in flight that are never exceeded."""

RAMP = 128
"""The limit up to which it is doubled each round trip; beyond, many calls would be refused at once."""

YIELD = 0.12
"""The share given up when a call within the held limit is refused: another client has come, and gets room to grow."""

TRIPS = 50
"""Round trips between the probes of a client that shares a limit with others."""

REMEMBERED = 15
"""Refused probes after which other clients are taken to be gone."""

CLUSTER = 8
"""Failures without a success between them that halve the limit."""


@define
class Window:
    """The number of calls in flight that the service admits, found by probe-and-hold.

    Pure: calls are numbered in the order of their start, and a number is all that is known of a call.
    A probe lets a few calls start above the limit: admitted ones raise it, a refused one costs that one request.
    """

    limit: int = INITIAL
    ceiling: int = CEILING
    in_flight: int = 0
    _ramping: bool = True
    _last: int = -1
    _cut: int = -1
    _loss: int = 1
    _held: int = 0
    _successes: int = 0
    _step: int = 1
    _unsent: int = 0
    _probes: set[int] = field(factory=set[int])
    _failed_probes: int = 0
    _failures: int = 0
    _rivals: int = 0

    @property
    def has_room(self) -> bool:
        """Whether a call may start now."""
        return self.in_flight < self.limit or (self._unsent > 0 and self.in_flight < self.limit + self._step)

    @property
    def is_ramping(self) -> bool:
        """Whether it doubles each round trip, as at first."""
        return self._ramping

    @property
    def is_probing(self) -> bool:
        """Whether the limit is being looked for rather than held."""
        return self._ramping or bool(self._probes)

    def start(self, number: int) -> None:
        """Count a call that starts; numbers rise."""
        if self.in_flight >= self.limit:
            self._unsent -= 1
            self._probes.add(number)
        self.in_flight += 1
        self._last = number

    def release(self, number: int) -> None:
        """Free the place of a call that taught nothing."""
        self.in_flight -= 1
        if number in self._probes:
            self._probes.discard(number)
            self._unsent += 1

    def admit(self, number: int, *, may_grow: bool = True) -> None:
        """Learn from a call that was admitted, and free its place; `may_grow` is whether more in flight would bring more."""
        full = self.in_flight >= self.limit
        self.in_flight -= 1
        self._failures = 0
        if number in self._probes:
            self._probe_admitted(number)
        elif full and not may_grow:
            self._ramping = False
        elif full and self._ramping:
            self.limit = min(self.limit + 1, self.ceiling)
            self._ramping = self.limit < RAMP
        elif full:
            self._successes += 1
            if self._successes >= self._patience and not self._unsent and not self._probes:
                self._held = self.limit
                self._probe()

    def set(self, limit: int) -> None:
        """Hold at what was found by other means than refusals."""
        self.limit = max(1, min(limit, self.ceiling))
        self._ramping = False
        self._end_probe()

    def refuse(self, number: int) -> None:
        """Learn from a call that was refused for being one too many, and free its place."""
        self.in_flight -= 1
        if number in self._probes:
            self._failed_probes += 1
            self._rivals = max(0, self._rivals - 1)
            self._end_probe()
        elif number > self._cut:
            self._shrink(self._loss_at(number))
        else:
            self._hold_at(self.in_flight)

    def fail(self, number: int) -> None:
        """Free the place of a call that the service could not serve; a cluster of them means that it is overloaded."""
        self.release(number)
        self._failures += 1
        if self._failures >= max(CLUSTER, self.limit):
            self._hold_at(self.limit // 2)
            self._end_probe()
            self._failures = 0
            self._ramping = True

    @property
    def _patience(self) -> float:
        # With rivals in round trips and not in calls: else the larger share of a limit would also grow faster.
        most = TRIPS * self.limit if self._rivals else 300.0
        return min(most, max(10 * self.limit, 20) * 1.5**self._failed_probes)

    def _probe(self) -> None:
        self._successes = 0
        self._unsent = min(self._step, self.ceiling - self.limit)

    def _probe_admitted(self, number: int) -> None:
        self._probes.discard(number)
        self.limit += 1
        if not self._probes and not self._unsent:
            if self._step > 1:
                self._failed_probes = 0
            self._step = min(2 * self._step, max(2, self.limit // 4))
            self._probe()

    def _end_probe(self) -> None:
        self._probes.clear()
        self._unsent = 0
        self._step = 1
        self._successes = 0

    def _loss_at(self, number: int) -> int:
        if number == self._cut + 1:
            return 2 * self._loss  # the very next call refused as well: the limit has fallen far
        if self.limit > self._held:
            return 1
        self._rivals = REMEMBERED
        return max(1, round(YIELD * self.limit))

    def _shrink(self, loss: int) -> None:
        if self._ramping:
            self._ramping = False
        else:
            self._loss = loss
            self._hold_at(self.limit - min(loss, 2 * self.limit // 5))
        self._hold_at(self.in_flight)
        self._cut = self._last
        self._end_probe()

    def _hold_at(self, limit: int) -> None:
        self.limit = max(1, min(self.limit, limit))
