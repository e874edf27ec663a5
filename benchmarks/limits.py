"""How much of a limit is used, and how much is refused, by the gates and by simpler ways: `python benchmarks/limits.py`.

In virtual time, so that it takes seconds and gives the same figures on every machine; with `--live` in real processes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import mean
from typing import TypeAlias

from attrs import field, frozen
from rich.console import Console
from rich.table import Table

sys.path[:0] = [
    str(Path(__file__).parent),
    str(Path(__file__).parent.parent),
]  # also from a checkout that is not installed

from limits_simulation import (  # noqa: E402
    Aimd,
    Both,
    Bucket,
    Cap,
    Client,
    FixedWindow,
    Gated,
    Noisy,
    Result,
    Semaphore,
    Service,
    SlidingWindow,
    World,
    simulate,
)

LATENCY = 0.3
JITTER = 0.002
Policy: TypeAlias = Callable[[World], Client]


@frozen
class Scenario:
    """A service, how many clients share it for how long, and the semaphore that would be exact for each of them."""

    name: str
    service: Callable[[], Service]
    exact: int
    clients: int = 1
    stagger: float = 0.0
    seconds: float = 120
    jitter: float = 0.0

    def policies(self) -> Mapping[str, Policy]:
        return {
            "gates": Gated,
            "exact": lambda world: Semaphore(world, self.exact),
            "twice": lambda world: Semaphore(world, 2 * self.exact),
            "AIMD": Aimd,
        }

    def run(self, policy: Policy, seeds: int) -> Result:
        results = [
            simulate(
                self.service(),
                policy,
                seconds=self.seconds,
                clients=self.clients,
                stagger=self.stagger,
                seed=seed,
                latency=LATENCY,
                jitter=self.jitter,
            )
            for seed in range(1, seeds + 1)
        ]
        return Result(
            used=mean(result.used for result in results),
            refused=mean(result.refused for result in results),
            even=mean(result.even for result in results),
        )


@frozen
class Group:
    """Scenarios of one kind, and what is to be reached in them: the share used at least, the share refused at most."""

    title: str
    used: float
    refused: float
    scenarios: list[Scenario] = field(factory=list[Scenario])


GROUPS = [
    Group(
        "constant limits",
        97,
        1,
        [
            Scenario("16 at once", lambda: Cap([(0, 16)], LATENCY), 16),
            Scenario("64 at once", lambda: Cap([(0, 64)], LATENCY), 64),
            Scenario("50/s, announced", lambda: Bucket([(0, 50)], period=60), 15),
            Scenario("50/s, not announced", lambda: Bucket([(0, 50)]), 15),
            Scenario("50 each second, announced", lambda: FixedWindow(50, 1), 15),
            Scenario("50 each second, not announced", lambda: FixedWindow(50, 1, announced=False), 15),
            Scenario("16 at once and 50/s", lambda: Both(Cap([(0, 16)], LATENCY), Bucket([(0, 50)])), 15),
            Scenario("600 each minute, announced", lambda: FixedWindow(600, 60, offset=20), 3, seconds=600),
            Scenario(
                "600 each minute, not announced",
                lambda: FixedWindow(600, 60, announced=False, offset=20),
                3,
                seconds=600,
            ),
            Scenario("600 in any minute, announced", lambda: SlidingWindow(600, 60), 3, seconds=600),
            Scenario(
                "600 in any minute, not announced", lambda: SlidingWindow(600, 60, announced=False), 3, seconds=600
            ),
        ],
    ),
    Group(
        "a minute only, calls arrive 2 ms later in the mean",
        97,
        1,
        [
            Scenario("16 at once", lambda: Cap([(0, 16)], LATENCY), 16, seconds=60, jitter=JITTER),
            Scenario("64 at once", lambda: Cap([(0, 64)], LATENCY), 64, seconds=60, jitter=JITTER),
            Scenario("50/s, announced", lambda: Bucket([(0, 50)], period=60), 15, seconds=60, jitter=JITTER),
            Scenario("50/s, not announced", lambda: Bucket([(0, 50)]), 15, seconds=60, jitter=JITTER),
            Scenario("50 each second, announced", lambda: FixedWindow(50, 1), 15, seconds=60, jitter=JITTER),
            Scenario(
                "50 each second, not announced",
                lambda: FixedWindow(50, 1, announced=False),
                15,
                seconds=60,
                jitter=JITTER,
            ),
        ],
    ),
    Group(
        "changing limits",
        94,
        1,
        [
            Scenario("16 -> 32 -> 8 at once", lambda: Cap([(0, 16), (40, 32), (80, 8)], LATENCY), 16),
            Scenario("20 -> 40 -> 10/s, announced", lambda: Bucket([(0, 20), (40, 40), (80, 10)], period=60), 6),
            Scenario("20 -> 40 -> 10/s, not announced", lambda: Bucket([(0, 20), (40, 40), (80, 10)]), 6),
            Scenario("the same, slower", lambda: Bucket([(0, 20), (200, 40), (400, 10)]), 6, seconds=600),
        ],
    ),
    Group(
        "two clients",
        94,
        1,
        [
            Scenario("20 at once", lambda: Cap([(0, 20)], LATENCY), 10, clients=2),
            Scenario("20 at once, one comes later", lambda: Cap([(0, 20)], LATENCY), 10, clients=2, stagger=10),
            Scenario("64 at once", lambda: Cap([(0, 64)], LATENCY), 32, clients=2),
            Scenario("20/s, not announced", lambda: Bucket([(0, 20)]), 3, clients=2),
            Scenario("20/s, announced", lambda: Bucket([(0, 20)], period=60), 3, clients=2),
            Scenario("50/s, one comes later", lambda: Bucket([(0, 50)]), 7, clients=2, stagger=10),
        ],
    ),
    Group(
        "5 % of all calls refused for no reason",
        80,
        12,
        [Scenario("16 at once", lambda: Noisy(Cap([(0, 16)], LATENCY), 0.05), 16)],
    ),
]


def table(group: Group, seeds: int) -> Table:
    """Run a group; cells are the share used / refused, and with several clients the smallest share of the largest."""
    made = Table(title=f"{group.title}: share used / refused in % (to reach: {group.used:g} / {group.refused:g})")
    made.add_column("limit", no_wrap=True)
    for name in group.scenarios[0].policies():
        made.add_column(name, justify="right", no_wrap=True)
    for scenario in group.scenarios:
        results = [scenario.run(policy, seeds) for policy in scenario.policies().values()]
        made.add_row(scenario.name, *(cell(result, scenario.clients) for result in results))
    return made


def cell(result: Result, clients: int) -> str:
    """Return a result as text."""
    even = f" ({result.even:.0f})" if clients > 1 else ""
    return f"{result.used:.1f} / {result.refused:.1f}{even}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each scenario, of which the mean is shown")
    parser.add_argument("--live", action="store_true", help="in real processes against the embedded service instead")
    parser.add_argument("--seconds", type=float, default=60, help="of each live run")
    arguments = parser.parse_args()
    console = Console()
    console = Console(width=max(console.width, 110))  # a narrower table would cut figures
    if arguments.live:
        from limits_live import table as live_table  # noqa: PLC0415  needs the testing kit

        console.print(live_table(arguments.seconds))
        return
    for group in GROUPS:
        console.print(table(group, arguments.seeds))
    console.print("With two clients, in parentheses: what the one that got least got, in % of what the other got.")


if __name__ == "__main__":
    main()
