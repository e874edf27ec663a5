"""Ruled tables: cells from the lines drawn between them, with the rows and columns that each covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np
from attrs import frozen

from ocr_async.local.reading.page import Box, Page

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Pixels

LONGEST_SIDE = 1200.0
"""Pixels of the longer side at which rules are looked for."""

SHORTEST_RULE = 40
"""Pixels; the strokes of characters are shorter."""

CONTRAST = 12
"""How much darker than the paper around it a rule is."""

SMALLEST_CELL = 10
SAME_EDGE = 8.0
"""Pixels between edges of cells that are one."""


@frozen
class Cell:
    """A cell of a table: its place on the page, and the rows and columns that it covers, counted from 0."""

    box: Box
    rows: tuple[int, ...]
    columns: tuple[int, ...]


def ruled_cells(page: Page) -> list[Cell]:
    """Return the cells of the ruled table on a page, row by row; none where fewer than four are found."""
    png = page.crop(Box(0.0, 0.0, page.width, page.height))
    if not png:
        return []
    grey: Any = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    factor = min(1.0, LONGEST_SIDE / max(grey.shape))
    smaller = cast("Any", cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    boxes = _cells(_rules(smaller))
    if len(boxes) < 4:
        return []
    across = _edges([box.left for box in boxes] + [box.right for box in boxes])
    down = _edges([box.top for box in boxes] + [box.bottom for box in boxes])
    cells = [
        Cell(_enlarged(box, 1 / factor), _span(down, box.top, box.bottom), _span(across, box.left, box.right))
        for box in boxes
    ]
    return sorted(cells, key=lambda cell: (cell.rows, cell.columns))


def _rules(grey: Pixels) -> Pixels:
    """Return where rules are: dark, thin, and longer than any character along the page or down."""
    paper = cv2.medianBlur(grey, 21)
    dark = (paper.astype(np.int16) - grey > CONTRAST).astype(np.uint8)
    along = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, SHORTEST_RULE), np.uint8))
    down = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((SHORTEST_RULE, 1), np.uint8))
    rules: Pixels = cv2.dilate(cv2.bitwise_or(along, down), np.ones((5, 5), np.uint8))
    return rules


def _cells(rules: Pixels) -> list[Box]:
    """Return the rectangles that rules enclose; what reaches the edge of the page is outside of the table."""
    height, width = rules.shape
    found: Any = cv2.connectedComponentsWithStats(1 - rules, connectivity=4)
    boxes: list[Box] = []
    for left, top, across, down, area in found[2][1:]:
        inside = left > 0 and top > 0 and left + across < width and top + down < height
        if inside and min(across, down) >= SMALLEST_CELL and area > 0.75 * across * down:
            boxes.append(Box(float(left), float(top), float(left + across), float(top + down)))
    return boxes


def _edges(places: Iterable[float]) -> list[float]:
    """Return where rules run, from the edges of the cells on both sides of them."""
    edges: list[list[float]] = []
    for place in sorted(places):
        if edges and place - edges[-1][-1] < SAME_EDGE:
            edges[-1].append(place)
        else:
            edges.append([place])
    return [sum(each) / len(each) for each in edges]


def _span(edges: Sequence[float], start: float, end: float) -> tuple[int, ...]:
    """Return the numbers of the rows or columns between two edges."""
    first, last = (min(range(len(edges)), key=lambda place: abs(edges[place] - edge)) for edge in (start, end))
    return tuple(range(first, max(last, first + 1)))


def _enlarged(box: Box, factor: float) -> Box:
    return Box(box.left * factor, box.top * factor, box.right * factor, box.bottom * factor)
