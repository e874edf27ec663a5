"""Which of the quadrilaterals in a picture are documents: the text in them decides.

A document holds whole lines and cuts none; what several lie on, and what lies over parts of two, is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import cv2
import numpy as np
from attrs import field, frozen

from ocr_async.local.reading import quads

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Quad

COST_OF_SIZE = 0.06
"""Of fit, for an area 2.7 times as large: a soft shadow may have straighter sides than the document that casts it."""

FEWEST_LINES, MOST_LINES = 3, 250
"""Lines of text on a document: a card has few, a passport up to 40, an invoice with many items some hundred."""

MOST_CUT = 1 / 8
"""Lines of text that the border of a document cuts at most, for each inside: two may have been found as one."""

MOST_SLANT = 0.05
"""Radians between the lines and the sides of a document once it is flattened."""

ASLANT, LARGE_PART = 0.07, 0.15
"""Radians from the sides of print at which what lies on it is told apart, and the share of the area that it covers at
least: a stamp is smaller."""

MOST_HIDDEN, SAYS_MORE = 0.5, 6
"""Share of a document that another hides which lies on it at most, and the lines that a smaller thing than a large part
of it has to hold so as not to be a stamp."""

BAND, TRUE = (0.08, 0.35), 0.01
"""Of its extent that a document reaches past an inner border along a coloured band on one side, three times as far as on
the others; and how much worse than the inner border the outer one may fit."""

AS_LARGE = 0.12
"""By how much of a side documents of one size differ at most, as a camera sees them."""

TOUCHING = 0.05
"""Share of the smaller one that two documents have in common at most which touch, or lie a little over each other."""


@frozen
class Candidate:
    """A quadrilateral that may be a document: how well it fits its contour, and the lines in it."""

    quad: Quad = field(repr=False)
    fit: float
    lines: tuple[Quad, ...] = field(repr=False)


def documents_among(candidates: Sequence[Candidate]) -> list[Quad]:
    """Return the candidates that are documents, apart from each other.

    Those with most lines come first: an inner border, such as a coloured band, leaves some out. Then the best fit, not
    a wide shadow. With hardly a line only those are documents that are as large as one that has more.
    """
    ordered = sorted((it for it in candidates if len(it.lines) >= FEWEST_LINES), key=_merit, reverse=True)
    known: list[Candidate] = []
    for it in ordered:
        if all(are_apart(it.quad, other.quad) for other in known) and not _is_of_others(it, ordered):
            known.append(it)
    chosen = [_with_band(it, ordered, [other.quad for other in known if other is not it]) for it in known]
    for it in sorted(candidates, key=_merit, reverse=True):
        if all(are_apart(it.quad, other) for other in chosen) and any(_are_as_large(it.quad, one) for one in chosen):
            chosen.append(it.quad)
    return chosen


def _with_band(inner: Candidate, candidates: Iterable[Candidate], others: Sequence[Quad]) -> Quad:
    """Return the outer border of a document that ends in a coloured band, where that was found as well as the inner one.

    What is printed on the band may be too small to be seen at first. A shadow is narrower, or on more sides than one.
    """
    outer = (it.quad for it in candidates if it.fit > inner.fit - TRUE and _is_band_beyond(inner.quad, it.quad))
    return next((quad for quad in outer if all(are_apart(quad, other) for other in others)), inner.quad)


def _is_band_beyond(inner: Quad, outer: Quad) -> bool:
    level, width, height = quads.flattening(inner)
    near, far = np.split(np.sort(quads.mapped(outer, level) / (width, height), axis=0), 2)
    *same, band = sorted((*-near.mean(axis=0), *(far.mean(axis=0) - 1)), key=abs)
    return bool(BAND[0] < band < BAND[1] and 3 * abs(same[-1]) < band)


def lying_on(known: Sequence[Quad], candidates: Iterable[Candidate]) -> list[Quad]:
    """Return the candidates that are documents lying aslant on known ones, apart from each other; stamps are none."""
    chosen: list[Quad] = []
    for it in sorted(candidates, key=_merit, reverse=True):
        below = [quad for quad in known if not are_apart(it.quad, quad)]
        if below and all(_lies_on(it, quad) for quad in below) and all(are_apart(it.quad, other) for other in chosen):
            chosen.append(it.quad)
    return chosen


def _lies_on(it: Candidate, below: Quad) -> bool:
    area = cv2.contourArea(below)
    least = FEWEST_LINES if cv2.contourArea(it.quad) > LARGE_PART * area else SAYS_MORE
    hides = quads.overlap(it.quad, below) < MOST_HIDDEN * area
    return hides and len(it.lines) >= least and quads.slant(below, it.lines) > ASLANT


def _are_as_large(one: Quad, other: Quad) -> bool:
    sizes = [sorted(quads.flattening(quad)[1:]) for quad in (one, other)]
    return all(abs(mine - its) < AS_LARGE * its for mine, its in zip(*sizes, strict=True))


def _is_of_others(it: Candidate, others: Sequence[Candidate]) -> bool:
    return _is_ground(it, others) or _is_print_below(it, others) or _is_between(it, others)


def held_by(quad: Quad, lines: Sequence[Quad], most_cut: float = MOST_CUT) -> tuple[Quad, ...]:
    """Return the lines inside; none when too many others are cut, or when they do not run along the sides.

    `most_cut` is how many may be cut for each that is inside.
    """
    inside = tuple(line for line in lines if quads.contains(quad, line.mean(axis=0)))
    cut = sum(quads.is_cut(quad, line) and not _is_from_below(quad, line) for line in lines)
    if not 0 < len(inside) <= MOST_LINES or cut > int(most_cut * len(inside)) or quads.slant(quad, inside) > MOST_SLANT:
        return ()
    return inside


def _is_from_below(quad: Quad, line: Quad) -> bool:
    """Whether a line belongs to print on which a document lies aslant: mostly outside, and not along the sides."""
    return not quads.contains(quad, line.mean(axis=0)) and quads.slant(quad, [line]) > ASLANT


def _merit(it: Candidate) -> tuple[int, float]:
    return len(it.lines), it.fit - COST_OF_SIZE * float(np.log(cv2.contourArea(it.quad)))


def _is_ground(it: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether this is what several documents lie on: two or more of the others, apart, hold nearly all its lines."""
    area = cv2.contourArea(it.quad)
    parts = [
        other
        for other in others
        if 0.02 * area < cv2.contourArea(other.quad) < 0.6 * area and _share_held(other.lines, it.lines) > 0.8
    ]
    return any(
        len(chosen) > 1 and sum(len(part.lines) for part in chosen) >= 0.8 * len(it.lines)
        for chosen in (_apart_from(first, parts) for first in parts)
    )


