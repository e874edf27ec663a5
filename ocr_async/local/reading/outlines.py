"""Where the documents of a picture end: quadrilaterals with an edge all round and text inside.

Text decides between quadrilaterals: a document holds whole lines and cuts none, and does not lie over parts of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from attrs import evolve, field, frozen

from ocr_async.local.reading import quads
from ocr_async.local.reading.candidates import (
    FEWEST_LINES,
    LARGE_PART,
    MOST_LINES,
    Candidate,
    are_apart,
    documents_among,
    held_by,
    lying_on,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr_async.local.reading.engine import Pixels, Quad
    from ocr_async.model import Corners

    Search: TypeAlias = Callable[[Sequence[Quad], Sequence[Quad]], list[Quad]]
    """What finds the documents that hold some lines, besides those that are known, where no edge goes all round."""

REACH = 1.5
"""Heights of a line within which it belongs to the outline next to it."""

TELLING, ASLANT = 4.0, 0.07
"""Heights of a line from which on its direction tells whose it is, and radians from the sides of what is another's."""

STRAY = 0.5
"""Of the extent of a group of lines within which a few others belong to it, where the picture shows no border."""

MOST_OF_ONE, MOST_OF_SEVERAL = 0.95, 0.6
"""Share of the text that documents without an edge all round have to hold where there is no other: one, and several."""

TURNED = 0.03
"""Radians between the sides of two documents, at least, that only touch; the parts of one are parallel."""

GROWN = 0.35
"""Of its height by which the detector grows a line on each side."""

ASKEW, COVERED = 0.015, 0.9
"""Radians from the sides of a document from which on text round it is that of print below, and the share of a document
within the extent of such text: what is printed round the frames of a form runs along them."""

OUTNUMBERED = 6
"""Times as many lines as a document has, from which on text round it is that of print below whichever way it runs."""

FEWEST_OF_PRINT, MOST_ON_PRINT = 25, 0.7
"""Lines that a picture of a document on a page of print has at least, and the share of them that are of the document."""

MOST_CUT_ON_PRINT = 1 / 3
"""Lines cut for each inside a document on print: those of the page run up to its border, and are found as one with its own."""

ALL_ROUND = 3
"""Sides beyond which there is text, of an outline that lies on print; a border is faint on one side or two."""

MOST_GROWN, MOST_ALONG = 0.35, 0.2
"""Of its extent by which an outline is moved at most on one side, and along the lines past what stands wholly outside:
bands and folds run along them, so that the rest of a booklet or a form is above or below."""


@frozen
class Outline:
    """A quadrilateral in the pixels of the picture, and the lines of text in it."""

    quad: Quad = field(repr=False)
    lines: tuple[Quad, ...] = field(repr=False)

    hidden: tuple[Quad, ...] = field(default=(), repr=False)
    """What lies over it: other documents, of which no text is its own."""


def find(
    quadrilaterals: Iterable[tuple[Quad, float]], lines: list[Quad], search: Search = lambda _, __: []
) -> list[Outline]:
    """Return the outlines of the documents, those with an edge all round first, then what a search and other text tell."""
    every = (Candidate(quad, fit, held_by(quad, lines)) for quad, fit in quadrilaterals)
    candidates = [it for it in every if it.lines]
    edged = documents_among(candidates)
    edged += lying_on(edged, candidates)
    rest = _outside(edged, lines)
    aslant = [line for line in lines if any(_runs_aslant(quad, line) for quad in edged)]
    partly = _partly_edged([*rest, *aslant], edged, search)
    found = [
        _with_neighbours(quad, lines, rest, [it for it in edged if it is not quad] + _beside(quad, partly))
        for quad in edged
    ]
    taken = {id(line) for outline in found for line in outline.lines} - {id(line) for line in aslant}
    rest = [line for line in rest if id(line) not in taken]
    for quad in partly:
        beside = [outline.quad for outline in found] + [it for it in partly if it is not quad]
        grown = _with_neighbours(quad, lines, rest, beside)
        own = tuple(line for line in grown.lines if any(line is it for it in (*rest, *aslant)))
        found += [Outline(grown.quad, own)] if len(own) >= FEWEST_LINES else []
    groups = quads.neighbours(_outside([outline.quad for outline in found], rest))
    others = [group for group in groups if FEWEST_LINES <= len(group) <= MOST_LINES]
    if not found and len(others) == 1:
        (group,) = others
        others = [[*group, *_strays(group, [line for it in groups if it is not group for line in it])]]
    texts = (around(group) for group in others)
    found += [text for text in texts if not any(_is_below(text, quad) for quad in edged)]
    seen = [_without_what_lies_over(it, [other.quad for other in found if other is not it]) for it in found]
    return [it for it in seen if not it.hidden or len(it.lines) >= FEWEST_LINES]


