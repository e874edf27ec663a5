from __future__ import annotations

import io
from contextlib import redirect_stdout
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from attrs import evolve
from command_line import environment
from job_fixtures import fill, run
from nbclient import NotebookClient
from test_cli_display import PROGRESS, SUMMARY

from ocr_async.errors import JobError
from ocr_async.jobs import Failure, Slow, Unsure
from ocr_async.jobs.notebook import bar_in_notebook, progress_html, summary_html

JOB = """
import httpx
from ocr_async import AkSk, OcrSession, TrainTicket, run_job
from ocr_async.testing import ScriptedService
service = ScriptedService()
account = service.account
keys = AkSk(account.ak, account.sk)
async with OcrSession(
    keys, endpoint="http://ocr.test", project_id=account.project_id, http_client=httpx.ASGITransport(service)
) as session:
    summary = await run_job(session, TrainTicket, "scans", out="results.jsonl"{more})
summary
"""
HOSTILE = "<script>alert(1)</script>&\"'.png"


class Elements(HTMLParser):
    """Which elements a browser would make of a text, and what they say."""

    def __init__(self, text):
        super().__init__()
        self.names, self.open, self.said = set(), [], ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.names.add(tag)
        assert {name for name, _ in attributes} <= {"style"}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said += data


def in_notebook(folder, more=""):
    """Run the job in the cell of a real kernel and return the cell's outputs."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(JOB.format(more=more))])
    client = NotebookClient(book, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment(IPYTHONDIR=str(folder), OCR_ASYNC_METADATA="off"))
    return book.cells[0].outputs


def test_a_cell_shows_one_bar_that_ends_full_and_then_the_summary(tmp_path):
    fill(tmp_path / "scans", range(5))
    bar, summary = in_notebook(tmp_path)
    assert bar.output_type == "display_data"
    assert "width:100.0%" in bar.data["text/html"]
    assert bar.data["text/plain"].startswith("5/5 items, 5 done, 0 failed")
    assert summary.output_type == "execute_result"
    assert "Finished" in Elements(summary.data["text/html"]).said
    assert "results.jsonl" in summary.data["text/html"]


def test_a_cell_with_a_function_of_its_own_has_no_bar(tmp_path):
    fill(tmp_path / "scans", range(2))
    (summary,) = in_notebook(tmp_path, ", on_progress=lambda progress: None")
    assert summary.output_type == "execute_result"


async def test_elsewhere_nothing_is_shown(tmp_path):
    assert bar_in_notebook() is None
    with redirect_stdout(io.StringIO()) as said:
        await run(fill(tmp_path / "scans", range(2)), tmp_path / "out.jsonl")
    assert said.getvalue() == ""


def test_progress_is_a_line_for_print():
    assert str(PROGRESS).startswith("14,914/48,210 items, 12,873 done")


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (PROGRESS, "width:30.9%"),
        (evolve(PROGRESS, total=None), "repeating-linear-gradient"),
        (evolve(PROGRESS, is_total_final=False), "repeating-linear-gradient"),
        (evolve(PROGRESS, total=0, done=0, failed=0, already=0), "width:100.0%"),
    ],
)
def test_the_bar_is_as_full_as_is_known(progress, shown):
    assert shown in progress_html(progress)


@pytest.mark.parametrize(
    "summary",
    [
        evolve(SUMMARY, failures=(Failure(None, HOSTILE, 1, HOSTILE, HOSTILE),)),
        evolve(SUMMARY, slowest=(Slow(HOSTILE, 1.0),), unsure=(Unsure(HOSTILE, HOSTILE, 0.1),)),
        evolve(SUMMARY, out=Path(HOSTILE), failed_list=Path(HOSTILE), tables=(Path(HOSTILE),)),
        evolve(SUMMARY, error=JobError(HOSTILE)),
    ],
)
def test_what_files_and_services_are_called_is_shown_and_never_markup(summary):
    elements = Elements(summary._repr_html_())
    assert HOSTILE in elements.said
    assert elements.names <= {"div", "p", "table", "caption", "thead", "tbody", "tr", "th", "td"}


def test_a_summary_with_nothing_in_it_is_shown():
    nothing = evolve(
        SUMMARY, done=0, failed=0, held=0, finished=0, already=0, seconds=0.0, failures=(), slowest=(), unsure=()
    )
    said = Elements(summary_html(evolve(nothing, failed_list=None, tables=()))).said
    assert "0 done" in said
    assert "None" not in said


def test_names_that_are_not_utf_8_are_shown():
    summary_html(evolve(SUMMARY, slowest=(Slow("caf\udce9.png", 1.0),))).encode()


def test_the_summary_of_a_dry_run_says_what_would_be_sent():
    said = Elements(summary_html(evolve(SUMMARY, dry_run=True, to_send={"passport": 3, "train-ticket": 4}))).said
    assert "7 would be sent" in said
    assert "Nothing was sent" in said