def _is_print_below(it: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether this is print on which a document lies aslant: a large part of it, with text that runs along its own sides."""
    area = cv2.contourArea(it.quad)
    return any(
        len(other.lines) >= FEWEST_LINES
        and LARGE_PART * area < cv2.contourArea(other.quad) < 0.9 * area
        and _share_held(other.lines, it.lines) > 0.8
        and quads.slant(it.quad, other.lines) > ASLANT
        for other in others
        if other is not it
    )


def _is_between(it: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether this lies over parts of two documents: two of the others, apart, share its lines, and hold more.

    An inner part of a document may be one of the two unless both have truer sides.
    """
    parts = [other for other in others if 0 < _share_held(it.lines, other.lines) < 1]
    return any(
        are_apart(one.quad, other.quad)
        and _share_held(it.lines, (*one.lines, *other.lines)) > 0.9
        and _reach_out(it, one, other)
        for one, other in combinations(parts, 2)
    )


def _reach_out(it: Candidate, *parts: Candidate) -> bool:
    out = [_share_held(part.lines, it.lines) <= 0.8 for part in parts]
    return all(out) or (any(out) and all(part.fit > it.fit for part in parts))


def _apart_from(first: Candidate, others: Iterable[Candidate]) -> list[Candidate]:
    """Return one candidate, and those of the others in turn that are apart from all before."""
    chosen = [first]
    for other in others:
        if all(are_apart(other.quad, part.quad) for part in chosen):
            chosen.append(other)
    return chosen


def are_apart(one: Quad, other: Quad) -> bool:
    """Whether two quadrilaterals share no more than documents do that touch."""
    return quads.overlap(one, other) <= TOUCHING * min(cv2.contourArea(one), cv2.contourArea(other))


def _share_held(lines: Sequence[Quad], inside: Sequence[Quad]) -> float:
    """Return how many of these lines are among those inside another quadrilateral."""
    known = {id(line) for line in inside}
    return sum(id(line) in known for line in lines) / max(len(lines), 1)
