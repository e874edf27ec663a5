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
from command_line import COMMAND, environment, process
from job_fixtures import fill, run

from ocr_async import read_results
from ocr_async.jobs.paths import ledger_of
from ocr_async.testing import ScriptedService

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
TURNED = "abc\u202edef\u2066ghi"

sync_api = pytest.importorskip("playwright.sync_api")
sync_api.expect.set_options(timeout=60_000)  # a machine may be busy
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
                    name = page.locator("#list li[aria-selected=true] .name")
                    sync_api.expect(name).not_to_be_empty()  # the list may just be drawn anew
                    corrected[key(page)] = (name.text_content(), f"new {part}")
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


def test_hostile_values_are_text_and_nothing_else(browser, tmp_path):
    hostile = {
        "train_number": HOSTILE,
        "seat_number": TURNED,
        "name": "long " * 2_000,
        "ticket_id": "\u0661\u0662 \u0639\u0644\u064a",
    }
    out = job(tmp_path, 1, ScriptedService(replies={"train-ticket": hostile}))
    with opened(browser, out) as (page, _):
        values = dict(
            zip(*(page.locator(f"#list .{kind}").all_text_contents() for kind in ("name", "value")), strict=True)
        )
        assert {name: values[name] for name in hostile} == hostile
        assert page.title() == "Review"
        assert page.locator("#list script, #list img, #list [onerror]").count() == 0
        turned = page.locator("#list .value", has_text="def")
        assert [span.get_attribute("data-code") for span in turned.locator(".control").all()] == ["U+202E", "U+2066"]
        assert (
            page.locator("#list .value", has_text="\u0639").evaluate("node => getComputedStyle(node).direction")
            == "rtl"
        )


def test_the_page_speaks_the_language_of_the_browser(browser, tmp_path):
    out = job(tmp_path, 1)
    with opened(browser, out, locale="zh-CN") as (page, _):
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        sync_api.expect(page.get_by_role("button", name="接受")).to_be_visible()
    with opened(browser, out, locale="de-DE") as (page, _):
        sync_api.expect(page.get_by_role("button", name="Accept")).to_be_visible()


def test_everything_fits_on_a_telephone_and_has_a_name(browser, tmp_path):
    out = job(tmp_path, 2)
    with opened(browser, out, viewport={"width": 390, "height": 844}) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for button in page.locator("button:visible").all():
            box = button.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            assert box["height"] >= 32
            assert button.get_attribute("aria-label") or button.inner_text().strip()
        assert page.get_by_role("listbox").get_attribute("aria-label")
        assert page.get_by_role("listbox").get_by_role("option", selected=True).count() == 1


def test_skip_unreadable_back_and_the_end(browser, tmp_path):
    out = job(tmp_path, 3)
    with opened(browser, out) as (page, _):
        first = key(page)
        press(page, "s", until="Skipped")
        press(page, "u", until="unreadable")
        second = key(page)
        page.keyboard.press("b")
        sync_api.expect(page.locator("#key")).not_to_have_attribute("title", second)
        sync_api.expect(page.locator("#verdict")).to_have_text("unreadable")
        page.keyboard.press("b")
        sync_api.expect(page.locator("#key")).to_have_attribute("title", first)
        press(page, "z", "z", until="Taken back")
        sync_api.expect(page.locator("#count")).to_have_text("0 of 3 reviewed")
        for _ in range(2):
            accept(page)
        sync_api.expect(page.locator("#key")).to_have_attribute("title", second)
        press(page, "s", until="Skipped")
        sync_api.expect(page.locator("#end")).to_be_visible()
        page.keyboard.press("Enter")
        sync_api.expect(page.locator("#key")).to_have_attribute("title", second)


def test_a_server_that_is_gone_is_told_and_nothing_is_lost(browser, tmp_path):
    out = job(tmp_path, 2)
    with opened(browser, out) as (page, server):
        accept(page)
        server.kill()
        page.keyboard.press("a")
        sync_api.expect(page.locator("#status")).to_have_text(re.compile("does not answer"))


def test_a_sheet_gives_back_what_was_changed_on_it(browser, tmp_path):
    out = job(tmp_path, 2, ScriptedService(replies={"train-ticket": {"seat_number": "a\r\nb", "train_number": "G1"}}))
    sheet = tmp_path / "sheet.html"
    assert process("review", out, "--html", sheet).returncode == 0
    page = browser.new_context(offline=True).new_page()
    page.goto(sheet.as_uri())
    article = page.locator("article").first
    article.get_by_label("train_number").fill("G2")
    article.get_by_role("combobox").select_option("accepted")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the corrections").click()
    saved.value.save_as(tmp_path / "back.json")
    page.context.close()
    ended = process("review", out, "--apply", tmp_path / "back.json")
    assert (ended.returncode, "1 corrections and 1 verdicts" in ended.stderr.decode()) == (0, True)
    assert sorted(done.result.train_number for done in read_results(out)) == ["G1", "G2"]
