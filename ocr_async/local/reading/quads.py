"""Geometry of quadrilaterals: rows of x and y, y pointing down, four corners in turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr_async.local.reading.engine import Quad


LEAST_RATIO = 0.6
"""Of opposite sides; a card held at 45 degrees from a hand's breadth has 0.7."""

SHARPEST = np.radians(55)
"""The least angle between two sides; the same card has 70 degrees."""


def is_plausible(quad: Quad) -> bool:
    """Whether a camera can see a rectangle like this: convex, and no side much shorter than the one across."""
    sides = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    if sides.min() < 1 or _sharpest(quad) < SHARPEST:
        return False
    shorter = min(sides[0], sides[2]) / max(sides[0], sides[2]), min(sides[1], sides[3]) / max(sides[1], sides[3])
    return bool(min(shorter) > LEAST_RATIO) and cv2.isContourConvex(quad.astype(np.int32))


def _sharpest(quad: Quad) -> float:
    """Return the least angle between two sides that meet, in radians."""
    x, y = (np.roll(quad, -1, axis=0) - quad).T.astype(float)
    turns = np.diff(np.arctan2(y, x), append=np.arctan2(y[0], x[0]))
    return float(np.pi - np.abs((turns + np.pi) % (2 * np.pi) - np.pi).max())


def contains(quad: Quad, point: NDArray[Any], slack: float = 0.0) -> bool:
    """Whether a point lies in the quadrilateral, or at most `slack` pixels outside."""
    return cv2.pointPolygonTest(quad.astype(np.float32), (float(point[0]), float(point[1])), measureDist=True) >= -slack


def is_cut(quad: Quad, line: Quad) -> bool:
    """Whether a line of text is partly inside and partly outside by more than half of its height."""
    middle = line.mean(axis=0) / 2
    if contains(quad, middle + (line[0] + line[3]) / 4) == contains(quad, middle + (line[1] + line[2]) / 4):
        return False
    slack = height(line) / 2
    return not all(contains(quad, corner, slack) for corner in line)


def is_nearly(one: Quad, other: Quad, tolerance: float) -> bool:
    """Whether each corner of one lies within a tolerance, in x and in y, of a corner of the other."""
    apart = np.abs(one[:, None, :] - other[None, :, :]).max(axis=2)
    return bool((apart.min(axis=1) < tolerance).all())


def overlap(one: Quad, other: Quad) -> float:
    """Return the area that two convex quadrilaterals share."""
    shared, _ = cv2.intersectConvexConvex(clockwise(one), clockwise(other))
    return float(shared)


def fit(quad: Quad, hull: NDArray[Any]) -> float:
    """Return intersection over union of two convex shapes."""
    shared = overlap(quad, hull.reshape(-1, 2).astype(np.float32))
    return shared / max(cv2.contourArea(quad) + cv2.contourArea(hull) - shared, 1e-6)


def edged(quad: Quad, contour: NDArray[Any], reach: float) -> float:
    """Return the share of the quadrilateral's sides that points of a contour lie along, each within a reach."""
    points = contour.reshape(-1, 2)
    known = total = 0
    for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        length = float(np.hypot(*(end - start)))
        along, (x, y) = (end - start) / max(length, 1e-6), (points - start).T
        near = np.abs(y * along[0] - x * along[1]) < reach
        steps = int(length / reach) + 1
        places = ((x * along[0] + y * along[1])[near] / reach).astype(int)
        known += int(np.count_nonzero(np.bincount(places[(places >= 0) & (places < steps)])))
        total += steps
    return known / total


def clockwise(polygon: NDArray[Any]) -> NDArray[Any]:
    """Return the polygon with its corners in clockwise order on the screen."""
    points = polygon.astype(np.float32)
    return points if cv2.contourArea(points, oriented=True) > 0 else points[::-1].copy()


def refined(quad: Quad, hull: NDArray[Any]) -> Quad:
    """Move the corners to where the straight parts of the hull's sides meet, past rounded corners."""
    border = _dense(hull.reshape(-1, 2).astype(np.float32))
    sides = [_side(quad[i], quad[(i + 1) % 4], border) for i in range(4)]
    corners = [_meeting(sides[i - 1], sides[i]) for i in range(4)]
    if any(corner is None for corner in corners):
        return quad
    return clockwise(np.array(corners, dtype=np.float32))


def direction(lines: Sequence[Quad]) -> float:
    """Return the angle of the text in radians, -pi/2 to pi/2, 0 for level lines; up and down are not told apart.

    Long lines count more. The mean of doubled angles finds the direction, so that those near plus and minus a right
    angle agree; the median about it leaves out what is printed aslant.
    """
    edges = np.array([_along(line) for line in lines])
    weights = np.hypot(edges[:, 0], edges[:, 1]) ** 2
    angles = np.arctan2(edges[:, 1], edges[:, 0])
    mean = (
        np.arctan2(np.average(np.sin(2 * angles), weights=weights), np.average(np.cos(2 * angles), weights=weights)) / 2
    )
    apart = (angles - mean + np.pi / 2) % np.pi - np.pi / 2
    order = np.argsort(apart)
    middle = order[np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)]
    return float((mean + apart[middle] + np.pi / 2) % np.pi - np.pi / 2)