def on_print(quadrilaterals: Iterable[tuple[Quad, float]], lines: Sequence[Quad]) -> list[Outline]:
    """Return the outlines of what lies on print: those that hold some of its lines, apart from each other, the truest first."""
    chosen: list[Outline] = []
    for quad, _ in sorted(quadrilaterals, key=lambda one: -one[1]):
        held = held_by(quad, lines, MOST_CUT_ON_PRINT)
        few = FEWEST_LINES <= len(held) <= MOST_ON_PRINT * len(lines)
        if few and all(are_apart(quad, it.quad) for it in chosen):
            chosen.append(Outline(quad, held))
    return chosen


def _without_what_lies_over(it: Outline, others: Iterable[Quad]) -> Outline:
    """Return an outline that knows what lies over it: where it meets another one, text runs along the upper one's sides."""
    over = tuple(other for other in others if not are_apart(it.quad, other) and _is_over(other, it.quad, it.lines))
    return evolve(it, lines=tuple(_outside(over, it.lines)), hidden=over)


def _is_over(one: Quad, other: Quad, lines: Iterable[Quad]) -> bool:
    shared = [line for line in lines if all(quads.contains(quad, line.mean(axis=0)) for quad in (one, other))]
    return len(shared) > 0 and quads.slant(other, shared) - quads.slant(one, shared) > TURNED


def _runs_aslant(quad: Quad, line: Quad) -> bool:
    """Whether a line in a document does not run along its sides: it is of what lies on it, such as a card."""
    if not quads.contains(quad, line.mean(axis=0)):
        return False
    return _Span(line, quads.mapped(line, quads.flattening(quad)[0])).is_aslant


def _is_below(text: Outline, document: Quad) -> bool:
    """Whether text spans a place where a document lies aslant on it: print, of which nothing more is asked."""
    shared, size = quads.overlap(text.quad, document), quads.overlap(document, document)
    large = size > LARGE_PART * quads.overlap(text.quad, text.quad)
    return large and shared > COVERED * size and quads.slant(document, text.lines) > ASKEW


def _partly_edged(rest: Sequence[Quad], known: Sequence[Quad], search: Search) -> list[Quad]:
    """Return what a search finds among the lines that are left; a part of the only text, such as a cell of a form, is none."""
    found = search(rest, known) if len(rest) >= FEWEST_LINES else []
    held = len(rest) - len(_outside(found, rest))
    least = MOST_OF_ONE if len(found) == 1 else MOST_OF_SEVERAL
    return found if known or held >= least * len(rest) else []


def _beside(quad: Quad, others: Iterable[Quad]) -> list[Quad]:
    """Return what lies over or under a document, or turned against it; what does neither may be a part of it."""
    return [it for it in others if not are_apart(quad, it) or quads.turn(quad, it) > TURNED]


def _outside(known: Sequence[Quad], lines: Sequence[Quad]) -> list[Quad]:
    return [line for line in lines if not any(quads.contains(quad, line.mean(axis=0)) for quad in known)]


def is_alone(found: Sequence[Outline], quadrilaterals: Iterable[tuple[Quad, float]], lines: Sequence[Quad]) -> bool:
    """Whether one document was found, and nothing apart from it, or turned in it, has an edge all round and text inside."""
    return len(found) == 1 and not any(
        (are_apart(quad, found[0].quad) or quads.turn(quad, found[0].quad) > ASLANT)
        and any(quads.contains(quad, line.mean(axis=0)) for line in lines)
        for quad, _ in quadrilaterals
    )


def _strays(group: Sequence[Quad], rest: Sequence[Quad]) -> list[Quad]:
    """Return the lines that belong to the only group though they stand apart, as the bank's name at the top of a card."""
    quad = around(group).quad
    reach = STRAY * max(quads.flattening(quad)[1:])
    return [line for line in rest if quads.distance(quad, line) < reach] if len(rest) < len(group) else []


def _with_neighbours(quad: Quad, lines: Sequence[Quad], rest: Sequence[Quad], others: Sequence[Quad]) -> Outline:
    """Return the outline of a quadrilateral, moved outwards past the lines that stand right outside or on its border.

    A border that is faint on one side is found too far in, at a printed band or a fold. What reaches into one of the
    `others` is text of two documents in a row, and moves nothing; text all round is that of print under the document.
    """
    inside = [line for line in lines if quads.contains(quad, line.mean(axis=0))]
    alone = [line for line in (*inside, *rest) if not any(quads.overlap(line, other) > 0 for other in others)]
    level, width, height = quads.flattening(quad)
    flat = [it for line in alone if not (it := _Span(line, quads.mapped(line, level))).is_aslant]
    near: list[Quad] = []
    corners = np.array([(0.0, 0.0), (width, height)])
    middles = [quads.mapped(line, level).mean(axis=0) for line in rest]
    sides = _sides_with_text(middles, corners[1])
    if (sides >= ALL_ROUND and quads.slant(quad, rest) > ASKEW) or (
        sides > 1 and len(rest) > OUTNUMBERED * len(inside)
    ):
        return Outline(quad, tuple(inside))
    along = 0 if _are_level(inside, level) else 1
    for axis, end in ((0, width), (1, height)):
        beside = [it for it in flat if 0 <= it.middle[1 - axis] <= corners[1, 1 - axis]]
        for side, way in ((0, -1.0), (1, 1.0)):
            most = (MOST_GROWN * end, (MOST_ALONG if axis == along else MOST_GROWN) * end)
            edge, taken = _reached(beside, axis, way, side * end, most)
            corners[side, axis] = edge
            near += (it for it in taken if not any(it is known for known in (*inside, *near)))
    (left, top), (right, bottom) = corners
    moved = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return Outline(quads.mapped(moved, np.linalg.inv(level)).astype(np.float32), (*inside, *near))


