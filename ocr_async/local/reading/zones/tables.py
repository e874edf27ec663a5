"""Tables without need of their rules: columns from the words at their head, rows from what stands side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from statistics import median
from types import MappingProxyType

from attrs import evolve, field, frozen

from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.page import Box, Line, Page, Row, around
from ocr_async.local.reading.reader import MISSING, Field, field_of


@frozen
class Column:
    """A column: the name of its field, and from where to where its cells stand."""

    name: str
    left: float
    right: float


@frozen
class Cells:
    """One row of a table: the lines in each column."""

    cells: Mapping[str, Row] = field(repr=False)
    box: Box
    """From the top to the bottom of the row, as wide as the table."""

    def text(self, name: str) -> str:
        """Return what a cell says, "" for an empty one."""
        return self.cells[name].text if name in self.cells else ""

    def field(self, name: str, spelled: Callable[[str], str] = str) -> Field:
        """Return a cell as a field."""
        row = self.cells.get(name)
        if row is None:
            return MISSING
        whole = row.part(0, len(row.text))
        return field_of(whole, spelled(whole.text))

    def match(self, name: str, pattern: str) -> Field:
        """Return the part of a cell that a pattern finds; the whole cell, but doubtful, where it finds none."""
        row = self.cells.get(name)
        found = re.search(pattern, row.text) if row else None
        if row and found:
            return field_of(row.group(found))
        whole = self.field(name)
        return evolve(whole, confidence=doubtful(whole.confidence))


NO_PLACES: Mapping[str, float] = MappingProxyType({})


def header(
    page: Page, names: Mapping[str, str], least: int, places: Mapping[str, float] = NO_PLACES
) -> tuple[Row, tuple[Column, ...]] | None:
    """Return the row that heads a table, and its columns; None where no row has so many of the words.

    `names` gives a pattern for each column's head, by the name of its field, in any order. Borders lie in the middle
    between two heads. `places` says where heads stand in proportion: what was not read of them is put there.
    """
    found: list[tuple[Row, dict[str, Line]]] = []
    for row in page.tight.rows:
        heads = {
            name: line for name, pattern in names.items() for line in row.lines if re.fullmatch(pattern, line.text)
        }
        found.append((row, heads))
    best = max(found, key=lambda one: len(one[1]), default=None)
    if best is None or len(best[1]) < least:
        return None
    row, heads = best
    spans = {name: (line.box.left, line.box.right) for name, line in heads.items()}
    ordered = sorted({**_placed(spans, places), **spans}.items(), key=lambda head: head[1])
    borders = [(one[1] + other[0]) / 2 for (_, one), (_, other) in pairwise(ordered)]
    edges = [float("-inf"), *borders, float("inf")]
    return row, tuple(Column(name, *edges[place : place + 2]) for place, (name, _) in enumerate(ordered))


def _placed(spans: Mapping[str, tuple[float, float]], places: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return where heads must be that were not read, from those that were."""
    known = sorted((places[name], (left + right) / 2) for name, (left, right) in spans.items() if name in places)
    in_order = all(one[1] < other[1] for one, other in pairwise(known))
    if len(known) < 3 or len(known) < len(spans) or not in_order:
        return {}
    (first, start), (last, end) = known[0], known[-1]
    scale = (end - start) / (last - first)
    middles = {name: start + (place - first) * scale for name, place in places.items()}
    return {
        name: (middle - 0.02 * scale, middle + 0.02 * scale) for name, middle in middles.items() if name not in spans
    }


def rows_below(page: Page, head: Row, columns: Sequence[Column], bottom: float, key: str) -> list[Cells]:
    """Return the rows between a head and `bottom`, each with something in its `key` column.

    What stands in a row of its own without that goes on with the row above it.
    """
    top = max(line.box.middle[1] for line in head.lines)
    inside = [line for line in page.tight.lines if top < line.box.middle[1] < bottom and line not in head.lines]
    body = Page(tuple(inside), page.width, page.height)
    found: list[dict[str, list[Line]]] = []
    for row in body.rows:
        cells: dict[str, list[Line]] = {}
        for line in row.lines:
            cells.setdefault(_column(line, columns).name, []).append(line)
        if key in cells or not found:
            found.append(cells)
        elif _goes_on(found[-1], row):
            for name, lines in cells.items():
                found[-1].setdefault(name, []).extend(lines)
    return [_cells(cells) for cells in found if key in cells]


def _goes_on(above: Mapping[str, Sequence[Line]], row: Row) -> bool:
    """Whether a row without a key stands close under the one above, in type of the same size."""
    one, other = around(line.box for lines in above.values() for line in lines), around(line.box for line in row.lines)
    usual = median(line.box.height for lines in above.values() for line in lines)
    return other.top - one.bottom < 0.8 * usual and all(line.box.height < 1.5 * usual for line in row.lines)


def _cells(cells: Mapping[str, Sequence[Line]]) -> Cells:
    rows = {name: Row(tuple(lines)) for name, lines in cells.items()}
    return Cells(rows, around(line.box for row in rows.values() for line in row.lines))


def _column(line: Line, columns: Sequence[Column]) -> Column:
    """Return the column of a cell: where its middle is; a text that is wider than its column begins in it."""
    middle = line.box.middle[0]
    first = columns[0]
    if line.box.left < first.right - 2 * line.box.height and middle < columns[min(1, len(columns) - 1)].right:
        return first
    return next(column for column in columns if column.left <= middle <= column.right)


def reread_cell(page: Page, cells: Cells, column: Column, pattern: str) -> Field:
    """Read an empty cell again: a detector misses single characters."""
    box = cells.box
    width = 2.5 * box.height
    middle = (max(column.left, 0.0) + min(column.right, page.width)) / 2
    place = evolve(box, left=middle - width, right=middle + width)
    found = page.tight.reread_for(place, re.compile(pattern))
    return field_of(found[0], found[1][0], 0.7 * found[0].score) if found else MISSING
