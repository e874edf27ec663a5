"""However a run ends: nothing is held that was not sent, and what is held may have been read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from functools import partial

import anyio
import pytest
from job_fixtures import by_key, fill, run, session_on

from ocr_async.documents import TrainTicket
from ocr_async.gates import Limits
from ocr_async.jobs import Stop, look, run_job
from ocr_async.session import OcrSession
from ocr_async.sources.page_cache import NotCachedError
from ocr_async.testing import ScriptedService, Unreadable, picture, serve

SCRIPT = """
import asyncio, sys
from ocr_async.auth import AkSk
from ocr_async.documents import TrainTicket
from ocr_async.jobs import run_job
from ocr_async.session import OcrSession
url, folder, out, ak, sk, project = sys.argv[1:]
async def main():
    async with OcrSession(AkSk(ak, sk), endpoint=url, project_id=project) as session:
        await run_job(session, TrainTicket, folder, out=out)
asyncio.run(main())
"""


def script(url, folder, out, account):
    arguments = [url, folder, out, account.ak, account.sk, account.project_id]
    return subprocess.Popen([sys.executable, "-c", SCRIPT, *map(str, arguments)], stderr=subprocess.PIPE)


def wait_until(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_in_a_script_that_awaits_the_job_holds_nothing(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(200)), tmp_path / "out.jsonl", ScriptedService(seconds=0.1)
    with serve(service) as url:
        job = script(url, folder, out, service.account)
        wait_until(lambda: service.ledger.processed.total() > 20)
        job.send_signal(signal.SIGINT)
        job.communicate()
    found = by_key(out)
    assert {line["status"] for line in found.values()} == {"done"}
    assert len(found) == service.ledger.processed.total() < 200
    with closing(look.open_ledger(out)) as ledger:
        assert (look.status(ledger).held, look.status(ledger).last.how) == (0, "cancelled")
    anyio.run(run, folder, out, service)
    assert (len(by_key(out)), service.ledger.calls) == (200, 200)
    with closing(look.open_ledger(out)) as ledger:
        assert look.status(ledger).held == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_second_ctrl_c_in_a_script_ends_at_once_and_holds_only_what_was_sent(tmp_path):
    folder, out = fill(tmp_path / "scans", range(100)), tmp_path / "out.jsonl"
    service = ScriptedService(seconds=3600)
    with serve(service) as url:
        job = script(url, folder, out, service.account)
        wait_until(lambda: service.ledger.in_flight > 0)
        begun = time.monotonic()
        job.send_signal(signal.SIGINT)
        time.sleep(0.5)
        job.send_signal(signal.SIGINT)
        job.communicate()
        assert time.monotonic() - begun < 9
        sent = service.ledger.calls
    service.recognizer.seconds = 0
    summary = anyio.run(run, folder, out, service)
    assert 0 < summary.held <= sent
    assert summary.done == 100 - summary.held


@pytest.mark.parametrize("way", ["cancel", "stop", "stop twice", "error"])
async def test_what_waits_for_its_turn_is_not_held(tmp_path, way):
    folder, out, service, stop = fill(tmp_path / "scans", range(60)), tmp_path / "out.jsonl", ScriptedService(), Stop()
    at_service = []

    def seconds():
        at_service.append(1)
        if len(at_service) == 1:
            return 0  # the first call of a session goes alone
        return 3600 if way == "stop twice" else 0.3

    service.recognizer.seconds = seconds
    with anyio.CancelScope() as scope:

        def watch(progress):
            if len(at_service) >= 4 and not stop.asked:
                if way == "cancel":
                    scope.cancel()
                elif way == "error":
                    raise RuntimeError("enough")
                else:
                    stop.ask()
                    stop.ask() if way == "stop twice" else None

        async with OcrSession.local(service, limits=Limits(concurrency=3)) as session:
            try:
                await run_job(session, TrainTicket, folder, out=out, stop=stop, on_progress=watch)
            except RuntimeError:
                assert way == "error"
    ledger = look.open_ledger(out)
    status = look.status(ledger)
    ledger.close()
    assert status.held == (3 if way == "stop twice" else 0), "the run that ended says so, not the next one"
    assert status.waiting + status.done + status.held <= 60
    service.recognizer.seconds = 0
    summary = await run(folder, out, service)
    assert summary.held == (3 if way == "stop twice" else 0)
    assert summary.done == 60 - summary.held
    assert max(service.ledger.processed.values()) == 1


@pytest.mark.parametrize("after", [1, 13, 40])
async def test_the_list_of_failed_items_keeps_what_an_interrupted_run_of_it_has_not_read(tmp_path, after):
    def broken(task):
        raise Unreadable

    folder, out = fill(tmp_path / "scans", range(60)), tmp_path / "out.jsonl"
    summary = await run(folder, out, ScriptedService(broken))
    assert summary.failed == 60
    stop, service = Stop(), ScriptedService(seconds=0.02)

    def watch(progress):
        if progress.done >= after:
            stop.ask()

    given = summary.failed_list
    summary = await run(given, out, service, retry_failed=True, stop=stop, on_progress=watch, concurrency=2)
    assert summary.stopped
    assert len(given.read_text().splitlines()) == 1 + 60 - summary.done
    summary = await run(given, out, service, retry_failed=True)
    assert (summary.done, summary.failed, summary.failed_list, service.ledger.calls) == (60, 0, None, 60)


def test_a_run_that_was_asked_to_stop_before_it_began_sends_nothing(tmp_path):
    folder, service, stop = (
        fill(tmp_path / "scans", range(3)),
        ScriptedService(),
        Stop(),
    )  # where there is no event loop
    stop.ask()
    summary = anyio.run(partial(run, folder, tmp_path / "out.jsonl", service, stop=stop))
    assert (summary.stopped, summary.done, summary.sent, service.ledger.calls) == (True, 0, 0, 0)


async def test_what_was_about_to_be_sent_when_a_run_is_stopped_is_not_counted_as_sent(tmp_path):
    folder, service, stop = fill(tmp_path / "scans", range(40)), ScriptedService(), Stop()
    service.recognizer.seconds = lambda: stop.ask() if not stop.asked else 0
    summary = await run(folder, tmp_path / "out.jsonl", service, stop=stop)
    assert summary.sent == summary.done == summary.spent == service.ledger.calls
    assert summary.waiting


async def test_a_run_that_is_cancelled_does_not_wait_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("ocr_async.jobs.sending.GRACE", 0.2)
    folder, out = fill(tmp_path / "scans", range(9)), tmp_path / "out.jsonl"
    at_service = []

    def seconds():
        at_service.append(1)
        return 0 if len(at_service) == 1 else 3600

    service = ScriptedService(seconds=seconds)
    with anyio.move_on_after(2) as scope:
        async with OcrSession.local(service, limits=Limits(concurrency=2)) as session:
            await run_job(session, TrainTicket, folder, out=out)
    assert scope.cancelled_caught
    service.recognizer.seconds = 0
    summary = await run(folder, out, service)
    assert (summary.held, summary.done) == (2, 7), "one was read, two were sent"


async def test_the_counts_of_a_run_are_there_while_it_runs(tmp_path):
    folder, out = fill(tmp_path / "scans", range(60)), tmp_path / "out.jsonl"
    service, seen = ScriptedService(seconds=0.1), []

    async def watch():
        while True:
            await anyio.sleep(0.2)
            if (tmp_path / "out.ledger").exists():
                with closing(look.open_ledger(out)) as ledger:
                    seen.append(look.status(ledger))

    async with session_on(service) as session, anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        await run_job(session, TrainTicket, folder, out=out, concurrency=2)
        tasks.cancel_scope.cancel()
    running = [status.last.counts for status in seen if status.running and status.last and status.last.counts]
    assert len({counts["done"] for counts in running}) >= 2
    assert running[-1]["total"] == 60
    assert all(counts["sent"] >= counts["done"] for counts in running)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes")
async def test_a_read_that_hangs_is_one_item_that_fails(tmp_path, monkeypatch):
    folder, out, service = fill(tmp_path / "scans", range(4)), tmp_path / "out.jsonl", ScriptedService()
    hung, opened = threading.Event(), os.open

    def hangs(path, *arguments, **options):
        if os.fspath(path).endswith("2.png"):
            hung.wait(30)
        return opened(path, *arguments, **options)

    def is_not_cached(path):
        raise NotCachedError

    monkeypatch.setattr("ocr_async.jobs.files.os.open", hangs)
    monkeypatch.setattr("ocr_async.jobs.files.open_cached", is_not_cached)
    try:
        summary = await run(folder, out, service, timeout=1)
    finally:
        hung.set()
    assert (summary.done, summary.failed) == (3, 1)
    assert "could not be read within 1 s" in by_key(out)[f"{folder}/2.png"]["error"]["message"]


FEW_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of open files")
@pytest.mark.parametrize("files", [64, 128])
def test_with_few_open_files_allowed_everything_is_read(tmp_path, files):
    folder, out, service = fill(tmp_path / "scans", range(400)), tmp_path / "out.jsonl", ScriptedService(seconds=0.05)
    account = service.account
    with serve(service) as url:
        arguments = map(str, [url, folder, out, account.ak, account.sk, account.project_id])
        program = [sys.executable, "-c", FEW_FILES.format(files=files) + SCRIPT, *arguments]
        assert subprocess.run(program, check=False).returncode == 0
    assert {line["status"] for line in by_key(out).values()} == {"done"}
    assert len(by_key(out)) == 400
    assert picture(0)
