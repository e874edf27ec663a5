"""How well fields are found in their pictures: `python -m benchmarks.evidence FOLDER ...`.

A folder has `truth/NAME.json` with `file`, `result` (what a picture says, as the API spells it) and `lines` (each with its
`text` and `quad`), and the pictures. A field counts when its value stands on one of those lines, or runs over several;
its place is right when it overlaps that of the truth by half (intersection over union). Within a line the truth is
estimated by the width of characters, which is itself off where a line has gaps.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np

from ocr_async.jobs.values import values
from ocr_async.review.evidence import evidence
from ocr_async.review.spelling import plain, spellings

RIGHT = 0.5
LINES_TOGETHER = 6


def overlap(one, other):
    """Intersection over union of the hulls of two sets of points."""
    hulls = [cv2.convexHull(np.array(points, np.float32)) for points in (one, other)]
    shared, _ = cv2.intersectConvexConvex(*hulls)
    return shared / max(sum(map(cv2.contourArea, hulls)) - shared, 1e-6)


def part(line, start, end):
    """The corners of some characters of a line; Chinese ones are twice as wide as Latin ones."""
    wide = np.array([1.0 if ord(character) < 0x2E80 else 2.0 for character in line["text"]])
    left, right = wide[:start].sum() / wide.sum(), wide[:end].sum() / wide.sum()
    top_left, top_right, bottom_right, bottom_left = np.array(line["quad"], float)
    top, bottom = top_right - top_left, bottom_right - bottom_left
    return [top_left + top * left, top_left + top * right, bottom_left + bottom * right, bottom_left + bottom * left]


def places(lines, value):
    """Where a value may stand, by the truth."""
    texts = [plain(line["text"]) for line in lines]
    for spelling in spellings(value):
        found = [
            part(line, text.places[at], text.places[at + len(spelling) - 1] + 1)
            for line, text in zip(lines, texts, strict=True)
            for at in range(len(text.plain))
            if text.plain.startswith(spelling, at)
        ]
        found += list(over_lines(lines, texts, spelling))
        if found:
            yield from found
            return


def over_lines(lines, texts, spelling):
    for first in range(len(lines)):
        joined = ""
        for last in range(first, min(first + LINES_TOGETHER, len(lines))):
            joined += texts[last].plain
            if last > first and joined == spelling:
                yield [point for line in lines[first : last + 1] for point in line["quad"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=1, help="take each so many-th picture")
    options = parser.parse_args()
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    named = [path for folder in options.folders for path in sorted((folder / "truth").glob("*.json"))]
    told = [(path.parent.parent, json.loads(path.read_text("utf-8"))) for path in named]
    for folder, truth in [each for each in told if "lines" in each[1]][:: options.every]:
        found = evidence(truth["result"], folder / truth["file"]) if truth["api"] != "auto-classification" else {}
        for field in values(truth["result"]) if found else ():
            known = (
                list(places(truth["lines"], field.value)) if field.value and not isinstance(field.value, bool) else []
            )
            if known:
                count = counts[truth["type"]]
                count["fields"] += 1
                count["found"] += field.name in found
                best = max(overlap(place, found[field.name]) for place in known) if field.name in found else 0.0
                count["right"] += best >= RIGHT
    for name, count in [*sorted(counts.items()), ("all", sum(counts.values(), Counter()))]:
        print(
            f"{name:28} {count['fields']:5} fields {count['found']:5} found {count['right'] / max(count['fields'], 1):7.1%} right"
        )


if __name__ == "__main__":
    main()
