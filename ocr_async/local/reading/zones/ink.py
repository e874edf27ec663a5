"""Where lines of writing stand in a region, found by their ink alone: for scripts that the engine's detector misses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ocr_async.local.reading.page import Box
from ocr_async.local.reading.scaling import scaled

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Pixels
    from ocr_async.local.reading.page import Page

TYPE_HEIGHT = 32.0
"""Pixels to which a line's box is brought; the sizes below are meant at this scale."""

CONTRAST = 0.22
"""How much darker than the paper around it ink is."""

LETTER_GAP, LINE_GAP = 29, 7
"""Pixels along and across the line within which letters belong to one line."""

TALLEST, WIDEST_PART, SMALLEST_PART = 60, 300, 4
"""Of connected ink: what is taller or wider is a picture or a rule, what has fewer pixels is grain."""

SHORTEST_LINE, LINE_HEIGHTS = 64, (12, 62)


def lines_in(page: Page, region: Box, hidden: Sequence[Box], type_height: float) -> list[Box]:
    """Return boxes around lines of dark writing in a region of a page, from top to bottom.

    `hidden` boxes are taken for empty; `type_height` is the height of a line's box, give or take a third.
    """
    png = page.crop(region)
    if not png:
        return []
    factor = TYPE_HEIGHT / type_height
    grey: Any = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    ink = _ink(scaled(grey, factor))
    left, top = max(region.left, 0.0), max(region.top, 0.0)
    for box in (_scaled(box, -left, -top, factor) for box in hidden):
        ink[max(int(box.top), 0) : max(int(box.bottom), 0), max(int(box.left), 0) : max(int(box.right), 0)] = 0
    lines = [_scaled(box, left * factor, top * factor, 1 / factor) for box in _lines(_letters(ink)) if _is_line(box)]
    return sorted(lines, key=lambda box: box.top)


def _scaled(box: Box, right: float, down: float, factor: float) -> Box:
    """Return the box moved and then enlarged."""
    return Box(
        (box.left + right) * factor,
        (box.top + down) * factor,
        (box.right + right) * factor,
        (box.bottom + down) * factor,
    )


def _ink(grey: Pixels) -> Pixels:
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((9, 9), np.uint8)), 31).astype(np.float32)
    dark: Pixels = (paper - grey > np.maximum(35.0, CONTRAST * paper)).astype(np.uint8)
    return dark


def _letters(ink: Pixels) -> Pixels:
    """Return the ink without grain, pictures and rules."""
    found: Any = cv2.connectedComponentsWithStats(ink)
    _, labels, parts, _ = found
    width, height, area = parts[:, cv2.CC_STAT_WIDTH], parts[:, cv2.CC_STAT_HEIGHT], parts[:, cv2.CC_STAT_AREA]
    letters = (height <= TALLEST) & (width <= WIDEST_PART) & (area >= SMALLEST_PART)
    letters[0] = False
    kept: Pixels = letters[labels].astype(np.uint8)
    return kept


def _lines(ink: Pixels) -> list[Box]:
    """Return the boxes around letters that stand close to each other."""
    found: Any = cv2.connectedComponents(cv2.dilate(ink, np.ones((LINE_GAP, LETTER_GAP), np.uint8)))
    count, labels = found[0], found[1] * ink
    boxes: list[Box] = []
    for label in range(1, count):
        down, along = np.nonzero(labels == label)
        if len(down):
            boxes.append(Box(float(along.min()), float(down.min()), float(along.max() + 1), float(down.max() + 1)))
    return boxes


def _is_line(box: Box) -> bool:
    return box.width >= SHORTEST_LINE and LINE_HEIGHTS[0] < box.height < LINE_HEIGHTS[1]
