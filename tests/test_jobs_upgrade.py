"""A ledger of version 1, with the items, lines and states that a run of that version left, is taken over."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing

import pytest
from job_fixtures import by_key, fill, lines, run

from ocr_async.jobs import look, read_results
from ocr_async.testing import ScriptedService, picture, picture_number

SCHEMA = """
create table fact(name text primary key, value) without rowid;
create table item(key text primary key, source text, page integer, type text, options text, fingerprint blob,
    stamp text, run integer, state text, code text, kind text, seconds real, field text, score real, line integer
) without rowid;
create index item_fingerprint on item(fingerprint, state);
create table line(number integer primary key, text blob);
pragma application_id = 0x6F637261;
pragma user_version = 1;
"""


def line(path, status, **about):
    head = {"key": str(path), "source": str(path), "type": "train-ticket", "status": status}
    course = {"attempts": 1, "request_id": "r", "seconds": 0.5, "endpoint": "ocr.test"}
    return json.dumps(head | course | about, separators=(",", ":")).encode() + b"\n"


def old_job(tmp_path, *, ended=True):
    """Make the files of a job of version 1: 0 and 1 were read, 2 failed, 3 was being sent, 4 and 5 wait."""
    folder, out = fill(tmp_path / "scans", range(6)), tmp_path / "out.jsonl"
    error = {"kind": "DocumentError", "code": "AIS.0104", "status": 400, "message": "no", "remedy": None}
    results = [{"ticket_id": picture_number(picture(number)), "confidence": {"ticket_id": 0.9}} for number in (0, 1)]
    written = [
        line(folder / "0.png", "done", result=results[0]),
        line(folder / "1.png", "done", result=results[1]),
        line(folder / "2.png", "failed", error=error),
    ]
    states = ["done", "done", "failed", "started", "ready", "waiting"]
    with closing(sqlite3.connect(tmp_path / "out.ledger")) as ledger:
        ledger.executescript(SCHEMA)
        facts = {"job": "train-ticket", "run": 3, "length": sum(map(len, written)), "stale": 0}
        ledger.executemany("insert into fact values (?, ?)", facts.items())
        for number, state in enumerate(states):
            path = folder / f"{number}.png"
            about = path.stat()
            digest = hashlib.sha256(picture(number)).digest()
            fingerprint = hashlib.sha256(digest + b"None train-ticket").digest()
            code, kind = ("AIS.0104", "DocumentError") if state == "failed" else (None, None)
            number_of_line = number + 1 if number < 3 else None
            stamp = f"{about.st_size} {about.st_mtime_ns} train-ticket"
            row = (str(path), str(path), None, "train-ticket", "", fingerprint, stamp, 3, state, code, kind, 0.5)
            ledger.execute(
                f"insert into item values ({', '.join('?' * 15)})",
                (*row, "ticket_id" if state == "done" else None, 0.9 if state == "done" else None, number_of_line),
            )
        ledger.executemany("insert into line(text) values (?)", [(text,) for text in written])
        ledger.commit()
    out.write_bytes(b"".join(written if ended else written[:-1]))
    return folder, out


@pytest.mark.parametrize("ended", [True, False])
async def test_what_was_read_is_not_read_again_and_the_rest_is(tmp_path, ended):
    folder, out = old_job(tmp_path, ended=ended)
    service = ScriptedService()
    summary = await run(folder, out, service)
    found = by_key(out)
    assert (summary.done, summary.failed, summary.held, service.ledger.calls) == (4, 1, 1, 2)
    assert found[f"{folder}/3.png"]["status"] == "held"
    assert found[f"{folder}/0.png"]["result"]["ticket_id"] == picture_number(picture(0))
    assert len(lines(out)) == 6


async def test_failed_and_held_items_are_sent_again_when_asked(tmp_path):
    folder, out = old_job(tmp_path)
    service = ScriptedService()
    summary = await run(folder, out, service, unknown="retry", retry_failed=True)
    assert (summary.done, summary.failed, summary.held, service.ledger.calls) == (6, 0, 0, 4)


async def test_a_copy_of_what_was_read_is_not_sent(tmp_path):
    folder, out = old_job(tmp_path)
    (folder / "copy.png").write_bytes(picture(1))
    service = ScriptedService()
    await run(folder, out, service)
    assert by_key(out)[f"{folder}/copy.png"]["copy_of"] == f"{folder}/1.png"
    assert service.ledger.calls == 2


async def test_what_was_sent_counts_for_the_budget(tmp_path):
    folder, out = old_job(tmp_path)
    service = ScriptedService()
    summary = await run(folder, out, service, budget=4)
    assert (summary.spent, service.ledger.calls) == (4, 1)


async def test_its_old_lines_are_read_back_and_its_runs_go_on_counting(tmp_path):
    folder, out = old_job(tmp_path)
    await run(folder, out, ScriptedService())
    assert [item.key for item in read_results(out)][:2] == [f"{folder}/0.png", f"{folder}/1.png"]
    with closing(look.open_ledger(out)) as ledger:
        assert [each.number for each in look.runs(ledger)] == [4]
        assert look.status(ledger).done == 4
