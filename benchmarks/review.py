"""How long the review page makes somebody wait: `python -m benchmarks.review`, with Chromium and the `test` group.

A job of 10,000 scripted results is opened in headless Chromium; 200 documents are accepted by key. Times are of the
browser: from the start of `ocr-async review` to the first document, and from a key to the next document.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import anyio
import httpx
from playwright.sync_api import Browser, sync_playwright

from ocr_async import OcrSession, TrainTicket, run_job
from ocr_async.auth import AkSk
from ocr_async.testing import ScriptedService, picture, sample_result

EARLY = 20
"""Documents after which the engine is loaded."""

WATCH = """() => {
  window.waits = [];
  let pressed = 0;
  addEventListener("keydown", () => { pressed = performance.now(); }, true);
  new MutationObserver(() => requestAnimationFrame(() => window.waits.push(performance.now() - pressed)))
    .observe(document.querySelector("#key"), { attributes: true, attributeFilter: ["title"] });
}"""
"""Notes the milliseconds from each key to the frame that shows another document."""


async def make(folder: Path, count: int) -> Path:
    """Run a job of so many scripted results; a tenth has a doubtful field."""
    chance = random.Random(1)

    def reply(task):
        sample = dict(sample_result(task.api, task.image))
        return sample | {"confidence": {name: 1 - chance.random() ** 4 / 2 for name in sample["confidence"]}}

    scans = folder / "scans"
    scans.mkdir()
    for number in range(count):
        (scans / f"{number}.png").write_bytes(picture(number))
    service = ScriptedService(replies=reply)
    account = service.account
    settings = {"endpoint": "http://ocr.test", "project_id": account.project_id}
    async with OcrSession(
        AkSk(account.ak, account.sk), http_client=httpx.ASGITransport(service), **settings
    ) as session:
        await run_job(session, TrainTicket, scans, out=folder / "results.jsonl")
    return folder / "results.jsonl"


def memory(process: int) -> float:
    """The resident memory of a process in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def measure(browser: Browser, out: Path, count: int) -> None:
    begun = time.monotonic()
    command = [sys.executable, "-m", "ocr_async", "review", str(out), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        address = re.search(r"http://\S+", server.stdout.readline())[0]
        started = time.monotonic()
        page = browser.new_page()
        page.goto(address)
        page.locator("#list li").first.wait_for()
        opened = time.monotonic()
        page.evaluate(WATCH)
        first = early = memory(server.pid)
        for number in range(count):
            before = page.locator("#key").get_attribute("title")
            page.keyboard.press("a")
            page.locator(f'#key:not([title="{before}"])').wait_for()
            page.wait_for_timeout(150 if number % 10 else 500)  # nobody decides faster
            early = memory(server.pid) if number <= EARLY else early
        waits = page.evaluate("window.waits")
        last = memory(server.pid)
        server.kill()
    print(f"start of the command to its address  {started - begun:6.2f} s")
    print(f"address to the first document        {opened - started:6.2f} s")
    print(f"key to the next document, median     {median(waits):6.1f} ms")
    print(f"key to the next document, 95 %       {quantiles(waits, n=20)[-1]:6.1f} ms")
    print(f"memory of the server at first        {first:6.1f} MB")
    print(f"memory after {EARLY} documents            {early:6.1f} MB, with the engine that finds the places")
    print(f"memory after {count:,} documents           {last:6.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--documents", type=int, default=200, help="that are accepted")
    parser.add_argument("--out", type=Path, help="a job that is there already")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        if options.out:
            measure(browser, options.out, options.documents)
        for items in options.items if not options.out else ():
            with tempfile.TemporaryDirectory() as folder:
                made = subprocess.run(
                    [sys.executable, "-c", f"import benchmarks.review as b; b.build({folder!r}, {items})"], check=True
                )
                assert not made.returncode
                print(f"\nA job of {items:,}")
                measure(browser, Path(folder) / "results.jsonl", options.documents)


def build(folder: str, items: int) -> None:
    anyio.run(make, Path(folder), items)


if __name__ == "__main__":
    main()
