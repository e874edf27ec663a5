from __future__ import annotations

import io
from pathlib import Path

import pytest
from attrs import evolve
from rich.cells import cell_len
from rich.console import Console

from ocr_async.calls.endpoints import EndpointStats
from ocr_async.cli.display import LiveDisplay, PlainDisplay, QuietDisplay, display_for, panel
from ocr_async.cli.report import report
from ocr_async.errors import JobError
from ocr_async.gates import GateStats
from ocr_async.jobs import Failure, JobSummary, Progress, Slow, Unsure
from ocr_async.jobs.progress import RecentRate, duration

GATE = GateStats(in_flight=16, waiting=3, window=17, pace=None, admitted=9970, refused=30, paused_for=0.0)
PROGRESS = Progress(
    total=48_210,
    is_total_final=True,
    done=12_873,
    failed=41,
    held=0,
    already=2_000,
    copied=120,
    in_flight=96,
    seconds=431.0,
    rate=31.27,
    codes={"AIS.0104": 22, "ModelArts.4603": 11, "SourceError": 6, "AIS.0103": 1, "DeadlineError": 1},
    endpoints=(
        EndpointStats("cn-north-4", 0.0, {"train-ticket": GATE, "quota-invoice": evolve(GATE, pace=49.7)}),
        EndpointStats("ae-ad-1", 12.0, {"passport": evolve(GATE, admitted=10, refused=5)}),
    ),
    is_stopping=False,
)
KEY = "archive/2024/11/分公司/scanner-2/IMG_2024_00177.jpg"
SUMMARY = JobSummary(
    out=Path("scans/results.jsonl"),
    ledger=Path("scans/results.ledger"),
    done=12_873,
    failed=41,
    held=3,
    waiting=0,
    finished=12_753,
    copied=120,
    already=2_000,
    repeated=2,
    left_alone={"text": 37},
    seconds=431.0,
    slowest=(Slow(KEY, 21.3),),
    unsure=(Unsure(KEY, "departure_station", 0.31),),
    failures=(Failure("AIS.0104", "DocumentError", 22, KEY, "use the right API or a better picture"),),
    failed_list=Path("scans/results.failed.csv"),
    stopped=False,
    error=None,
    tables=(Path("scans/results.xlsx"),),
)


class Terminal(io.StringIO):
    """Takes itself for a terminal."""

    def isatty(self):
        return True


def printed(content, width=80, *, terminal=False):
    console = Console(width=width, file=io.StringIO(), force_terminal=terminal, color_system=None)
    console.print(content)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 80, 140])
@pytest.mark.parametrize("content", [panel(PROGRESS), report(SUMMARY)], ids=["panel", "report"])
def test_everything_fits_into_the_terminal(content, width):
    assert all(cell_len(line) <= width for line in printed(content, width).splitlines())


def test_the_panel_shows_share_rate_time_left_gates_and_failures():
    shown = printed(panel(PROGRESS), 140)
    for part in (
        "14,914 of 48,210",
        "31%",
        "31.3/s",
        "17:45 min left",
        "0.3%",
        "49.7/s",
        "33.3%",
        "pause 12 s",
        "AIS.0104 22",
    ):
        assert part in shown


def test_the_panel_says_that_the_total_is_still_being_counted():
    shown = printed(panel(evolve(PROGRESS, is_total_final=False)))
    assert "of 48,210+" in shown
    assert "left" not in shown


def test_the_panel_says_how_a_stop_goes_on():
    assert "Ctrl-C again stops at once" in printed(panel(evolve(PROGRESS, is_stopping=True)))


def test_the_report_says_what_to_do_and_where_everything_is():
    shown = printed(report(SUMMARY), 140)
    for part in (
        "12,873 done",
        "41 failed",
        "3 held",
        "AIS.0104",
        "better picture",
        "results.xlsx",
        "results.failed.csv",
    ):
        assert part in shown
    assert 'unknown="retry"' in shown


def test_the_report_of_a_stopped_job_says_how_to_go_on():
    shown = printed(report(evolve(SUMMARY, stopped=True), again="ocr-async batch ..."))
    assert "Stopped" in shown
    assert "To go on: ocr-async batch ..." in shown


def test_the_report_of_a_job_that_ended_early_says_why():
    assert "Ended early: the key was refused" in printed(report(evolve(SUMMARY, error=JobError("the key was refused"))))


def test_the_report_of_a_job_without_trouble_is_short():
    calm = evolve(SUMMARY, failed=0, held=0, failures=(), slowest=(), unsure=(), failed_list=None, tables=())
    shown = printed(report(calm))
    assert shown.startswith("Finished\n")
    assert len(shown.splitlines()) <= 8


def test_a_long_key_is_cut_at_its_left_end():
    assert "2024_00177.jpg" in printed(report(SUMMARY))


def test_elsewhere_than_in_a_terminal_there_is_a_plain_line_now_and_then():
    console = Console(file=io.StringIO(), width=80)
    with display_for(console, every=10) as display:
        for second in range(25):
            display.update(evolve(PROGRESS, seconds=float(second)))
    assert isinstance(display, PlainDisplay)
    assert len(console.file.getvalue().splitlines()) == 3


def test_a_plain_line_says_it_all():
    assert str(PROGRESS) == (
        "14,914/48,210 items, 12,873 done, 41 failed, 2,000 from before, 31.3/s, 7:11 min so far, 17:45 min left"
    )


def test_in_a_terminal_the_panel_is_drawn_in_place():
    console = Console(file=Terminal(), width=80, force_terminal=True)
    with display_for(console) as display:
        display.update(PROGRESS)
    assert isinstance(display, LiveDisplay)
    assert "14,914 of 48,210" in console.file.getvalue()


@pytest.mark.parametrize(
    ("file", "environment"),
    [
        (io.StringIO, {}),
        (io.StringIO, {"FORCE_COLOR": "1"}),
        (io.StringIO, {"FORCE_COLOR": "1", "TERM": "xterm-256color", "CLICOLOR_FORCE": "1"}),
        (io.StringIO, {"TTY_COMPATIBLE": "1"}),
        (Terminal, {"TERM": "dumb"}),
        (Terminal, {"TERM": "unknown", "FORCE_COLOR": "1"}),
    ],
)
def test_where_nothing_can_be_drawn_over_the_lines_are_plain(file, environment):
    console = Console(file=file(), width=80, _environ=environment)
    with display_for(console) as display:
        display.update(PROGRESS)
    assert isinstance(display, PlainDisplay)
    assert console.file.getvalue() == f"{PROGRESS}\n"


def test_quiet_shows_nothing():
    console = Console(file=io.StringIO(), force_terminal=True)
    with display_for(console, quiet=True) as display:
        display.update(PROGRESS)
    assert isinstance(display, QuietDisplay)
    assert not console.file.getvalue()


def test_the_rate_is_that_of_the_last_seconds():
    pace = RecentRate()
    assert pace.rate(0.0, 0) == 0.0
    assert pace.rate(10.0, 100) == 10.0
    assert pace.rate(25.0, 400) == 20.0


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s"), (42.4, "42 s"), (185.0, "3:05 min"), (7_805.0, "2:10 h")])
def test_durations_are_for_people(seconds, text):
    assert duration(seconds) == text
