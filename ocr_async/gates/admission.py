"""Whether one more call may start now: window, pace and pause together, as a state machine without a clock of its own."""

from __future__ import annotations

from math import inf

from attrs import define, field

from ocr_async.gates.limits import Concurrency, Limits, Refusal
from ocr_async.gates.pace import Pace
from ocr_async.gates.window import Window

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0


def _window(limits: Limits) -> Window:
    return Window() if limits.concurrency is None else Window(limit=limits.concurrency, ceiling=limits.concurrency)


def _pace(limits: Limits) -> Pace:
    return Pace() if limits.rate is None else Pace(rate=limits.rate, ceiling=limits.rate)


@define
class Admission:
    """Decides when calls start, and learns from what became of them.

    Pure: the time is passed in, in seconds of a clock that does not run backwards. `start` numbers the calls; each number goes back once,
    through `admit`, `refuse` or `release`.
    """

    limits: Limits = field(factory=Limits)
    window: Window = field(init=False)
    pace: Pace = field(init=False)
    paused_until: float = field(default=-inf, init=False)
    started: int = field(default=0, init=False)
    admitted: int = field(default=0, init=False)
    refused: int = field(default=0, init=False)
    _lonely_refusals: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.window = _window(self.limits)
        self.pace = _pace(self.limits)

    def delay(self, now: float) -> float:
        """Seconds until a call may start: 0 now, infinite until one that is in flight has ended."""
        if not self.window.has_room:
            return inf
        wait = self.pace.delay(now)
        return wait if self.paused_until <= now else max(wait, self.paused_until - now)

    def start(self, now: float) -> int:
        """Start a call, and return its number."""
        self.started = number = self.started + 1
        self.window.start(number)
        self.pace.start(number, now)
        return number

    def admit(self, number: int, now: float) -> None:
        """Learn that the service took the call, whatever it then said of the picture."""
        self.admitted += 1
        self._lonely_refusals = 0
        self.window.admit(number)
        self.pace.admit(number, now)

    def refuse(self, number: int, now: float, refusal: Refusal, retry_after: float | None = None) -> None:
        """Learn that the service did not take the call; `retry_after` is in seconds from now."""
        self.refused += 1
        if retry_after is not None:
            self.pause(retry_after, now)
        if isinstance(refusal, Concurrency):
            self.window.refuse(number)
            self.pace.release(number)
            self._pause_when_alone(now)
        else:
            self.window.release(number)
            self.pace.refuse(number, now, refusal)

    def release(self, number: int) -> None:
        """Forget a call that was cancelled or not sent."""
        self.window.release(number)
        self.pace.release(number)

    def fail(self, number: int) -> None:
        """Learn that the call failed in a way that says nothing about limits."""
        self.window.fail(number)
        self.pace.release(number)

    def pause(self, seconds: float, now: float) -> None:
        """Start nothing for that long; a shorter pause never ends a longer one."""
        self.paused_until = max(self.paused_until, now + seconds)

    def _pause_when_alone(self, now: float) -> None:
        if self.window.in_flight == 0:
            self.pause(min(FIRST_PAUSE * 2**self._lonely_refusals, LONGEST_PAUSE), now)
            self._lonely_refusals = min(self._lonely_refusals + 1, 10)
