"""One client in a process of its own: takes tasks as JSON lines, answers each with what it cost."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from contextlib import asynccontextmanager, nullcontext
from itertools import repeat
from pathlib import Path
from typing import Any

from benchmarks.clients import CLIENTS
from benchmarks.profile import sampling
from benchmarks.transports import TRANSPORTS

STATUS = Path("/proc/self/status")


async def serve(name: str, url: str, authority: str | None) -> None:
    client = (CLIENTS | TRANSPORTS)[name]()
    await client.open(url, authority)
    print("{}", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await measure(client, **json.loads(line))), flush=True)
    await client.close()


async def measure(
    client: Any, path: str, count: int, concurrency: int, *, watch_lag: bool = False, sample: bool = False
) -> dict[str, Any]:
    """Return CPU and wall time of a request in us, lag of the loop in ms, growth of peak memory in MiB, shares of CPU."""
    shares: dict[str, float] = {}
    lags: list[float] = []
    before = memory("VmRSS")
    reset_peak()
    cpu, wall = time.process_time(), time.perf_counter()
    with sampling(shares) if sample else nullcontext():
        async with watching(lags) if watch_lag else nullcontext():
            await (client.run(repeat(path, count), concurrency) if concurrency else asyncio.sleep(count / 1e3))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    lags.sort()
    return {
        "cpu": cpu / count * 1e6,
        "wall": wall / count * 1e6,
        "lag": lags[len(lags) * 99 // 100] * 1e3 if lags else 0.0,
        "peak": memory("VmHWM") - before,
        "shares": shares,
    }


@asynccontextmanager
async def watching(lags: list[float]):
    """Note how late the loop comes back to a task that sleeps 1 ms."""

    async def watch() -> None:
        while True:
            due = time.perf_counter() + 0.001
            await asyncio.sleep(0.001)
            lags.append(time.perf_counter() - due)

    task = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        task.cancel()


def memory(field: str) -> float:
    """Return a figure of the process in MiB; where there is no /proc, the peak since its start."""
    if not STATUS.exists():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(lines[field].split()[0]) / 1024


def reset_peak() -> None:
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None))
