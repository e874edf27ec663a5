"""The order in which a person reads the lines of a page: row by row, and columns of running text one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from ocr_async.local.reading.page import Line, in_reading_order

STEPS = 60
"""Places across the page at which a gutter is looked for."""

LEAST_LINES = 4
"""Lines on each side of a gutter."""

FULL = 0.55
"""Share of a column's width that the usual line of running text fills; labels and prices in two columns do not."""

LEAST_WIDTH = 0.25
"""Share of the page's width that each column takes up."""

MOST_SPANNING = 0.25
"""Share of all lines that may run across the gutter, such as titles."""


def in_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the lines of a page in the order of reading."""
    gutter = _gutter(lines)
    if gutter is None:
        return in_reading_order(lines)
    ordered: list[Line] = []
    band: list[Line] = []
    for line in sorted(lines, key=lambda line: line.box.middle[1]):
        if _spans(line, gutter):
            ordered += [*_columns(band, gutter), line]
            band = []
        else:
            band.append(line)
    return (*ordered, *_columns(band, gutter))


def _columns(band: Sequence[Line], gutter: float) -> Iterable[Line]:
    """Return the lines left of the gutter, then those right of it."""
    sides = (
        [line for line in band if line.box.middle[0] < gutter],
        [line for line in band if line.box.middle[0] >= gutter],
    )
    return (*in_order(sides[0]), *in_order(sides[1]))


def _spans(line: Line, gutter: float) -> bool:
    slack = 0.3 * line.box.height
    return line.box.left + slack < gutter < line.box.right - slack


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return where the white space between two columns of running text is, None where there is none."""
    if len(lines) < 2 * LEAST_LINES:
        return None
    left, right = min(line.box.left for line in lines), max(line.box.right for line in lines)
    places = [left + (right - left) * step / STEPS for step in range(STEPS // 4, 3 * STEPS // 4 + 1)]
    likely = [(sum(_spans(line, place) for line in lines), abs(place - (left + right) / 2), place) for place in places]
    fitting = [one for one in likely if _parts_columns(lines, one[2], right - left)]
    return min(fitting)[2] if fitting else None


def _parts_columns(lines: Sequence[Line], place: float, width: float) -> bool:
    spanning = sum(_spans(line, place) for line in lines)
    sides = (
        [line for line in lines if line.box.right - 0.3 * line.box.height <= place],
        [line for line in lines if line.box.left + 0.3 * line.box.height >= place],
    )
    return spanning <= MOST_SPANNING * len(lines) and all(_is_column(side, width) for side in sides)


def _is_column(lines: Sequence[Line], width: float) -> bool:
    if len(lines) < LEAST_LINES:
        return False
    extent = max(line.box.right for line in lines) - min(line.box.left for line in lines)
    return extent >= LEAST_WIDTH * width and median(line.box.width for line in lines) >= FULL * extent
