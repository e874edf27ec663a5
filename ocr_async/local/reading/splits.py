"""Pages that may be several documents which touch: two, one beside or below the other, or four."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import dist

from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.model import Corners

PROPORTIONS = 1.1, 1.9
"""Width by height of cards, slips and the pages of booklets, at least and at most."""

CUT = 0.1
"""Share of the lines that run from one part to another at most: those that were read over an edge."""

OFF = 0.25
"""Of the shorter side, how far the middle of a document may be from that of the part that it is; of its size, how much
larger or smaller it may be."""


def splits(page: Page) -> Iterator[tuple[Box, ...]]:
    """Yield the places of the documents that a page may be made of, if these are of one size."""
    halves = (2, 1) if page.width > page.height else (1, 2)
    for across, down in (halves, (2, 2)):
        width, height = page.width / across, page.height / down
        corners = [(width * column, height * row) for row in range(down) for column in range(across)]
        boxes = tuple(Box(left, top, left + width, top + height) for left, top in corners)
        held = sum(len(part(page, box).lines) for box in boxes)
        if PROPORTIONS[0] < width / height < PROPORTIONS[1] and held >= (1 - CUT) * len(page.lines):
            yield boxes


def are_among(found: Sequence[Corners], parts: Sequence[Corners]) -> bool:
    """Whether each of the documents found has nearly the place of one of the parts."""
    return all(any(_is_nearly(part, one) for part in parts) for one in found)


def _is_nearly(one: Corners, other: Corners) -> bool:
    """Whether two quadrilaterals are about as large, whatever corner comes first, with their middles at about one place."""
    size, its = (sorted((dist(it[0], it[2]), dist(it[1], it[3]))) for it in (one, other))
    as_large = all(abs(mine - yours) < OFF * mine for mine, yours in zip(size, its, strict=True))
    return as_large and dist(_middle(one), _middle(other)) < OFF * min(dist(*ends) for ends in pairwise(one))


def _middle(corners: Corners) -> tuple[float, float]:
    return sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4


def part(page: Page, box: Box) -> Page:
    """Return a page with only the lines that are in a box but for a height of their own; nothing is looked at again."""
    return Page(tuple(line for line in page.lines if _is_in(line, box)), page.width, page.height)


def _is_in(line: Line, box: Box) -> bool:
    own, slack = line.box, line.box.height
    across = own.left > box.left - slack and own.right < box.right + slack
    return across and own.top > box.top - slack and own.bottom < box.bottom + slack
