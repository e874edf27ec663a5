"""The labels of a form in the lines of a page: at the start of a line, and inside it where a colon follows.

One misread character in four is forgiven; English under the Chinese of a label is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from attrs import field, frozen

from ocr_async.local.reading.page import Box, Line, Page, Row
from ocr_async.local.reading.zones.forms import Label

PUNCTUATION = ":;.,·。-_|丨 "
SAME_ENGLISH = 0.72
LATIN = re.compile(r"[^\W\d_一-鿿]+(?:\W[^\W\d_一-鿿]+)*\W?")
ILLEGIBLE = 0.75
"""The score below which Latin letters on a form in two languages are the English of a label."""

IN_COLUMN = 0.6
"""Heights of a label that the left ends of two labels in one column are apart at most."""

MISREAD_PER = 4
"""Characters of a label for each one that may be misread."""


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


def pieces_of(page: Page, labels: Sequence[Label]) -> list[Piece]:
    """Return the labels and the values that the lines of a page are made of."""
    return _with_lost(list(_pieces(_joined(page, labels), labels)), labels)


def known_labels(page: Page, labels: Sequence[Label]) -> int:
    """Return how many labels of three characters and more begin a line of the page, one misread character forgiven."""
    long = [[text for text in known.texts if len(text) > 2] for known in labels]
    texts = [line.text for line in page.tight.lines]
    return sum(
        any(_misread(text, each) * MISREAD_PER <= len(each) for text in texts for each in known) for known in long
    )


def _with_lost(pieces: list[Piece], labels: Sequence[Label]) -> list[Piece]:
    """Return the pieces with what is half a label taken for one, where that label stands nowhere else.

    It is a piece of its own, or begins one that stands in the column of the labels.
    """
    found = {text for piece in pieces if piece.label for text in piece.label.texts}
    lost = [(text, known) for known in labels if not found & set(known.texts) for text in known.texts]
    column = [piece.box for piece in pieces if piece.label and piece.label.name]
    return [part for piece in pieces for part in (_as_label(piece, lost, column) if _is_free(piece) else [piece])]


def _is_free(piece: Piece) -> bool:
    return piece.label is None and piece.after is None


def _as_label(piece: Piece, lost: Sequence[tuple[str, Label]], column: Sequence[Box]) -> list[Piece]:
    text = piece.line.text.strip(PUNCTUATION)
    head = any(abs(piece.box.left - box.left) < IN_COLUMN * box.height for box in column)
    near = {
        (len(each), id(known)): known
        for each, known in lost
        if (len(each) == len(text) or (head and len(each) < min(len(text), MISREAD_PER)))
        and 2 * _misread(text, each) <= len(each)
    }
    if len(near) != 1:
        return [piece]
    ((length, _), known) = next(iter(near.items()))
    if length == len(text):
        return [Piece(piece.line, known)]
    start = Piece(piece.line.part(0, length), known)
    return [start, Piece(piece.line.part(length, len(piece.line.text)), after=start)]


def _joined(page: Page, labels: Sequence[Label]) -> list[Line]:
    """Return the lines, with those of a row joined that make up a label only together: 名 and 称."""
    wanted = {text for known in labels for text in known.texts}
    lines: list[Line] = []
    for row in page.rows:
        row_lines = list(row.lines)
        while row_lines:
            count = _parts_of_label(row_lines, wanted)
            part = Row(tuple(row_lines[:count]))
            lines.append(part.whole if count > 1 else row_lines[0])
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
        if not (any(_same_english(line.text, each) for each in english) or (english and _is_tiny_english(line))):
            yield from _parts(line, labels)


def _is_tiny_english(line: Line) -> bool:
    """Whether a line is Latin letters that hardly can be read: the English under the labels is the smallest print."""
    return line.score < ILLEGIBLE and LATIN.fullmatch(line.text) is not None


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
