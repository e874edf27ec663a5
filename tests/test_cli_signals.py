"""Signals to `ocr-async batch` in a process of its own; what is sent when is told by the service, never by a clock."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from base64 import b64decode
from hashlib import sha256

import anyio
import pytest
from attrs import define, field
from command_line import COMMAND, environment
from job_fixtures import by_key, fill

from ocr_async.testing import ScriptedService, serve

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

PICTURES, CHUNK = 60, 128
"""The job looks into so many files at once; those before are sent by then."""

AT_ONCE = 4
"""Calls; when so many have arrived, none is on its way."""

HANGING = """
import hashlib, os, sys
digest, count = hashlib.file_digest, iter(range(10_000))
def file_digest(file, name):
    if next(count) == {after}:
        print("hangs", file=sys.stderr, flush=True)
        os.read(os.pipe()[0], 1)  # as a disk that does not answer
    return digest(file, name)
hashlib.file_digest = file_digest
from ocr_async.jobs import files
from ocr_async.sources.page_cache import NotCachedError
def is_not_cached(path):
    raise NotCachedError
files.open_cached = is_not_cached
from ocr_async.__main__ import main
main()
"""
SCRIPT = """
import os, anyio
from ocr_async import AkSk, OcrSession, TrainTicket, run_job
async def main():
    keys = AkSk(os.environ["HUAWEICLOUD_SDK_AK"], os.environ["HUAWEICLOUD_SDK_SK"])
    async with OcrSession(keys, endpoint=os.environ["TEST_ENDPOINT"]) as session:
        await run_job(session, TrainTicket, "scans", out="results.jsonl", concurrency={at_once})
