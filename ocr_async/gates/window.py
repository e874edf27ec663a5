"""How many calls may be in flight: double until the first refusal, hold what was admitted, seldom probe for one more."""

from __future__ import annotations

from math import inf

from attrs import Factory, define, field

from ocr_async.gates.rivals import Rivals
from ocr_async.gates.tuning import Tuning


@define
class Window:
    """The number of calls in flight that the service admits.

    Pure: calls are numbered in the order of their start, and a number is all that is known of a call. After a while of successes
    the limit grows, by one and then in doubling steps; a refusal takes the last step back. Where calls are refused though it has not
    grown, others may share it: then it grows by one at a time, and once that is sure shrinks by a share at every refusal, until all
    have alike.
    """

    tuning: Tuning
    ceiling: int
    limit: int
    in_flight: int = 0
    is_ramping: bool = True
    _last: int = -1
    _cut: int = -1
    _successes: int = 0
    """With the window full, since the limit changed."""
    _held: int = 0
    """The limit before it began to grow."""
    _grown: int = 0
    """How often it has grown since a refusal."""
    _failed: int = 0
    """How often in a row the first growth was refused."""
    _rivals: Rivals = field(default=Factory(lambda self: Rivals(wary=2, lasting=self.tuning.rivals), takes_self=True))

    @property
    def has_room(self) -> bool:
        """Whether a call may start now."""
        return self.in_flight < self.limit

    @property
    def is_probing(self) -> bool:
        """Whether more is tried than was held."""
        return self._grown > 0

    @property
    def is_beyond(self) -> bool:
        """Whether the next call would be one more than was held."""
        return self.is_ramping or self.in_flight >= self._held

    def start(self, number: int) -> None:
        """Count a call that starts; numbers rise."""
        self.in_flight += 1
        self._last = number

    def release(self) -> None:
        """Free the place of a call that taught nothing."""
        self.in_flight -= 1

    def admit(self, room: float = inf) -> bool:
        """Learn from a call that was admitted, and free its place; more than `room` in flight would only queue.

        Returns whether the window begins to probe.
        """
        full = self.in_flight >= self.limit
        self.in_flight -= 1
        if full and self.limit < min(room, self.ceiling):
            self._successes += 1
            if self.is_ramping:
                self.limit += 1
            elif self._successes >= self._patience:
                self._grow(room)
                return self._grown == 1
        return False

    def refuse(self, number: int) -> None:
        """Learn from a call that was refused for being one too many, and free its place."""
        self.in_flight -= 1
        if number <= self._cut:
            self.hold(min(self.limit, self.in_flight))  # what is still in flight was admitted
            return
        if self.is_ramping:
            self._end_ramp()
        elif self.limit > self._held:
            self._fail()
        else:
            self._give_way()
        if not self.in_flight:
            self._rivals.left = self.tuning.rivals  # others hold all there is
        self._cut = self._last
        self._grown = 0

    def settle(self, limit: int, *, ramping: bool = False) -> None:
        """Hold what was found by other means than refusals; `ramping` leaves it open to grow as at first."""
        self.hold(limit)
        self._held, self._grown = self.limit, 0
        self.is_ramping = self.is_ramping and ramping

    def hold(self, limit: int) -> None:
        """Hold a limit for a while."""
        self.limit = max(1, min(limit, self.ceiling))
        self._successes = 0

    @property
    def _patience(self) -> float:
        most = inf if self._rivals.are_sure else self.tuning.longest
        if self._rivals.left:
            # in round trips and not in calls: else the larger share of a limit would also grow faster
            return min(most, min(self.tuning.trips, self.limit) * self.limit / (1 + self._grown))
        return self.limit if self._grown else min(most, self.tuning.trips * self.limit * 1.5**self._failed)

    @property
    def _share(self) -> int:
        return max(1, round((1 - self.tuning.keep) * self.limit))

    def _grow(self, room: float) -> None:
        step = 1 if self._rivals.left else 2**self._grown
        self._held = self._held if self._grown else self.limit
        self._grown += 1
        self.hold(self.limit + int(min(step, max(1.0, room - self.limit))))

    def _end_ramp(self) -> None:
        """Hold what is in flight; no more than at first means that others were there before."""
        self.is_ramping = False
        self._rivals.left = self.tuning.rivals // 2 if self.limit <= self.tuning.initial else 0
        self.hold(self.in_flight)

    def _fail(self) -> None:
        """Take the last step back; with rivals make room, so that whoever has more gives more."""
        self._failed = 0 if self._grown > 1 else self._failed + 1
        if self._rivals.are_sure:
            self.hold(self.limit - self._share)
        else:
            self.hold(max(self._held, min(self.in_flight, self.limit - 1)))
        self._rivals.search_refused()

    def _give_way(self) -> None:
        """Make room for others: by one at first, by a share if another surprise comes before some probes have failed."""
        loss = self._share if self._rivals.left else 1
        self._rivals.surprise()
        self._failed = 0
        self.hold(min(self.in_flight, self.limit - loss))
        self._held = self.limit
