"""From the outline of a document in a picture to an upright page with its lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from attrs import evolve, field, frozen

from ocr_async.local.reading import quads
from ocr_async.local.reading.page import Box, Line, Page, in_reading_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr_async.local.reading.engine import Engine, Pixels
    from ocr_async.local.reading.outlines import Outline
    from ocr_async.local.reading.picture import Picture
    from ocr_async.model import Corners

PAGE_SIDE = (720, 1600)
"""Pixels of a page's longer side, at least and at most; between them it is as in the picture."""

DETECTION_SIDE = 960
"""Pixels of the longer side at which lines are looked for on a page."""

SURE_UPRIGHT = 0.9
"""Mean score of sample lines; upside down they rarely reach 0.8."""

STRIP_SIDES = 1.5
"""A line that is this many times taller than wide is not read: the page's lines are level."""


@frozen
class Sheet:
    """The document's own pixels, cut out and made level, with the way back to the file of the picture."""

    pixels: Pixels = field(repr=False)
    to_file: NDArray[np.float64] = field(repr=False)
    """The homography from pixels of the sheet to pixels of the file."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])

    def turned_over(self) -> Sheet:
        """Return the sheet turned by half a turn."""
        width, height = self.size
        half_turn = np.array([(-1.0, 0.0, width), (0.0, -1.0, height), (0.0, 0.0, 1.0)])
        return Sheet(np.ascontiguousarray(self.pixels[::-1, ::-1]), self.to_file @ half_turn)

    def corners(self, box: Box) -> Corners:
        """Return the corners of a box in the pixels of the file."""
        sides = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
        found = cv2.perspectiveTransform(np.array([sides]), self.to_file)[0]
        return tuple((round(float(x)), round(float(y))) for x, y in found)

    def strip(self, box: Box) -> Pixels:
        """Return the pixels of a box."""
        width, height = self.size
        top, bottom = max(0, round(box.top)), min(height, round(box.bottom))
        left, right = max(0, round(box.left)), min(width, round(box.right))
        cut: Pixels = self.pixels[top : max(bottom, top + 2), left : max(right, left + 2)]
        return cut


def page_of(engine: Engine, picture: Picture, outline: Outline) -> Page:
    """Cut out a document, find out which way is up, and read its lines."""
    sheet = _cut_out(picture, outline)
    boxes = _boxes(engine, sheet)
    sample = sorted(boxes, key=lambda box: abs(box.width / box.height - 7))[:3]
    read = _read(engine, sheet, sample)
    if _mean_score(read) < SURE_UPRIGHT:
        over = sheet.turned_over()
        read_over = _read(engine, over, [_turned_over(box, sheet) for box in sample])
        if _mean_score(read_over) > _mean_score(read):
            boxes, read = [_turned_over(box, sheet) for box in boxes], read_over
            sample, sheet = [line.box for line in read], over
    lines = read + _read(engine, sheet, [box for box in boxes if box not in sample])
    width, height = sheet.size
    return Page(
        in_reading_order(line for line in lines if line.text),
        width,
        height,
        reread=lambda box: _read(engine, sheet, [box])[0],
        to_picture=sheet.corners,
        crop=lambda box: bytes(cv2.imencode(".png", sheet.strip(box))[1]),
    )


def _cut_out(picture: Picture, outline: Outline) -> Sheet:
    """Warp the outline into a rectangle whose upper side runs along the text."""
    corners = quads.clockwise(outline.quad)
    top_left = int(np.argmin(corners.sum(axis=1)))
    corners = np.roll(corners, -top_left, axis=0)
    level, size = _flattening(corners)
    lines = [cv2.perspectiveTransform(line[None].astype(np.float64), level)[0] for line in outline.lines]
    if abs(quads.direction(lines)) > np.pi / 4:
        corners = np.roll(corners, -1, axis=0)
        level, size = _flattening(corners)
    pixels = cv2.warpPerspective(picture.pixels, level, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    enlarge = np.diag([picture.scale, picture.scale, 1.0])
    return Sheet(pixels, enlarge @ np.linalg.inv(level))


def _flattening(corners: NDArray[np.float32]) -> tuple[NDArray[np.float64], tuple[int, int]]:
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    width, height = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    longer = max(width, height)
    factor = min(max(longer, PAGE_SIDE[0]), PAGE_SIDE[1]) / longer
    size = max(16, round(width * factor)), max(16, round(height * factor))
    target = np.array([(0, 0), (size[0], 0), size, (0, size[1])], dtype=np.float32)
    return cv2.getPerspectiveTransform(corners.astype(np.float32), target), size


def _boxes(engine: Engine, sheet: Sheet) -> list[Box]:
    factor = min(1.0, DETECTION_SIDE / max(sheet.size))
    small = cv2.resize(sheet.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    found = [quad / factor for quad in engine.detect(small)]
    boxes = [Box(*map(float, quad.min(axis=0)), *map(float, quad.max(axis=0))) for quad in found]
    return [box for box in boxes if box.height < STRIP_SIDES * box.width]


def _read(engine: Engine, sheet: Sheet, boxes: Sequence[Box]) -> list[Line]:
    read = engine.recognize([sheet.strip(box) for box in boxes])
    return [Line(text, score, box) for box, (text, score) in zip(boxes, read, strict=True)]


def _turned_over(box: Box, sheet: Sheet) -> Box:
    width, height = sheet.size
    return evolve(
        box, left=width - box.right, top=height - box.bottom, right=width - box.left, bottom=height - box.top
    )


def _mean_score(lines: Sequence[Line]) -> float:
    return sum(line.score * (len(line.text) > 1) for line in lines) / max(len(lines), 1)
