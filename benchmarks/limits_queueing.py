"""Services that queue and never refuse, in virtual time: how much of them is used, and how long calls wait there.

    python -m benchmarks.limits_queueing

Beside the gates: a semaphore of the right size, one of 64, and no bound but the largest window.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from statistics import median

from attrs import define, field

from ocr_async.gates.admission import Admission
from ocr_async.gates.limits import Limits

WARM = 5.0
"""Seconds at the start that do not count."""


@define
class Queueing:
    """So many servers with one queue before them; `slower` multiplies the mean time of a picture at a time."""

    servers: Callable[[float], int]
    seconds: float
    sigma: float = 0.3
    slower: Callable[[float], float] = lambda _: 1.0

    def takes(self, chance: random.Random, now: float) -> float:
        spread = math.exp(chance.gauss(0, self.sigma) - self.sigma**2 / 2)
        return self.seconds * self.slower(now) * spread


@define
class Use:
    """Share of the service used, the median time of a call in service times, and calls in flight at the most."""

    used: float
    median: float
    most: int


@define
class _Fixed:
    """A semaphore."""

    size: int
    in_flight: int = 0
    _numbers: int = 0

    def delay(self) -> float:
        return 0.0 if self.in_flight < self.size else math.inf

    def start(self) -> int:
        self._numbers += 1
        self.in_flight += 1
        return self._numbers

    def admit(self, _: int) -> None:
        self.in_flight -= 1


@define
class _Gated:
    clock: Callable[[], float]
    admission: Admission = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.admission = Admission(Limits(), self.clock)

    @property
    def in_flight(self) -> int:
        return self.admission.window.in_flight

    def delay(self) -> float:
        return self.admission.delay()

    def start(self) -> int:
        return self.admission.start()

    def admit(self, number: int) -> None:
        self.admission.admit(number)


@define
class _Run:
    service: Queueing
    seed: int
    now: float = 0.0
    busy: int = 0
    work: float = 0.0
    most: int = 0
    queue: deque[int] = field(factory=deque)
    ends: list[tuple[float, float, int]] = field(factory=list)
    started: dict[int, float] = field(factory=dict)
    took: list[float] = field(factory=list)

    def play(self, client: _Fixed | _Gated, seconds: float) -> Use:
        chance = random.Random(self.seed)
        capacity = 0.0
        while self.now < seconds:
            while client.delay() <= 0:
                number = client.start()
                self.started[number] = self.now
                self.queue.append(number)
            while self.queue and self.busy < self.service.servers(self.now):
                takes = self.service.takes(chance, self.now)
                self.busy += 1
                heappush(self.ends, (self.now + takes, takes, self.queue.popleft()))
            before = self.now
            self.now, takes, number = heappop(self.ends)
            self.busy -= 1
            if self.now > WARM:
                capacity += (self.now - max(before, WARM)) * self.service.servers(before)
                self.work += takes
                self.took.append(
                    (self.now - self.started[number]) / (self.service.seconds * self.service.slower(self.now))
                )
                self.most = max(self.most, client.in_flight)
            client.admit(number)
        return Use(min(1.0, self.work / capacity), median(self.took), self.most)


SERVICES = {
    "8 servers of 0.3 s": Queueing(lambda _: 8, 0.3),
    "2 servers of 0.8 s": Queueing(lambda _: 2, 0.8),
    "64 servers of 0.1 s": Queueing(lambda _: 64, 0.1),
    "one of 8 lost for a minute": Queueing(lambda now: 7 if 40 <= now < 100 else 8, 0.3),
    "8 servers, widely spread": Queueing(lambda _: 8, 0.3, sigma=1.0),
    "16 servers, 3 x slower for 40 s": Queueing(lambda _: 16, 0.3, slower=lambda now: 3.0 if 40 <= now < 80 else 1.0),
}


def gated(service: Queueing, seed: int, seconds: float = 120.0) -> Use:
    """What the gates make of a service."""
    run = _Run(service, seed)
    return run.play(_Gated(lambda: run.now), seconds)


def fixed(service: Queueing, seed: int, size: int, seconds: float = 120.0) -> Use:
    """What a semaphore makes of it."""
    return _Run(service, seed).play(_Fixed(size), seconds)


def main(seeds: range = range(20, 26)) -> None:
    print("| service | gates | semaphore, exact | semaphore of 64 | 512 at once |")
    print("|---|---|---|---|---|")
    for name, service in SERVICES.items():
        ways = [
            [gated(service, seed) for seed in seeds],
            *([fixed(service, seed, size) for seed in seeds] for size in (service.servers(0.0), 64, 512)),
        ]
        cells = [
            f"{sum(use.used for use in uses) / len(uses):.1%} / {median(use.median for use in uses):.1f} x / {max(use.most for use in uses)}"
            for uses in ways
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    print("\nShare used / median time of a call in service times / most in flight at any time after the first 5 s.")


if __name__ == "__main__":
    main()
