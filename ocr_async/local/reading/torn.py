"""Parts of one document that were taken for several: a form whose middle is empty has an edge round each of its tables."""

from __future__ import annotations

from contextlib import suppress
from math import hypot

from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import NONE_SAID, Layout, Reader
from ocr_async.local.recognizer import Unreadable

OFF_SIDE, GAP = 0.08, 0.4
"""Of the upper part's width, how far the sides of the lower one are off at most; of the lower height, what is between."""

FEWEST, MOST_TWICE = 2, 0.25
"""Fields that each part tells at least, and the share of the fewer that both do: two documents of a kind tell the same."""


def is_right_below(lower: Page, upper: Page) -> bool:
    """Whether a page stands below another one in the picture, with the same sides."""
    (left, top), (right, right_top), *_ = upper.corners
    width = hypot(right - left, right_top - top) or 1.0
    across = (right - left) / width, (right_top - top) / width
    down = -across[1], across[0]
    nearest = min(_height(upper), _height(lower)) * GAP
    ends = zip(lower.corners[:2], reversed(upper.corners[2:]), strict=True)
    return all(
        abs(_along(across, start, end)) < OFF_SIDE * width and -nearest / 4 < _along(down, start, end) < nearest
        for start, end in ends
    )


def tell_different_things(reader: Reader, *parts: Page) -> bool:
    """Whether each of two pages tells some fields of a kind of document, and hardly one that the other tells."""
    one, other = (_told(reader, part) for part in parts)
    fewer = min(len(one), len(other))
    return reader.layout is not Layout.CARD and fewer >= FEWEST and len(one & other) <= MOST_TWICE * fewer


def _told(reader: Reader, page: Page) -> frozenset[str]:
    with suppress(Unreadable):
        return frozenset(name for name, it in reader.read(page.at_a_glance, NONE_SAID).fields.items() if it)
    return frozenset()


def _height(page: Page) -> float:
    (left, top), _, _, (lower_left, bottom) = page.corners
    return hypot(lower_left - left, bottom - top)


def _along(way: tuple[float, float], end: tuple[int, int], start: tuple[int, int]) -> float:
    return way[0] * (end[0] - start[0]) + way[1] * (end[1] - start[1])
