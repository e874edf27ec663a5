"""A budget is the most that may be billed, over all runs of a ledger: repeats, lost answers and crashes included."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest
from job_fixtures import by_key, fill, run

from ocr_async import RetryPolicy
from ocr_async.auth import AkSk
from ocr_async.documents import AutoClassification, TrainTicket
from ocr_async.jobs import look, run_job
from ocr_async.session import OcrSession
from ocr_async.testing import FAULTS, ScriptedService, Unreadable, random_faults, serve

QUICK = RetryPolicy(base=0.001, longest=0.01, budget=100)
LOST = {name: FAULTS[name] for name in ("reset after processing", "truncated", "empty", "reset before processing")}
REFUSED = {name: FAULTS[name] for name in ("too many requests", "over the rate", "over the concurrency")}
JOB = """
import sys, anyio
from ocr_async import RetryPolicy
from ocr_async.auth import AkSk
from ocr_async.documents import TrainTicket
from ocr_async.jobs import run_job
from ocr_async.session import OcrSession
url, folder, out, budget, ak, sk, project = sys.argv[1:]
async def main():
    quick = RetryPolicy(base=0.001, longest=0.01)
    async with OcrSession(AkSk(ak, sk), endpoint=url, project_id=project, retry=quick) as session:
        await run_job(session, TrainTicket, folder, out=out, unknown="retry", retry_failed=True, budget=int(budget))
anyio.run(main)
"""


async def run_on(url, service, folder, out, **settings):
    account = service.account
    credentials = AkSk(account.ak, account.sk)
    async with OcrSession(credentials, endpoint=url, project_id=account.project_id, retry=QUICK) as session:
        return await run_job(session, TrainTicket, folder, out=out, **settings)


def spent(out):
    ledger = look.open_ledger(out)
    try:
        return look.status(ledger).spent
    finally:
        ledger.close()


@pytest.mark.parametrize("budget", [1, 7, 25])
async def test_sends_whose_answers_are_lost_count(tmp_path, budget):
    folder, out = fill(tmp_path / "scans", range(40)), tmp_path / "out.jsonl"
    service = ScriptedService(faults=random_faults(0.5, faults=LOST, seed=budget))
    with serve(service) as url:
        for _ in range(4):
            await run_on(url, service, folder, out, budget=budget, retry_failed=True)
    assert service.ledger.processed.total() <= spent(out) <= budget


async def test_refused_sends_cost_nothing(tmp_path):
    folder, out = fill(tmp_path / "scans", range(20)), tmp_path / "out.jsonl"
    service = ScriptedService(faults=random_faults(0.5, faults=REFUSED, seed=3))
    with serve(service) as url:
        summary = await run_on(url, service, folder, out, budget=20)
    assert (summary.done, summary.spent, service.ledger.processed.total()) == (20, 20, 20)


async def test_a_picture_that_is_not_sent_any_more_keeps_the_error_that_it_had(tmp_path):
    folder, out = fill(tmp_path / "scans", range(3)), tmp_path / "out.jsonl"
    service = ScriptedService(faults=[FAULTS["internal error"]] * 50)
    with serve(service) as url:
        summary = await run_on(url, service, folder, out, budget=2)
    assert (summary.spent, service.ledger.calls) == (2, 2)
    failed = [line for line in by_key(out).values() if line["status"] == "failed"]
    assert {line["error"]["code"] for line in failed} == {"ModelArts.4505"}
    assert summary.failed + summary.waiting == 3


def documents(count):
    return lambda task: [{"type": "train_ticket", "status": {"error_code": "AIS.0000"}, "content": {}}] * count


@pytest.mark.parametrize(("budget", "in_each", "done"), [(30, 3, 7), (12, 1, 3), (9, 1, 0), (20, 8, 2), (45, 10, 4)])
async def test_classified_pictures_count_their_documents(tmp_path, budget, in_each, done):
    folder, out = fill(tmp_path / "scans", range(20)), tmp_path / "out.jsonl"
    service = ScriptedService(documents(in_each), seconds=0.01)
    summary = await run(folder, out, service, AutoClassification, budget=budget)
    assert summary.spent == summary.done * in_each <= budget
    assert summary.done >= done
    assert summary.waiting == 20 - summary.done


async def test_a_picture_with_more_documents_than_usual_is_remembered(tmp_path):
    folder, out = fill(tmp_path / "scans", range(4)), tmp_path / "out.jsonl"
    service = ScriptedService(documents(17))
    assert (await run(folder, out, service, AutoClassification, budget=100, limit=1)).spent == 17
    assert (await run(folder, out, service, AutoClassification, budget=33)).spent == 17
    assert (await run(folder, out, service, AutoClassification, budget=34)).spent == 34


async def test_unreadable_pictures_cost_what_they_may_be_billed_for(tmp_path):
    def unreadable(task):
        raise Unreadable

    folder, out = fill(tmp_path / "scans", range(9)), tmp_path / "out.jsonl"
    service = ScriptedService(unreadable)
    summary = await run(folder, out, service, budget=4)
    assert (summary.failed, summary.spent, service.ledger.calls) == (4, 4, 4)


async def test_a_later_run_may_name_a_larger_budget(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(9)), tmp_path / "out.jsonl", ScriptedService()
    for budget, calls in ((4, 4), (4, 4), (2, 4), (6, 6), (0, 6), (None, 9)):
        summary = await run(folder, out, service, budget=budget)
        assert service.ledger.calls == calls
        assert summary.is_complete == (calls == 9)


@pytest.mark.parametrize("limit", [0, 1, 5])
async def test_a_limit_is_the_most_items_that_a_run_sends(tmp_path, limit):
    folder, out, service = fill(tmp_path / "scans", range(8)), tmp_path / "out.jsonl", ScriptedService()
    summary = await run(folder, out, service, limit=limit)
    assert summary.sent == summary.done == service.ledger.calls == limit


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_no_crash_exceeds_the_budget(tmp_path):
    folder, out, budget, chance = fill(tmp_path / "scans", range(300)), tmp_path / "out.jsonl", 120, random.Random(5)
    service = ScriptedService(seconds=0.005, faults=random_faults(0.2, faults=LOST, seed=5))
    account = service.account
    with serve(service) as url:
        program = [sys.executable, "-c", JOB, url, str(folder), str(out), str(budget)]
        for share in sorted(chance.random() for _ in range(4)):
            job = subprocess.Popen([*program, account.ak, account.sk, account.project_id])
            while job.poll() is None and service.ledger.processed.total() < share * budget:
                time.sleep(0.001)
            job.kill()
            job.wait()
        assert subprocess.run([*program, account.ak, account.sk, account.project_id], check=False).returncode == 0
    assert budget * 0.5 < service.ledger.processed.total() <= spent(out) <= budget
