"""The review page in a real browser, by keys alone; skipped where there is no Chromium."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import anyio
import pytest
from attrs import define
from command_line import COMMAND, environment
from job_fixtures import fill, run

from ocr_async import read_results
from ocr_async.jobs.paths import ledger_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
TURNED = "abc\u202edef\u2066ghi"

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@define
class Server:
    """`ocr-async review` in a process of its own."""

    process: subprocess.Popen[str]
    address: str

    @classmethod
    def start(cls, out):
        arguments = ["review", str(out), "--reviewer", "ada", "--no-open"]
        process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, env=environment())
        line = process.stdout.readline()
        return cls(process, re.search(r"http://\S+", line)[0])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


@contextmanager
def opened(browser, out, **settings):
    """The page of a job in a fresh browser, and what went wrong on it."""
    server, context, problems = Server.start(out), browser.new_context(**settings), []
    page = context.new_page()

    def note(said):
        if "Content Security" in str(getattr(said, "text", said)) or isinstance(said, sync_api.Error):
            problems.append(said)

    page.on("pageerror", note)
    page.on("console", note)
    try:
        page.goto(server.address)
        page.locator("#list li, #ended:not(:empty)").first.wait_for(state="attached")
        yield page, server
        assert not problems
    finally:
        context.close()
        server.kill()


def key(page):
    return page.locator("#key").get_attribute("title")


def press(page, *keys, until):
    """Press keys one after the other, and wait for what comes of them."""
    for each in keys:
        page.keyboard.press(each)
    sync_api.expect(page.locator("#status")).to_have_text(re.compile(until))


def accept(page):
    before = key(page)
    page.keyboard.press("a")
    sync_api.expect(page.locator("#key")).not_to_have_attribute("title", before)


def job(tmp_path, count, service=None):
    """Run a job; in a thread, since Playwright's loop runs in this one."""
    out = tmp_path / "results.jsonl"
    with ThreadPoolExecutor() as threads:
        threads.submit(anyio.run, run, fill(tmp_path / "scans", range(count)), out, service).result()
    return out


def test_fifty_documents_by_keys_alone_and_kill_9_after_every_tenth_loses_nothing(browser, tmp_path):
    out = job(tmp_path, 50)
    before = out.read_bytes()
    corrected, seen = {}, set()
    for part in range(5):
        with opened(browser, out) as (page, _):
            sync_api.expect(page.locator("#count")).to_have_text(f"{10 * part} of 50 reviewed")
            for place in range(10):
                seen.add(key(page))
                if (part, place) in {(1, 3), (3, 6), (4, 2)}:
                    page.keyboard.press("c")
                    page.keyboard.press("Control+a")
                    page.keyboard.type(f"new {part}")
                    press(page, "Enter", until="Corrected")
                    field = page.locator("#list li[aria-selected=true] .name").inner_text()
                    corrected[key(page)] = (field, f"new {part}")
                if (part, place) == (3, 6):
                    press(page, "z", until="Taken back")
                    corrected.pop(key(page))
                accept(page)
    assert len(seen) == 50
    with opened(browser, out) as (page, _):
        assert page.locator("#end").is_visible()
        sync_api.expect(page.locator("#count")).to_have_text("50 of 50 reviewed")
    told = {done.key: done for done in read_results(out)}
    assert {
        key: (done.corrected[0], getattr(done.result, done.corrected[0]))
        for key, done in told.items()
        if done.corrected
    } == corrected
    assert len(corrected) == 2
    assert out.read_bytes() == before
    with closing(sqlite3.connect(ledger_of(out))) as database, database:
        rows = database.execute(
            "select verdict, reviewer, undone is null, count(*) from review group by 1, 2, 3"
        ).fetchall()
    assert rows == [("accepted", "ada", 1, 50), ("corrected", "ada", 0, 1), ("corrected", "ada", 1, 2)]
