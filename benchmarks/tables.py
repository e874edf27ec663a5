"""The cases that are measured, each a table: what it measures and against what, its rows, and what is to be reached."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from attrs import define, field

from benchmarks.bench import ROOT, Result, compare, pictures, serving, working

OURS, CALLS, AIOHTTP, HTTPX, HTTPX2 = (
    "ocr_async",
    "ocr_async, recognize",
    "aiohttp by hand",
    "httpx by hand",
    "httpx2 by hand",
)
SDK, SDK_ASYNC = "official SDK, threads", "official SDK, async"
EVERYONE = (OURS, CALLS, AIOHTTP, HTTPX, HTTPX2, SDK, SDK_ASYNC)
SMALL, MIDDLE, LARGE, HUGE = 30_000, 300_000, 2_000_000, 7_500_000
SHOWN = {SMALL: "30 KB", MIDDLE: "300 KB", LARGE: "2 MB", HUGE: "7.5 MB"}


@define
class Goal:
    """A figure and the most it may be; a time depends on the machine, so only the others can be lost."""

    what: str
    value: float
    most: float
    unit: str = ""
    lost_from: float | None = None

    @property
    def is_reached(self) -> bool:
        return self.value <= self.most

    @property
    def is_lost(self) -> bool:
        """Whether it is missed by a factor of two, which noise does not explain; no time does that on a busy machine."""
        return self.value > (self.lost_from or 2 * self.most) and not self.unit.endswith("s")


@define
class Table:
    """One measured case."""

    title: str
    about: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(factory=list)
    goals: list[Goal] = field(factory=list)


@define
class Effort:
    """How much is run: a factor on all counts, and whether the competitors that need minutes take part."""

    factor: float = 1.0
    rounds: int = 3
    short: bool = False

    def count(self, requests: int, concurrency: int) -> int:
        return max(2 * concurrency, int(requests * self.factor))


def whole_jobs(effort: Effort) -> Iterator[Table]:
    """Measure the whole job: read, base64, AK/SK signature, POST, decode."""
    cases = [
        (SMALL, 16, 2000),
        (MIDDLE, 16, 600),
        (LARGE, 16, 160),
        (HUGE, 16, 64),
        (SMALL, 64, 2000),
        (SMALL, 256, 2000),
    ]
    if effort.short:
        cases = [(SMALL, 16, 2000), (HUGE, 16, 64), (SMALL, 256, 2000)]
    names = (OURS, AIOHTTP, SDK) if effort.short else EVERYONE
    ours: dict[tuple[int, int], float] = {}
    with pictures(SMALL, MIDDLE, LARGE, HUGE) as paths, serving() as server:
        for size, concurrency, requests in cases:
            results = compare(
                names, server, paths[size], effort.count(requests, concurrency), concurrency, rounds=effort.rounds
            )
            table = _job_table(f"Whole job, {SHOWN[size]}, {concurrency} in flight", results)
            cpu = {each.client: each.cpu for each in results}
            ours[size, concurrency] = cpu[OURS]
            if concurrency == 16:
                table.goals += _job_goals(size, cpu)
            if concurrency == 256:
                table.goals.append(Goal("CPU a request at 256 in flight against 16", cpu[OURS] / ours[SMALL, 16], 1.3))
            yield table


def _job_table(title: str, results: Sequence[Result]) -> Table:
    about = (
        "CPU (user + system) and time of one recognized picture from a path, AK/SK, no service latency; lower is better"
    )
    table = Table(title, about, ("client", "CPU us", "against ours", "pictures/s", "server busy"))
    base = results[0].cpu
    for each in results:
        server = f"{each.server:.0%}" if each.server else "?"
        table.rows.append((each.client, f"{each.cpu:,.0f}", f"{each.cpu / base:.2f}", f"{each.rate:,.0f}", server))
    return table


def _job_goals(size: int, cpu: dict[str, float]) -> list[Goal]:
    by_hand, by_sdk = cpu[OURS] / cpu[AIOHTTP], cpu[OURS] / cpu[SDK]
    against_hand = {SMALL: 1.0, MIDDLE: 1.0, LARGE: 1.0, HUGE: 0.8}
    against_sdk = {SMALL: 1 / 8, MIDDLE: 1 / 5, HUGE: 1 / 4}
    goals = []
    if size in against_hand:
        goals.append(Goal(f"CPU against aiohttp by hand, {SHOWN[size]}", by_hand, against_hand[size]))
    if size in against_sdk:
        goals.append(
            Goal(f"CPU against the official SDK in threads, {SHOWN[size]}", by_sdk, against_sdk[size], lost_from=0.5)
        )
    return goals


def sizes(effort: Effort) -> Iterator[Table]:
    """Measure pictures of many sizes, and how late the event loop gets beside them: what is made in one piece, or not."""
    if effort.short:
        return
    about = "CPU of a picture and lag of the loop (99th percentile of how late a task that sleeps 1 ms is), 16 in flight, AK/SK, no service latency"
    table = Table("By size", about, ("KB", "CPU us", "aiohttp by hand", "ratio", "lag ms", "aiohttp by hand"))
    all_sizes = [10_000, 30_000, 100_000, 200_000, 300_000, 400_000, 600_000, 1_000_000, 2_000_000, 7_500_000]
    with pictures(*all_sizes) as paths, serving() as server:
        for size in all_sizes:
            count = effort.count(min(1500, 100_000_000 // size), 16)
            cpu = compare((OURS, AIOHTTP), server, paths[size], count, 16, rounds=effort.rounds)
            lag = compare((OURS, AIOHTTP), server, paths[size], count, 16, rounds=effort.rounds, watch_lag=True)
            figures = [f"{each.cpu:,.0f}" for each in cpu] + [f"{cpu[0].cpu / cpu[1].cpu:.2f}"]
            table.rows.append((f"{size // 1000:,}", *figures, *(f"{each.lag:.1f}" for each in lag)))
    yield table


def with_latency(effort: Effort) -> Iterator[Table]:
    """Measure the same against a service that takes 100 ms."""
    if effort.short:
        return
    with pictures(SMALL) as paths, serving(latency=0.1) as server:
        for concurrency in (64, 256):
            count = effort.count(20 * concurrency, concurrency)
            results = compare(
                (OURS, AIOHTTP, HTTPX2, SDK), server, paths[SMALL], count, concurrency, rounds=effort.rounds
            )
            table = _job_table(f"Whole job, 30 KB, {concurrency} in flight, service latency 100 ms", results)
            table.about += f"; {concurrency * 10} pictures/s is the most there can be"
            yield table


def with_tls(effort: Effort) -> Iterator[Table]:
    """Measure the same over TLS."""
    if effort.short:
        return
    names = (OURS, AIOHTTP, HTTPX, HTTPX2, SDK)
    with pictures(SMALL, LARGE) as paths, serving(tls=True) as server:
        for size, requests in ((SMALL, 1000), (LARGE, 96)):
            results = compare(names, server, paths[size], effort.count(requests, 16), 16, rounds=effort.rounds)
            table = _job_table(f"Whole job, {SHOWN[size]}, 16 in flight, TLS", results)
            table.about += "; the server decrypts, so it may be the bottleneck of pictures/s, not of CPU"
            yield table


def transports(effort: Effort) -> Iterator[Table]:
    """Measure the transports alone."""
    names = (
        ("AsyncioTransport", "aiohttp")
        if effort.short
        else ("AsyncioTransport", "httpx with AsyncioTransport", "aiohttp", "httpx", "httpx2")
    )
    cases = [(SMALL, 64, 2000), (HUGE, 64, 128), (SMALL, 256, 2000)]
    with pictures(SMALL, HUGE) as paths, serving() as server:
        for size, concurrency, requests in cases[:1] if effort.short else cases:
            results = compare(
                names, server, paths[size], effort.count(requests, concurrency), concurrency, rounds=effort.rounds
            )
            table = _job_table(f"Transport alone, body of {SHOWN[size]}, {concurrency} in flight", results)
            table.about = (
                "CPU and time of one POST whose body is made beforehand; no file, base64, signature or decoding"
            )
            yield table


def memory_and_lag(effort: Effort) -> Iterator[Table]:
    """Measure what large pictures do to memory and to the event loop."""
    names = (OURS,) if effort.short else (OURS, AIOHTTP, HTTPX, SDK)
    about = "Growth of the peak of resident memory, 64 workers on pictures of 7.5 MB from paths, to a service that takes 150 MB/s; the gates may let fewer go at once"
    table = Table("Peak memory, slow uplink", about, ("client", "MiB", "most at once, as the server saw it"))
    with pictures(HUGE, SMALL) as paths, serving(rate=150e6) as server:
        for name in names:
            with working(name, server) as worker:
                worker.ask(path=str(paths[SMALL]), count=600, concurrency=64)
                server.stats()
                peak = worker.ask(path=str(paths[HUGE]), count=96, concurrency=64)["peak"]
                table.rows.append((name, f"{peak:,.0f}", str(server.stats().most_at_once)))
    ours = table.rows[0]
    what = f"peak memory over the start, with {ours[2]} in flight"
    table.goals.append(Goal(what, float(ours[1].replace(",", "")), 64, " MiB"))
    yield table
    yield _lag_table(effort)


def _lag_table(effort: Effort) -> Table:
    about = "How late the event loop comes back to a task that sleeps 1 ms, 99th percentile, 16 pictures of 7.5 MB in flight, AK/SK"
    table = Table("Loop lag", about, ("client", "ms"))
    names = (OURS, AIOHTTP) if effort.short else (OURS, AIOHTTP, HTTPX, HTTPX2)
    with pictures(HUGE) as paths, serving() as server:
        results = compare(
            names, server, paths[HUGE], effort.count(64, 16), 16, rounds=1 if effort.short else 3, watch_lag=True
        )
        with working(OURS, server) as worker:
            idle = worker.ask(path=str(paths[HUGE]), count=2000, concurrency=0, watch_lag=True)["lag"]
    table.rows += [(each.client, f"{each.lag:.1f}") for each in results]
    table.rows.append(("a loop with nothing to do", f"{idle:.1f}"))
    table.goals.append(Goal("loop lag p99", results[0].lag, 5, " ms"))
    table.goals.append(Goal("loop lag p99 against aiohttp by hand", results[0].lag / results[1].lag, 0.5))
    return table


BATCH = """
import asyncio, sys, time
from types import SimpleNamespace
from benchmarks.worker import memory, reset_peak
from ocr_async import AkSk, OcrSession, TrainTicket, TrainTicketResult

