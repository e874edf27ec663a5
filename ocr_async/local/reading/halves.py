"""Pages that may be two documents which touch, one beside or below the other."""

from __future__ import annotations

from attrs import evolve

from ocr_async.local.reading.page import Box, Line, Page

PROPORTIONS = 1.1, 1.9
"""Width by height of cards, slips and the pages of booklets, at least and at most."""

CUT = 0.1
"""Share of the lines that run from one half to the other at most: those that were read over the edge."""


def halves(page: Page) -> tuple[Page, Page] | None:
    """Return the lines of each half of a page, None where it cannot be two documents of the same size."""
    one, other = boxes(page)
    if not PROPORTIONS[0] < one.width / one.height < PROPORTIONS[1]:
        return None
    sides = [[line for line in page.lines if _is_in(line, box)] for box in (one, other)]
    if len(page.lines) - len(sides[0]) - len(sides[1]) > CUT * len(page.lines):
        return None
    first, second = (evolve(page, lines=tuple(side)) for side in sides)
    return first, second


def boxes(page: Page) -> tuple[Box, Box]:
    """Return the halves along the longer side of a page."""
    if page.width > page.height:
        middle = page.width / 2
        return Box(0.0, 0.0, middle, page.height), Box(middle, 0.0, page.width, page.height)
    middle = page.height / 2
    return Box(0.0, 0.0, page.width, middle), Box(0.0, middle, page.width, page.height)


def _is_in(line: Line, box: Box) -> bool:
    """Whether a line is in a box but for a height of its own."""
    own, slack = line.box, line.box.height
    across = own.left > box.left - slack and own.right < box.right + slack
    return across and own.top > box.top - slack and own.bottom < box.bottom + slack
