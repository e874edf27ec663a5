"""`kill -9` at random moments over three jobs: what comes out is what comes out undisturbed, and nothing is paid twice.

OCR_ASYNC_JOB_KILLS is the number of moments, OCR_ASYNC_JOB_SEED another series of them.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from collections import Counter
from contextlib import closing

import pytest
from attrs import define, field
from job_fixtures import by_key, lines
from job_nursery import nursery
from PIL import Image

from ocr_async.jobs import look
from ocr_async.testing import ScriptedService, picture, picture_number, sample_result, serve

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9")

KILLS = int(os.environ.get("OCR_ASYNC_JOB_KILLS", "12"))
SEED = int(os.environ.get("OCR_ASYNC_JOB_SEED", "1"))
CONCURRENCY = 8
JOBS = {
    "tickets": {"api": "train-ticket", "items": ["scans"]},
    "papers": {"api": "quota-invoice", "items": ["papers", "more.pdf"]},
    "several": {"api": None, "items": ["list.csv"]},
}


def put(folder, name, number):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture(number))


def put_pdf(path, greys):
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = [Image.new("RGB", (120, 160), (grey, grey, grey)) for grey in greys]
    when = {"creationDate": time.gmtime(0), "modDate": time.gmtime(0)}  # the same bytes at any time
    sheets[0].save(path, save_all=True, append_images=sheets[1:], resolution=72, **when)


def first_week(folder):
    """Put what the jobs find at first: pictures, every third one twice, PDF files, and files that are of two types."""
    for number in range(60):
        put(folder, f"scans/{number}.png", number)
        if number % 3 == 0:
            put(folder, f"scans/copies/{number}.png", number)
    for paper in range(6):
        put_pdf(folder / f"papers/{paper}.pdf", range(paper * 4, paper * 4 + 4))
    put_pdf(folder / "more.pdf", [200, 201, 202])
    shutil.copy(folder / "papers/1.pdf", folder / "papers/copy.pdf")
    for number in range(100, 130):
        put(folder, f"cards/{number}.png", number)
    rows = [f"cards/{number}.png,{api}" for number in range(100, 130) for api in ("passport", "bankcard")]
    (folder / "list.csv").write_text("\n".join(["path,type", *rows, "scans/1.png,passport", "cards/none.png,passport"]))


def second_week(folder):
    """Change, add, rename and delete some of it."""
    for number in range(10):
        put(folder, f"scans/{number}.png", number + 1000)
    for number in range(60, 75):
        put(folder, f"scans/{number}.png", number)
    (folder / "scans/20.png").rename(folder / "scans/renamed.png")
    (folder / "scans/21.png").unlink()
    put_pdf(folder / "papers/2.pdf", [230, 231, 232])
    put_pdf(folder / "papers/new.pdf", [240, 241])
    put(folder, "cards/100.png", 2000)
    put(folder, "cards/none.png", 2001)


def outcome(line):
    """Return what is to be the same whatever happened: not the course, but what was read of what."""
    same = ("source", "page", "type", "options", "status", "sha256", "result")
    return {name: line.get(name) for name in same} | {"code": (line.get("error") or {}).get("kind")}


def outcomes(out):
    return {key: outcome(line) for key, line in by_key(out).items()}


def digest_of(line):
    """Return the beginning of the digest of what the service saw, which the scripted service answers with."""
    result = line["result"]
    return next(result[name] for name in ("ticket_id", "number", "passport_number", "card_number") if name in result)


class Service(ScriptedService):
    """Counts how often it has read each picture as each type, by the beginning of the picture's digest."""

    def __init__(self, seconds):
        super().__init__(self.reply, seconds=seconds)
        self.seen = Counter()

    def reply(self, task):
        self.seen[task.api, picture_number(task.image)] += 1
        return sample_result(task.api, task.image)


