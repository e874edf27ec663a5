"""Labels with their values, wherever a form puts them: in the same line, to the right, below, over several lines.

A form is described by its labels alone. What is no label is a value, and belongs to the nearest label to its left in its
row; without one, to the value above whose column it goes on with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from attrs import evolve

from ocr_async.local.reading.page import Box, Line, Page, Row
from ocr_async.local.reading.reader import Field, Options, Reading, Value, anchored
from ocr_async.local.reading.zones.forms import Entry, Form, Label
from ocr_async.local.reading.zones.labels import Piece, known_labels, pieces_of

More: TypeAlias = Callable[[Form, dict[str, Field]], Mapping[str, Value]]

REACH = 11.0
"""Heights of a label within which its value begins."""

OTHER = 0.3
"""The most likeness of a page that lacks what all documents of a kind say."""

WIDEST_GAP = 3.0
"""Heights of a line between two parts of a value."""

STAMPED = re.compile("已?(?:报销|审核|认证|付讫|收讫|入账)|(?:现金|银行|转账)[付收]讫|作废|与原件(?:一致|相符)")
"""What is stamped on a document when it has been dealt with: no value of it."""


def says(
    anchors: Mapping[float, Iterable[str]], labels: Sequence[Label] = (), each: float = 0.0, *, only_with: str = ""
) -> Callable[[Page], float]:
    """Return how like a page is to a form, told by anchors (patterns by their weight) and by `each` known label.

    `only_with` is a pattern without which a page is another document, whatever else it says.
    """
    weighed = [(pattern, weight) for weight, patterns in anchors.items() for pattern in patterns]

    def likeness(page: Page) -> float:
        found = min(1.0, anchored(page.tight, weighed) + each * known_labels(page, labels))
        return found if re.search(only_with, page.tight.text) else min(found, OTHER)

    return likeness


def reads(labels: Sequence[Label], more: More | None = None) -> Callable[[Page, Options], Reading]:
    """Return the `read` of a form whose labels declare its fields; `more` sees them all, and may change and add some."""

    def read(page: Page, _: Options) -> Reading:
        form = read_form(page, labels)
        fields = form.fields(labels)
        return Reading(more(form, fields) if more else fields)

    return read


def read_form(page: Page, labels: Sequence[Label], *, below: bool = False) -> Form:
    """Find labels and values on a page; `below` where values stand under their labels, not beside them."""
    page = _unstamped(page.tight.without_overprints())
    pieces = pieces_of(page, labels)
    found = sorted((piece for piece in pieces if piece.label), key=lambda piece: piece.box.middle[1])
    given = _assigned(pieces, found, below=below)
    entries = (
        Entry(piece.label.name, piece.line, Row(tuple(_in_order(given[id(piece)]))) if id(piece) in given else None)
        for piece in found
        if piece.label and piece.label.name
    )
    return Form(page, tuple(entries))


def _unstamped(page: Page) -> Page:
    """Return a page without the lines that are stamps alone."""
    return evolve(page, lines=tuple(line for line in page.lines if not STAMPED.fullmatch(line.text)))


def _in_order(lines: Iterable[Line]) -> list[Line]:
    """Return the lines of a value from top to bottom, and from left to right where they share a row."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.middle[1]):
        if rows and rows[-1][0].box.apart_across(line.box) < 0.5:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.left)]


def _assigned(pieces: Sequence[Piece], labels: Sequence[Piece], *, below: bool) -> dict[int, list[Line]]:
    """Return the lines of each label's value."""
    values = [piece for piece in pieces if not piece.label]
    nearest = {id(piece): piece.after or (_above if below else _left)(piece, labels) for piece in values}
    given: dict[int, list[Line]] = {}
    owners: list[tuple[Piece, Piece]] = []
    for piece in sorted(values, key=lambda one: (one.box.left, one.box.top)):
        owner = nearest[id(piece)]
        if owner is not None and (below or piece.after or _follows(piece, given.get(id(owner), []))):
            given.setdefault(id(owner), []).append(piece.line)
            owners.append((piece, owner))
    taken = {id(piece) for piece, _ in owners}
    for piece in sorted(values, key=lambda one: one.box.top):
        owner = None if id(piece) in taken else _owner_above(piece, owners)
        if owner is not None:
            given.setdefault(id(owner), []).append(piece.line)
            owners.append((piece, owner))
    return given


def _follows(piece: Piece, before: Sequence[Line]) -> bool:
    """Whether a value goes on with what stands before it in its row, without a wide gap."""
    return not before or piece.box.left - max(line.box.right for line in before) < WIDEST_GAP * piece.box.height


def _left(piece: Piece, labels: Sequence[Piece]) -> Piece | None:
    """Return the nearest label to the left of a value in its row."""
    box = piece.box
    near = [
        known
        for known in labels
        if known.box.left < box.left + 0.5 * box.height
        and known.box.right < box.right - 0.3 * box.height
        and _in_row(known.box, box)
        and box.left - known.box.right < REACH * max(known.box.height, box.height)
    ]
    return min(near, key=lambda known: max(box.left - known.box.right, 0) + 2 * _apart(known.box, box), default=None)


def _in_row(known: Box, box: Box) -> bool:
    height = max(known.height, box.height)
    return _apart(known, box) < 0.7 * height and (
        known.overlap_across(box) > 0.25 or 0 < box.middle[1] - known.middle[1] < 0.7 * height
    )


def _apart(one: Box, other: Box) -> float:
    return abs(one.middle[1] - other.middle[1])


def _above(piece: Piece, labels: Sequence[Piece]) -> Piece | None:
    """Return the nearest label over a value."""
    box = piece.box
    near = [
        known
        for known in labels
        if -0.4 * box.height < box.top - known.box.bottom < 2.2 * max(known.box.height, box.height)
        and min(box.right, known.box.right) > max(box.left, known.box.left) - 0.5 * box.height
    ]
    return min(near, key=lambda known: (box.top - known.box.bottom, abs(box.left - known.box.left)), default=None)


def _owner_above(piece: Piece, owners: Sequence[tuple[Piece, Piece]]) -> Piece | None:
    """Return the label of the value above, where this one goes on with it: close below, as large, as far left."""
    near = [
        (other, owner) for other, owner in owners if owner.label and owner.label.wraps and _goes_on(other, piece.box)
    ]
    return max(near, key=lambda one: one[0].box.bottom, default=(None, None))[1]


def _goes_on(above: Piece, box: Box) -> bool:
    other = above.box
    height = min(box.height, other.height)
    slack = 6.0 if above.after else 1.6
    return (
        -0.5 * height < box.top - other.bottom < 0.8 * height
        and -1.6 * height < box.left - other.left < slack * height
        and 0.65 < box.height / other.height < 1.5
    )
