"""Clients that keep to limits in different ways, each with more calls than it can send."""

from __future__ import annotations

from collections.abc import Callable
from math import cbrt, floor, inf
from typing import TypeAlias

from attrs import define, field
from limits_simulation import World

from ocr_async.gates.admission import Admission
from ocr_async.gates.limits import Limits, Refusal

WORKERS = 64
"""Of a client that bounds nothing but its rate."""


@define
class Gated:
    """Behind a gate of this library."""

    world: World
    limits: Limits = field(factory=Limits)
    admission: Admission = field(init=False)
    _due: float = inf

    def __attrs_post_init__(self) -> None:
        self.admission = Admission(self.limits, lambda: self.world.now)

    @property
    def admitted(self) -> int:
        return self.admission.admitted

    @property
    def refused(self) -> int:
        return self.admission.refused

    def start(self) -> None:
        while not (delay := self.admission.delay()):
            number = self.admission.start()
            self.world.send(lambda refusal, number=number: self._done(number, refusal))
        due = self.world.now + delay
        if due < self._due:
            self._due = due
            self.world.after(delay, self._wake)

    def _wake(self) -> None:
        if self.world.now >= self._due:
            self._due = inf
            self.start()

    def _done(self, number: int, refusal: Refusal | None) -> None:
        if refusal is None:
            self.admission.admit(number)
        else:
            self.admission.refuse(number, refusal)
        self.start()


@define
class Semaphore:
    """So many workers; one that is refused backs off with full jitter, from half a second up to eight."""

    world: World
    workers: int
    admitted: int = 0
    refused: int = 0

    def start(self) -> None:
        for _ in range(self.workers):
            self._send(0)

    def _send(self, attempt: int) -> None:
        self.world.send(lambda refusal: self._done(attempt, refusal))

    def _done(self, attempt: int, refusal: Refusal | None) -> None:
        if refusal is None:
            self.admitted += 1
            self._send(0)
        else:
            self.refused += 1
            wait = self.world.random.uniform(0, min(8.0, 0.5 * 2**attempt))
            self.world.after(wait, lambda: self._send(attempt + 1))


@define
class Windowed:
    """As many in flight as a window that other classes set; a refused call waits up to half a second before it goes again."""

    world: World
    window: float
    flying: int = 0
    admitted: int = 0
    refused: int = 0

    def start(self) -> None:
        while self.flying < int(self.window):
            self.flying += 1
            sent = self.world.now
            self.world.send(lambda refusal, sent=sent: self._done(refusal, sent))

    def _done(self, refusal: Refusal | None, sent: float) -> None:
        self.learn(refusal, self.world.now - sent)
        self.admitted += refusal is None
        self.refused += refusal is not None
        self.world.after(0.0 if refusal is None else self.world.random.uniform(0, 0.5), self._again)

    def _again(self) -> None:
        self.flying -= 1
        self.start()

    def learn(self, refusal: Refusal | None, seconds: float) -> None:
        """Set the window."""
        raise NotImplementedError


@define
class Paced:
    """Knows the rate: sends evenly, and what was refused again at once. What it reaches is the most for an even pace."""

    world: World
    rate: float
    admitted: int = 0
    refused: int = 0
    _turn: int = 0

    def start(self) -> None:
        self._turn += 1
        self.world.send(self._done)
        self.world.after(1 / self.rate, lambda turn=self._turn: self._next(turn))

    def _next(self, turn: int) -> None:
        if turn == self._turn:  # else a repeat has gone since, and the next waits for its interval
            self.start()

    def _done(self, refusal: Refusal | None) -> None:
        self.admitted += refusal is None
        self.refused += refusal is not None
        if refusal is not None:
            self.start()


@define
class Aimd(Windowed):
    """Grows by one a round trip and shrinks by a tenth at a refusal."""

    window: float = 4.0

    def learn(self, refusal: Refusal | None, seconds: float) -> None:  # noqa: ARG002
        self.window = self.window + 1 / self.window if refusal is None else max(1.0, self.window * 0.9)


