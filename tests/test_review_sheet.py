from __future__ import annotations

import json
import re

import pytest
import pytest_asyncio
from command_line import CommandLine
from job_fixtures import fill, lines, run

from ocr_async import read_results
from ocr_async.jobs.paths import ledger_of
from ocr_async.testing import ScriptedService

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202eabc\x00"


@pytest.fixture
def command(capsys):
    return CommandLine(capsys)


@pytest_asyncio.fixture
async def out(tmp_path):
    out = tmp_path / "results.jsonl"
    replies = {"train-ticket": {"train_number": HOSTILE, "seat_number": "01A", "confidence": {"seat_number": 0.5}}}
    await run(fill(tmp_path / "scans", range(3)), out, ScriptedService(replies=replies))
    return out


def data_of(sheet):
    """What the script of a sheet reads."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', sheet, re.DOTALL)[1])


def sent_back(path, *steps):
    path.write_text(json.dumps({"version": 1, "steps": steps}), encoding="utf-8")
    return path


async def test_a_sheet_is_one_file_that_loads_nothing_and_keeps_values_as_text(command, out, tmp_path):
    ended = command("review", out, "--html", tmp_path / "sheet.html")
    assert (ended.code, "3 documents" in ended.err) == (0, True)
    sheet = (tmp_path / "sheet.html").read_text("utf-8")
    assert "<script>alert" not in sheet
    assert "<img src=x" not in sheet
    assert not re.findall(r'(?:src|href)="(?!data:)', sheet)
    assert "default-src 'none'" in sheet
    assert "unsafe" not in sheet
    fields = {field["name"]: field["value"] for field in data_of(sheet)[0]["fields"]}
    assert fields["train_number"] == HOSTILE


async def test_a_sheet_has_as_many_documents_as_were_asked_for(command, out, tmp_path):
    command("review", out, "--html", tmp_path / "sheet.html", "--limit", 2)
    assert len(data_of((tmp_path / "sheet.html").read_text("utf-8"))) == 2
    command("review", out, "--html", tmp_path / "sheet.html", "--type", "passport")
    assert data_of((tmp_path / "sheet.html").read_text("utf-8")) == []


async def test_corrections_that_come_back_are_kept_once(command, out, tmp_path):
    line = lines(out)[1]
    about = {"key": line["key"], "sha256": line["sha256"]}
    back = sent_back(
        tmp_path / "back.json",
        {**about, "field": "seat_number", "old": "01A", "new": "01F"},
        {**about, "verdict": "accepted"},
    )
    ended = command("review", out, "--apply", back, "--reviewer", "bob")
    assert (ended.code, "1 corrections and 1 verdicts" in ended.err) == (0, True)
    assert [done.result.seat_number for done in read_results(out)] == ["01A", "01F", "01A"]
    ended = command("review", out, "--apply", back, "--reviewer", "bob")
    assert "0 corrections and 0 verdicts taken over, 2 were there already" in ended.err


async def test_what_does_not_fit_any_more_is_left_out_and_named(command, out, tmp_path):
    line = lines(out)[0]
    about = {"key": line["key"], "sha256": line["sha256"], "field": "seat_number", "new": "x"}
    back = sent_back(
        tmp_path / "back.json",
        {**about, "old": "another"},
        {**about, "old": "01A", "sha256": "0" * 64},
        {**about, "old": "01A", "field": "nothing"},
        {**about, "old": "01A", "key": "nobody"},
        {**about, "old": "01A", "new": 7},
    )
    ended = command("review", ledger_of(out), "--apply", back)
    assert ended.code == 1
    assert ended.err.count("was left out") == 5
    assert all(not done.corrected for done in read_results(out))


@pytest.mark.parametrize("content", ["", "[]", '{"steps": [7]}', '{"steps": [{"key": 7}]}'])
async def test_what_is_no_file_of_corrections_is_refused(command, out, tmp_path, content):
    (tmp_path / "back.json").write_text(content)
    ended = command("review", out, "--apply", tmp_path / "back.json")
    assert (ended.code, "is no file of corrections" in ended.err) == (1, True)


def test_a_review_of_what_is_no_job_is_an_error(command, tmp_path):
    ended = command("review", tmp_path / "none.jsonl")
    assert (ended.code, "there is no such ledger" in ended.err) == (1, True)


def test_a_review_of_a_job_in_a_bucket_says_what_to_do(command):
    ended = command("review", "s3://bucket/results.jsonl")
    assert (ended.code, "s3://bucket/results.jsonl" in ended.err) == (2, True)


def test_a_user_without_a_name_is_asked_for_one(command, out, tmp_path, monkeypatch):
    def nameless():
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", nameless)
    ended = command("review", out, "--html", tmp_path / "doubtful.html")
    assert (ended.code, "--reviewer" in ended.err) == (2, True)
    assert command("review", out, "--html", tmp_path / "doubtful.html", "--reviewer", "ada").code == 0
