"""Whether one more call may start now: window, pace and pause together, as a state machine with the clock passed in."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from attrs import define, field

from ocr_async.gates.latency import Guard
from ocr_async.gates.limits import Concurrency, Limits, Refusal
from ocr_async.gates.pace import Pace
from ocr_async.gates.tuning import Tuning
from ocr_async.gates.window import Window

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds to wait in the mean after a refusal with nothing else in flight, half as long again each time."""

GOLDEN = 0.618034
"""Multiples of it, without their whole part, lie everywhere between 0 and 1: whoever waits by them does not keep step with others,
whose places may be free for a moment only, and at the same moment of each round trip."""

EARLY = 0.003
"""Seconds that starts may be ahead of their time while the window doubles: late ones are made good, and short calls wait for no timer."""


@define
class Admission:
    """Decides when calls start, and learns from what became of them.

    Pure but for the clock that is passed in, in seconds, which must not run backwards. `start` numbers the calls; each number goes
    back once, through `admit`, `refuse`, `fail` or `release`.
    """

    limits: Limits
    clock: Callable[[], float] = field(repr=False)
    tuning: Tuning = field(factory=Tuning)
    ahead: float = 0.0
    """Seconds before their time that starts at a stated rate are handed out."""
    window: Window = field(init=False)
    pace: Pace = field(init=False)
    paused_until: float = field(default=-inf, init=False)
    started: int = field(default=0, init=False)
    admitted: int = field(default=0, init=False)
    refused: int = field(default=0, init=False)
    guard: Guard = field(init=False)
    _rest: float = field(default=FIRST_PAUSE, init=False)
    """Seconds to wait after a refusal with nothing else in flight."""
    _failures: int = field(default=0, init=False)
    _next_start: float = field(default=-inf, init=False)
    _starts: dict[int, tuple[float, int]] = field(factory=dict[int, tuple[float, int]], init=False)
    """When each call in flight started, and how many there were then."""

    def __attrs_post_init__(self) -> None:
        stated = self.limits.concurrency
        self.window = Window(self.tuning, stated or self.tuning.ceiling, stated or self.tuning.initial)
        self.pace = Pace(self.clock, self.tuning, self.limits.rate, self.ahead)
        self.guard = Guard(self.tuning)

    def delay(self) -> float:
        """Seconds until a call may start: 0 now, infinite until one that is in flight has ended."""
        if not self.window.has_room:
            return inf
        soonest = max(self.paused_until, self._next_start - EARLY if self.window.is_beyond else -inf)
        delay = self.pace.delay()
        # reading the clock costs as much as all the rest
        return delay if soonest == -inf else max(delay, soonest - self.clock())

    @property
    def paused_for(self) -> float:
        """Seconds until the end of the pause."""
        return max(0.0, self.paused_until - self.clock())

    def wanted(self, opening: float) -> int:
        """How many calls of a run are to wait, so that every start is taken at once and the window is seen to be full.

        Where pictures take no time to open, in seconds, whoever ends a call brings the next one as soon as any that waits;
        but starts that no end of a call makes need one that waits. Else as many as are in flight while each that ends makes
        room for two, and a part of them later: more would only wait longer.
        Those that can start now are in flight as well as waiting: they are about to start.
        """
        window = self.window
        in_flight, starting = window.in_flight, 0
        if window.has_room:
            starting = window.limit - in_flight if self.delay() == 0 else 1
            in_flight += starting
        doubles = window.is_ramping and window.limit < window.ceiling and self.pace.rate is None and not self.is_slow
        if self.pace.rate is None and opening <= self.tuning.quick * self.guard.latency:
            return starting + int(doubles)
        return starting + max(1, in_flight if doubles else int(self.tuning.backlog * in_flight))

    def start(self) -> int:
        """Start a call, and return its number."""
        self.started = number = self.started + 1
        begins = max(self.clock(), self.pace.next_start)
        self.window.start(number)
        if self.window.is_ramping and self.guard.is_telling:
            self._spread()
        self.pace.start(number)
        self._starts[number] = (begins, self.window.in_flight)
        return number

    def starts_in(self, number: int) -> float:
        """Seconds until the time of a call that was started ahead of it."""
        return max(0.0, self._starts[number][0] - self.clock())

    def admit(self, number: int) -> None:
        """Learn that the service took the call, whatever it then said of the picture."""
        self.admitted += 1
        self._rest, self._failures = FIRST_PAUSE, 0
        self.pace.admit(number)
        began, in_flight = self._starts.pop(number)
        seconds, limit = max(self.clock() - began, 1e-6), self.window.limit
        room, found = inf, None
        if self.limits.concurrency is None:
            found = self.guard.learn(seconds, in_flight, number=number, last=self.started, limit=limit)
            room = self.guard.room(ramping=self.window.is_ramping)
        else:
            self.guard.note(seconds, in_flight, limit)
        if self.window.admit(room):
            self._next_start = self.clock() + self._any_part * self.guard.latency
        if found is not None:
            self.window.settle(found, ramping=not self.guard.is_queueing)

    def refuse(self, number: int, refusal: Refusal, retry_after: float | None = None) -> None:
        """Learn that the service did not take the call; `retry_after` is in seconds from now, and holds everyone back."""
        self.refused += 1
        self._starts.pop(number)
        if isinstance(refusal, Concurrency):
            self.window.refuse(number)
            self._rest_alone()
        else:
            self.window.release()
            self.pace.refuse(number, refusal)
        if retry_after is not None:
            self.pause(retry_after)

    def fail(self, number: int) -> None:
        """Learn that the call failed in a way that says nothing about limits; many in a row say that the service is overloaded."""
        self.release(number)
        self._failures += 1
        if self._failures >= max(8, self.window.limit):
            self.window.hold(self.window.limit // 2)
            self.window.is_ramping = True
            self._failures = 0

    def release(self, number: int) -> None:
        """Forget a call that was cancelled or not sent."""
        self._starts.pop(number)
        self.window.release()

    def pause(self, seconds: float) -> None:
        """Start nothing for that long; a shorter pause never ends a longer one."""
        self.paused_until = max(self.paused_until, self.clock() + seconds)

    @property
    def is_slow(self) -> bool:
        """Whether latency, not a refusal, keeps the window where it is."""
        return self.limits.concurrency is None and self.window.limit >= self.guard.room(ramping=self.window.is_ramping)

    @property
    def _any_part(self) -> float:
        return self.started * GOLDEN % 1

    def _spread(self) -> None:
        # While the window doubles: of a burst many would be refused before the first is known to be.
        interval = self.guard.latency / (self.tuning.ramp * self.window.limit)
        self._next_start = max(self._next_start, self.clock()) + interval

    def _rest_alone(self) -> None:
        if self.window.in_flight == 0:
            self.pause(self._rest * (0.5 + self._any_part))
            self._rest = min(1.5 * self._rest, LONGEST_PAUSE)
