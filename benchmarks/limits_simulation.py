"""Virtual time: clients send to a service, and what they made of it is counted."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf
from statistics import mean, median
from typing import Protocol, TypeAlias

from attrs import define, field, frozen
from limits_services import Queue, Service, Work, at

from ocr_async.gates.limits import Refusal

Done: TypeAlias = Callable[[Refusal | None], None]


@define
class World:
    """Virtual time, a service, and the calls on their way to it, in its queue and in its hands."""

    service: Service
    work: Work
    random: random.Random
    now: float = 0.0
    flying: int = 0
    most: int = 0
    times: list[float] = field(factory=list[float])
    """What each call took, in proportion to what it takes in the mean when it need not wait."""
    _busy: int = 0
    _line: deque[Done] = field(factory=deque[Done])
    _events: list[tuple[float, int, Callable[[], None]]] = field(factory=list[tuple[float, int, Callable[[], None]]])
    _order: count[int] = field(factory=count)

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        heappush(self._events, (self.now + seconds, next(self._order), call))

    def run(self, seconds: float) -> None:
        while self._events and self._events[0][0] <= seconds:
            self.now, _, call = heappop(self._events)
            call()
        self.now = seconds

    def send(self, done: Done) -> None:
        """Send a call; `done` is told why it was refused, or None."""
        self.flying += 1
        self.most = max(self.most, self.flying)
        sent = self.now

        def back(refusal: Refusal | None) -> None:
            self.flying -= 1
            if refusal is None:
                self.times.append((self.now - sent) / self.work.mean(self.now))
            done(refusal)

        self.after(self.work.arrives_after(self.random), lambda: self._arrive(back))

    def _arrive(self, done: Done) -> None:
        refusal = self.service.arrive(self.now)
        if refusal is None:
            self._line.append(done)
            self._serve()
        else:
            self.after(self.work.travel / 2, lambda: done(refusal))

    def _serve(self) -> None:
        servers = at(self.service.servers, self.now) if isinstance(self.service, Queue) else inf
        while self._line and self._busy < servers:
            self._busy += 1
            done = self._line.popleft()
            self.after(self.work.takes(self.random, self.now), lambda done=done: self._leave(done))

    def _leave(self, done: Done) -> None:
        self._busy -= 1
        self.service.leave()
        self._serve()
        self.after(self.work.travel / 2, lambda: done(None))


class Client(Protocol):
    """One program that sends, with more calls than it can send."""

    admitted: int
    refused: int

    def start(self) -> None: ...


Policy: TypeAlias = Callable[[World], Client]


@frozen
class Result:
    """Shares in percent: of the allowance that was used, of all sends that were refused, of the largest client that the smallest got.

    `wait` is the median time of a call in service times, `most` the calls in flight at any moment. The smallest client's share
    is counted from when all were there.
    """

    used: float
    refused: float
    even: float
    wait: float
    most: float

    @staticmethod
    def of(results: list[Result]) -> Result:
        """Return the mean of several; of `most` the most."""
        return Result(
            used=mean(result.used for result in results),
            refused=mean(result.refused for result in results),
            even=mean(result.even for result in results),
            wait=mean(result.wait for result in results),
            most=max(result.most for result in results),
        )


def simulate(
    service: Service,
    policy: Policy,
    work: Work | None = None,
    *,
    seconds: float = 120,
    clients: int = 1,
    stagger: float = 0.0,
    seed: int = 1,
) -> Result:
    """Run clients against a service; each begins `stagger` seconds after the one before."""
    work = work or Work()
    world = World(service, work, random.Random(seed))
    senders = [policy(world) for _ in range(clients)]
    for index, sender in enumerate(senders):
        world.after(index * stagger, sender.start)
    world.run((clients - 1) * stagger)
    before = [sender.admitted for sender in senders]
    world.run(seconds)
    admitted = sum(sender.admitted for sender in senders)
    refused = sum(sender.refused for sender in senders)
    shares = [sender.admitted - had for sender, had in zip(senders, before, strict=True)]
    return Result(
        used=100 * admitted / service.allowance(seconds, work),
        refused=100 * refused / max(1, admitted + refused),
        even=100 * min(shares) / max(1, *shares) if clients > 1 else 100.0,
        wait=median(world.times or [0.0]),
        most=world.most,
    )