def _sides_with_text(middles: Sequence[NDArray[Any]], size: NDArray[Any]) -> int:
    """Return beyond how many sides of a flat rectangle, from the origin to `size`, there are middles of lines."""
    beyond = {
        (axis, bool(middle[axis] > size[axis]))
        for middle in middles
        for axis in (0, 1)
        if 0 <= middle[1 - axis] <= size[1 - axis] and not 0 <= middle[axis] <= size[axis]
    }
    return len(beyond)


def _are_level(lines: Sequence[Quad], level: NDArray[Any]) -> bool:
    """Whether the lines run from side to side of what is flat, and not up and down."""
    return not lines or abs(quads.direction([quads.mapped(line, level) for line in lines])) < np.pi / 4


@frozen
class _Span:
    """A line, and where it is once the outline is flat: as the detector found it, which grows lines."""

    line: Quad = field(repr=False)
    flat: NDArray[Any] = field(repr=False)

    @property
    def middle(self) -> NDArray[Any]:
        middle: NDArray[Any] = self.flat.mean(axis=0)
        return middle

    @property
    def is_aslant(self) -> bool:
        """Whether this is a line, long enough to tell, that does not run along the sides."""
        sides = np.linalg.norm(self.flat - np.roll(self.flat, -1, axis=0), axis=1)
        angle = abs(quads.direction([self.flat]))
        return bool(sides.max() > TELLING * sides.min() and ASLANT < angle < np.pi / 2 - ASLANT)

    def ends(self, axis: int, way: float) -> tuple[float, float]:
        """Return the nearer and the farther end along one way, of the type itself."""
        along, grown = way * self.flat[:, axis], GROWN * quads.height(self.line)
        return float(along.min() + grown), float(along.max() - grown)


def _reached(
    spans: Sequence[_Span], axis: int, way: float, edge: float, most: tuple[float, float]
) -> tuple[float, list[Quad]]:
    """Return an edge moved past the lines on it and next to it, and these; text that goes on and on is of another document.

    It is moved at most so far in all, and so far past what stands wholly outside: most of a line on it is inside.
    """
    start = way * edge
    taken = [it for it in spans if _is_next(it, axis, way, start) and way * it.middle[axis] < start]
    end = on_it = _past(taken, axis, way, start)
    while more := [it for it in spans if _is_next(it, axis, way, end)]:
        taken += more
        end = _past(more, axis, way, end)
    if end - start > most[0] or end - on_it > most[1]:
        return edge, []
    return way * end, [it.line for it in taken]


def _past(spans: Sequence[_Span], axis: int, way: float, end: float) -> float:
    """Return an end moved past these lines."""
    return max([end, *(it.ends(axis, way)[1] + GROWN * quads.height(it.line) for it in spans)])


def _is_next(span: _Span, axis: int, way: float, end: float) -> bool:
    near, far = span.ends(axis, way)
    return far > end and near < end + REACH * quads.height(span.line)


def around(lines: Iterable[Quad]) -> Outline:
    """Return the outline that text alone suggests: the rectangle along its direction, with a margin."""
    known = tuple(lines)
    angle = quads.direction(known)
    turned = np.concatenate(known) @ quads.rotation(-angle).T
    margin = 0.9 * float(np.median([quads.height(line) for line in known]))
    (left, top), (right, bottom) = turned.min(axis=0) - margin, turned.max(axis=0) + margin
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return Outline((corners @ quads.rotation(angle).T).astype(np.float32), known)


def of_corners(corners: Corners, to_file: NDArray[Any], lines: Iterable[Quad]) -> Outline:
    """Return the outline with these corners in the pixels of the file."""
    quad = quads.mapped(np.array(corners, dtype=np.float32), np.linalg.inv(to_file)).astype(np.float32)
    inside = tuple(line for line in lines if quads.contains(quad, line.mean(axis=0)))
    return Outline(quad, inside)


def whole(pixels: Pixels, lines: Sequence[Quad]) -> Outline:
    """Return the outline of the whole picture."""
    height, width = pixels.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    return Outline(corners, tuple(lines))