@define
class Gradient2(Windowed):
    """As Netflix's concurrency-limits does it with its defaults: from latency alone, refusals are not looked at."""

    window: float = 20.0
    _usual: float = 0.0
    _samples: int = 0

    def learn(self, refusal: Refusal | None, seconds: float) -> None:  # noqa: ARG002
        self._samples += 1
        factor = 1 / self._samples if self._samples <= 10 else 2 / 601
        self._usual += (seconds - self._usual) * factor
        if self._usual > 2 * seconds:
            self._usual *= 0.95
        if self.flying >= self.window / 2:
            gradient = max(0.5, min(1.0, 1.5 * self._usual / seconds))
            self.window = min(200.0, max(20.0, 0.8 * self.window + 0.2 * (self.window * gradient + 4)))


@define
class Cubic:
    """As botocore's adaptive mode does it: a token bucket whose rate grows along a cubic curve between refusals.

    A call that was refused waits with full jitter, up to 1, 2, 4 and at most 20 s, before it is in the line again.
    """

    world: World
    admitted: int = 0
    refused: int = 0
    _enabled: bool = False
    _rate: float = 0.5
    _tokens: float = 0.0
    _filled: float = 0.0
    _top: float = 0.0
    _failed: float = 0.0
    _measured: float = 0.0
    _count: int = 0
    _half: float = 0.0
    _idle: list[int] = field(factory=lambda: [0] * WORKERS)
    """Of each worker that may send, how often its call was refused."""
    _due: float = inf

    def start(self) -> None:
        while self._idle and (not self._enabled or self._take()):
            attempt = self._idle.pop()
            self.world.send(lambda refusal, attempt=attempt: self._done(refusal, attempt))
        if self._idle and self._due == inf:
            self._due = self.world.now + max(1e-6, (1 - self._tokens) / self._rate)
            self.world.after(self._due - self.world.now, self._wake)

    def _wake(self) -> None:
        self._due = inf
        self.start()

    def _take(self) -> bool:
        self._fill()
        if self._tokens < 1 - 1e-9:
            return False
        self._tokens -= 1
        return True

    def _fill(self) -> None:
        self._tokens = min(max(1.0, self._rate), self._tokens + (self.world.now - self._filled) * self._rate)
        self._filled = self.world.now

    def _measure(self) -> None:
        half = floor(2 * self.world.now) / 2
        self._count += 1
        if half > self._half:
            self._measured += 0.8 * (self._count / (half - self._half) - self._measured)
            self._count, self._half = 0, half

    def _done(self, refusal: Refusal | None, attempt: int) -> None:
        self._measure()
        self._fill()
        if refusal is None:
            self.admitted += 1
            zero = cbrt(0.3 * self._top / 0.4)
            rate = 0.4 * (self.world.now - self._failed - zero) ** 3 + self._top
            self._again(0)
        else:
            self.refused += 1
            self._top = min(self._measured, self._rate) if self._enabled else self._measured
            self._failed, self._enabled = self.world.now, True
            rate = 0.7 * self._top
            wait = self.world.random.uniform(0, min(20.0, 2.0**attempt))
            self.world.after(wait, lambda: self._again(attempt + 1))
        self._rate = max(0.5, min(rate, 2 * self._measured))

    def _again(self, attempt: int) -> None:
        self._idle.append(attempt)
        self.start()


Make: TypeAlias = Callable[[World], Gated | Semaphore | Paced | Windowed | Cubic]


def policies(exact: int, pace: float = 1.0) -> dict[str, Make]:
    """Return the ways that are compared; `exact` is the semaphore that fits the limit, `pace` the best even one."""
    return {
        "gates": Gated,
        "exact": lambda world: Semaphore(world, exact),
        "twice": lambda world: Semaphore(world, 2 * exact),
        "AIMD": Aimd,
        "cubic": Cubic,
        "Gradient2": Gradient2,
        "paced": lambda world: Paced(world, pace),
    }
