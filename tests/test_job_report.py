from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
import pytest_asyncio
from command_line import CommandLine
from job_fixtures import fill, run

from ocr_async.jobs import look, moments
from ocr_async.jobs.paths import ledger_of
from ocr_async.review import course, plots
from ocr_async.testing import FAULTS, Refusal, ScriptedService, picture, picture_number

UNREADABLE = picture_number(picture(3))


def reply(task):
    if picture_number(task.image) == UNREADABLE:
        raise Refusal("AIS.0104")
    return {"train_number": "G1", "seat_number": "", "confidence": {"train_number": 0.5, "seat_number": 0.1}}


@pytest_asyncio.fixture
async def out(tmp_path):
    out = tmp_path / "<results>.jsonl"
    await run(fill(tmp_path / "scans", range(6)), out, ScriptedService(replies=reply))
    await run(fill(tmp_path / "scans", range(8)), out, ScriptedService(replies=reply))
    return out


@pytest.fixture
def command(capsys):
    return CommandLine(capsys)


async def test_the_report_is_one_page_with_plots_and_no_script(command, out, tmp_path):
    ended = command("job", "report", out, "--html", tmp_path / "report.html")
    assert (ended.code, "Written to" in ended.err) == (0, True)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "<results>" not in page
    assert not re.findall(r"(?:src|href)=", page)
    titles = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    assert titles[:2] == ["Throughput", "Latency, waiting and repeats included"]
    assert "AIS.0104" in page
    for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ET.fromstring(drawing)


async def test_confidences_are_of_what_was_read(out):
    ledger = look.open_ledger(out)
    (span,) = course.confidences(ledger, 0.8)
    ledger.close()
    assert (span.name, span.low, span.middle, span.high, span.note) == ("train_number", 0.5, 0.5, 0.5, "7 below 0.8")


async def test_the_time_between_two_runs_is_left_out(out):
    ledger = look.open_ledger(out)
    clock = course.clock_of(ledger)
    ledger.close()
    assert [*clock.begun] == [1, 2]
    assert clock.at(2, clock.begun[2]) == clock.offset[2] > 0
    assert clock.whole < clock.begun[2] - clock.begun[1] + 60


async def test_a_job_of_more_than_a_second_notes_its_windows_and_refusals(tmp_path):
    out = tmp_path / "results.jsonl"
    service = ScriptedService(faults=[FAULTS["over the concurrency"]], seconds=1.6)
    await run(fill(tmp_path / "scans", range(3)), out, service)
    ledger = look.open_ledger(out)
    found = list(moments.moments(ledger))
    clock = course.clock_of(ledger)
    ((name, curves),) = course.gates(ledger, clock)
    ledger.close()
    assert found
    assert found[0].window >= 1
    assert name.endswith("train-ticket")
    assert sum(value or 0 for _, value in curves[2].points) == 1
    assert [curve.name for curve in curves] == ["window (calls)", "calls in flight", "calls refused"]


async def test_a_job_that_never_ran_has_a_report_too(command, tmp_path):
    out = tmp_path / "results.jsonl"
    await run([], out)
    assert command("job", "report", ledger_of(out), "--html", tmp_path / "report.html").code == 0
    assert "No result has a confidence" in (tmp_path / "report.html").read_text("utf-8")


async def test_a_report_that_cannot_be_written_is_an_error(command, out, tmp_path):
    ended = command("job", "report", out, "--html", tmp_path / "nowhere" / "report.html")
    assert (ended.code, str(tmp_path / "nowhere") in ended.err) == (1, True)


def test_a_curve_is_broken_where_there_is_no_value():
    curve = plots.Curve("c", [(0.0, 1.0), (1.0, None), (2.0, 2.0), (3.0, 4.0)])
    drawn = plots.over_time("t", [curve])
    path = re.search(r'<path class="curve c0" d="(M[^"]*)"', drawn)[1]
    assert path.count("M") == 2
    assert path.count("L") == 1


def test_names_are_text():
    drawn = plots.bars("<b>", [("<script>", 1)]) + plots.spans("s", [plots.Span("<i>", 0.1, 0.2, 0.3)])
    assert not re.findall(r"<script|<b>|<i>", drawn)
