"""The limits that are tried: what a service does, for how long, who shares it, and what is to be reached there."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, field, frozen
from limits_clients import Make
from limits_services import Both, Bucket, Cap, FixedWindow, Noisy, Queue, Service, SlidingWindow, Work
from limits_simulation import Result, simulate


@frozen
class Goal:
    """Shares in percent: used at least, refused at most, the smaller client's at least; median in service times, and most in flight."""

    used: float
    refused: float = 100.0
    even: float = 0.0
    wait: float = 1e9
    most: float = 1e9
    firm: bool = True
    """Whether to miss it by far is an error: not where no way of pacing reaches it."""

    def is_met(self, result: Result) -> bool:
        """Whether a result, as it is shown, reaches it."""
        enough = round(result.used, 1) >= self.used and round(result.even) >= self.even
        return enough and round(result.refused, 1) <= self.refused and self._is_calm(result)

    def _is_calm(self, result: Result) -> bool:
        return round(result.wait, 1) <= self.wait and result.most <= self.most


@frozen
class Scenario:
    """A service, how many clients share it for how long, and the semaphore that would be exact for each of them."""

    name: str
    service: Callable[[], Service]
    exact: int
    clients: int = 1
    stagger: float = 0.0
    seconds: float = 120
    work: Work = field(factory=Work)
    pace: float | None = None
    """Calls a second that use most of the limit with a share refused that is near to 5 %, found by trying them all."""
    calm: int | None = None
    """Servers of a service that queues: no more than three times as many calls in flight."""

    def goal(self, group: Goal) -> Goal:
        return group if self.calm is None else evolve(group, wait=2.0, most=3.0 * self.calm)

    def run(self, make: Make, seed: int) -> Result:
        return simulate(
            self.service(),
            make,
            self.work,
            seconds=self.seconds,
            clients=self.clients,
            stagger=self.stagger,
            seed=seed,
        )


@frozen
class Group:
    """Scenarios of one kind, and what is to be reached in them."""

    title: str
    goal: Goal
    scenarios: list[Scenario]

    @property
    def is_bounded(self) -> bool:
        """Whether a way that knows the best rate is shown as well."""
        return any(scenario.pace for scenario in self.scenarios)


def cap(*steps: tuple[float, float]) -> Callable[[], Service]:
    return lambda: Cap(steps)


def rate(*steps: tuple[float, float], period: float | None = None, burst: float = 10) -> Callable[[], Service]:
    return lambda: Bucket(steps, burst, period)


def constant(work: Work, seconds: float) -> list[Scenario]:
    each = {"work": work, "seconds": seconds}
    return [
        Scenario("16 at once", cap((0, 16)), 16, **each),
        Scenario("64 at once", cap((0, 64)), 64, **each),
        Scenario("50/s, announced", rate((0, 50), period=60), 15, **each),
        Scenario("50/s", rate((0, 50)), 15, **each),
        Scenario("50 each second, announced", lambda: FixedWindow(50, 1), 15, **each),
        Scenario("50 each second", lambda: FixedWindow(50, 1, announced=False), 15, **each),
    ]


def queue(name: str, servers: int, *steps: tuple[float, float], work: Work) -> Scenario:
    return Scenario(name, lambda: Queue([(0, servers), *steps]), servers, work=work, calm=servers)


BURSTLESS = [
    Scenario(
        f"{limit}/s, burst 1, jitter {jitter} ms",
        rate((0, limit), burst=1),
        exact,
        work=Work(jitter=jitter / 1000),
        pace=best * limit,
    )
    for limit, exact, jitter, best in ((10, 3, 2, 0.95), (10, 3, 10, 0.8), (50, 15, 2, 0.8), (50, 15, 10, 0.45))
]
EVEN = {"work": Work(spread=0.02, travel=0.01, jitter=0.002), "seconds": 60.0}
"""As the live rows are: all calls take as long, so that they come and go together."""

CLOSE = {"work": Work(spread=0.003, travel=0.002, jitter=0.001), "seconds": 60.0}
"""The same on a service that is near: who has a place takes it again within 2 ms."""

DRIFT = [(0, 1), (40, 3), (80, 1)]
CHANGES = [(0, 20), (40, 40), (80, 10)]

