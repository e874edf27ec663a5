"""Run the benchmarks and print their tables: `python -m benchmarks`, or `--short` for a minute's check.

Exits with 1 when a goal is lost by a factor of two or more.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence

from benchmarks.tables import ALL, Effort, Goal, Table


def show(table: Table) -> None:
    """Print a table as Markdown, which also reads well as plain text."""
    print(f"\n### {table.title}\n\n{table.about}\n", flush=True)
    rows = [table.columns, *table.rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(table.columns))]
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print(f"| {' | '.join(cells)} |")
        if number == 0:
            print(f"|{'|'.join(['-' * (widths[0] + 2), *('-' * (width + 1) + ':' for width in widths[1:])])}|")


def show_goals(goals: Sequence[Goal]) -> None:
    print("\n### What is to be reached\n\n| what | measured | at most | |\n|---|---:|---:|---|")
    for goal in goals:
        verdict = "reached" if goal.is_reached else "LOST" if goal.is_lost else "not reached"
        print(f"| {goal.what} | {goal.value:.3g}{goal.unit} | {goal.most:.3g}{goal.unit} | {verdict} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="the cases with a goal, few competitors, under a minute")
    parser.add_argument(
        "--only", metavar="NAME", choices=[part.__name__ for part in ALL], help="run one part: %(choices)s"
    )
    parser.add_argument("--factor", type=float, default=1.0, help="times as many requests")
    options = parser.parse_args()
    effort = Effort(options.factor * (0.3 if options.short else 1.0), 2 if options.short else 3, short=options.short)
    start = time.monotonic()
    version = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{version}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors")
    goals: list[Goal] = []
    for part in ALL:
        if options.only in (None, part.__name__):
            for table in part(effort):
                show(table)
                goals += table.goals
    if goals:
        show_goals(goals)
    print(f"\n{time.monotonic() - start:.0f} s")
    return int(any(goal.is_lost for goal in goals))


if __name__ == "__main__":
    sys.exit(main())
