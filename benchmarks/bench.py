"""Running clients against a server, in turns, so that what else the machine does hits all of them alike."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import IO, Any, cast

from attrs import define, field

SLOW = {
    "httpx by hand": 0.15,
    "httpx": 0.15,
    "httpx2 by hand": 0.3,
    "official SDK, threads": 0.3,
    "official SDK, async": 0.3,
}
"""The share of the requests that is enough for clients that need much longer for each."""

ROOT = Path(__file__).parent.parent
TLS = ROOT / "tests" / "samples" / "tls"


@define
class Stats:
    """What a server says of itself: its CPU time in s, and the most requests at once since the last question."""

    cpu: float
    most_at_once: int


@define
class Server:
    """The server's process."""

    process: subprocess.Popen[str]
    url: str
    authority: str | None

    def stats(self) -> Stats:
        context = ssl.create_default_context(cafile=self.authority)
        with urllib.request.urlopen(self.url + "/stats", context=context) as reply:
            return Stats(**json.loads(reply.read()))


@contextmanager
def serving(*, latency: float = 0.0, rate: float = 0.0, tls: bool = False) -> Iterator[Server]:
    """Start a server that answers after `latency` s and takes at most `rate` B/s (0: all it can)."""
    command = [sys.executable, "-m", "benchmarks.server", "--latency", str(latency), "--rate", str(rate)]
    if tls:
        command += ["--certificate", str(TLS / "server.pem")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        port = cast("IO[str]", process.stdout).readline().strip()
        try:
            yield Server(
                process, f"{'https' if tls else 'http'}://127.0.0.1:{port}", str(TLS / "ca.pem") if tls else None
            )
        finally:
            process.kill()


@define
class Worker:
    """A client's process."""

    name: str
    process: subprocess.Popen[str]

    def ask(self, **task: Any) -> dict[str, Any]:
        stdin = cast("IO[str]", self.process.stdin)
        stdin.write(json.dumps(task) + "\n")
        stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        line = cast("IO[str]", self.process.stdout).readline()
        if not line:
            raise RuntimeError(f"{self.name} ended in the middle of a task")
        return cast("dict[str, Any]", json.loads(line))


@contextmanager
def working(name: str, server: Server) -> Iterator[Worker]:
    """Start a client's process on the server."""
    command = [sys.executable, "-m", "benchmarks.worker", name, server.url]
    if server.authority:
        command.append(server.authority)
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=ROOT, env=environment, **pipes) as process:
        worker = Worker(name, process)
        worker.answer()
        try:
            yield worker
        finally:
            cast("IO[str]", process.stdin).close()
            process.wait(20)


@define
class Result:
    """The medians of one client in one case; times a request in us."""

    client: str
    cpu: float
    wall: float
    lag: float
    peak: float
    server: float = field(default=0.0)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return 1e6 / self.wall


def compare(
    names: Sequence[str], server: Server, path: Path, count: int, concurrency: int, *, rounds: int = 3, **options: Any
) -> list[Result]:
    """Let the clients take turns, `rounds` times after one to warm up, and return their medians."""
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    shares: dict[str, list[float]] = {name: [] for name in names}
    with _all_working(names, server) as workers:
        counts = {name: max(2 * concurrency, int(count * SLOW.get(name, 1))) for name in names}
        for worker in workers:
            worker.ask(path=str(path), count=max(2 * concurrency, counts[worker.name] // 4), concurrency=concurrency)
        for _ in range(rounds):
            for worker in workers:
                before, number = server.stats().cpu, counts[worker.name]
                got = worker.ask(path=str(path), count=number, concurrency=concurrency, **options)
                shares[worker.name].append((server.stats().cpu - before) / (got["wall"] * number / 1e6))
                figures[worker.name].append(got)
    return [
        Result(
            name,
            *(median(each[what] for each in figures[name]) for what in ("cpu", "wall", "lag", "peak")),
            median(shares[name]),
        )
        for name in names
    ]


@contextmanager
def _all_working(names: Sequence[str], server: Server) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        yield [stack.enter_context(working(name, server)) for name in names]


@contextmanager
def pictures(*sizes: int) -> Iterator[dict[int, Path]]:
    """Yield JPEG files of these sizes in bytes: a header of 1000 x 800 px, and noise behind it."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {size: Path(folder) / f"{size}.jpg" for size in sizes}
        for size, path in paths.items():
            path.write_bytes(jpeg(size))
        yield paths


def jpeg(size: int) -> bytes:
    frame = b"\xff\xc0\x00\x11\x08" + (800).to_bytes(2, "big") + (1000).to_bytes(2, "big")
    start = b"\xff\xd8" + frame + b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xda\x00\x0c"
    return start + os.urandom(size - len(start))
