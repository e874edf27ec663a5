"""Documents that lie on a sheet, beside or over each other like tiles, as receipts do that were pasted on paper.

Hardly one of them has an edge all round, but straight edges surround most of each. What they surround is a document if
its text says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from ocr_async.local.reading import quads, sides
from ocr_async.local.reading.candidates import FEWEST_LINES
from ocr_async.local.reading.outlines import Outline, around

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr_async.local.reading.engine import Pixels, Quad

FAR = 8.0
"""Heights of a line from all text from which on an edge is not that of a document but of the sheet."""

BORDER = 4.0
"""Pixels at which edges are looked for within which an edge outside is that of the border."""


def documents_on(sheet: Outline, pixels: Pixels, accept: Callable[[Quad], bool]) -> list[Outline]:
    """Return what straight edges surround on a sheet and `accept` takes; what was found first lies on top.

    Text that nothing surrounds is a document by itself, if it is taken.
    """
    if len(sheet.lines) < FEWEST_LINES:
        return []
    found = sides.documents(_edges(sheet, pixels), sheet.lines, [], accept)
    surrounded = [it for place, quad in enumerate(found) if (it := _below(quad, found[:place], sheet)).lines]
    rest = [line for line in sheet.lines if not any(quads.contains(quad, line.mean(axis=0)) for quad in found)]
    texts = (around(group) for group in quads.neighbours(rest) if len(group) >= FEWEST_LINES)
    return [*surrounded, *(evolve(text, hidden=tuple(found)) for text in texts if accept(text.quad))]


def _edges(sheet: Outline, pixels: Pixels) -> sides.Pieces:
    """Return the straight edges on a sheet that are not its own, looked for from near."""
    left, top = np.maximum(sheet.quad.min(axis=0), 0).astype(int).tolist()
    right, bottom = sheet.quad.max(axis=0).astype(int).tolist()
    found = sides.pieces(pixels[top : bottom + 1, left : right + 1])
    ends = found.ends + np.array((left, top))
    text, reach = around(sheet.lines).quad, FAR * float(np.median([quads.height(line) for line in sheet.lines]))

    def is_near(middle: NDArray[Any]) -> bool:
        return quads.contains(sheet.quad, middle, BORDER * found.pixel) and quads.contains(text, middle, reach)

    return sides.Pieces(ends[np.array([is_near(middle) for middle in ends.mean(axis=1)], bool)], found.pixel)


def _below(quad: Quad, others: list[Quad], sheet: Outline) -> Outline:
    over = tuple(other for other in others if quads.overlap(other, quad) > 0)
    middles = ((line, line.mean(axis=0)) for line in sheet.lines)
    own = (line for line, at in middles if quads.contains(quad, at) and not any(quads.contains(it, at) for it in over))
    return Outline(quad, tuple(own), over)
