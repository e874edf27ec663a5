"""Quadrilaterals in a picture that have an edge all round: what may be the border of a document.

Edges of several channels give closed contours; a contour whose convex hull is nearly a quadrilateral is a candidate
(the usual way of document scanners).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np

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

LEAST_EDGE, NEAR = 0.7, 4.0
"""Share of a quadrilateral's sides that its contour runs along, within so many pixels of the working size: a hull also
spans what lies between the edges of two documents."""

PRINT = 13.0
"""Pixels at the working size of what counts as a stroke of print, or as a gap between two."""

SAME = 5.0
"""Pixels at the working size that the corners of one document found twice are apart at most."""


def quadrilaterals(pixels: Pixels) -> list[tuple[Quad, float]]:
    """Return quadrilaterals in the pixels of the picture, with how well each fits its contour."""
    factor = WORKING_SIDE / max(pixels.shape[:2])
    small = scaled(pixels, factor)
    area = float(small.shape[0] * small.shape[1])
    shortest = float(np.sqrt(2 * np.pi * SMALLEST_SHARE * area))  # points of a circle, at most a diagonal step apart
    found: list[tuple[Quad, float]] = []
    for mask in _masks(small):
        for contour in cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]:
            if len(contour) < shortest or np.prod(cv2.boundingRect(contour)[2:]) < SMALLEST_SHARE * area:
                continue
            hull = cv2.convexHull(contour)
            quad = _as_quad(hull) if cv2.contourArea(hull) > SMALLEST_SHARE * area else None
            if quad is None or not quads.is_plausible(quad) or _is_frame(quad, small.shape[1], small.shape[0]):
                continue
            fit = quads.fit(quad, hull)
            if fit >= LEAST_FIT and quads.edged(quad, contour, NEAR) >= LEAST_EDGE:
                found.append((quad / factor, fit))
    return _distinct(sorted(found, key=lambda one: -one[1]), factor)


def without_print(pixels: Pixels) -> Pixels:
    """Return a picture in which strokes of dark print on light paper are filled: only what they are printed on is left."""
    factor = WORKING_SIDE / max(pixels.shape[:2])
    width = round(PRINT / factor)
    filled: Pixels = cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, np.ones((width, width), np.uint8))
    return filled


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
