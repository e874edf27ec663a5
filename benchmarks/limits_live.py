"""The limits of the benchmark in real processes: a service with limits on loopback, and programs that use the public API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from statistics import quantiles

import anyio
from attrs import frozen

sys.path[:0] = [str(Path(__file__).parent.parent)]  # also from a checkout that is not installed

from ocr_async import AkSk, Done, OcrSession, TrainTicket, local  # noqa: E402
from ocr_async.testing import ACCOUNT, Rate, ScriptedService, ServiceLimits, picture, schedule  # noqa: E402
from ocr_async.testing.server import address, listening, run  # noqa: E402

SECONDS_A_PICTURE = 0.3
Served = ServiceLimits | Callable[[float], ServiceLimits]


@frozen
class Live:
    """Limits of the service, and how many pictures a second a perfect client gets done in so many seconds."""

    name: str
    limits: Served
    allowance: Callable[[float], float]
    clients: int = 1
    stagger: float = 0.0
    """Seconds after which the second program begins."""


def _at_once(cap: int) -> Callable[[float], float]:
    return lambda seconds: cap * seconds / SECONDS_A_PICTURE


def _changing(seconds: float) -> float:
    caps = ((0, 16), (20, 32), (40, 8))
    ends = (20.0, 40.0, inf)
    return (
        sum(cap * max(0.0, min(end, seconds) - start) for (start, cap), end in zip(caps, ends, strict=True))
        / SECONDS_A_PICTURE
    )


CHANGES = schedule((0, ServiceLimits(16)), (20, ServiceLimits(32)), (40, ServiceLimits(8)))

SCENARIOS = {
    live.name: live
    for live in (
        Live("16 at once", ServiceLimits(16), _at_once(16)),
        Live("64 at once", ServiceLimits(64), _at_once(64)),
        Live("16 -> 32 -> 8 at once", CHANGES, _changing),
        Live("50/s, announced", ServiceLimits(rate=Rate(50)), lambda seconds: 50 * seconds),
        Live("50/s, not announced", ServiceLimits(rate=Rate(50, announced=False)), lambda seconds: 50 * seconds),
        Live("20 at once, two programs", ServiceLimits(20), _at_once(20), clients=2),
        Live("20 at once, one comes later", ServiceLimits(20), _at_once(20), clients=2, stagger=10),
        Live(
            "20/s, not announced, two programs",
            ServiceLimits(rate=Rate(20, announced=False)),
            lambda seconds: 20 * seconds,
            clients=2,
        ),
    )
}


def serve(name: str) -> None:
    """Serve one of the scenarios until the process ends."""
    service = ScriptedService(limits=SCENARIOS[name].limits, seconds=SECONDS_A_PICTURE)
    with listening() as listener:
        sys.stdout.write(address(listener) + "\n")
        sys.stdout.flush()
        run(service, listener)


async def send(url: str, seconds: float, alone: float) -> None:
    """Have as many pictures read as the service admits, through the public API, and print how many, but those of the time alone."""

    def pictures() -> Iterator[bytes]:
        end, one = time.monotonic() + seconds, picture(1)
        while time.monotonic() < end:
            yield one

    done = 0
    began = time.monotonic()
    async with (
        OcrSession(AkSk(ACCOUNT.ak, ACCOUNT.sk), endpoint=url, project_id=ACCOUNT.project_id) as session,
        session.recognize_many(TrainTicket, pictures()) as running,
    ):
        async for _ in running:
            done += time.monotonic() - began >= alone
    sys.stdout.write(json.dumps({"done": done, "seconds": time.monotonic() - began}) + "\n")


@contextmanager
def _service(name: str) -> Iterator[str]:
    process = subprocess.Popen([sys.executable, __file__, "serve", name], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def _send(url: str, seconds: float, alone: float = 0.0) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "send", url, str(seconds), str(alone)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _said(program: subprocess.Popen[str], seconds: float) -> dict[str, float]:
    """Return what a program printed; one that takes twice its time is ended, so that a report always comes to its end."""
    try:
        said: dict[str, float] = json.loads(program.communicate(timeout=2 * seconds + 30)[0])
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
        return {"done": 0, "seconds": 2 * seconds + 30}
    return said


def _run(live: Live, seconds: float) -> tuple[float, float, float]:
    with _service(live.name) as url:
        began = time.monotonic()
        programs = [_send(url, seconds, live.stagger)]
        time.sleep(live.stagger)
        programs += [_send(url, seconds - live.stagger) for _ in range(1, live.clients)]
        said = [_said(program, seconds) for program in programs]
        took = min(time.monotonic() - began, max(program["seconds"] for program in said) + live.stagger)
        with urllib.request.urlopen(f"{url}/testing/ledger") as reply:
            answers = json.load(reply)["answers"]
    admitted, sent = answers["200"], sum(answers.values())
    done = [program["done"] for program in said]
    allowance = live.allowance(took if live.stagger else max(program["seconds"] for program in said))
    return 100 * admitted / allowance, 100 * (sent - admitted) / sent, 100 * min(done) / max(1, *done)


def report(seconds: float) -> None:
    """Run all scenarios for so many seconds each, and print what came of them, and how busy the machine was."""
    print(
        f"\nin real processes, {seconds:g} s each: used / refused in % (the smaller's share), {os.cpu_count()} processors\n"
    )
    print("| limit | gates | load |\n|---|---:|---:|", flush=True)
    for live in SCENARIOS.values():
        used, refused, even = _run(live, seconds)
        shares = f" ({even:.0f})" if live.clients > 1 else ""
        print(f"| {live.name} | {used:.1f} / {refused:.1f}{shares} | {os.getloadavg()[0]:.1f} |", flush=True)


async def embedded(count: int) -> None:
    """Print what an item of a run takes at the embedded service, beside a single call and calls behind a semaphore of four."""
    image = (Path(local.__file__).parent / "samples" / "train-ticket.jpg").read_bytes()
    async with OcrSession.local() as session:
        began, run_seconds = time.monotonic(), list[float]()
        async with session.recognize_many(TrainTicket, (image for _ in range(count))) as running:
            async for outcome in running:
                assert isinstance(outcome, Done), outcome
                run_seconds.append(outcome.seconds)
        run_took = time.monotonic() - began
        alone = [await _seconds(session, image) for _ in range(8)]
        began, four, behind = time.monotonic(), anyio.Semaphore(4), list[float]()

        async def call() -> None:
            async with four:
                behind.append(await _seconds(session, image))

        async with anyio.create_task_group() as tasks:
            for _ in range(count):
                tasks.start_soon(call)
        behind_took = time.monotonic() - began
    print(f"\nembedded service, recognize_many of {count}, load {os.getloadavg()[0]:.1f}\n")
    print("| | items/s | p50 s | p95 s |\n|---|---:|---:|---:|")
    for name, seconds, took in (
        ("single call", alone, sum(alone)),
        ("recognize_many", run_seconds, run_took),
        ("semaphore of four", behind, behind_took),
    ):
        cuts = quantiles(seconds, n=20, method="inclusive")
        print(f"| {name} | {len(seconds) / took:.2f} | {cuts[9]:.2f} | {cuts[18]:.2f} |", flush=True)


async def _seconds(session: OcrSession, image: bytes) -> float:
    began = time.monotonic()
    await session.recognize(TrainTicket, image)
    return time.monotonic() - began


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        anyio.run(send, sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
