"""Documents whose border is seen only in part, as where one lies over another: four straight edges around a text.

What lies in a heap has no edge all round. Its sides still run along and across its lines of text, and most of each is
seen. What a document that is known hides of a side counts neither way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from attrs import field, frozen

from ocr_async.local.reading import quads
from ocr_async.local.reading.candidates import ASLANT, FEWEST_LINES
from ocr_async.local.reading.scaling import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr_async.local.reading.engine import Pixels, Quad

WORKING_SIDE = 640
"""Pixels of the longer side at which edges are looked for."""

SHORTEST, STRAIGHT, STEP = 14.0, 2.5, 4.0
"""Pixels at the working size: of a piece of an edge that counts, within which pieces are of one edge, and between the
places of an edge that are looked at."""

TURNED, ONE_WAY = 0.1, 0.07
"""Radians between a side and the text at most, as perspective turns it, and between the lines of one document."""

MOST_EDGES = 28
"""Edges each way that are tried, the longest."""

LEAST_SEEN, LEAST_OF_A_SIDE = 0.6, 0.2
"""Share of what is not hidden that has an edge: of all four sides, and of each."""

FEWEST_STEPS = 4
"""Steps of a side in sight from which it has to show an edge."""

CUT = 8
"""Lines inside to one that is cut, at least."""

TRIED = 60
"""Quadrilaterals that are looked at closer for each text, those that say most."""

COST_OF_SIZE = 0.15
"""Power of the area by which a quadrilateral says less: of two around the same lines the nearer one is meant."""

MOST_SHARED = 0.5
"""Of the smaller of two documents, what they share at most: more of what lies below could not be known."""

LONGEST = 5.0
"""Times as long as it is wide that a document is at most: the longest are slips of a till."""

TIP = 0.15
"""Of half a line, what may stick out at its end: the detector grows lines."""


@frozen
class Pieces:
    """The straight pieces of the edges in a picture."""

    ends: NDArray[Any] = field(repr=False)
    """Two points for each, in the pixels of the picture."""

    pixel: float
    """Pixels of the picture for one at the working size."""


def pieces(pixels: Pixels) -> Pieces:
    """Return the straight pieces of the edges of lightness (evened out too, for white on white) and of saturation."""
    factor = WORKING_SIDE / max(pixels.shape[:2])
    small = scaled(pixels, factor)
    lightness = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)[:, :, 0]
    saturation = cv2.cvtColor(small, cv2.COLOR_BGR2HSV)[:, :, 1]
    evened = cv2.createCLAHE(4.0, (4, 4)).apply(lightness)
    detector = cv2.createLineSegmentDetector()
    found: list[Any] = [detector.detect(cv2.medianBlur(channel, 5))[0] for channel in (lightness, saturation, evened)]
    rows = np.concatenate([np.zeros((0, 4)), *(one.reshape(-1, 4) for one in found if one is not None)])
    long = np.hypot(rows[:, 2] - rows[:, 0], rows[:, 3] - rows[:, 1]) >= SHORTEST
    return Pieces(rows[long].reshape(-1, 2, 2) / factor, 1 / factor)


def documents(
    found: Pieces,
    lines: Sequence[Quad],
    known: Sequence[Quad],
    accept: Callable[[Quad], bool] = lambda _: True,
) -> list[Quad]:
    """Return quadrilaterals around lines that no known document holds, those first that say most and are accepted."""
    chosen: list[Quad] = []
    left = list(lines)
    while best := _best(found, left, [*known, *chosen], accept):
        quad, held = best
        chosen.append(quad)
        left = [line for line in left if not any(line is one for one in held)]
    return chosen


def _best(
    found: Pieces, lines: Sequence[Quad], known: Sequence[Quad], accept: Callable[[Quad], bool]
) -> tuple[Quad, list[Quad]] | None:
    """Return the quadrilateral that says most, with the lines of its direction that it holds."""
    best: tuple[float, Quad, list[Quad]] | None = None
    for angle, text in _by_direction(lines):
        along, across = _edges(found, angle), _edges(found, angle + np.pi / 2)
        if min(len(along.start), len(across.start)) < 2:
            continue
        merit, quad = _around(_Grid(angle, along, across), text, known, accept)
        if quad is not None and (best is None or merit > best[0]):
            best = merit, quad, [line for line in text if quads.contains(quad, line.mean(axis=0))]
    return best and best[1:]


def _by_direction(lines: Iterable[Quad]) -> Iterator[tuple[float, list[Quad]]]:
    """Yield directions of several lines, with all lines that run so; the longest tell."""
    directions = sorted(((quads.direction([line]), line) for line in lines), key=lambda one: -_length(one[1]))
    left = directions
    while left:
        first = left[0][0]
        near = [line for angle, line in left if _apart(angle, first) < ONE_WAY]
        left = [one for one in left if _apart(one[0], first) >= ONE_WAY]
        mean = quads.direction(near)
        text = [line for angle, line in directions if _apart(angle, mean) < ONE_WAY]
        if len(text) >= FEWEST_LINES:
            yield mean, text


def _apart(one: float, other: float) -> float:
    """Return the radians between two directions, which have no way up."""
    return abs((one - other + np.pi / 2) % np.pi - np.pi / 2)


def _length(line: Quad) -> float:
    return float(np.hypot(*(line - line[[1, 2, 3, 0]]).T).max())


@frozen
class _Edges:
    """Straight edges of about one direction, in coordinates turned by it: v = start + slope * u."""

    start: NDArray[Any] = field(repr=False)
    slope: NDArray[Any] = field(repr=False)
    seen: NDArray[Any] = field(repr=False)
    """Whether there is an edge at each step of u, a row for each."""

    low: float
    step: float

    def at(self, along: NDArray[Any]) -> NDArray[Any]:
        """Return v of each edge (rows) at each u (columns)."""
        across: NDArray[Any] = self.start[:, None] + self.slope[:, None] * along[None, :]
        return across


def _edges(found: Pieces, angle: float) -> _Edges:
    """Return the longest edges of a direction, each made of the pieces that lie on one straight line."""
    ends = found.ends @ quads.rotation(-angle).T
    run = ends[:, 1] - ends[:, 0]
    ends = ends[np.abs((np.arctan2(run[:, 1], run[:, 0]) + np.pi / 2) % np.pi - np.pi / 2) < TURNED]
    ends = np.where((ends[:, 0, 0] > ends[:, 1, 0])[:, None, None], ends[:, ::-1], ends)
    ends = ends[np.argsort(ends[:, 0, 0] - ends[:, 1, 0])]
    merged = _merged(ends, STRAIGHT * found.pixel)
    step = STEP * found.pixel
    low = float(ends[:, 0, 0].min(initial=np.inf)) - step if len(ends) else 0.0
    steps = int((ends[:, 1, 0].max() - low) / step) + 2 if len(ends) else 1
    seen = np.zeros((len(merged), steps), bool)
    for row, (_, _, parts) in zip(seen, merged, strict=True):
        for (first, _), (last, _) in parts:
            row[int((first - low) / step) : int((last - low) / step) + 1] = True
    longest = np.argsort(-seen.sum(axis=1))[:MOST_EDGES]
    lines = np.array([(start, slope) for start, slope, _ in merged]).reshape(-1, 2)[longest]
    return _Edges(lines[:, 0], lines[:, 1], seen[longest], low, step)


def _merged(ends: Iterable[NDArray[Any]], reach: float) -> list[tuple[float, float, list[NDArray[Any]]]]:
    """Return the straight lines that pieces lie on, the longest first: start, slope and the pieces."""
    merged: list[tuple[float, float, list[NDArray[Any]]]] = []
    for piece in ends:
        (u, v), (last_u, last_v) = piece.tolist()
        for place, (start, slope, parts) in enumerate(merged):
            if abs(v - start - slope * u) < reach and abs(last_v - start - slope * last_u) < reach:
                merged[place] = (*_straight([*parts, piece]), [*parts, piece])
                break
        else:
            merged.append((*_straight([piece]), [piece]))
    return merged


def _straight(parts: Sequence[NDArray[Any]]) -> tuple[float, float]:
    """Return start and slope of the line through the ends of all parts."""
    u, v = np.concatenate(parts).T
    off = u - u.mean()
    slope = float((off * v).sum() / max(float((off * off).sum()), 1e-6))
    return float(v.mean() - slope * u.mean()), slope


class _Grid:
    """All quadrilaterals of two edges along a text (rows) and two across (columns).

    What runs across is written in coordinates turned by a right angle more: their u is v of those along, their v is -u.
    """

    def __init__(self, angle: float, along: _Edges, across: _Edges) -> None:
        self.angle, self.along, self.across = angle, along, across
        a, b = along.start[:, None], along.slope[:, None]
        c, d = across.start[None, :], across.slope[None, :]
        u = -(c + d * a) / (1 + d * b)
        self.corners = np.stack([u, a + b * u], axis=2)
        middle = self.corners.mean(axis=(0, 1))
        self.rows = _pairs(np.argsort(along.at(middle[:1])[:, 0]))
        self.columns = _pairs(np.argsort(-across.at(middle[1:])[:, 0]))

    def seen(self, known: Sequence[Quad]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the share of what is in sight that has an edge, of all sides, and of the side with least of it."""
        ways = (
            (self.along, self.angle, self.rows, self.columns, self.corners[:, :, 0], False),
            (self.across, self.angle + np.pi / 2, self.columns, self.rows, self.corners[:, :, 1].T, True),
        )
        sides: list[tuple[NDArray[Any], NDArray[Any]]] = []
        for edges, angle, own, other, ends, is_across in ways:
            sums = _sums(edges, angle, known)
            for side in (0, 1):
                counts = _counts(sums, (ends - edges.low) / edges.step, own[:, side], other)
                sides.append((counts[0].T, counts[1].T) if is_across else counts)
        total = sum(edge for edge, _ in sides) / np.maximum(sum(all_ for _, all_ in sides), 1)
        each = [np.where(all_ < FEWEST_STEPS, 1.0, edge / np.maximum(all_, 1)) for edge, all_ in sides]
        return total, np.min(each, axis=0)

    def between(self, points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return which points are between the edges of each row, and of each column."""
        below = points[None, :, 1] > self.along.at(points[:, 0])
        right = -points[None, :, 0] < self.across.at(points[:, 1])
        return (
            below[self.rows[:, 0]] & ~below[self.rows[:, 1]],
            right[self.columns[:, 0]] & ~right[self.columns[:, 1]],
        )

    def areas(self) -> NDArray[Any]:
        """Return the area between each row and column, in pixels of the picture; one at least."""
        (top, bottom), (left, right) = self.rows.T, self.columns.T
        corners = [
            self.corners[one[:, None], other[None, :]]
            for one, other in ((top, left), (bottom, right), (top, right), (bottom, left))
        ]
        falling, rising = corners[1] - corners[0], corners[3] - corners[2]
        areas: NDArray[Any] = np.abs(falling[..., 0] * rising[..., 1] - falling[..., 1] * rising[..., 0]) / 2
        areas[areas < 1] = 1
        return areas

    def quad(self, row: int, column: int) -> Quad:
        """Return a quadrilateral in the pixels of the picture."""
        (top, bottom), (left, right) = self.rows[row], self.columns[column]
        corners = self.corners[[top, top, bottom, bottom], [left, right, right, left]]
        quad: Quad = (corners @ quads.rotation(self.angle).T).astype(np.float32)
        return quad


def _pairs(order: NDArray[Any]) -> NDArray[Any]:
    first, second = np.triu_indices(len(order), 1)
    return np.stack([order[first], order[second]], axis=1)


def _sums(edges: _Edges, angle: float, known: Iterable[Quad]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return running sums over the steps of each edge: of those that are seen, and of those that a document hides."""
    steps = len(edges.seen.T)
    u: NDArray[Any] = np.linspace(edges.low + edges.step / 2, edges.low + edges.step * (steps - 0.5), steps)
    points = np.stack([np.broadcast_to(u, edges.seen.shape), edges.at(u)], axis=2) @ quads.rotation(angle).T
    hidden = np.zeros(edges.seen.shape, bool)
    for quad in known:
        corners = quads.clockwise(quad)
        within = np.ones(edges.seen.shape, bool)
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            x, y = (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
            off = points - start
            within &= x * off[..., 1] - y * off[..., 0] > 2 * edges.step  # its own border hides nothing
        hidden |= within
    seen, unseen = (np.cumsum(np.pad(it, ((0, 0), (1, 0))), axis=1) for it in (edges.seen & ~hidden, hidden))
    return seen, unseen


def _counts(
    sums: tuple[NDArray[Any], NDArray[Any]], ends: NDArray[Any], which: NDArray[Any], pairs: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return for some edges (rows), each between pairs of others (columns), the steps with an edge and all in sight."""
    places = np.clip(ends, -1e6, 1e6).astype(int)
    within = np.clip(places, 0, sums[0].shape[1] - 1)
    one, other = pairs.T

    def between(values: NDArray[Any]) -> NDArray[Any]:
        """Return how much a sum grows from the first end of each pair to the last."""
        grown: NDArray[Any] = np.abs(values[:, other] - values[:, one])[which]
        return grown

    seen, hidden = (between(np.take_along_axis(it, within, axis=1)) for it in sums)
    return seen, between(places) - hidden


def _around(
    grid: _Grid, text: Sequence[Quad], known: Sequence[Quad], accept: Callable[[Quad], bool]
) -> tuple[float, Quad | None]:
    """Return the quadrilateral around a text that says most, and how much: lines that it holds, sides that are seen."""
    places = np.array(text) @ quads.rotation(-grid.angle).T
    middle = places.mean(axis=1)
    tips = [(1 - TIP) * (places[:, one] + places[:, other]) / 2 + TIP * middle for one, other in ((0, 3), (1, 2))]
    held = _count(*grid.between(middle))
    ends = [grid.between(tip) for tip in tips]
    whole = _count(ends[0][0] & ends[1][0], ends[0][1] & ends[1][1])
    cut = _count(*ends[0]) + _count(*ends[1]) - 2 * whole
    fitting = (held >= FEWEST_LINES) & (cut * CUT <= held)
    above = _share_seen(*grid.seen(()))
    below = _share_seen(*grid.seen(known)) if known else above
    merit = np.where(fitting, held * np.maximum(below, above) ** 2 / grid.areas() ** COST_OF_SIZE, 0.0)
    texts = _signatures(*grid.between(middle))
    refused: set[float] = set()
    tried = 0
    for place in np.argsort(-merit, axis=None):
        row, column = divmod(int(place), merit.shape[1])
        if merit[row, column] <= 0 or tried == TRIED:
            break
        if texts[row, column] in refused:
            continue
        quad, tried = grid.quad(row, column), tried + 1
        if quads.is_plausible(quad) and _is_compact(quad) and all(_shows(quad, other) for other in known):
            if accept(quad):
                return float(merit[row, column]), quad
            refused.add(texts[row, column])
    return 0.0, None


def _share_seen(seen: NDArray[Any], least: NDArray[Any]) -> NDArray[Any]:
    """Return the share of all sides that is seen, none where that is too little, of all or of one."""
    return np.where((seen >= LEAST_SEEN) & (least >= LEAST_OF_A_SIDE), seen, 0.0)


def _count(rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    """Return how many points are in each row and column at once."""
    count: NDArray[Any] = rows.astype(int) @ columns.astype(int).T
    return count


def _signatures(rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    """Return a number for what is in each row and column at once: the same only for the same points."""
    numbers: NDArray[Any] = np.random.default_rng(0).random((rows.shape[1],))
    signatures: NDArray[Any] = np.rint((rows * numbers) @ columns.T.astype(float) * 1e9)
    return signatures


def _is_compact(quad: Quad) -> bool:
    _, width, height = quads.flattening(quad)
    return max(width, height) < LONGEST * min(width, height)


def _shows(one: Quad, other: Quad) -> bool:
    """Whether enough is seen of two documents, one of which may lie over the other, or aslant within it."""
    shared = quads.overlap(one, other)
    if shared < MOST_SHARED * min(cv2.contourArea(one), cv2.contourArea(other)):
        return True
    return shared < MOST_SHARED * cv2.contourArea(other) and quads.turn(one, other) > ASLANT
