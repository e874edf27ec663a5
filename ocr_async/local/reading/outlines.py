"""Where the documents of a picture end: quadrilaterals with an edge all round and text inside.

Edges of several channels give closed contours; a contour whose convex hull is nearly a quadrilateral is a candidate
(the usual way of document scanners). Text decides between candidates: a document holds whole lines and cuts none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from attrs import field, frozen

from ocr_async.local.reading import quads
from ocr_async.local.reading.scaling import scaled

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Pixels, Quad

WORKING_SIDE = 640
"""Pixels of the longer side at which edges are looked for: paper grain is gone, borders are still sharp."""

SMALLEST_SHARE = 0.015
"""Of the picture's area; a ticket in the corner of a desk is about 0.04."""

LEAST_FIT = 0.93
"""Intersection over union of a contour's hull and its quadrilateral; rounded corners cost 0.01 to 0.02."""

SAME = 5.0
"""Pixels at the working size that the corners of one document found twice are apart at most."""

COST_OF_SIZE = 0.06
"""Of fit, for an area 2.7 times as large: a soft shadow may have straighter sides than the document that casts it."""

FEWEST_LINES, MOST_LINES = 3, 250
"""Lines of text on a document: a card has few, a passport up to 40, an invoice with many items some hundred."""

REACH = 1.5
"""Heights of a line within which it belongs to the outline next to it."""

MOST_SLANT = 0.05
"""Radians between the lines and the sides of a document once it is flattened."""


@frozen
class Outline:
    """A quadrilateral in the pixels of the picture, and the lines of text in it."""

    quad: Quad = field(repr=False)
    lines: tuple[Quad, ...] = field(repr=False)


def find(pixels: Pixels, lines: list[Quad]) -> list[Outline]:
    """Return the outlines of the documents, those with an edge all round first, then what other text spans."""
    held = [(quad, fit, _held(quad, lines)) for quad, fit in _candidates(pixels)]
    whole = [(quad, fit, inside) for quad, fit, inside in held if inside]
    edged: list[Quad] = []
    # Most lines first: an inner border, such as a coloured band, leaves some out. Then the best fit, not a wide shadow.
    for quad, _, inside in sorted(whole, key=_merit, reverse=True):
        if not any(quads.overlap(quad, other) > 0 for other in edged) and not _is_ground(quad, inside, whole):
            edged.append(quad)
    rest = [line for line in lines if not any(quads.contains(quad, line.mean(axis=0)) for quad in edged)]
    found = [_with_neighbours(quad, lines, rest) for quad in edged]
    taken = {id(line) for outline in found for line in outline.lines}
    others = quads.neighbours([line for line in rest if id(line) not in taken])
    return found + [around(group) for group in others if FEWEST_LINES <= len(group) <= MOST_LINES]


def _with_neighbours(quad: Quad, lines: Sequence[Quad], rest: Sequence[Quad]) -> Outline:
    """Return the outline of a quadrilateral, moved outwards past the lines that stand right outside or on its border.

    A border that is faint on one side is found too far in, at a printed band or a fold.
    """
    inside = [line for line in lines if quads.contains(quad, line.mean(axis=0))]
    near = [line for line in rest if quads.distance(quad, line) < REACH * quads.height(line)]
    level, width, height = quads.flattening(quad)
    corners = np.array([(0.0, 0.0), (width, height)])
    for line in (*near, *inside):
        flat, grown = quads.mapped(line, level), 0.35 * quads.height(line)  # the detector grows lines about so much
        low, high = flat.min(axis=0) + grown, flat.max(axis=0) - grown
        corners[0] = np.where(low < corners[0], np.minimum(corners[0], low - grown), corners[0])
        corners[1] = np.where(high > corners[1], np.maximum(corners[1], high + grown), corners[1])
    (left, top), (right, bottom) = corners
    moved = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return Outline(quads.mapped(moved, np.linalg.inv(level)).astype(np.float32), (*inside, *near))


def around(lines: Iterable[Quad]) -> Outline:
    """Return the outline that text alone suggests: the rectangle along its direction, with a margin."""
    known = tuple(lines)
    angle = quads.direction(known)
    turned = np.concatenate(known) @ quads.rotation(-angle).T
    margin = 0.9 * float(np.median([quads.height(line) for line in known]))
    (left, top), (right, bottom) = turned.min(axis=0) - margin, turned.max(axis=0) + margin
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return Outline((corners @ quads.rotation(angle).T).astype(np.float32), known)


def whole(pixels: Pixels, lines: Sequence[Quad]) -> Outline:
    """Return the outline of the whole picture."""
    height, width = pixels.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    return Outline(corners, tuple(lines))


