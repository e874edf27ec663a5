"""A job of a million files: `python -m benchmarks.jobs`, or `--files 20000` for a short one.

The service answers at once in the same process, so that what is measured is the job: how long until the first picture is
sent, how much memory it takes, and what its ledger and output cost an item.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx

from benchmarks.bench import ROOT
from benchmarks.tables import Goal
from ocr_async import AkSk, OcrSession, TrainTicket, run_job
from ocr_async.jobs import ledger
from ocr_async.testing import picture, sample_result

FOLDER = 1_000
"""Files in one folder."""


def fill(folder: Path, files: int) -> None:
    """Make that many files with distinct pictures of about 100 bytes."""
    content = picture(1)
    for number in range(files):
        if number % FOLDER == 0:
            place = folder / f"{number // FOLDER:04}"
            place.mkdir(parents=True)
        (place / f"{number}.png").write_bytes(content + number.to_bytes(4, "big"))


class Timed(sqlite3.Cursor):
    """Adds up what is spent in its calls, commits among them: processor time of the thread, and the time that passes."""

    seconds = 0.0
    cpu_seconds = 0.0
    statements = 0
    commits = 0

    def execute(self, statement: str, *values: Any) -> Timed:
        begun, cpu = time.perf_counter(), time.thread_time()
        try:
            super().execute(statement, *values)
        finally:
            Timed.cpu_seconds += time.thread_time() - cpu
            Timed.seconds += time.perf_counter() - begun
        Timed.statements += 1
        Timed.commits += statement == "commit"
        return self

    def fetchall(self) -> list[Any]:
        cpu = time.thread_time()
        rows = super().fetchall()
        Timed.cpu_seconds += time.thread_time() - cpu
        return rows

    def __next__(self) -> Any:
        cpu = time.thread_time()
        row = super().__next__()
        Timed.cpu_seconds += time.thread_time() - cpu
        return row


class Ledger(sqlite3.Connection):
    """A connection whose every call is timed."""

    def execute(self, statement: str, *values: Any) -> Timed:
        return self.cursor(Timed).execute(statement, *values)


class Service(httpx.AsyncBaseTransport):
    """Answers at once, and notes when it was asked first."""

    def __init__(self) -> None:
        self.first: float | None = None
        self.reply = json.dumps({"result": sample_result("train-ticket", b"")}).encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.first = self.first or time.perf_counter()
        return httpx.Response(200, content=self.reply, request=request)


async def run(folder: Path, out: Path) -> dict[str, float]:
    """Run the job twice, the second time with nothing to do, and return what it took."""
    service = Service()
    ledger.sqlite3.connect = partial(sqlite3.connect, factory=Ledger)
    measured: dict[str, float] = {}
    keys = AkSk("AK", "SK")
    async with OcrSession(keys, endpoint="http://ocr.test", project_id="project", http_client=service) as session:
        begun, processor = time.perf_counter(), time.process_time()
        summary = await run_job(session, TrainTicket, folder, out=out)
        seconds = time.perf_counter() - begun
        measured["first send"] = (service.first or 0.0) - begun
        measured["processor"] = 1e6 * (time.process_time() - processor) / summary.done
        for name, each in (("run", seconds), ("ledger and waits", Timed.seconds), ("ledger", Timed.cpu_seconds)):
            measured[name] = 1e6 * each / summary.done
        measured["statements"], measured["commits"] = Timed.statements / summary.done, Timed.commits / summary.done
        begun = time.perf_counter()
        await run_job(session, TrainTicket, folder, out=out)
        measured["nothing to do"] = 1e6 * (time.perf_counter() - begun) / summary.done
    measured["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    measured["ledger size"] = out.with_suffix(".ledger").stat().st_size / summary.done
    return measured


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1_000_000, help="%(default)s by default")
    parser.add_argument("--folder", type=Path, help="where to make them; a temporary one by default")
    parser.add_argument("--measured", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measured:
        print(json.dumps(anyio.run(run, options.measured, options.measured.parent / "out.jsonl")))
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        scans = Path(folder) / "scans"
        fill(scans, options.files)
        command = [sys.executable, "-m", "benchmarks.jobs", "--measured", str(scans)]
        said = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    measured = json.loads(said.stdout)
    for name, unit in UNITS.items():
        print(f"{name:18} {measured[name]:10,.2f} {unit}")
    goals = [Goal(name, measured[name], most, f" {UNITS[name].split()[0]}") for name, most in MOST.items()]
    for goal in goals:
        print(
            f"{goal.what}: {goal.value:.3g}{goal.unit} of {goal.most:.3g}, {'' if goal.is_reached else 'not '}reached"
        )
    return 0 if all(goal.is_reached for goal in goals) else 1


UNITS = {
    "first send": "s after the call of run_job",
    "memory": "MiB at most, interpreter and session included",
    "ledger": "us an item of processor time in every call of SQLite, commits included, by the clock of its thread",
    "ledger and waits": "us an item in them, with waits for the disk, the interpreter and the processor",
    "statements": "an item, of which",
    "commits": "an item",
    "processor": "us an item of processor time in all: walk, read, hash, base64, signature, reply, ledger, output",
    "run": "us an item from the call to its end",
    "nothing to do": "us an item in a run that finds everything done",
    "ledger size": "B an item",
}
MOST = {"first send": 2.0, "memory": 200.0, "ledger": 60.0}


if __name__ == "__main__":
    sys.exit(main())