async def main(count):
    session = OcrSession(AkSk("a", "s"), endpoint="http://127.0.0.1:1", project_id="p")
    answer = TrainTicketResult()
    async def answered(call):
        return answer
    session._caller = SimpleNamespace(run=answered)
    await run(session, 20_000)
    before = memory("VmRSS"); reset_peak(); start = time.process_time()
    await run(session, count)
    print((time.process_time() - start) / count * 1e6, memory("VmHWM") - before)

async def run(session, count):
    async with session.recognize_many(TrainTicket, (b"" for _ in range(count)), concurrency=64) as items:
        async for item in items:
            item.result  # a Failed has none, which ends the benchmark

asyncio.run(main(int(sys.argv[1])))
"""


def batches(effort: Effort) -> Iterator[Table]:
    """Measure what `recognize_many` itself costs."""
    count = 100_000 if effort.short else 1_000_000
    about = f"CPU an item of `recognize_many` and growth of peak memory over {count:,} items whose calls return at once"
    output = subprocess.run(
        [sys.executable, "-c", BATCH, str(count)], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout
    cpu, growth = map(float, output.split())
    table = Table(
        "Batch overhead", about, ("", "figure"), [("CPU an item, us", f"{cpu:.1f}"), ("growth, MiB", f"{growth:.1f}")]
    )
    table.goals += [Goal("overhead an item", cpu, 10, " us"), Goal(f"growth at {count:,} items", growth, 5, " MiB")]
    yield table


OPTIONAL = (
    "httpx",
    "httptools",
    "orjson",
    "pybase64",
    "PIL",
    "numpy",
    "rapidocr",
    "starlette",
    "rich",
    "typer",
    "openpyxl",
)


def imports(effort: Effort) -> Iterator[Table]:
    """Measure the import of the package."""
    about = (
        "Time of `import ocr_async` in a fresh interpreter, bytecode there, without the interpreter's own start; median"
    )
    times = [_seconds("import ocr_async") - _seconds("pass") for _ in range(5 if effort.short else 15)]
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, ocr_async; print(*sorted(set({OPTIONAL}) & set(sys.modules)))"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout.split()
    milliseconds = median(times) * 1e3
    rows = [("import, ms", f"{milliseconds:.0f}"), ("optional or heavy packages loaded", ", ".join(loaded) or "none")]
    table = Table("Import", about, ("", "figure"), rows)
    table.goals.append(Goal("import of the package", milliseconds, 150, " ms"))
    yield table


def _seconds(code: str) -> float:
    """Return the CPU time of a fresh interpreter, which other work on the machine disturbs less than wall time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def profile(effort: Effort) -> Iterator[Table]:
    """Show where the rest of the time goes."""
    if effort.short:
        return
    about = "Share of the CPU time of the main thread, by floor, 16 in flight, AK/SK (the hash of 7.5 MB runs in other threads)"
    table = Table("Where the time goes, in percent", about, ("floor", "30 KB", "7.5 MB"))
    shares: list[dict[str, float]] = []
    with pictures(SMALL, HUGE) as paths, serving() as server, working(OURS, server) as worker:
        for size, count in ((SMALL, 4000), (HUGE, 200)):
            task = {"path": str(paths[size]), "concurrency": 16}
            worker.ask(**task, count=count // 4)
            shares.append(worker.ask(**task, count=effort.count(count, 16), sample=True)["shares"])
    for floor in sorted(set().union(*shares), key=lambda floor: -shares[0].get(floor, 0.0)):
        table.rows.append((floor, *(f"{each.get(floor, 0.0):.0f}" for each in shares)))
    yield table


ALL: tuple[Callable[[Effort], Iterator[Table]], ...] = (
    whole_jobs,
    sizes,
    with_latency,
    with_tls,
    transports,
    memory_and_lag,
    profile,
    batches,
    imports,
)
