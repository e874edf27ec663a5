"""One limit for four processes, over a socket and through Redis: how much of it is used, how evenly, and what a death costs.

python benchmarks/cluster_limits.py [SECONDS]
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import anyio

sys.path[:0] = [str(Path(__file__).parent.parent)]  # also from a checkout that is not installed

from ocr_async import AkSk, Done, OcrSession, TrainTicket  # noqa: E402
from ocr_async.cluster import SharedLimits  # noqa: E402
from ocr_async.gates import Limits  # noqa: E402
from ocr_async.testing import ACCOUNT, picture  # noqa: E402

PROCESSES = 4
SECONDS_A_PICTURE = 0.3
WARM_UP = 4.0
"""Seconds that are not counted: the processes start, and the window grows to what a rate needs."""
LEASE = 3.0
LIMITS = {"16 at once": (Limits(concurrency=16), 16 / SECONDS_A_PICTURE), "50/s": (Limits(rate=50), 50.0)}


async def send(url: str, address: str, name: str, seconds: float) -> None:
    """Read as much as is lent to this process, and print how much that was."""
    limits = SharedLimits(address, LIMITS[name][0], share=PROCESSES, lease=LEASE)
    end = 0.0

    def pictures() -> Iterator[bytes]:
        while time.monotonic() < end:
            yield picture(1)

    async with OcrSession(
        AkSk(ACCOUNT.ak, ACCOUNT.sk), endpoint=url, project_id=ACCOUNT.project_id, limits=limits
    ) as session:
        await session.recognize(TrainTicket, picture(1))
        print("ready", flush=True)
        sys.stdin.readline()
        begin = time.monotonic() + WARM_UP
        end, done = begin + seconds, 0
        async with session.recognize_many(TrainTicket, pictures()) as run:
            async for item in run:
                done += isinstance(item, Done) and begin <= time.monotonic() < end
    limits.close()
    print(done, flush=True)


@contextmanager
def killed(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()


@contextmanager
def service(name: str) -> Iterator[str]:
    limit = ["--concurrency", "16"] if "at once" in name else ["--rate", "50"]
    command = [sys.executable, "-m", "ocr_async.testing", "--seconds", str(SECONDS_A_PICTURE), *limit]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process, killed(process):
        yield process.stdout.readline().strip()


@contextmanager
def redis() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [shutil.which("redis-server"), "--port", str(port), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process, killed(process):
        next(line for line in process.stdout if "ready to accept" in line.lower())
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def unix_socket() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"unix://{folder}/limits.sock"


def answers(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/testing/ledger") as reply:
        return json.load(reply)["answers"]


@contextmanager
def started(url: str, address: str, name: str, seconds: float) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, __file__, "send", url, address, name, str(seconds)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with ExitStack() as stack:
        processes = [subprocess.Popen(command, **pipes) for _ in range(PROCESSES)]
        for process in processes:
            stack.callback(process.kill)
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        yield processes


def even(url: str, address: str, name: str, seconds: float) -> str:
    """Let four processes read for a while: share used, refused, and the least against the mean."""
    with started(url, address, name, seconds) as processes:
        before = answers(url)
        done = [int(process.communicate()[0]) for process in processes]
    said = answers(url)
    sent = sum(said.values()) - sum(before.values())
    refused = sent - (said["200"] - before["200"])
    used = sum(done) / (LIMITS[name][1] * seconds)
    return f"used {used:.1%}, refused {refused / sent:.2%}, least share {min(done) * PROCESSES / sum(done):.1%}"


def after_a_death(url: str, address: str, name: str) -> str:
    """Kill one of four: what is used in the seconds of the lease, and after them."""
    with started(url, address, name, 60) as processes:
        time.sleep(WARM_UP)
        processes[-1].kill()
        counts = [answers(url).get("200", 0)]
        for _ in range(2):
            time.sleep(LEASE + 0.5)
            counts.append(answers(url)["200"])
        rates = [(after - before) / (LEASE + 0.5) / LIMITS[name][1] for before, after in pairwise(counts)]
    return f"one killed: used {rates[0]:.1%} within the lease of {LEASE:g} s, {rates[1]:.1%} after it"


def main(seconds: float) -> None:
    for place in (unix_socket, redis):
        for name in LIMITS:
            with service(name) as url, place() as address:
                print(f"{place.__name__}, {name}: {even(url, address, name, seconds)}", flush=True)
            with service(name) as url, place() as address:
                print(f"{place.__name__}, {name}: {after_a_death(url, address, name)}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        anyio.run(send, *sys.argv[2:5], float(sys.argv[5]))
    else:
        main(float(sys.argv[1]) if sys.argv[1:] else 30.0)
