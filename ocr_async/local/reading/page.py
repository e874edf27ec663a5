"""A document as its reader sees it: upright, its lines with their places, and a way to look again at a strip."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from statistics import median
from typing import Protocol, TypeAlias

from attrs import evolve, field, frozen

from ocr_async.local.reading.script import tight
from ocr_async.model import Corners, Json


@frozen
class Box:
    """An upright rectangle on the page, in the page's own pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Extent along the lines."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Extent across the lines; for a line of text about 1.4 times the size of its type."""
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        """The centre, x and y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlap_across(self, other: Box) -> float:
        """Return how much of the flatter box's height the two share, 0 to 1: whether they stand in one row."""
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(shared, 0.0) / max(min(self.height, other.height), 1.0)

    def apart_across(self, other: Box) -> float:
        """Return how far the middles of the two are apart in height, in heights of the flatter one."""
        return abs(self.middle[1] - other.middle[1]) / max(min(self.height, other.height), 1.0)

    def overlap_along(self, other: Box) -> float:
        """Return how much of the narrower box's width the two share, 0 to 1: whether they stand in one column."""
        shared = min(self.right, other.right) - max(self.left, other.left)
        return max(shared, 0.0) / max(min(self.width, other.width), 1.0)

    def is_over(self, other: Box) -> bool:
        """Whether the two are mostly at the same place, so that what stands in them is one line read twice."""
        return self.overlap_across(other) > 0.5 and self.overlap_along(other) > 0.3

    def holds(self, other: Box) -> bool:
        """Whether the middle of another box lies inside."""
        x, y = other.middle
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def grown(self, across: float, along: float) -> Box:
        """Return the box with these many pixels more at top and bottom, and at left and right."""
        return Box(self.left - along, self.top - across, self.right + along, self.bottom + across)


