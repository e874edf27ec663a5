"""Compares what was read with the truth."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

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


@frozen
class Score:
    """One field of one document."""

    document: str
    name: str
    truth: str
    read: str
    confidence: float
    right: bool


@frozen
class Find:
    """One document of a composite: whether it was found with the right type, and how well its corners fit."""

    item_type: str
    found: bool
    overlap: float


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
    refused_rightly: bool | None = None

    @property
    def exact(self) -> bool:
        return all(score.right for score in self.scores)


def compare(row: dict, truth: dict, result: object, seconds: float) -> Outcome:
    """Compare the result of one picture (None when it was refused) with its truth."""
    about = (row["file"], row["type"], row["kind"].split()[0].rstrip(","), row["level"], seconds)
    if row["api"] == "*":
        return Outcome(*about, refused_rightly=result is None)
    if row["api"] == "auto-classification":
        return _composite(about, truth["result"], result or [])
    return Outcome(*about, scores=list(_fields(row["type"], truth["result"], result or {})))


def _composite(about: tuple, wanted: list[dict], items: list[dict]) -> Outcome:
    left = list(items)
    finds: list[Find] = []
    scores: list[Score] = []
    for document in wanted:
        best = max(left, key=lambda item: overlap(item["location"], document["location"]), default=None)
        fit = overlap(best["location"], document["location"]) if best else 0.0
        right = bool(best) and best["type"] == document["type"] and fit >= 0.75
        finds.append(Find(document["type"], right, fit))
        content = best["content"] if right else {}
        scores += _fields(document["type"], document["content"], content)
        if fit > 0.3:
            left.remove(best)
    return Outcome(*about, scores=scores, finds=finds, false_finds=len(left))


def _fields(document: str, wanted: dict, read: dict, confidences: dict | None = None) -> Iterator[Score]:
    confidences = read.get("confidence", {}) if confidences is None else confidences
    for name, truth in wanted.items():
        value = read.get(name)
        if isinstance(truth, dict):
            yield from _fields(document, truth, value if isinstance(value, dict) else {}, confidences)
            continue
        said = "" if value is None else str(value)
        sure = confidences.get(CONFIDENCE_NAMES.get(name, name), confidences.get(name, 0.0))
        yield Score(document, name, str(truth), said, float(sure or 0.0), alike(name, str(truth), said))


def alike(name: str, truth: str, read: str) -> bool:
    """Whether two texts count as the same."""
    return _plain(name, truth) == _plain(name, read)


def _plain(name: str, text: str) -> str:
    text = "".join(unicodedata.normalize("NFKC", text).replace("¥", "￥").split())
    text = unicodedata.normalize("NFKC", text)
    if name == "location":
        text = REGION_SUFFIX.sub("", text)
    return text.removesuffix("站") if name == "sale_location" else text


def overlap(one: list, other: list) -> float:
    """Return intersection over union of two quadrilaterals."""
    first, second = (cv2.convexHull(np.array(corners, dtype=np.float32)) for corners in (one, other))
    shared = cv2.intersectConvexConvex(first, second)[0]
    union = cv2.contourArea(first) + cv2.contourArea(second) - shared
    return shared / union if union else 0.0
