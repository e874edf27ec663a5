"""Labels with their values, wherever a form puts them: in the same line, to the right, below, over several lines.

A form is described by its labels alone. What is no label is a value, and belongs to the nearest label to its left in its
row; without one, to the value above whose column it goes on with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from attrs import field, frozen

from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.page import Box, Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, field_of
from ocr_async.local.reading.zones.labels import Label, Piece, pieces_of

REACH = 11.0
"""Heights of a label within which its value begins."""

WIDEST_GAP = 3.0
"""Heights of a line between two parts of a value."""


@frozen
class Entry:
    """A label that was found on a page, and the lines of its value as one row, from top to bottom."""

    name: str
    label: Line = field(repr=False)
    value: Row | None = field(repr=False)


@frozen(slots=False)
class Form:
    """The labels of a form that were found on a page, and the values that belong to each field."""

    page: Page = field(repr=False)
    entries: tuple[Entry, ...] = field(repr=False)

    @cached_property
    def labels(self) -> Mapping[str, Line]:
        """The first label of each field."""
        return {entry.name: entry.label for entry in reversed(self.entries)}

    @cached_property
    def values(self) -> Mapping[str, Row]:
        """The first value of each field."""
        return {entry.name: entry.value for entry in reversed(self.entries) if entry.value}

    def text(self, name: str) -> str:
        """Return a value as read, "" where there is none."""
        return self.values[name].text if name in self.values else ""

    def field(self, name: str, spelled: Callable[[str], str] = str, *, form: str = "") -> Field:
        """Return a value as a field, in the spelling that its field asks for; doubtful where it lacks its form."""
        row = self.values.get(name)
        if row is None:
            return MISSING
        whole = row.part(0, len(row.text))
        text = spelled(whole.text)
        fits = not form or re.fullmatch(form, text)
        return field_of(whole, text, whole.score if fits else doubtful(whole.score)) if text else MISSING

    def match(self, name: str, pattern: str | re.Pattern[str], spelled: Callable[[str], str] = str) -> Field:
        """Return the part of a value that a pattern finds, MISSING where it finds none."""
        row = self.values.get(name)
        found = re.search(pattern, row.text) if row else None
        if row is None or found is None:
            return MISSING
        line = row.group(found)
        return field_of(line, spelled(line.text))

    def match_anywhere(self, name: str, pattern: str | re.Pattern[str], anywhere: str | re.Pattern[str]) -> Field:
        """Return the part of a value that a pattern finds, else the first in the lines of the page, else the value."""
        beside = self.match(name, pattern)
        found = [] if beside.text else self.page.search(anywhere)
        return field_of(found[0][0].part(*found[0][1].span())) if found else beside if beside.text else self.field(name)

    def again(self, name: str, pattern: str) -> Field:
        """Read the place right of a label again, for a value that was not found there."""
        known = self.labels.get(name)
        if known is None:
            return MISSING
        box = known.box
        place = Box(box.right - 0.2 * box.height, box.top, min(box.right + 5 * box.height, self.page.width), box.bottom)
        found = self.page.reread_for(place, re.compile(pattern))
        return field_of(found[0], found[1][0], doubtful(found[0].score)) if found else MISSING


def read_form(page: Page, labels: Sequence[Label], *, below: bool = False) -> Form:
    """Find labels and values on a page; `below` where values stand under their labels, not beside them."""
    page = page.tight.without_overprints()
    pieces = pieces_of(page, labels)
    found = sorted((piece for piece in pieces if piece.label), key=lambda piece: piece.box.middle[1])
    given = _assigned(pieces, found, below=below)
    entries = (
        Entry(piece.label.name, piece.line, Row(tuple(_in_order(given[id(piece)]))) if id(piece) in given else None)
        for piece in found
        if piece.label and piece.label.name
    )
    return Form(page, tuple(entries))


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
