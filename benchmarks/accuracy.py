"""Measures how well the embedded service reads pictures with ground truth: fields, confidences, places, time, memory.

    python benchmarks/accuracy.py DIR... [--half seen] [--only train_ticket] [--html report.html] [--throughput]

Each DIR holds `images/`, `truth/NAME.json` and `index.json`. A picture is of the seen or of the unseen half by a hash of
its name: rules are made looking at the one, and the other tells whether they are rules. Both are reported, by set.
Pictures without a document are tried under every API that should refuse them; the documents of a composite are paired
with what was found so that the overlaps are largest in sum. White space, ￥ or ¥, full or half width and the suffix of
a region do not count.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a plain file

from benchmarks import accuracy_page, accuracy_report
from benchmarks.accuracy_scores import Outcome, compare
from ocr_async.local.reading import APIS
from ocr_async.local.reading.answers import answer
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.engine import Engine
from ocr_async.local.reading.reader import Layout
from ocr_async.local.recognizer import Refusal

ASKED = {
    "vat-invoice": {"advanced_mode": True},
    "mvs-invoice": {"return_confidence": True},
    "vehicle-license": {"return_issuing_authority": True},
    "driver-license": {"return_issuing_authority": True},
}
"""The parameters that make an API answer all that the truth holds."""

ANY_TEXT = {reader.api for reader in READERS if reader.layout is Layout.PICTURE}
NO_DOCUMENT = "unsupported"


def main() -> None:
    arguments = _arguments()
    engine = Engine()
    rows = [row for folder in arguments.dirs for row in _rows(folder, arguments)]
    _read(engine, "auto-classification", (rows[0]["folder"] / rows[0]["file"]).read_bytes(), {})  # loads the models
    outcomes = [measure(engine, row) for row in rows]
    accuracy_report.show(
        [(row["folder"].name, half_of(row["file"]), it) for row, it in zip(rows, outcomes, strict=True)]
    )
    if arguments.throughput:
        print(f"\n{throughput(engine, rows):.2f} pictures a second on two threads")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if arguments.html:
        pairs = [(row["folder"] / row["file"], it) for row, it in zip(rows, outcomes, strict=True)]
        arguments.html.write_text(accuracy_page.page(engine, pairs), encoding="utf-8")


def half_of(file: str) -> str:
    """Return the half that a picture belongs to."""
    return "seen" if hashlib.sha256(Path(file).name.encode()).digest()[0] % 2 else "unseen"


def measure(engine: Engine, row: dict) -> Outcome:
    """Read one picture and compare it with its truth."""
    truth = json.loads((row["folder"] / row["truth"]).read_text(encoding="utf-8"))
    image = (row["folder"] / row["file"]).read_bytes()
    started = time.perf_counter()
    if row["type"] == NO_DOCUMENT:
        apis = truth.get("negative_for") or sorted({name for _, name in APIS} - ANY_TEXT)
        refusals = {api: _read(engine, api, image, {}) is None for api in apis}
        seconds = (time.perf_counter() - started) / len(refusals)
        return Outcome(row["file"], row["type"], row["kind"].split()[0], row["level"], seconds, refusals=refusals)
    result = _read(engine, row["api"], image, _options(row["api"], truth))
    return compare(row, truth, result, time.perf_counter() - started)


def throughput(engine: Engine, rows: list[dict], threads: int = 2) -> float:
    """Return pictures a second when two threads share the engine."""
    tasks = [(row["api"], (row["folder"] / row["file"]).read_bytes()) for row in rows if row["type"] != NO_DOCUMENT]
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda task: _read(engine, *task, {}), tasks))
    return len(tasks) / (time.perf_counter() - started)


def _rows(folder: Path, arguments: argparse.Namespace) -> list[dict]:
    rows = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    wanted = [row for row in rows if arguments.only in row["file"]]
    return [row | {"folder": folder} for row in wanted if arguments.half in {"both", half_of(row["file"])}]


def _options(api: str, truth: dict) -> dict:
    side = {"side": truth["side"]} if truth.get("side") and api != "emirates-id-card" else {}
    return side | ASKED.get(api, {})


def _read(engine: Engine, api: str, image: bytes, options: dict) -> object:
    try:
        return answer(engine, api, image, options)
    except Refusal:
        return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dirs", type=Path, metavar="DIR", nargs="+")
    parser.add_argument("--half", choices=("seen", "unseen", "both"), default="both")
    parser.add_argument("--only", default="", help="pictures whose name holds this")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with pictures beside truth and reading")
    parser.add_argument("--throughput", action="store_true", help="read them all again on two threads")
    return parser.parse_args()


if __name__ == "__main__":
    main()
