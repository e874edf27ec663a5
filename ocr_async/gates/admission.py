"""Whether one more call may start now: window, pace and pause together, as a state machine with the clock passed in."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from attrs import define, field

from ocr_async.gates.latency import Guard
from ocr_async.gates.limits import Concurrency, Limits, Rate, Refusal
from ocr_async.gates.noise import Noise
from ocr_async.gates.pace import Pace
from ocr_async.gates.window import Window

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0


@define
class Admission:
    """Decides when calls start, and learns from what became of them.

    Pure but for the clock that is passed in, in seconds, which must not run backwards. `start` numbers the calls; each number goes
    back once, through `admit`, `refuse`, `fail` or `release`.
    """

    limits: Limits
    clock: Callable[[], float] = field(repr=False)
    window: Window = field(init=False)
    pace: Pace = field(init=False)
    paused_until: float = field(default=-inf, init=False)
    started: int = field(default=0, init=False)
    admitted: int = field(default=0, init=False)
    refused: int = field(default=0, init=False)
    _lonely_refusals: int = field(default=0, init=False)
    _guard: Guard = field(factory=Guard, init=False)
    _starts: dict[int, tuple[float, int]] = field(factory=dict[int, tuple[float, int]], init=False)
    """When each call in flight started, and how many there were then."""
    _window_noise: Noise = field(factory=Noise, init=False)
    _pace_noise: Noise = field(factory=Noise, init=False)

    def __attrs_post_init__(self) -> None:
        stated = self.limits.concurrency
        self.window = Window() if stated is None else Window(limit=stated, ceiling=stated)
        self.pace = Pace(self.clock, self.limits.rate)

    def delay(self) -> float:
        """Seconds until a call may start: 0 now, infinite until one that is in flight has ended."""
        if not self.window.has_room:
            return inf
        return max(self.pace.delay(), self.paused_for)

    @property
    def paused_for(self) -> float:
        """Seconds until the end of the pause."""
        if self.paused_until == -inf:
            return 0.0
        rest = self.paused_until - self.clock()
        if rest <= 0:
            self.paused_until = -inf
        return max(0.0, rest)

    def start(self) -> int:
        """Start a call, and return its number."""
        self.started = number = self.started + 1
        self.window.start(number)
        self.pace.start(number)
        self._guard.started(number)
        self._starts[number] = (self.clock(), self.window.in_flight)
        return number

    def admit(self, number: int) -> None:
        """Learn that the service took the call, whatever it then said of the picture."""
        self.admitted += 1
        self._lonely_refusals = 0
        self.window.admit(number, may_grow=self._guard.may_grow)
        self.pace.admit(number)
        began, in_flight = self._starts.pop(number)
        if self.limits.concurrency is None:
            self._mind_latency(number, self.clock() - began, in_flight)

    def refuse(self, number: int, refusal: Refusal, retry_after: float | None = None) -> None:
        """Learn that the service did not take the call; `retry_after` is in seconds from now.

        That wait holds everyone back, unless the refusal is one of those that come at random: then it is the caller's own.
        """
        self.refused += 1
        self._starts.pop(number, None)
        if isinstance(refusal, Concurrency):
            meant = self._refuse_concurrency(number)
        else:
            self.window.release(number)
            meant = self._refuse_rate(number, refusal)
        if meant and retry_after is not None:
            self.pause(retry_after)

    def fail(self, number: int) -> None:
        """Learn that the call failed in a way that says nothing about limits."""
        self._starts.pop(number, None)
        self.window.fail(number)

    def release(self, number: int) -> None:
        """Forget a call that was cancelled or not sent."""
        self._starts.pop(number, None)
        self.window.release(number)

    def pause(self, seconds: float) -> None:
        """Start nothing for that long; a shorter pause never ends a longer one."""
        self.paused_until = max(self.paused_until, self.clock() + seconds)

    @property
    def is_slow(self) -> bool:
        """Whether latency, not a refusal, keeps the window where it is."""
        return self.limits.concurrency is None and not self._guard.may_grow

    def _mind_latency(self, number: int, seconds: float, in_flight: int) -> None:
        limit = self._guard.learn(seconds, number=number, in_flight=in_flight, limit=self.window.limit)
        if limit is not None:
            self.window.set(limit)

    def _refuse_concurrency(self, number: int) -> bool:
        if self._window_noise.explains(self.admitted, self.window.limit, probing=self.window.is_probing):
            self.window.release(number)
            return False
        self.window.refuse(number)
        if self.window.in_flight == 0:
            self.pause(min(FIRST_PAUSE * 2**self._lonely_refusals, LONGEST_PAUSE))
            self._lonely_refusals = min(self._lonely_refusals + 1, 10)
        return True

    def _refuse_rate(self, number: int, refusal: Rate) -> bool:
        search = self.pace.search
        if search is not None and self._pace_noise.explains(self.admitted, search.rate, probing=not search.is_settled):
            self.pace.ignore()
            return False
        self.pace.refuse(number, refusal)
        return True