def _held(quad: Quad, lines: Sequence[Quad]) -> tuple[Quad, ...]:
    """Return the lines inside; none when too many others are cut, or when they do not run along the sides."""
    inside = tuple(line for line in lines if quads.contains(quad, line.mean(axis=0)))
    cut = sum(quads.is_cut(quad, line) for line in lines)
    if (
        not FEWEST_LINES <= len(inside) <= MOST_LINES
        or cut > len(inside) // 8
        or quads.slant(quad, inside) > MOST_SLANT
    ):
        return ()
    return inside


def _merit(candidate: tuple[Quad, float, tuple[Quad, ...]]) -> tuple[int, float]:
    quad, fit, inside = candidate
    return len(inside), fit - COST_OF_SIZE * float(np.log(cv2.contourArea(quad)))


def _is_ground(quad: Quad, inside: tuple[Quad, ...], others: Sequence[tuple[Quad, float, tuple[Quad, ...]]]) -> bool:
    """Whether this is what several documents lie on: two or more of the others, apart, hold nearly all its lines."""
    area = cv2.contourArea(quad)
    parts: list[tuple[Quad, int]] = []
    for other, _, lines in sorted(others, key=_merit, reverse=True):
        large = 0.1 * area < cv2.contourArea(other) < 0.6 * area
        apart = not any(quads.overlap(other, part) > 0 for part, _ in parts)
        if large and apart and _share_held(lines, inside) > 0.9:
            parts.append((other, len(lines)))
    return len(parts) > 1 and sum(count for _, count in parts) >= 0.8 * len(inside)


def _share_held(lines: Sequence[Quad], inside: Sequence[Quad]) -> float:
    """Return how many of these lines are among those inside another quadrilateral."""
    known = {id(line) for line in inside}
    return sum(id(line) in known for line in lines) / max(len(lines), 1)


def _candidates(pixels: Pixels) -> list[tuple[Quad, float]]:
    """Return quadrilaterals in the pixels of the picture, with how well each fits its contour."""
    factor = WORKING_SIDE / max(pixels.shape[:2])
    small = scaled(pixels, factor)
    area = float(small.shape[0] * small.shape[1])
    shortest = float(np.sqrt(2 * np.pi * SMALLEST_SHARE * area))  # points of a circle, at most a diagonal step apart
    found: list[tuple[Quad, float]] = []
    for mask in _masks(small):
        for contour in cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]:
            if len(contour) < shortest:
                continue
            hull = cv2.convexHull(contour)
            quad = _as_quad(hull) if cv2.contourArea(hull) > SMALLEST_SHARE * area else None
            if quad is not None and quads.is_plausible(quad) and not _is_frame(quad, small.shape[1], small.shape[0]):
                found.append((quad / factor, quads.fit(quad, hull)))
    return _distinct(sorted(((quad, fit) for quad, fit in found if fit >= LEAST_FIT), key=lambda one: -one[1]), factor)


def _distinct(found: Iterable[tuple[Quad, float]], factor: float) -> list[tuple[Quad, float]]:
    """Return the quadrilaterals without those that are nearly the same as a better fitting one."""
    kept: list[tuple[Quad, float]] = []
    for quad, fit in found:
        if not any(quads.is_nearly(quad, other, SAME / factor) for other, _ in kept):
            kept.append((quad, fit))
    return kept


def _masks(small: Pixels) -> Iterator[Pixels]:
    """Yield edge maps and two-tone pictures of lightness (evened out too), the two colour axes and saturation."""
    lightness, green_red, blue_yellow = cv2.split(cv2.cvtColor(small, cv2.COLOR_BGR2LAB))
    saturation = cv2.cvtColor(small, cv2.COLOR_BGR2HSV)[:, :, 1]
    evened = cv2.createCLAHE(4.0, (4, 4)).apply(lightness)
    grow = np.ones((3, 3), np.uint8)
    for channel in (lightness, evened, green_red, blue_yellow, saturation):
        smooth = cv2.medianBlur(cv2.medianBlur(channel, 5), 5)  # as 7 would, in an eighth of the time
        for low in (10, 30):
            yield cv2.dilate(cv2.Canny(smooth, low, 3 * low), grow)
        _, light = cv2.threshold(smooth, 0, 255, cv2.THRESH_OTSU)
        yield light
        yield cv2.bitwise_not(light)


def _as_quad(hull: Pixels) -> Quad | None:
    length = cv2.arcLength(hull, closed=True)
    for tolerance in (0.02, 0.03, 0.04, 0.05, 0.06):
        corners = cv2.approxPolyDP(hull, tolerance * length, closed=True)
        if len(corners) == 4:
            return quads.refined(corners.reshape(4, 2).astype(np.float32), hull)
    return None


def _is_frame(quad: Quad, width: int, height: int) -> bool:
    """Whether three sides or more are the picture's own."""
    near = 0.01 * max(width, height) + 2
    return (
        int(quad[:, 0].min() < near)
        + int(quad[:, 1].min() < near)
        + int(quad[:, 0].max() > width - near)
        + int(quad[:, 1].max() > height - near)
    ) >= 3
