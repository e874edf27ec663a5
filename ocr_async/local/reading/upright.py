"""From the outline of a document in a picture to an upright page with its lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from attrs import evolve, field, frozen

from ocr_async.local.reading import quads
from ocr_async.local.reading.page import Box, Line, Page, in_reading_order
from ocr_async.local.reading.scaling import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr_async.local.reading.engine import Engine, Pixels, Quad
    from ocr_async.local.reading.outlines import Outline
    from ocr_async.local.reading.pictures import Picture
    from ocr_async.model import Corners

PAGE_SIDE = (720, 1600)
"""Pixels of a page's longer side, at least and at most; between them it is as in the picture."""

DETECTION_SIDE, FINE_DETECTION_SIDE = 832, 1600
"""Pixels of the longer side at which lines are looked for on a page, and on one whose lines are small there."""

MOST_SLOPE = 0.012
"""Of the lines of a sheet: more mixes neighbouring rows of a wide document."""

SMALL_VIEW, COLOUR_VIEW, LARGE_VIEW = 420, 800, 1600
"""Pixels of the longer side for a closer look: at the small one letters that stand far apart become one line."""

LEAST_STANDING = 0.8
"""Score of a line that stands from which on it is one: borders, bar codes and folds are found as lines, too."""

LEAST_SCORE = 0.7
"""Below it a line that was found on a closer look is left to the other view."""

SURE_UPRIGHT = 0.93
"""Score of a line that can be read; upside down hardly one in a hundred reaches it."""

SAMPLE, LARGER_SAMPLE = 3, 9
USUAL_LINE = 7
"""Width in heights of the lines that tell best which way is up; short ones look alike both ways."""

STEP = 8
"""Pixels of a page between those that tell the colour of its paper."""

STRIP_SIDES = 1.5
"""A line that is this many times taller than wide stands: it is read where it is asked for."""


@frozen
class Sheet:
    """The document's own pixels, cut out and made level, with the way back to the file of the picture."""

    pixels: Pixels = field(repr=False)
    to_file: NDArray[Any] = field(repr=False)
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
        return tuple((round(float(x)), round(float(y))) for x, y in quads.mapped(np.array(sides), self.to_file))

    def strip(self, box: Box) -> Pixels:
        """Return the pixels of a box, two at least each way, also of one that is off the sheet."""
        width, height = self.size
        top, left = (min(max(0, round(start)), end - 2) for start, end in ((box.top, height), (box.left, width)))
        bottom, right = min(height, round(box.bottom)), min(width, round(box.right))
        cut: Pixels = self.pixels[top : max(bottom, top + 2), left : max(right, left + 2)]
        return cut


def page_of(engine: Engine, picture: Picture, outline: Outline, *, side: int = DETECTION_SIDE) -> Page:
    """Cut out a document, find out which way is up, and read its lines, looked for at a size of `side` pixels."""
    level, found = _levelled(engine, _cut_out(picture, outline), side)
    sheet, boxes, read = _right_way_up(engine, level, [box for box in found if not _stands(box)])
    lines = [*read, *_read(engine, sheet, boxes)]
    standing = [box if sheet is level else _turned_over(box, level) for box in found if _stands(box)]
    return _page(engine, sheet, in_reading_order(line for line in lines if line.text), standing)


def _page(engine: Engine, sheet: Sheet, lines: tuple[Line, ...], standing: Sequence[Box]) -> Page:
    """Return the page of a sheet, which its reader can look at again."""
    width, height = sheet.size
    return Page(
        lines,
        width,
        height,
        reread=lambda box, stretch=1.0: _reread(engine, sheet, box, stretch),
        look=cache(partial(_looked_at, engine, sheet)),
        look_at_colour=cache(partial(looked_at_colour, engine, sheet)),
        standing=cache(partial(_read_standing, engine, sheet, standing)),
        to_picture=sheet.corners,
        crop=lambda box: bytes(cv2.imencode(".png", sheet.strip(box))[1]),
    )