def flattening(corners: Quad) -> tuple[NDArray[Any], float, float]:
    """Return the homography that makes four corners an upright rectangle, with its width and height."""
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    width, height = float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    return cv2.getPerspectiveTransform(corners.astype(np.float32), target), width, height


def mapped(points: NDArray[Any], homography: NDArray[Any]) -> NDArray[Any]:
    """Return points (rows of x and y) as a homography places them."""
    found: NDArray[Any] = cv2.perspectiveTransform(points[None].astype(np.float64), homography)[0]
    return found


def slant(quad: Quad, lines: Sequence[Quad]) -> float:
    """Return the angle in radians between lines of text and the nearest sides once the quadrilateral is flat."""
    level, _, _ = flattening(quad)
    angle = abs(direction([mapped(line, level) for line in lines]))
    return min(angle, float(np.pi / 2) - angle)


def turn(one: Quad, other: Quad) -> float:
    """Return the radians between the sides of two quadrilaterals, at most an eighth of a turn."""
    apart = _heading(one) - _heading(other)
    return float(abs((apart + np.pi / 4) % (np.pi / 2) - np.pi / 4))


def _heading(quad: Quad) -> float:
    """Return the mean angle of the sides, a quarter of a turn being none."""
    x, y = (np.roll(quad, -1, axis=0) - quad).T
    angles, lengths = np.arctan2(y, x), np.hypot(x, y)
    return float(np.arctan2((lengths * np.sin(4 * angles)).sum(), (lengths * np.cos(4 * angles)).sum()) / 4)


def rotation(angle: float) -> NDArray[Any]:
    """Return the matrix that turns column vectors by an angle, clockwise on the screen."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([(cosine, -sine), (sine, cosine)])


def height(line: Quad) -> float:
    """Return the extent of a line of text across its direction, in pixels."""
    sides = np.hypot(*(line - line[[1, 2, 3, 0]]).T)
    return float(min(sides[0] + sides[2], sides[1] + sides[3]) / 2)


def neighbours(lines: Sequence[Quad], reach: float = 3.5) -> list[list[Quad]]:
    """Group lines that stand within `reach` of their heights of each other."""
    groups: list[list[Quad]] = []
    for line in lines:
        near = [group for group in groups if any(distance(line, other) < reach * height(line) for other in group)]
        groups = [group for group in groups if not any(group is one for one in near)]
        groups.append([line, *(other for group in near for other in group)])
    return groups


def distance(one: Quad, other: Quad) -> float:
    """Return the pixels between two convex quadrilaterals, 0 when they overlap."""
    if overlap(one, other) > 0:
        return 0.0
    return min(
        *(-cv2.pointPolygonTest(other, (float(x), float(y)), measureDist=True) for x, y in one),
        *(-cv2.pointPolygonTest(one, (float(x), float(y)), measureDist=True) for x, y in other),
    )


def _along(line: Quad) -> NDArray[Any]:
    across: NDArray[Any] = (line[1] + line[2] - line[0] - line[3]) / 2
    down: NDArray[Any] = (line[2] + line[3] - line[0] - line[1]) / 2
    return across if np.hypot(*across) >= np.hypot(*down) else down


def _dense(polygon: NDArray[Any]) -> NDArray[Any]:
    """Return points along the polygon, about two pixels apart."""
    sides: NDArray[Any] = np.roll(polygon, -1, axis=0) - polygon
    counts: NDArray[Any] = np.maximum(2, np.hypot(sides[:, 0], sides[:, 1]) // 2).astype(int)
    which: NDArray[Any] = np.repeat(np.arange(len(polygon)), counts)
    place: NDArray[Any] = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    points: NDArray[Any] = polygon[which] + sides[which] * (place / counts[which])[:, None]
    return points.astype(np.float32)


def _side(start: NDArray[Any], end: NDArray[Any], border: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a point and the direction of the line through the middle of one side of the border."""
    length = float(np.hypot(*(end - start)))
    along = (end - start) / max(length, 1e-6)
    offset = border - start
    where = offset @ along / max(length, 1e-6)
    away = np.abs(offset @ np.array([-along[1], along[0]]))
    middle = border[(where > 0.12) & (where < 0.88) & (away < max(3.0, 0.03 * length))]
    if len(middle) < 2:
        return start, along
    x_step, y_step, x, y = cv2.fitLine(middle, cv2.DIST_L2, 0, 0.01, 0.01).ravel()
    return np.array([x, y]), np.array([x_step, y_step])


def _meeting(one: tuple[NDArray[Any], NDArray[Any]], other: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[Any] | None:
    between = _cross(one[1], other[1])
    if abs(between) < 0.1:
        return None
    met: NDArray[Any] = one[0] + one[1] * (_cross(other[0] - one[0], other[1]) / between)
    return met


def _cross(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return the area between two vectors, 0 where they are parallel."""
    return float(one[0]) * float(other[1]) - float(one[1]) * float(other[0])
