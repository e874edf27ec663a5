"""How much the service admits: calls at once, calls in a stretch of time, both changeable while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from attrs import define, field, frozen

from ocr_async.local.service.rates import Bucket, Rate, Windows, too_often
from ocr_async.local.service.replies import Refused


@frozen
class ServiceLimits:
    """What is admitted: calls at once (ModelArts.4401 beyond it) and calls in a stretch of time; `None` is no limit."""

    concurrency: int | None = None
    rate: Rate | None = None


UNLIMITED = ServiceLimits()


def schedule(*steps: tuple[float, ServiceLimits]) -> Callable[[float], ServiceLimits]:
    """Return limits that change with the seconds since the first call: `schedule((0, a), (10, b))`."""
    ordered: Sequence[tuple[float, ServiceLimits]] = sorted(steps, key=lambda step: step[0])

    def at(elapsed: float) -> ServiceLimits:
        return next((limits for start, limits in reversed(ordered) if start <= elapsed), UNLIMITED)

    return at


@define
class Limiter:
    """Admits calls under `limits`, which may be set at any time; one limiter may serve several apps.

    `limits` is a value, or a function of the seconds since the first call (see `schedule`).
    """

    limits: ServiceLimits | Callable[[float], ServiceLimits] = UNLIMITED
    clock: Callable[[], float] = time.time
    in_flight: int = field(default=0, init=False)
    peak: int = field(default=0, init=False)
    _started: float | None = field(default=None, init=False)
    _counter: Windows | Bucket | None = field(default=None, init=False)

    @contextmanager
    def admit(self) -> Generator[None]:
        """Hold one place for the length of a call; raise `Refused` when there is none."""
        limits = self._limits_now()
        if limits.rate is not None:
            self._count(limits.rate)
        if limits.concurrency is not None and self.in_flight >= limits.concurrency:
            raise Refused("ModelArts.4401")
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    def _limits_now(self) -> ServiceLimits:
        if isinstance(self.limits, ServiceLimits):
            return self.limits
        now = self.clock()
        if self._started is None:
            self._started = now
        return self.limits(now - self._started)

    def _count(self, rate: Rate) -> None:
        kind = Windows if rate.burst is None else Bucket
        if not isinstance(self._counter, kind):
            self._counter = kind()
        wait = self._counter.take(rate, self.clock())
        if wait:
            raise too_often(rate, wait)