def around(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds all of these (at least one)."""
    known = list(boxes)
    return Box(
        min(box.left for box in known),
        min(box.top for box in known),
        max(box.right for box in known),
        max(box.bottom for box in known),
    )


@frozen
class Line:
    """One line of text as the engine read it, or a part of one."""

    text: str
    score: float
    """How sure the engine is, 0 to 1; it is rarely below 0.9 even where it is wrong."""

    box: Box

    def part(self, start: int, end: int) -> Line:
        """Return some of the characters, with the place they take up if full-width ones are twice as wide."""
        widths = [1.0 if ord(character) < 0x2E80 else 2.0 for character in self.text]
        unit = self.box.width / max(sum(widths), 1.0)
        left = self.box.left + unit * sum(widths[:start])
        right = left + unit * sum(widths[start:end])
        return evolve(self, text=self.text[start:end], box=evolve(self.box, left=left, right=right))

    def group(self, match: re.Match[str], name: str | int = 0) -> Line:
        """Return a group of a match in `text`, with its place."""
        return self.part(*match.span(name))


@frozen
class Row:
    """Lines that belong together, read as one text."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The texts of the lines, without anything between them."""
        return "".join(line.text for line in self.lines)

    def part(self, start: int, end: int) -> Line:
        """Return some of the characters as one line: the place that they take up, the lowest of their scores.

        No characters are a line without text, as wide as the row.
        """
        parts: list[Line] = []
        for line in self.lines:
            if start < min(end, len(line.text)) and end > 0:
                parts.append(line.part(max(start, 0), min(end, len(line.text))))
            start, end = start - len(line.text), end - len(line.text)
        text = "".join(part.text for part in parts)
        if not text:
            return Line("", 0.0, around(line.box for line in self.lines))
        return Line(text, min(part.score for part in parts), around(part.box for part in parts))

    @property
    def whole(self) -> Line:
        """All of it as one line."""
        return self.part(0, len(self.text))

    @property
    def parts(self) -> tuple[Line | Row, ...]:
        """Each of its lines, then all of it."""
        return (*self.lines, self)

    def group(self, match: re.Match[str], name: str | int = 0) -> Line:
        """Return a group of a match in `text` as a line."""
        return self.part(*match.span(name))


class Reread(Protocol):
    """Reads a box as one line, with the strip stretched along the line by a factor."""

    def __call__(self, box: Box, stretch: float = 1.0) -> Line:
        """Return what the strip says."""
        ...


Look: TypeAlias = Callable[[Box], "tuple[Line, ...]"]
ToPicture: TypeAlias = Callable[[Box], Corners]


OVERPRINT = 3.5
"""Heights of a usual line from which on a line is an overprint."""

SAME_ROW = 0.5
"""Heights that the middles of lines in one row are apart at most."""

STRETCHES = (1.0, 1.3, 1.6, 0.8)
"""Factors by which a strip is stretched when it is read again: narrow type that repeats itself, such as ****, runs
together at its natural width."""


def _nothing_more(box: Box, stretch: float = 1.0) -> Line:  # noqa: ARG001  the form of every Reread
    return Line("", 0.0, box)


def _nothing_else(box: Box) -> tuple[Line, ...]:  # noqa: ARG001  the form of every Look
    return ()


def _same_place(box: Box) -> Corners:
    left, top, right, bottom = (round(side) for side in (box.left, box.top, box.right, box.bottom))
    return (left, top), (right, top), (right, bottom), (left, bottom)


@frozen(slots=False, eq=False)
class Page:
    """One upright, deskewed document.

    Without `reread` and `to_picture` a page is only its lines: enough for the rules of a reader, and for their tests.
    """

    lines: tuple[Line, ...]
    """From top to bottom, and from left to right where lines stand in one row."""

    width: float
    height: float
    reread: Reread = field(default=_nothing_more, repr=False)
    """Reads a box again as one line."""

    look: Look = field(default=_nothing_else, repr=False)
    """Looks for lines in a box again, larger and smaller: finds tiny, widely spaced and stamped-over text."""

    look_at_colour: Look = field(default=_nothing_else, repr=False)
    """Looks for lines in a box that are as light as what they stand on, and only differ in colour."""

    standing: Look = field(default=_nothing_else, repr=False)
    """Reads the lines in a box that run up or down the page: they are in none of its rows."""

    to_picture: ToPicture = field(default=_same_place, repr=False)
    """Gives the corners of a box in the picture."""

    size: tuple[int, int] = (0, 0)
    """Width and height of the picture file."""

    crop: Callable[[Box], bytes] = field(default=lambda _: b"", repr=False)
    """Gives the pixels of a box as a PNG file."""

    @property
    def whole(self) -> Box:
        """All of the page."""
        return Box(0.0, 0.0, self.width, self.height)

    @property
    def corners(self) -> Corners:
        """The document's top left, top right, bottom right and bottom left in the picture."""
        return self.to_picture(self.whole)

    def points(self, box: Box) -> Json:
        """Return the corners of a box in the picture, as the API writes them."""
        return [list(point) for point in self.to_picture(box)]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The lines that stand beside each other, row by row, each from left to right.

        Lines whose middles are nearest in height come together first, so that a slant does not mix two rows.
        """
        rows = [[line] for line in self.lines]
        row_of = list(rows)
        across = [(line.box.middle[1], line.box.height) for line in self.lines]
        pairs = (
            (abs(one - other) / max(min(height, its), 1.0), i, j)
            for j, (other, its) in enumerate(across)
            for i, (one, height) in enumerate(across[:j])
            if abs(one - other) < SAME_ROW * max(height, 1.0)
        )
        for _, i, j in sorted(pair for pair in pairs if pair[0] < SAME_ROW):
            one, other = row_of[i], row_of[j]
            if one is not other and all(_beside(line, one) for line in other):
                rows = [row for row in rows if row is not other]
                row_of = [one if row is other else row for row in row_of]
                one += other
        ordered = sorted(rows, key=lambda row: sum(line.box.middle[1] for line in row) / len(row))
        return tuple(Row(tuple(sorted(row, key=lambda line: line.box.left))) for row in ordered)

    def spelled(self, spelling: Callable[[str], str]) -> Page:
        """Return the page with the text of every line, also of those still to be read, in another spelling."""

        def respell(line: Line) -> Line:
            return evolve(line, text=spelling(line.text))

        def reread(box: Box, stretch: float = 1.0) -> Line:
            return respell(self.reread(box, stretch))

        def look(box: Box) -> tuple[Line, ...]:
            return tuple(map(respell, self.look(box)))

        def look_at_colour(box: Box) -> tuple[Line, ...]:
            return tuple(map(respell, self.look_at_colour(box)))

        def standing(box: Box) -> tuple[Line, ...]:
            return tuple(map(respell, self.standing(box)))

        lines = tuple(map(respell, self.lines))
        return evolve(self, lines=lines, reread=reread, look=look, look_at_colour=look_at_colour, standing=standing)

    @cached_property
    def at_a_glance(self) -> Page:
        """The page as its lines have it: nothing is read or looked for again."""
        return evolve(
            self, reread=_nothing_more, look=_nothing_else, look_at_colour=_nothing_else, standing=_nothing_else
        )

    @cached_property
    def tight(self) -> Page:
        """The page in the normal spelling of its texts, without white space."""
        return self.spelled(tight)

    def without_overprints(self) -> Page:
        """Return the page without what is far taller than its lines: overprints that run aslant."""
        usual = median(line.box.height for line in self.lines) if self.lines else 0.0
        return evolve(self, lines=tuple(line for line in self.lines if line.box.height < OVERPRINT * usual))

    @cached_property
    def text(self) -> str:
        """All lines, one below the other."""
        return "\n".join(line.text for line in self.lines)

    def search(self, pattern: str | re.Pattern[str]) -> list[tuple[Line, re.Match[str]]]:
        """Return the lines that hold the pattern, with the match, in reading order."""
        found = ((line, re.search(pattern, line.text)) for line in self.lines)
        return [(line, match) for line, match in found if match]

    def first(self, pattern: str | re.Pattern[str]) -> Line | None:
        """Return the first line that holds the pattern."""
        return next((line for line, _ in self.search(pattern)), None)

    def reread_for(self, box: Box, pattern: re.Pattern[str]) -> tuple[Line, re.Match[str]] | None:
        """Read a box again, stretched and a little wider, until it holds the pattern; the line and its match."""
        for stretch in STRETCHES:
            line = self.reread(box.grown(0.04 * box.height, 0.2 * box.height), stretch)
            match = pattern.search(line.text)
            if match:
                return line, match
        return None

    def looked_closer(self, box: Box) -> Page:
        """Return the page with the lines that a closer look at a box adds to those that are known."""
        return self._with(self.look(box))

    def looked_at_for_colour(self, box: Box) -> Page:
        """Return the page with the lines that a look at the colour of a box adds to those that are known."""
        return self._with(self.look_at_colour(box))

    def _with(self, lines: Iterable[Line]) -> Page:
        more = [it for it in lines if not any(it.box.is_over(line.box) for line in self.lines)]
        return evolve(self, lines=in_reading_order((*self.lines, *more))) if more else self

    def right_of(self, label: Line, *, within: float = 1e9) -> list[Line]:
        """Return the lines in the label's row that begin after its middle, the nearest first."""
        middle = label.box.middle[0]
        row = [
            line
            for line in self.lines
            if line is not label
            and line.box.overlap_across(label.box) > 0.5
            and middle < line.box.middle[0]
            and line.box.left - label.box.right < within
        ]
        return sorted(row, key=lambda line: line.box.left)

    def below(self, label: Line, *, within: float = 1e9) -> list[Line]:
        """Return the lines under the label that share some of its column, the nearest first."""
        column = [
            line
            for line in self.lines
            if line is not label
            and line.box.overlap_along(label.box) > 0.2
            and label.box.middle[1] < line.box.top + 0.3 * line.box.height
            and line.box.top - label.box.bottom < within
        ]
        return sorted(column, key=lambda line: line.box.top)

    def inside(self, left: float, top: float, right: float, bottom: float) -> list[Line]:
        """Return the lines whose middle lies in a region given as shares (0 to 1) of width and height."""
        return [
            line
            for line in self.lines
            if left <= line.box.middle[0] / self.width <= right and top <= line.box.middle[1] / self.height <= bottom
        ]


def in_reading_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Sort lines as a person reads them: row by row, each from left to right."""
    page = Page(tuple(lines), 1.0, 1.0)
    return tuple(line for row in page.rows for line in row.lines)


def _beside(line: Line, row: list[Line]) -> bool:
    """Whether a line shares no column with those of a row; boxes are grown, so neighbours overlap a little."""
    return all(
        min(line.box.right, it.box.right) - max(line.box.left, it.box.left) < 0.75 * min(line.box.height, it.box.height)
        for it in row
    )