anyio.run(main, backend="{backend}")
"""
ENDINGS = [["SIGINT"], ["SIGTERM"], ["SIGHUP"]]
ENDINGS_AT_ONCE = [["SIGINT"] * 2, ["SIGTERM"] * 2, ["SIGHUP"] * 2, ["SIGTERM", "SIGINT"]]
ENDINGS_WHATEVER = [["SIGINT"] * 3, ["SIGTERM"] * 3, ["SIGHUP", "SIGINT", "SIGTERM"]]
ENDINGS_TOGETHER = [["SIGHUP", "SIGINT", "SIGTERM"], ["SIGTERM", "SIGINT", "SIGHUP"]]
"""Not the same one three times: the kernel makes one of those that are pending."""


@define
class Gate:
    """A service that says which pictures have arrived, and keeps all but the first waiting until it is opened."""

    service: ScriptedService
    arrived: list[str] = field(factory=list)
    torn: int = 0
    """Pictures whose sender was gone before they had arrived whole."""
    arrival: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))
    opened: threading.Event = field(factory=threading.Event)

    async def __call__(self, scope, receive, send):
        if "/ocr/" not in scope.get("path", ""):
            await self.service(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.torn += 1
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.arrived.append(sha256(b64decode(json.loads(body)["image"])).hexdigest())
        self.arrival.release()
        while len(self.arrived) > 1 and not self.opened.is_set():  # noqa: ASYNC110  opened by another thread
            await anyio.sleep(0.005)

        async def again():
            return {"type": "http.request", "body": body}

        await self.service(scope, again, send)

    def has_seen(self, digests):
        """Tell whether all of these were sent to it."""
        return len(digests - set(self.arrived)) <= self.torn

    def wait_for(self, count):
        for _ in range(count):
            assert self.arrival.acquire(timeout=120)


@pytest.fixture
def gate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    gate = Gate(ScriptedService())
    account = gate.service.account
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", account.ak)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", account.sk)
    with serve(gate) as url:
        monkeypatch.setenv("TEST_ENDPOINT", url)
        yield gate
        gate.opened.set()


@define
class Job:
    """A running `ocr-async batch`."""

    process: subprocess.Popen

    def signal(self, name):
        self.process.send_signal(getattr(signal, name))

    def hears(self, text):
        """Wait until it says so."""
        for line in self.process.stderr:
            if text in line:
                return
        raise AssertionError(text)

    def end(self):
        """Wait until it has ended, and return its exit code and all that it said after what was heard."""
        said = self.process.stderr.read()
        return self.process.wait(timeout=120), said


@pytest.fixture
def start(monkeypatch):
    """Start `ocr-async batch` on the folder `scans`, by another command if wanted."""
    jobs = []

    def start(command=COMMAND):
        env = environment()
        arguments = [
            "batch",
            "train-ticket",
            "scans",
            "--out",
            "results.jsonl",
            "--endpoint",
            env["TEST_ENDPOINT"],
            "--concurrency",
            str(AT_ONCE),
        ]
        jobs.append(subprocess.Popen([*command, *arguments], env=env, stderr=subprocess.PIPE, text=True))
        return Job(jobs[-1])

    yield start
    for job in jobs:
        job.kill()
        job.wait()
        job.stderr.close()


def read_the_rest(start, gate, tmp_path, pictures=PICTURES):
    """Run the same command again, and return the digests of what is held: all else is read, and nothing twice."""
    gate.opened.set()
    code, said = start().end()
    found = by_key(tmp_path / "results.jsonl").values()
    held = {line["sha256"] for line in found if line["status"] == "held"}
    assert (len(found), {line["status"] for line in found} - {"held"}) == (pictures, {"done"})
    assert code == (1 if held else 0), said
    assert set(gate.service.ledger.processed.values()) == {1}
    return held


def expected(names):
    return 128 + getattr(signal, names[0])


@pytest.mark.parametrize("names", ENDINGS, ids="+".join)
def test_the_first_signal_finishes_what_is_under_way_and_holds_nothing(gate, start, tmp_path, names):
    fill(tmp_path / "scans", range(PICTURES))
    job = start()
    gate.wait_for(1 + AT_ONCE)
    job.signal(names[0])
    job.hears("Finishing what is under way")
    gate.opened.set()
    code, said = job.end()
    assert code == expected(names)
    assert "To go on: the same command" in said
    assert "Traceback" not in said
    assert {line["sha256"] for line in by_key(tmp_path / "results.jsonl").values()} == set(gate.arrived)
    assert read_the_rest(start, gate, tmp_path) == set()


@pytest.mark.parametrize("names", ENDINGS_AT_ONCE, ids="+".join)
def test_the_second_signal_stops_at_once_and_holds_only_what_was_sent(gate, start, tmp_path, names):
    fill(tmp_path / "scans", range(PICTURES))
    job = start()
    gate.wait_for(1 + AT_ONCE)
    job.signal(names[0])
    job.hears("Finishing what is under way")
    job.signal(names[1])
    code, said = job.end()
    assert code == expected(names)
    assert "Traceback" not in said
    assert gate.has_seen(read_the_rest(start, gate, tmp_path))


@pytest.mark.parametrize("names", ENDINGS_TOGETHER, ids="+".join)
def test_three_signals_together_hold_only_what_was_sent(gate, start, tmp_path, names):
    fill(tmp_path / "scans", range(PICTURES))
    job = start()
    gate.wait_for(1 + AT_ONCE)
    for name in names:
        job.signal(name)
    code, said = job.end()
    assert code in {128 + getattr(signal, name) for name in names}
    assert "Traceback" not in said
    assert gate.has_seen(read_the_rest(start, gate, tmp_path))


@pytest.mark.parametrize("names", ENDINGS_WHATEVER, ids="+".join)
def test_the_third_signal_ends_the_process_though_the_kernel_holds_a_read(gate, start, tmp_path, names):
    fill(tmp_path / "scans", range(CHUNK + PICTURES))
    job = start([sys.executable, "-c", HANGING.format(after=CHUNK + 10)])
    job.hears("hangs")
    gate.wait_for(1 + AT_ONCE)
    job.signal(names[0])
    job.hears("Finishing what is under way")
    job.signal(names[1])
    job.hears("Stopping at once")
    job.signal(names[2])
    assert job.end()[0] == expected(names)
    assert gate.has_seen(read_the_rest(start, gate, tmp_path, CHUNK + PICTURES))


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_ctrl_c_in_a_script_holds_only_what_was_sent(gate, start, tmp_path, backend):
    fill(tmp_path / "scans", range(PICTURES))
    script = start([sys.executable, "-c", SCRIPT.format(backend=backend, at_once=AT_ONCE)])
    gate.wait_for(1 + AT_ONCE)
    script.signal("SIGINT")
    assert script.end()[0] != 0
    assert gate.has_seen(read_the_rest(start, gate, tmp_path))


def test_a_hangup_under_nohup_is_still_ignored(gate, start, tmp_path):
    fill(tmp_path / "scans", range(PICTURES))
    job = start(["nohup", *COMMAND])
    gate.wait_for(1 + AT_ONCE)
    job.signal("SIGHUP")
    gate.opened.set()
    assert job.end()[0] == 0
    assert len(by_key(tmp_path / "results.jsonl")) == PICTURES