GROUPS = [
    Group(
        "constant limits",
        Goal(97.5, 1),
        [
            *constant(Work(), 600),
            Scenario("16 at once and 50/s", lambda: Both(Cap([(0, 16)]), Bucket([(0, 50)])), 15, seconds=600),
            Scenario("600 each minute, announced", lambda: FixedWindow(600, 60, offset=20), 3, seconds=600),
            Scenario("600 each minute", lambda: FixedWindow(600, 60, announced=False, offset=20), 3, seconds=600),
            Scenario("600 in any minute, announced", lambda: SlidingWindow(600, 60), 3, seconds=600),
            Scenario("600 in any minute", lambda: SlidingWindow(600, 60, announced=False), 3, seconds=600),
        ],
    ),
    Group("a minute only, calls arrive 2 ms later in the mean", Goal(97, 1), constant(Work(jitter=0.002), 60)),
    Group(
        "16 -> 32 -> 8 at once",
        Goal(95, 1),
        [Scenario("every 40 s", cap((0, 16), (40, 32), (80, 8)), 16)],
    ),
    Group(
        "20 -> 40 -> 10/s",
        Goal(92, 1.5),
        [
            Scenario("every 40 s, announced", rate(*CHANGES, period=60), 6),
            Scenario("every 40 s", rate(*CHANGES), 6),
            Scenario("every 200 s", rate((0, 20), (200, 40), (400, 10)), 6, seconds=600),
        ],
    ),
    Group(
        "two clients",
        Goal(95, 1.2, even=80),
        [
            Scenario("20 at once", cap((0, 20)), 10, clients=2),
            Scenario("20 at once, one comes later", cap((0, 20)), 10, clients=2, stagger=10),
            Scenario("64 at once", cap((0, 64)), 32, clients=2),
            Scenario("20/s", rate((0, 20)), 3, clients=2),
            Scenario("20/s, one comes later", rate((0, 20)), 3, clients=2, stagger=10),
            Scenario("20/s, announced", rate((0, 20), period=60), 3, clients=2),
            Scenario("50/s, one comes later", rate((0, 50)), 7, clients=2, stagger=10),
        ],
    ),
    Group(
        "16 -> 32 -> 8 in a minute, all calls take as long",
        Goal(90, 1.5),
        [Scenario("every 20 s", cap((0, 16), (20, 32), (40, 8)), 16, **EVEN)],
    ),
    Group(
        "a minute only, all calls take as long",
        Goal(95, 1.2, even=80),
        [
            Scenario("16 at once", cap((0, 16)), 16, **EVEN),
            Scenario("64 at once", cap((0, 64)), 64, **EVEN),
            Scenario("50/s, announced", rate((0, 50), period=1), 15, **EVEN),
            Scenario("50/s", rate((0, 50)), 15, **EVEN),
            Scenario("20 at once, two clients", cap((0, 20)), 10, clients=2, **EVEN),
            Scenario("20 at once, one comes later", cap((0, 20)), 10, clients=2, stagger=10, **EVEN),
            Scenario("20 at once, one comes later, near", cap((0, 20)), 10, clients=2, stagger=10, **CLOSE),
            Scenario("20/s, two clients", rate((0, 20)), 3, clients=2, **EVEN),
        ],
    ),
    Group("a bucket that saves nothing", Goal(90, firm=False), BURSTLESS),
    Group(
        "a service that queues and never refuses",
        Goal(95, 0),
        [
            queue("8 servers of 0.3 s", 8, work=Work(spread=0.3)),
            queue("2 servers of 0.8 s", 2, work=Work(0.8, spread=0.3)),
            queue("64 servers of 0.1 s", 64, work=Work(0.1, spread=0.3)),
            queue("8 servers, one lost for a minute", 8, (40, 7), (100, 8), work=Work(spread=0.3)),
            queue("8 servers, one slow picture in ten", 8, work=Work(spread=0.3, rare=10)),
        ],
    ),
    Group(
        "a service that becomes slower, or is uneven",
        Goal(95, 1),
        [
            Scenario("8 servers, sigma 1", lambda: Queue([(0, 8)]), 8, work=Work(spread=1.0)),
            Scenario(
                "16 servers, 3 x slower and back", lambda: Queue([(0, 16)]), 16, work=Work(spread=0.3, slower=DRIFT)
            ),
            Scenario("16 at once, 3 x slower and back", cap((0, 16)), 16, work=Work(slower=DRIFT)),
            Scenario("16 at once, sigma 1", cap((0, 16)), 16, work=Work(spread=1.0)),
            Scenario("16 at once, one slow picture in ten", cap((0, 16)), 16, work=Work(rare=10)),
        ],
    ),
    Group(
        "5 % of all calls refused for no reason",
        Goal(0),
        [Scenario("16 at once", lambda: Noisy(Cap([(0, 16)]), 0.05), 16)],
    ),
]
