"""Whether the text of a page is that of several documents: each side of some cut through it is known by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve

from ocr_async.local.reading.classification import LEAST_LIKENESS, Known, likeliest
from ocr_async.local.reading.page import Line, Page
from ocr_async.local.reading.reader import Field, Layout, Reader, Value
from ocr_async.local.reading.torn import told

CUTS = 0.25, 0.35, 0.5, 0.65, 0.75
"""Shares of the lines that are on one side of a cut."""

FEWEST_LINES = 3
"""Lines on one side of a cut at least."""

SURE = 0.75
"""Likeness of each side from which on they are two documents, unless told."""

FEWEST, TWICE = 2, 0.5
"""Fields that both sides tell otherwise at least, and the share that both tell of what the less telling one does: the
lower half of a document tells other things than the upper one, or the same."""


def is_several(page: Page, readers: Sequence[Reader], least: float = SURE) -> bool:
    """Whether the lines of a page, as they were read, are those of more than one document; takes some milliseconds."""
    glance = page.at_a_glance
    possible = [it for it in readers if it.layout is not Layout.PICTURE and it.likeness(glance) >= LEAST_LIKENESS]
    return any(
        _are_two(Known(one, first), Known(other, second), least)
        for one, other in _cut(glance)
        if (first := likeliest(one, possible)) and (second := likeliest(other, possible))
    )


def with_lines(page: Page, lines: Sequence[Line]) -> Page:
    """Return a page as large with some of its lines, at a glance."""
    return evolve(page.at_a_glance, lines=tuple(lines))


def _cut(page: Page) -> Iterator[tuple[Page, Page]]:
    """Yield what is on each side of cuts across and along the page."""
    count = len(page.lines)
    for axis in (0, 1):
        ordered = sorted(page.lines, key=lambda line: line.box.middle[axis])
        for place in sorted({round(share * count) for share in CUTS}):
            if min(place, count - place) >= FEWEST_LINES:
                first = {id(line) for line in ordered[:place]}
                parts = ([line for line in page.lines if (id(line) in first) is side] for side in (True, False))
                one, other = (with_lines(page, part) for part in parts)
                yield one, other


def _are_two(one: Known, other: Known, least: float) -> bool:
    if min(one.likeness, other.likeness) < least:
        return False
    if one.reader is not other.reader:
        return True
    said, again = (_texts(told(it.reader, it.page)) for it in (one, other))
    both = said.keys() & again.keys()
    differ = sum(said[name] != again[name] for name in both)
    return differ >= FEWEST and len(both) >= TWICE * min(len(said), len(again))


def _texts(fields: Mapping[str, Value]) -> dict[str, str]:
    return {name: it.text for name, it in fields.items() if isinstance(it, Field)}