@define
class Disturbed:
    """Runs jobs in a folder and kills them now and then; notes what it must not see."""

    folder: object
    service: Service
    urls: list
    nursery: object
    chance: random.Random
    kills: int = 0
    finished_at: dict = field(factory=dict)
    """How often the service had seen each finished picture when it was first seen to be finished."""

    def settings(self, name, **more):
        where = {"folder": self.folder, "out": f"{name}.jsonl", "unknown": "retry", "concurrency": CONCURRENCY}
        return JOBS[name] | where | more

    def spent(self, name):
        ledger = self.folder / f"{name}.ledger"
        if not ledger.exists():
            return 0
        with closing(look.open_ledger(ledger)) as opened:
            return look.status(opened).spent

    def kill_once(self, name, after, **more):
        """Start a job with a budget and kill it once the service has seen so many more pictures."""
        budget, before = self.spent(name) + self.chance.randrange(20, 60), self.service.ledger.processed.total()
        paid = before - self.spent(name)  # by the others, and what was read for nothing
        self.nursery.start(self.service, self.urls, **self.settings(name, budget=budget, **more))
        while self.service.ledger.processed.total() < before + after and not self.nursery.has_ended:
            time.sleep(0.001)
        time.sleep(self.chance.random() * 0.02)
        self.kills += self.nursery.kill()
        assert self.service.ledger.processed.total() - paid <= budget
        assert self.spent(name) <= budget
        self.check(name)

    def finish(self, name, **more):
        self.nursery.start(self.service, self.urls, **self.settings(name, **more))
        assert self.nursery.wait() == 0
        self.check(name)

    def check(self, name):
        """See to it that nothing finished was processed again."""
        for line in self.finished(name):
            picture = line["type"], digest_of(line)
            assert (
                self.finished_at.setdefault((name, *picture), self.service.seen[picture]) == self.service.seen[picture]
            )

    def finished(self, name):
        out = self.folder / f"{name}.jsonl"
        text = out.read_bytes() if out.exists() else b""
        whole = self.folder / "whole"
        whole.write_bytes(text[: text.rfind(b"\n") + 1])
        return [line for line in lines(whole) if line["status"] == "done"]


def weeks(folder):
    """Do what happens between the runs, and give the jobs that run then."""
    for week in (first_week, second_week):
        week(folder)
        yield from JOBS


def undisturbed(folder, nursery):
    service = Service(0.0)
    with serve(service) as url:
        calm = Disturbed(folder, service, [url], nursery, random.Random())
        for name in weeks(folder):
            calm.finish(name)
    return {name: outcomes(folder / f"{name}.jsonl") for name in JOBS}, service.ledger.processed.total()


def test_jobs_killed_at_random_moments_come_to_what_they_come_to_undisturbed(tmp_path):
    chance = random.Random(SEED)
    moments = Counter(chance.choices([(week, name) for week in range(2) for name in JOBS], k=KILLS))
    with nursery() as jobs:
        expected, needed = undisturbed(tmp_path / "calm", jobs)
        service = Service(0.005)
        with serve(service) as one, serve(service) as other:
            disturbed = Disturbed(tmp_path / "disturbed", service, [one, other], jobs, chance)
            for number, name in enumerate(weeks(disturbed.folder)):
                planned = disturbed.kills + moments[number // len(JOBS), name]
                while disturbed.kills < planned:
                    disturbed.kill_once(name, chance.randrange(1 + 60 // (1 + planned - disturbed.kills)))
                disturbed.finish(name)
        assert {name: outcomes(disturbed.folder / f"{name}.jsonl") for name in JOBS} == expected
    assert disturbed.kills == KILLS
    assert service.ledger.processed.total() <= needed + KILLS * CONCURRENCY


def test_with_hold_nothing_is_ever_processed_twice_and_what_is_lost_is_listed(tmp_path):
    chance = random.Random(SEED)
    service = Service(0.005)
    with nursery() as jobs, serve(service) as url:
        first_week(tmp_path / "held")
        job = Disturbed(tmp_path / "held", service, [url], jobs, chance)
        while job.kills < 4:
            job.kill_once("tickets", chance.randrange(15), unknown="hold")
        job.finish("tickets", unknown="hold")
        found = by_key(tmp_path / "held/tickets.jsonl")
        held = [line for line in found.values() if line["status"] == "held"]
        assert set(service.seen.values()) == {1}
        assert {line["status"] for line in found.values()} - {"held"} == {"done"}
        job.finish("tickets")
    assert {line["status"] for line in by_key(tmp_path / "held/tickets.jsonl").values()} == {"done"}
    assert service.seen.total() <= 60 + len(held)
