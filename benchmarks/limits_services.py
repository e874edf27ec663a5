"""Services with limits, in virtual time: what they refuse, how many calls they serve at once, and how long each takes."""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Sequence
from math import exp, inf
from typing import Protocol

from attrs import define, field, frozen

from ocr_async.gates.limits import Concurrency, Rate, Refusal

Schedule = Sequence[tuple[float, float]]
"""What a number is from which second on: `[(0, 16), (40, 32)]`."""


def at(schedule: Schedule, now: float) -> float:
    """Return the value of a schedule at a time."""
    return next(value for start, value in reversed(schedule) if start <= now)


def integral(schedule: Schedule, seconds: float) -> float:
    """Return the sum of a schedule over its first seconds."""
    ends = [start for start, _ in schedule[1:]] + [inf]
    return sum(value * max(0.0, min(end, seconds) - start) for (start, value), end in zip(schedule, ends, strict=True))


@frozen
class Work:
    """How long calls take: log-normal around `seconds`, `travel` of it on the way, times `slower` at a time.

    One call in `rare` takes ten times as long. Calls arrive later by `jitter` seconds in the mean, each by its own delay.
    """

    seconds: float = 0.3
    spread: float = 0.25
    travel: float = 0.02
    jitter: float = 0.0
    slower: Schedule = ((0, 1),)
    rare: float = inf

    def takes(self, dice: random.Random, now: float) -> float:
        """Return the seconds that a call takes at the service."""
        factor = 10.0 if dice.random() < 1 / self.rare else 1.0
        spread = exp(dice.gauss(0, self.spread) - self.spread**2 / 2)
        return (self.seconds - self.travel) * at(self.slower, now) * factor * spread

    def mean(self, now: float) -> float:
        """Return what a call takes in the mean, the way included."""
        return (self.seconds - self.travel) * at(self.slower, now) * (1 + 9 / self.rare) + self.travel

    def arrives_after(self, dice: random.Random) -> float:
        """Return the seconds after which a call arrives."""
        return self.travel / 2 + (dice.expovariate(1 / self.jitter) if self.jitter else 0.0)

    def served(self, places: Schedule, seconds: float, *, way: bool = True) -> float:
        """Return how many calls go through so many places; on the way to them a call takes one up or not."""
        times = sorted({0.0, seconds, *(t for t, _ in (*places, *self.slower) if t < seconds)})
        off = 0.0 if way else self.travel
        return sum((b - a) * at(places, a) / (self.mean(a) - off) for a, b in itertools.pairwise(times))


class Service(Protocol):
    """What refuses: asked when a call arrives, told when it leaves."""

    def arrive(self, now: float) -> Refusal | None: ...
    def leave(self) -> None: ...
    def allowance(self, seconds: float, work: Work) -> float:
        """Calls that a perfect client gets admitted in that time."""
        ...


@define
class Cap:
    """So many calls at once; others are refused."""

    schedule: Schedule
    busy: int = 0

    def arrive(self, now: float) -> Refusal | None:
        if self.busy >= at(self.schedule, now):
            return Concurrency()
        self.busy += 1
        return None

    def leave(self) -> None:
        self.busy -= 1

    def allowance(self, seconds: float, work: Work) -> float:
        return work.served(self.schedule, seconds)


@define
class Queue:
    """So many calls are served at once; others wait, and none is refused."""

    servers: Schedule

    def arrive(self, _: float) -> Refusal | None:
        return None

    def leave(self) -> None: ...

    def allowance(self, seconds: float, work: Work) -> float:
        return work.served(self.servers, seconds, way=False)


@define
class Bucket:
    """A token bucket: so many calls a second, and a burst."""

    schedule: Schedule
    burst: float = 10
    period: float | None = None
    tokens: float = field(init=False)
    filled: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.tokens = self.burst

    def arrive(self, now: float) -> Refusal | None:
        rate = at(self.schedule, now)
        self.tokens = min(self.burst, self.tokens + (now - self.filled) * rate)
        self.filled = now
        if self.tokens < 1 - 1e-9:
            return Rate() if self.period is None else Rate(round(rate * self.period), self.period)
        self.tokens -= 1
        return None

    def leave(self) -> None: ...

    def allowance(self, seconds: float, _: Work) -> float:
        return self.burst + integral(self.schedule, seconds)


@define
class FixedWindow:
    """So many calls in each period of the clock."""

    limit: int
    period: float
    announced: bool = True
    offset: float = 0.0
    window: int = -1
    used: int = 0

    def arrive(self, now: float) -> Refusal | None:
        window = int((now + self.offset) // self.period)
        if window != self.window:
            self.window, self.used = window, 0
        if self.used >= self.limit:
            return Rate(self.limit, self.period) if self.announced else Rate()
        self.used += 1
        return None

    def leave(self) -> None: ...

    def allowance(self, seconds: float, _: Work) -> float:
        first = min(seconds, self.period - self.offset)
        return self.limit * (1 + (seconds - first) / self.period)


@define
class SlidingWindow:
    """So many calls in any stretch of a period."""

    limit: int
    period: float
    announced: bool = True
    accepted: deque[float] = field(factory=deque[float])

    def arrive(self, now: float) -> Refusal | None:
        while self.accepted and self.accepted[0] <= now - self.period + 1e-9:
            self.accepted.popleft()
        if len(self.accepted) >= self.limit:
            return Rate(self.limit, self.period) if self.announced else Rate()
        self.accepted.append(now)
        return None

    def leave(self) -> None: ...

    def allowance(self, seconds: float, _: Work) -> float:
        return self.limit * max(1.0, seconds / self.period)


@define
class Both:
    """Two limits at once; the first is asked first."""

    first: Service
    second: Service

    def arrive(self, now: float) -> Refusal | None:
        refusal = self.first.arrive(now)
        if refusal is None:
            refusal = self.second.arrive(now)
            if refusal is not None:
                self.first.leave()
        return refusal

    def leave(self) -> None:
        self.first.leave()
        self.second.leave()

    def allowance(self, seconds: float, work: Work) -> float:
        return min(self.first.allowance(seconds, work), self.second.allowance(seconds, work))


@define
class Noisy:
    """A service that also refuses a share of the calls for no reason."""

    service: Service
    share: float
    dice: random.Random = field(factory=lambda: random.Random(1))

    def arrive(self, now: float) -> Refusal | None:
        if self.dice.random() < self.share:
            return self.dice.choice([Rate(), Rate(600_000, 60), Concurrency()])
        return self.service.arrive(now)

    def leave(self) -> None:
        self.service.leave()

    def allowance(self, seconds: float, work: Work) -> float:
        return self.service.allowance(seconds, work)
