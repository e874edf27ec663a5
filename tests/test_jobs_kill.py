"""`kill -9` at random moments; OCR_ASYNC_JOB_ITEMS and OCR_ASYNC_JOB_KILLS make it larger (2000 and 20)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

from job_fixtures import by_key, fill, lines

from ocr_async.testing import ScriptedService, serve

ITEMS = int(os.environ.get("OCR_ASYNC_JOB_ITEMS", "400"))
KILLS = int(os.environ.get("OCR_ASYNC_JOB_KILLS", "5"))
CONCURRENCY = 8
JOB = f"""
import sys, anyio
from ocr_async.auth import AkSk
from ocr_async.documents import TrainTicket
from ocr_async.jobs import run_job
from ocr_async.session import OcrSession
url, folder, out, unknown, ak, sk, project = sys.argv[1:]
async def main():
    async with OcrSession(AkSk(ak, sk), endpoint=url, project_id=project) as session:
        await run_job(session, TrainTicket, folder, out=out, unknown=unknown, concurrency={CONCURRENCY})
anyio.run(main)
"""


def start(url, folder, out, unknown, account):
    arguments = [url, folder, out, unknown, account.ak, account.sk, account.project_id]
    return subprocess.Popen([sys.executable, "-c", JOB, *map(str, arguments)])


def kill_when(process, service, processed):
    """Kill the job once the service has processed that many pictures."""
    while service.ledger.processed.total() < processed and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -signal.SIGKILL


def whole_lines(out):
    return out.read_bytes().rpartition(b"\n")[0].splitlines() if out.exists() else []


def kill_often(url, service, folder, out, unknown):
    """Kill the job at random moments, and return how often each picture had been processed when it was in the output."""
    chance = random.Random(KILLS)
    counts = {}
    for processed in sorted(chance.sample(range(1, ITEMS), KILLS)):
        kill_when(start(url, folder, out, unknown, service.account), service, processed)
        for key in finished_keys(out) - counts.keys():
            counts[key] = times_processed(service, key)
    return counts


def finished_keys(out):
    complete = out.with_suffix(".whole")
    complete.write_bytes(b"".join(line + b"\n" for line in whole_lines(out)))
    return {line["key"] for line in lines(complete) if line["status"] == "done"}


def times_processed(service, key):
    return service.ledger.processed[sha256(Path(key).read_bytes()).hexdigest()]


def finish(url, service, folder, out, unknown):
    assert start(url, folder, out, unknown, service.account).wait() == 0


def test_a_job_killed_at_random_moments_reads_everything_once_and_nothing_finished_again(tmp_path):
    folder, out = fill(tmp_path / "scans", range(ITEMS)), tmp_path / "out.jsonl"
    service = ScriptedService(seconds=0.01)
    with serve(service) as url:
        counts = kill_often(url, service, folder, out, "retry")
        finish(url, service, folder, out, "retry")
    found = by_key(out)
    assert len(found) == ITEMS
    assert {line["status"] for line in found.values()} == {"done"}
    assert all(times_processed(service, key) == count for key, count in counts.items())
    assert service.ledger.processed.total() - ITEMS <= KILLS * CONCURRENCY


def test_with_hold_no_picture_is_ever_processed_twice_and_the_lost_ones_are_listed(tmp_path):
    folder, out = fill(tmp_path / "scans", range(ITEMS)), tmp_path / "out.jsonl"
    service = ScriptedService(seconds=0.01)
    with serve(service) as url:
        kill_often(url, service, folder, out, "hold")
        finish(url, service, folder, out, "hold")
        held = [line["key"] for line in by_key(out).values() if line["status"] == "held"]
        assert len(by_key(out)) == ITEMS
        assert max(service.ledger.processed.values()) == 1
        assert len(held) <= KILLS * CONCURRENCY
        finish(url, service, folder, out, "retry")
    assert {line["status"] for line in by_key(out).values()} == {"done"}
    assert service.ledger.processed.total() <= ITEMS + len(held)
