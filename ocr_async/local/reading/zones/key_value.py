"""Labels with their values, wherever a form puts them: in the same line, to the right, below, over several lines.

A form is described by its labels alone. Each label is looked for at the start of a line, and inside a line where a
colon follows or where it is said to stand there; one misread character in four is forgiven. What is no label is a
value, and belongs to the nearest label to its left in its row; without one, to the value above whose column it goes on
with. English under the Chinese of a label is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise

from attrs import field, frozen

from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.page import Box, Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, field_of

PUNCTUATION = ":;.,·。-_|丨 "
REACH = 11.0
"""Heights of a label within which its value begins."""

WIDEST_GAP = 3.0
"""Heights of a line between two parts of a value."""

SAME_ENGLISH = 0.72
MISREAD_PER = 4
"""Characters of a label for each one that may be misread."""


@frozen
class Label:
    """A label of a form: how it may be printed, and the field that stands beside it."""

    name: str
    """The field; labels of nothing that is asked for keep their values away from others and are called ""."""

    texts: tuple[str, ...]
    """Without white space and colon, such as "号牌号码"."""

    english: str = ""
    """What is printed in English under it, without white space."""

    inside: bool = False
    """Whether it also stands within a line, after the value of another, without a colon."""

    wraps: bool = False
    """Whether its value may run over several lines."""


def label(name: str, *texts: str, english: str = "", inside: bool = False, wraps: bool = False) -> Label:
    """Make a label from the ways in which it is printed."""
    return Label(name, texts, english.replace(" ", ""), inside, wraps)


@frozen
class Piece:
    """A part of a line: a label, or a value."""

    line: Line = field(repr=False)
    label: Label | None = None
    after: Piece | None = None
    """The label that it follows in its line: only the number of characters tells where it begins."""

    @property
    def box(self) -> Box:
        """Where it stands."""
        return self.line.box


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

    def match(self, name: str, pattern: str, spelled: Callable[[str], str] = str) -> Field:
        """Return the part of a value that a pattern finds, MISSING where it finds none."""
        row = self.values.get(name)
        found = re.search(pattern, row.text) if row else None
        if row is None or found is None:
            return MISSING
        line = row.group(found)
        return field_of(line, spelled(line.text))

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
    pieces = _with_lost(list(_pieces(_joined(page, labels), labels)), labels)
    found = sorted((piece for piece in pieces if piece.label), key=lambda piece: piece.box.middle[1])
    given = _assigned(pieces, found, below=below)
    entries = (
        Entry(piece.label.name, piece.line, Row(tuple(_in_order(given[id(piece)]))) if id(piece) in given else None)
        for piece in found
        if piece.label and piece.label.name
    )
    return Form(page, tuple(entries))


def known_labels(page: Page, labels: Sequence[Label]) -> int:
    """Return how many labels of three characters and more begin a line of the page, one misread character forgiven."""
    long = [[text for text in known.texts if len(text) > 2] for known in labels]
    texts = [line.text for line in page.tight.lines]
    return sum(
        any(_misread(text, each) * MISREAD_PER <= len(each) for text in texts for each in known) for known in long
    )


def _in_order(lines: Iterable[Line]) -> list[Line]:
    """Return the lines of a value from top to bottom, and from left to right where they share a row."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.middle[1]):
        if rows and rows[-1][0].box.apart_across(line.box) < 0.5:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.left)]


def _with_lost(pieces: list[Piece], labels: Sequence[Label]) -> list[Piece]:
    """Return the pieces with what is half a label taken for one, where that label stands nowhere else."""
    found = {text for piece in pieces if piece.label for text in piece.label.texts}
    lost = [(text, known) for known in labels if not found & set(known.texts) for text in known.texts]
    return [_as_label(piece, lost) if piece.label is None and piece.after is None else piece for piece in pieces]


def _as_label(piece: Piece, lost: Sequence[tuple[str, Label]]) -> Piece:
    text = piece.line.text.strip(PUNCTUATION)
    near = {
        id(known): known for each, known in lost if len(each) == len(text) and 2 * _misread(text, each) <= len(each)
    }
    return Piece(piece.line, next(iter(near.values()))) if len(near) == 1 else piece


