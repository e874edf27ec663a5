"""Measures how well the embedded service reads pictures with ground truth: fields, confidences, places, time, memory.

    python benchmarks/accuracy.py DIR [--only train_ticket] [--html report.html] [--throughput]

DIR holds `images/`, `truth/NAME.json` and `index.json`. Against: the truth; white space, ￥ or ¥, full or half width
and the suffix of a region do not count.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a plain file

from benchmarks import accuracy_page, accuracy_report
from benchmarks.accuracy_scores import Outcome, compare
from ocr_async.local.reading.answers import answer
from ocr_async.local.reading.engine import Engine
from ocr_async.local.recognizer import Refusal


def main() -> None:
    arguments = _arguments()
    engine = Engine()
    rows = [row for row in json.loads((arguments.dir / "index.json").read_text()) if arguments.only in row["file"]]
    warm = arguments.dir / rows[0]["file"]
    _read(engine, rows[0]["api"], warm.read_bytes())
    outcomes = [measure(engine, arguments.dir, row) for row in rows]
    accuracy_report.show(outcomes)
    if arguments.throughput:
        print(f"\n{throughput(engine, arguments.dir, rows):.2f} pictures a second on two threads")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if arguments.html:
        arguments.html.write_text(accuracy_page.page(engine, outcomes, arguments.dir), encoding="utf-8")


def measure(engine: Engine, folder: Path, row: dict) -> Outcome:
    """Read one picture and compare it with its truth; pictures with nothing to read are tried under every API."""
    truth = json.loads((folder / row["truth"]).read_text())
    image = (folder / row["file"]).read_bytes()
    started = time.perf_counter()
    if row["api"] == "*":
        apis = ("train-ticket", "quota-invoice", "passport", "bankcard", "emirates-id-card", "auto-classification")
        read = [_read(engine, api, image) for api in apis]
        result = None if all(one is None for one in read) else read
        seconds = (time.perf_counter() - started) / len(apis)
    else:
        result = _read(engine, row["api"], image)
        seconds = time.perf_counter() - started
    return compare(row, truth, result, seconds)


def throughput(engine: Engine, folder: Path, rows: list[dict], threads: int = 2) -> float:
    """Return pictures a second when two threads share the engine."""
    tasks = [(row["api"], (folder / row["file"]).read_bytes()) for row in rows if row["api"] != "*"]
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda task: _read(engine, *task), tasks))
    return len(tasks) / (time.perf_counter() - started)


def _read(engine: Engine, api: str, image: bytes) -> object:
    try:
        return answer(engine, api, image, {})
    except Refusal:
        return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path, metavar="DIR")
    parser.add_argument("--only", default="", help="pictures whose name holds this")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with pictures beside truth and reading")
    parser.add_argument("--throughput", action="store_true", help="read them all again on two threads")
    return parser.parse_args()


if __name__ == "__main__":
    main()
