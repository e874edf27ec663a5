"""Parts of one document that were taken for several.

A form whose middle is empty has an edge round each of its tables, and a fold is an edge as sharp as a border.
"""

from __future__ import annotations

from contextlib import suppress
from math import copysign, dist
from typing import TypeAlias

from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import NONE_SAID, Layout, Reader, Value
from ocr_async.local.recognizer import Unreadable
from ocr_async.model import Corners

Point: TypeAlias = tuple[int, int]
_Side: TypeAlias = tuple[Point, Point]

OFF_SIDE, GAP = 0.08, 0.4
"""Of the side where two parts meet, how far its ends are off at most; of the shorter part, what is between."""

FEWEST, MOST_TWICE = 2, 0.25
"""Fields that each part tells at least, and the share of the fewer that both do: two documents of a kind tell the same."""


def whole_of(first: Page, second: Page) -> Corners | None:
    """Return the corners of what two pages are parts of where the second is right below the first, or right of it."""
    one, other = first.corners, second.corners
    if _goes_on((one[3], one[2]), (one[0], one[1]), (other[0], other[1]), (other[3], other[2])):
        return one[0], one[1], other[2], other[3]
    if _goes_on((one[1], one[2]), (one[0], one[3]), (other[0], other[3]), (other[1], other[2])):
        return one[0], other[1], other[2], one[3]
    return None


def _goes_on(last: _Side, first: _Side, next_first: _Side, next_last: _Side) -> bool:
    """Whether a part that ends with the side `last` goes on in one that begins with `next_first`: near, and as long."""
    length = dist(*first) or 1.0
    along = (first[1][0] - first[0][0]) / length, (first[1][1] - first[0][1]) / length
    across = -along[1], along[0]
    onward = copysign(1.0, sum(_along(across, end, start) for start, end in zip(first, last, strict=True)))
    nearest = min(dist(first[0], last[0]), dist(next_first[0], next_last[0])) * GAP
    return all(
        abs(_along(along, end, start)) < OFF_SIDE * length
        and -nearest / 4 < onward * _along(across, end, start) < nearest
        for start, end in zip(last, next_first, strict=True)
    )


def tell_different_things(reader: Reader, *parts: Page) -> bool:
    """Whether each of two pages tells some fields of a kind of document, and hardly one that the other tells."""
    one, other = (told(reader, part).keys() for part in parts)
    fewer = min(len(one), len(other))
    return reader.layout is not Layout.CARD and fewer >= FEWEST and len(one & other) <= MOST_TWICE * fewer


def told(reader: Reader, page: Page) -> dict[str, Value]:
    """Return the fields that a page tells at a glance."""
    with suppress(Unreadable):
        return {name: it for name, it in reader.read(page.at_a_glance, NONE_SAID).fields.items() if it}
    return {}


def _along(way: tuple[float, float], end: Point, start: Point) -> float:
    return way[0] * (end[0] - start[0]) + way[1] * (end[1] - start[1])
