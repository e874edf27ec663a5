"""Services with limits and clients with policies, in virtual time: what share of a limit is used, and what share is refused."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count
from math import inf, log
from typing import Protocol

from attrs import define, field, frozen

from ocr_async.gates.admission import Admission
from ocr_async.gates.limits import Concurrency, Limits, Rate, Refusal

Schedule = Sequence[tuple[float, float]]
"""What a limit is from which second on: `[(0, 16), (40, 32)]`."""


def at(schedule: Schedule, now: float) -> float:
    """Return the value of a schedule at a time."""
    return next(value for start, value in reversed(schedule) if start <= now)


def integral(schedule: Schedule, seconds: float) -> float:
    """Return the sum of a schedule over its first seconds."""
    ends = [start for start, _ in schedule[1:]] + [inf]
    return sum(value * max(0.0, min(end, seconds) - start) for (start, value), end in zip(schedule, ends, strict=True))


class Service(Protocol):
    """What refuses: asked when a call arrives, told when it leaves."""

    def arrive(self, now: float) -> Refusal | None: ...
    def leave(self) -> None: ...
    def allowance(self, seconds: float) -> float:
        """Calls that a perfect client gets admitted in that time."""
        ...


@define
class Cap:
    """So many calls at once."""

    schedule: Schedule
    latency: float
    busy: int = 0

    def arrive(self, now: float) -> Refusal | None:
        if self.busy >= at(self.schedule, now):
            return Concurrency()
        self.busy += 1
        return None

    def leave(self) -> None:
        self.busy -= 1

    def allowance(self, seconds: float) -> float:
        return integral(self.schedule, seconds) / self.latency


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

    def allowance(self, seconds: float) -> float:
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

    def allowance(self, seconds: float) -> float:
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

    def allowance(self, seconds: float) -> float:
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

    def allowance(self, seconds: float) -> float:
        return min(self.first.allowance(seconds), self.second.allowance(seconds))


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

    def allowance(self, seconds: float) -> float:
        return self.service.allowance(seconds)


@frozen
class Outcome:
    """What one client got: calls admitted and refused."""

    admitted: int
    refused: int


@define
class World:
    """Virtual time, a service, and how long its calls take: log-normal around `latency` seconds, `travel` of it on the way.

    Calls arrive later than that by `jitter` seconds in the mean, each by its own delay, and so in another order.
    """

    service: Service
    random: random.Random
    latency: float = 0.3
    spread: float = 0.25
    travel: float = 0.02
    jitter: float = 0.0
    now: float = 0.0
    _events: list[tuple[float, int, Callable[[], None]]] = field(factory=list[tuple[float, int, Callable[[], None]]])
    _order: count[int] = field(factory=count)

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        heappush(self._events, (self.now + seconds, next(self._order), call))

    def run(self, seconds: float) -> None:
        while self._events and self._events[0][0] <= seconds:
            self.now, _, call = heappop(self._events)
            call()
        self.now = seconds

    def send(self, done: Callable[[Refusal | None], None]) -> None:
        """Send a call; `done` is told why it was refused, or None."""
        delay = self.random.expovariate(1 / self.jitter) if self.jitter else 0.0
        self.after(self.travel / 2 + delay, lambda: self._arrive(done))

    def _arrive(self, done: Callable[[Refusal | None], None]) -> None:
        refusal = self.service.arrive(self.now)
        if refusal is not None:
            self.after(self.travel / 2, lambda: done(refusal))
            return
        mean = self.latency - self.travel
        self.after(self.random.lognormvariate(log(mean) - self.spread**2 / 2, self.spread), lambda: self._leave(done))

    def _leave(self, done: Callable[[Refusal | None], None]) -> None:
        self.service.leave()
        self.after(self.travel / 2, lambda: done(None))


@define
class Gated:
    """A client with more calls than it can send, behind a gate."""

    world: World
    limits: Limits = field(factory=Limits)
    admission: Admission = field(init=False)
    _due: float = inf

    def __attrs_post_init__(self) -> None:
        self.admission = Admission(self.limits, lambda: self.world.now)

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.admission.admitted, self.admission.refused)

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

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.admitted, self.refused)

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
class Aimd:
    """A window that grows by one a round trip and shrinks by a tenth at a refusal."""

    world: World
    window: float = 4.0
    flying: int = 0
    admitted: int = 0
    refused: int = 0

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.admitted, self.refused)

    def start(self) -> None:
        while self.flying < int(self.window):
            self.flying += 1
            self.world.send(self._done)

    def _done(self, refusal: Refusal | None) -> None:
        self.flying -= 1
        if refusal is None:
            self.admitted += 1
            self.window += 1 / self.window
        else:
            self.refused += 1
            self.window = max(1.0, self.window * 0.9)
        if self.flying == 0 and refusal is not None:
            self.world.after(0.05, self.start)
        else:
            self.start()


class Client(Protocol):
    """One process that sends."""

    def start(self) -> None: ...
    @property
    def outcome(self) -> Outcome: ...


@frozen
class Result:
    """Shares in percent: of the allowance that was used, of all sends that were refused, of the largest client that the smallest got."""

    used: float
    refused: float
    even: float


def simulate(
    service: Service,
    client: Callable[[World], Client],
    *,
    seconds: float = 120,
    clients: int = 1,
    stagger: float = 0.0,
    seed: int = 1,
    latency: float = 0.3,
    travel: float = 0.02,
    jitter: float = 0.0,
) -> Result:
    """Run clients against a service; each begins `stagger` seconds after the one before."""
    world = World(service, random.Random(seed), latency=latency, travel=travel, jitter=jitter)
    senders = [client(world) for _ in range(clients)]
    for index, sender in enumerate(senders):
        world.after(index * stagger, sender.start)
    world.run(seconds)
    outcomes = [sender.outcome for sender in senders]
    admitted = [outcome.admitted for outcome in outcomes]
    refused = sum(outcome.refused for outcome in outcomes)
    return Result(
        used=100 * sum(admitted) / service.allowance(seconds),
        refused=100 * refused / max(1, sum(admitted) + refused),
        even=100 * min(admitted) / max(1, *admitted),
    )
