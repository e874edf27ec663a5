"""Compares what was read with the truth."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from attrs import field, frozen

CONFIDENCE_NAMES = {
    "departure_station": "starting_station",
    "departure_station_en": "starting_station_en",
    "departure_time": "starting_time",
    "ticket_price": "ticket_rates",
    "sale_location": "ticket_office",
}
REGION_SUFFIX = re.compile(r"(?:省|市|(?:壮族|回族|维吾尔)?自治区)(?=$|[^省市])")
APART = frozenset(("supervision_seal", "seller_seal", "issuing_authority", "encryption_block", "fiscal_code"))
"""Texts of seals and ciphers: hard to read and of little use, so they are counted apart."""

PLACE, TEXTS = ("location", "attribution"), ("general_text", "web_image")


@frozen
class Score:
    """One field of one document."""

    document: str
    name: str
    truth: str
    read: str
    confidence: float
    right: bool

    @property
    def apart(self) -> bool:
        return self.name in APART


@frozen
class Find:
    """One document of a composite: whether it was found with the right type, and how well its corners fit."""

    item_type: str
    found: bool
    overlap: float


@frozen
class Text:
    """A page of text: its characters, those that were read, and the share of neighbours that follow each other."""

    characters: int
    right: int
    order: float


@frozen
class Outcome:
    """One picture."""

    file: str
    document: str
    kind: str
    level: int
    seconds: float
    scores: list[Score] = field(factory=list)
    finds: list[Find] = field(factory=list)
    false_finds: int = 0
    refusals: dict[str, bool] = field(factory=dict)
    """For a picture with nothing to read: whether each API refused it."""
    text: Text | None = None

    @property
    def exact(self) -> bool:
        return all(score.right for score in self.scores if not score.apart)

    @property
    def counted(self) -> list[Score]:
        return [score for score in self.scores if not score.apart]


def compare(row: dict, truth: dict, result: object, seconds: float) -> Outcome:
    """Compare the result of one picture (None when it was refused) with its truth."""
    about = (row["file"], row["type"], row["kind"].split()[0].rstrip(","), row["level"], seconds)
    if row["type"] == "auto_classification":
        return _composite(about, truth["result"], result or [])
    if row["type"] in TEXTS:
        return Outcome(
            *about, text=_text(truth["result"]["words_block_list"], (result or {}).get("words_block_list", []))
        )
    return Outcome(*about, scores=list(_fields(row["type"], truth["result"], result or {})))


def _composite(about: tuple, wanted: list[dict], items: list[dict]) -> Outcome:
    overlaps = [[overlap(item["location"], document["location"]) for item in items] for document in wanted]
    taken = assigned(overlaps)
    finds: list[Find] = []
    scores: list[Score] = []
    for number, document in enumerate(wanted):
        place = taken.get(number)
        fit = overlaps[number][place] if place is not None else 0.0
        right = place is not None and items[place]["type"] == document["type"] and fit >= 0.75
        finds.append(Find(document["type"], right, fit))
        scores += _fields(document["type"], document["content"], items[place]["content"] if right else {})
    close = {place for number, place in taken.items() if overlaps[number][place] > 0.3}
    return Outcome(*about, scores=scores, finds=finds, false_finds=len(items) - len(close))


def assigned(overlaps: list[list[float]]) -> dict[int, int]:
    """Return for each row the column that it gets, so that the sum is largest."""

    @cache
    def best(row: int, free: tuple[int, ...]) -> tuple[float, tuple[tuple[int, int], ...]]:
        if row == len(overlaps):
            return 0.0, ()
        choices = [best(row + 1, free)]
        for column in free:
            rest, pairs = best(row + 1, tuple(one for one in free if one != column))
            choices.append((rest + overlaps[row][column], ((row, column), *pairs)))
        return max(choices, key=lambda choice: choice[0])

    likely = tuple(
        column for column in range(len(overlaps[0]) if overlaps else 0) if any(row[column] for row in overlaps)
    )
    return dict(best(0, likely)[1])


def _fields(document: str, wanted: dict, read: dict, confidences: dict | None = None) -> Iterator[Score]:
    confidences = read.get("confidence", {}) if confidences is None else confidences
    for name, truth in wanted.items():
        value = read.get(name)
        sure = confidences.get(CONFIDENCE_NAMES.get(name, name), confidences.get(name, 0.0))
        if isinstance(truth, dict):
            yield from _fields(document, truth, value if isinstance(value, dict) else {}, confidences)
        elif isinstance(truth, list) and truth and isinstance(truth[0], dict):
            yield from _items(
                document, truth, value if isinstance(value, list) else [], sure if isinstance(sure, list) else []
            )
        else:
            said = "".join(map(str, value)) if isinstance(value, list) else str(value or "")
            meant = "".join(truth) if isinstance(truth, list) else str(truth)
            known = float(sure or 0.0) if not isinstance(sure, list) else min([*sure, 1.0])
            yield Score(document, name, meant, said, known, alike(name, meant, said))


def _items(document: str, wanted: list[dict], read: list[dict], confidences: list[dict]) -> Iterator[Score]:
    for place, truth in enumerate(wanted):
        item = read[place] if place < len(read) else {}
        yield from _fields(document, truth, item, confidences[place] if place < len(confidences) else {})


def _text(wanted: list[dict], read: list[dict]) -> Text:
    """Match each line of the truth with a line that was read, in whatever order, and see whether the order is kept."""
    left = dict(enumerate(_bare(block["words"]) for block in read))
    lines = [_bare(block["words"]) for block in wanted]
    places: list[int] = []
    right = 0
    for line in lines:
        after = [place for place in left if not places or place > places[-1]]
        best = max(
            [*after, *left],
            key=lambda place: _same(line, left[place]) / max(len(line), len(left[place]), 1),
            default=None,
        )
        same = _same(line, left[best]) if best is not None else 0
        if best is not None and same > 0.5 * len(line):
            places.append(best)
            right += same
            left.pop(best)
    follow = [one < other for one, other in pairwise(places)]
    return Text(sum(map(len, lines)), right, sum(follow) / len(follow) if follow else 1.0)


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _same(one: str, other: str) -> int:
    """Return how many characters two lines have in common, in order."""
    if one == other:
        return len(one)
    return sum(block.size for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks())


def alike(name: str, truth: str, read: str) -> bool:
    """Whether two texts count as the same."""
    if name in {"encryption_block", "fiscal_code"}:
        return SequenceMatcher(None, _plain(name, truth), _plain(name, read), autojunk=False).ratio() > 0.95
    if name in {"vehicle_size", "dimension"}:
        return re.findall(r"\d+", truth) == re.findall(r"\d+", read)
    return _plain(name, truth) == _plain(name, read)


def _plain(name: str, text: str) -> str:
    text = "".join(unicodedata.normalize("NFKC", text).replace("¥", "￥").replace("×", "x").split())
    text = unicodedata.normalize("NFKC", text)
    if name in PLACE:
        text = REGION_SUFFIX.sub("", text)
    return text.removesuffix("站") if name == "sale_location" else text


def overlap(one: list, other: list) -> float:
    """Return intersection over union of two quadrilaterals."""
    first, second = (cv2.convexHull(np.array(corners, dtype=np.float32)) for corners in (one, other))
    shared = cv2.intersectConvexConvex(first, second)[0]
    union = cv2.contourArea(first) + cv2.contourArea(second) - shared
    return shared / union if union else 0.0
