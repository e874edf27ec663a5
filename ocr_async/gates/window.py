"""How many calls may be in flight: double until the first refusal, hold what was admitted, seldom probe for one more."""

from __future__ import annotations

from math import inf

from attrs import define, field

from ocr_async.gates.tuning import Tuning

SOON = 4
"""In times the round trips between growths: a second surprise by then means that others share the limit."""


@define
class Window:
    """The number of calls in flight that the service admits.

    Pure: calls are numbered in the order of their start, and a number is all that is known of a call. A probe lets a few
    calls start above the limit: admitted ones raise it, a refused one costs that one request. Where calls within the limit are
    refused, others share it: then the limit grows by one at a time, and shrinks at every refusal, until all have alike.
    """

    tuning: Tuning
    ceiling: int
    limit: int
    in_flight: int = 0
    is_ramping: bool = True
    _held: int = 0
    """The limit before the last probe."""
    _last: int = -1
    _cut: int = -1
    _loss: int = 0
    _successes: int = 0
    _calm: float = inf
    """Successes since the last surprise."""
    _step: int = 1
    _unsent: int = 0
    _probes: set[int] = field(factory=set[int])
    _grown: int = 0
    """By how much the limit has grown since a refusal."""
    _failed: int = 0
    _rivals: int = 0

    @property
    def has_room(self) -> bool:
        """Whether a call may start now."""
        return self.in_flight < self.limit or (self._unsent > 0 and self.in_flight < self.limit + self._step)

    @property
    def is_probing(self) -> bool:
        """Whether more is tried than the limit."""
        return bool(self._probes)

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

    def admit(self, number: int, room: float = inf) -> None:
        """Learn from a call that was admitted, and free its place; more than `room` in flight would only queue."""
        full = self.in_flight >= self.limit
        self.in_flight -= 1
        self._calm += 1
        if number in self._probes:
            self._probe_admitted(number, room)
        elif full and self.limit < room and self.is_ramping:
            self.limit = min(self.limit + 1, self.ceiling)
        elif full and self.limit < room:
            self._successes += 1
            if self._successes >= self._patience and not self._unsent and not self._probes:
                self._held = self.limit
                self._probe(room)

    def refuse(self, number: int) -> None:
        """Learn from a call that was refused for being one too many, and free its place."""
        self.in_flight -= 1
        if number <= self._cut:
            self.hold(min(self.limit, self.in_flight))  # what is still in flight was admitted
            return
        if self.is_ramping:
            self._end_ramp()
        elif self._probes or self.limit > self._held:
            self._fail()
        else:
            self._give_way(number)
        self._cut = self._last

    def settle(self, limit: int, *, ramping: bool = False) -> None:
        """Hold what was found by other means than refusals; `ramping` leaves it open to grow as at first."""
        self.hold(limit)
        self._held = self.limit
        self.is_ramping = self.is_ramping and ramping

    def hold(self, limit: int) -> None:
        """End a probe, and hold a limit."""
        self.limit = max(1, min(limit, self.ceiling))
        self._end_probe()

    @property
    def _patience(self) -> float:
        # With rivals in round trips and not in calls: else the larger share of a limit would also grow faster.
        if self._rivals:
            return self.tuning.trips * self.limit / (1 + self._grown)
        return min(self.tuning.longest, self.tuning.patience * self.limit * 1.5**self._failed)

    def _probe(self, room: float) -> None:
        self._successes = 0
        self._unsent = int(min(self._step, self.ceiling - self.limit, max(1.0, room - self.limit)))

    def _probe_admitted(self, number: int, room: float) -> None:
        self._probes.discard(number)
        self.limit += 1
        self._grown += 1
        if self._probes or self._unsent:
            return
        if self._rivals or self.limit >= room:
            self._end_probe()
            return
        self._step = min(2 * self._step, max(2, self.limit // 4))
        self._probe(room)

    def _end_probe(self) -> None:
        self._probes.clear()
        self._unsent = 0
        self._step = 1
        self._successes = 0

    def _end_ramp(self) -> None:
        """Hold what is in flight; less than at first means that others were there before."""
        self.is_ramping = False
        self._rivals = self.tuning.rivals // 4 if self.in_flight < self.tuning.initial else 0
        self.hold(self.in_flight)

    def _fail(self) -> None:
        """End a probe that went too far; with rivals make room, so that whoever has more gives more."""
        if self._rivals:
            self._rivals -= 1
            self.hold(round(self.tuning.keep * self.limit))
        else:
            self._failed = 0 if self._grown > 1 else self._failed + 1
            self.hold(self.limit - (self.limit > self._held))
        self._grown = 0

    def _give_way(self, number: int) -> None:
        """Make room for others: by one at first, by a share at the next surprise, twice as much when calls go on being refused."""
        loss = 1
        if self._calm < SOON * self.tuning.trips * self.limit:
            share = max(1, round((1 - self.tuning.keep) * self.limit))
            loss = min(max(share, 2 * self._loss if number == self._cut + 1 else 0), 2 * self.limit // 5)
            self._rivals = self.tuning.rivals
        self._loss = loss
        self._failed = self._grown = 0
        self._calm = 0
        self.hold(min(self.in_flight, self.limit - loss))
        self._held = self.limit