def _joined(page: Page, labels: Sequence[Label]) -> list[Line]:
    """Return the lines, with those of a row joined that make up a label only together: 名 and 称."""
    wanted = {text for known in labels for text in known.texts}
    lines: list[Line] = []
    for row in page.rows:
        row_lines = list(row.lines)
        while row_lines:
            count = _parts_of_label(row_lines, wanted)
            part = Row(tuple(row_lines[:count]))
            lines.append(part.part(0, len(part.text)) if count > 1 else row_lines[0])
            del row_lines[:count]
    return lines


def _parts_of_label(lines: Sequence[Line], wanted: Iterable[str]) -> int:
    """Return how many of the lines a label is spread over, 1 when the first is whole."""
    head = lines[0].text.strip(PUNCTUATION)
    if not head or len(head) > 3 or head in wanted:
        return 1
    text = head
    for count, (line, after) in enumerate(pairwise(lines), start=2):
        if after.box.left - line.box.right > 4 * line.box.height:
            return 1
        text += after.text
        if any(text.startswith(known) and len(known) > len(head) for known in wanted):
            return count
        if not any(known.startswith(text) for known in wanted):
            return 1
    return 1


def _pieces(lines: Iterable[Line], labels: Sequence[Label]) -> Iterator[Piece]:
    english = [known.english for known in labels if known.english]
    for line in lines:
        if not any(_same_english(line.text, each) for each in english):
            yield from _parts(line, labels)


def _same_english(text: str, english: str) -> bool:
    latin = sum(character.isascii() and character.isalpha() for character in text)
    if latin < 2 or latin < 0.7 * len(text):
        return False
    return SequenceMatcher(None, text.lower(), english.lower(), autojunk=False).ratio() >= SAME_ENGLISH


def _parts(line: Line, labels: Sequence[Label]) -> Iterator[Piece]:
    """Yield the labels and values that a line is made of."""
    cuts = sorted(_labels_in(line.text, labels), key=lambda cut: (cut[0], -cut[1]))
    place, before = 0, None
    for start, end, known in cuts:
        if start < place:
            continue
        yield from _value(line, place, start, before)
        before = Piece(line.part(start, end), known)
        yield before
        place = end + _english_after(line.text[end:], known.english)
    yield from _value(line, place, len(line.text), before)


def _english_after(text: str, english: str) -> int:
    latin = re.match(r"[A-Za-z.']{2,}", text)
    return latin.end() if latin and english and _same_english(latin[0], english) else 0


def _value(line: Line, start: int, end: int, after: Piece | None) -> Iterator[Piece]:
    text = line.text[start:end]
    start += len(text) - len(text.lstrip(PUNCTUATION + ")"))
    end -= len(text) - len(text.rstrip("|丨")) if text.strip(PUNCTUATION) else len(text)
    if start < end:
        yield Piece(line.part(start, end), after=after)


def _labels_in(text: str, labels: Sequence[Label]) -> Iterator[tuple[int, int, Label]]:
    """Yield start and end of each label in a text: the likeliest at its start, others where a colon tells."""
    heads = [(_misread(text, each), -len(each), each, known) for known in labels for each in known.texts]
    fitting = [it for it in heads if it[0] * MISREAD_PER <= len(it[2]) and (it[0] == 0 or len(it[2]) >= MISREAD_PER)]
    if fitting:
        _, _, head, known = min(fitting, key=lambda it: it[:2])
        yield 0, len(head), known
    for known in labels:
        for each in known.texts:
            for found in re.finditer(re.escape(each), text):
                told = text[found.end() : found.end() + 1] == ":"
                if found.start() > 0 and (told or known.inside):
                    yield found.start(), found.end(), known


def _misread(text: str, known: str) -> int:
    """Return how many characters at the start of a text differ from a label."""
    return sum(map(str.__ne__, text, known)) + max(len(known) - len(text), 0)


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