def _right_way_up(engine: Engine, sheet: Sheet, boxes: list[Box]) -> tuple[Sheet, list[Box], list[Line]]:
    """Return the sheet turned so that its lines can be read, the boxes still to read, and the lines read on the way.

    A few lines of middling length tell; when neither way is sure, some more are read both ways.
    """
    by_use = sorted(boxes, key=lambda box: abs(box.width / box.height - USUAL_LINE))
    read = _read(engine, sheet, by_use[:SAMPLE])
    if _is_legible(read):
        return sheet, by_use[SAMPLE:], read
    over, by_use_over = sheet.turned_over(), [_turned_over(box, sheet) for box in by_use]
    read_over = _read(engine, over, by_use_over[:SAMPLE])
    if _is_legible(read_over):
        return over, by_use_over[SAMPLE:], read_over
    read += _read(engine, sheet, by_use[SAMPLE:LARGER_SAMPLE])
    read_over += _read(engine, over, by_use_over[SAMPLE:LARGER_SAMPLE])
    if _legibility(read) >= _legibility(read_over):
        return sheet, by_use[LARGER_SAMPLE:], read
    return over, by_use_over[LARGER_SAMPLE:], read_over


def _cut_out(picture: Picture, outline: Outline) -> Sheet:
    """Warp the outline into a rectangle whose upper side runs along the text."""
    corners = quads.clockwise(outline.quad)
    top_left = int(np.argmin(corners.sum(axis=1)))
    corners = np.roll(corners, -top_left, axis=0)
    level, width, height = quads.flattening(corners)
    if abs(quads.direction([quads.mapped(line, level) for line in outline.lines])) > np.pi / 4:
        level, width, height = quads.flattening(np.roll(corners, -1, axis=0))
    level = _shear(_slope([quads.mapped(line, level) for line in outline.lines]), width) @ level
    factor = min(max(width, height, PAGE_SIDE[0]), PAGE_SIDE[1]) / max(width, height)
    level = np.diag([factor, factor, 1.0]) @ level
    size = max(16, round(width * factor)), max(16, round(height * factor))
    pixels = cv2.warpPerspective(picture.pixels, level, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    for quad in outline.hidden:
        paper = np.median(pixels[::STEP, ::STEP], axis=(0, 1))
        cv2.fillConvexPoly(pixels, np.rint(quads.mapped(quad, level)).astype(np.int32), paper.tolist())
    return Sheet(pixels, picture.to_file @ np.linalg.inv(level))


def _shear(slope: float, width: float) -> NDArray[Any]:
    """Return the matrix that takes out a slope of the lines."""
    return np.array([(1.0, 0.0, 0.0), (-slope, 1.0, slope * width / 2), (0.0, 0.0, 1.0)])


def _slope(lines: Sequence[Quad]) -> float:
    return float(np.tan(quads.direction(lines)))


def _levelled(engine: Engine, sheet: Sheet, side: int) -> tuple[Sheet, list[Box]]:
    """Return a sheet and its lines, made level again where these show that the border was found at a wrong angle."""
    factor = min(1.0, side / max(sheet.size))
    lines = _lines(engine, scaled(sheet.pixels, factor), factor)
    slope = _slope(lines) if lines else 0.0
    if abs(slope) > MOST_SLOPE:
        level = _shear(slope, sheet.size[0])
        pixels = cv2.warpPerspective(
            sheet.pixels, level, sheet.size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        sheet = Sheet(pixels, sheet.to_file @ np.linalg.inv(level))
        lines = _lines(engine, scaled(pixels, factor), factor)
    return sheet, _boxes(lines)


def _lines(engine: Engine, pixels: Pixels, factor: float) -> list[Quad]:
    return [quad / factor for quad in engine.detect(pixels)]


def _boxes(quads_found: Sequence[Quad]) -> list[Box]:
    return [Box(*map(float, quad.min(axis=0)), *map(float, quad.max(axis=0))) for quad in quads_found]


def _stands(box: Box) -> bool:
    return box.height >= STRIP_SIDES * box.width


def _looked_at(engine: Engine, sheet: Sheet, box: Box) -> tuple[Line, ...]:
    """Return the lines in a part of the sheet: those in dark ink, found at a small size, then what a large one adds."""
    cut = sheet.strip(box)
    return _seen(engine, sheet, box, ((_dark_ink(cut), SMALL_VIEW), (cut, LARGE_VIEW)))


def looked_at_colour(engine: Engine, sheet: Sheet, box: Box) -> tuple[Line, ...]:
    """Return the lines in a part of the sheet that stand out by the strength of their colour, not by their lightness."""
    return _seen(engine, sheet, box, ((_strength_of_colour(sheet.strip(box)), COLOUR_VIEW),))


def _seen(engine: Engine, sheet: Sheet, box: Box, views: Iterable[tuple[Pixels, int]]) -> tuple[Line, ...]:
    """Return the lines in a part of the sheet as several views show them, each at a size; the first that has one counts."""
    kept: list[Line] = []
    for view, side in views:
        factor = side / max(view.shape[:2])
        boxes = _boxes(_lines(engine, scaled(view, factor), factor))
        new = [it for it in boxes if not _stands(it) and not any(it.is_over(line.box) for line in kept)]
        for line in _read(engine, Sheet(view, sheet.to_file), new):  # what is stamped over dark ink is not in that view
            if line.text and line.score > LEAST_SCORE and not any(line.box.is_over(other.box) for other in kept):
                kept.append(line)
    left, top = max(box.left, 0.0), max(box.top, 0.0)
    return in_reading_order(evolve(line, box=_moved(line.box, left, top)) for line in kept)


def _strength_of_colour(pixels: Pixels) -> Pixels:
    """Return the saturation as grey: silver on gold is as light as that, but has no colour."""
    strength: Pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV)[:, :, 1].astype(np.float32)
    weakest, strongest = float(strength.min()), float(strength.max())
    grey: Pixels = ((strength - weakest) * (255 / max(strongest - weakest, 1.0))).astype(np.uint8)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def _dark_ink(pixels: Pixels) -> Pixels:
    """Return the brightest channel as grey: stamps and overprints in bright colours go, dark type stays."""
    grey: Pixels = pixels.max(axis=2)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def _read(engine: Engine, sheet: Sheet, boxes: Sequence[Box]) -> list[Line]:
    read = engine.recognize([sheet.strip(box) for box in boxes])
    return [Line(text, score, box) for box, (text, score) in zip(boxes, read, strict=True)]


def _read_standing(engine: Engine, sheet: Sheet, found: Sequence[Box], place: Box) -> tuple[Line, ...]:
    """Return what lines say that run up or down, or whose characters stand one below the other: as they read best."""
    boxes = [box for box in found if place.holds(box)]
    strips = [sheet.strip(box) for box in boxes]
    ways = [engine.recognize([np.ascontiguousarray(np.rot90(strip, turns)) for strip in strips]) for turns in (1, -1)]
    read = [max(said, key=lambda one: one[1]) for said in zip(*ways, strict=True)]
    lines = (Line(text, score, box) for box, (text, score) in zip(boxes, read, strict=True))
    return tuple(line for line in lines if len(line.text) > 1 and line.score > LEAST_STANDING)


def _reread(engine: Engine, sheet: Sheet, box: Box, stretch: float) -> Line:
    strip = _stretched(sheet.strip(box), stretch)
    text, score = engine.recognize([strip])[0]
    return Line(text, score, box)


def _stretched(strip: Pixels, factor: float) -> Pixels:
    stretched: Pixels = cv2.resize(strip, None, fx=factor, fy=1.0, interpolation=cv2.INTER_CUBIC)
    return stretched


def _moved(box: Box, right: float, down: float) -> Box:
    return Box(box.left + right, box.top + down, box.right + right, box.bottom + down)


def _turned_over(box: Box, sheet: Sheet) -> Box:
    width, height = sheet.size
    return evolve(box, left=width - box.right, top=height - box.bottom, right=width - box.left, bottom=height - box.top)


def _is_legible(lines: Sequence[Line]) -> bool:
    """Whether more than half of the lines can be read: one may be in a script that the engine does not know."""
    return 2 * sum(line.score > SURE_UPRIGHT and len(line.text) > 1 for line in lines) > len(lines)


def _legibility(lines: Sequence[Line]) -> float:
    return sum(line.score**4 * len(line.text) for line in lines)
