"""How much of a limit is used, and how much is refused, by the gates and by other ways: `python benchmarks/limits.py`.

In virtual time, so that it gives the same figures on every machine; with `--live` in real processes.
Exits with 1 when the gates miss what is to be reached by far.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

from attrs import evolve

sys.path[:0] = [
    str(Path(__file__).parent),
    str(Path(__file__).parent.parent),
]  # also from a checkout that is not installed

from limits_clients import policies  # noqa: E402
from limits_scenarios import GROUPS, Goal, Group, Scenario  # noqa: E402
from limits_simulation import Result  # noqa: E402

BOUND = "paced"
"""The way that knows the best rate beforehand, shown where none that has to find it can reach the goal."""

NAMES = [name for name in policies(1) if name != BOUND]


def run(job: tuple[int, int, str, int]) -> Result:
    """Run one scenario of a group with one policy and one seed."""
    group, at, name, seed = job
    scenario = GROUPS[group].scenarios[at]
    return scenario.run(policies(scenario.exact, scenario.pace or 1.0)[name], seed)


def cell(result: Result, scenario: Scenario, goal: Goal) -> str:
    """Return a result as text."""
    if scenario.calm is not None:
        return f"{result.used:.1f} / {result.wait:.1f} x / {result.most:.0f}"
    even = f" ({result.even:.0f})" if goal.even else ""
    return f"{result.used:.1f} / {result.refused:.1f}{even}"


def heading(group: Group) -> str:
    """Return a title, and what the cells say."""
    goal = group.goal
    if any(scenario.calm for scenario in group.scenarios):
        return f"{group.title}: used in % / median in service times / most in flight (to reach: {goal.used:g} / 2 / 3 x the servers)"
    reach = f"{goal.used:g} / {goal.refused:g}" + (f" ({goal.even:g})" if goal.even else "")
    return f"{group.title}: used / refused in % (to reach: {reach})"


def is_far(goal: Goal, result: Result) -> bool:
    """Whether a goal is missed by more than luck with few seeds."""
    loose = evolve(
        goal, used=goal.used - 5, refused=2 * goal.refused, even=0.6 * goal.even, wait=3.0, most=2 * goal.most
    )
    return goal.firm and not loose.is_met(result)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each scenario, of which the mean is shown")
    parser.add_argument("--first", type=int, default=100, help="the first seed")
    parser.add_argument(
        "--short",
        action="store_true",
        help="the gates alone: half a minute; live: 40 pictures at the embedded service",
    )
    parser.add_argument("--ways", nargs="+", choices=NAMES, default=NAMES, help="what to compare")
    parser.add_argument("--only", metavar="WORD", default="", help="groups whose title holds the word")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--live", action="store_true", help="in real processes against the embedded service instead")
    parser.add_argument("--seconds", type=float, default=60, help="of each live run")
    arguments = parser.parse_args()
    if arguments.live:
        from limits_live import embedded, report  # noqa: PLC0415  needs the testing kit

        asyncio.run(embedded(40 if arguments.short else 200))
        report(arguments.seconds)
        return 0
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    far = 0
    with ProcessPoolExecutor(arguments.processes) as pool:
        for number, group in enumerate(GROUPS):
            if arguments.only not in group.title:
                continue
            ways = ["gates"] if arguments.short else [*arguments.ways, *([BOUND] if group.is_bounded else [])]
            jobs = list(product([number], range(len(group.scenarios)), ways, seeds))
            results = dict(zip(jobs, pool.map(run, jobs), strict=True))
            print(f"\n{heading(group)}\n\n| limit | {' | '.join(ways)} |\n|---|{'---:|' * len(ways)}", flush=True)
            for at, scenario in enumerate(group.scenarios):
                goal = scenario.goal(group.goal)
                row = {way: Result.of([results[number, at, way, seed] for seed in seeds]) for way in ways}
                cells = [cell(result, scenario, goal) for result in row.values()]
                if "gates" in row and not goal.is_met(row["gates"]):
                    cells[0] += " *"
                    far += is_far(goal, row["gates"])
                print(f"| {scenario.name} | {' | '.join(cells)} |", flush=True)
    print(
        f"\nMean of {len(seeds)} seeds from {seeds[0]}. * below what is to be reached. With two clients, in parentheses: "
        "what the smaller got in % of the larger, from when both were there."
    )
    return int(far > 0)


if __name__ == "__main__":
    sys.exit(main())
