"""Finding where on a page a value stands: it is aligned with the lines that were read, errors of reading allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from attrs import define, evolve, field, frozen

from ocr_async.local.reading.page import Line
from ocr_async.review.spelling import Text, plain, spellings

MOST_ERRORS = 0.25
"""Of the characters of a value that may be read otherwise in the line."""

SHORTEST = 4
"""Characters from which a value may be found with errors."""

OTHER_SPELLING = 0.05
"""What a place costs where the value is spelt in another way than in the reply."""

AS_IT_IS, LABELLED = 0.05, 0.15
"""What a place gains where the value is spelt as in the reply, to the letter, and where its label stands before or over it."""

LEAST_COVERED = 0.6
"""Of a value over several lines: the part that the lines together have to have."""


@frozen
class Span:
    """A part of a line that may be a value."""

    line: int
    start: int
    """The first character of the line, and the one after the last."""
    end: int
    errors: int
    weight: float
    """How good it is: 1 for a whole line that is the value and nothing else."""


@define
class Lines:
    """The lines of a page, and which parts of them are taken by values that were found."""

    lines: Sequence[Line]
    _texts: list[Text] = field(init=False)
    _taken: list[Span] = field(factory=list[Span], init=False)

    def __attrs_post_init__(self) -> None:
        self._texts = [plain(line.text) for line in self.lines]

    def find(self, values: Mapping[str, object]) -> dict[str, list[Span]]:
        """Return where each value stands, long ones first: they leave the short ones less to be confused with."""
        known = {name: spellings(value) for name, value in values.items()}
        found: dict[str, list[Span]] = {}
        for name in sorted(known, key=lambda name: -max(map(len, known[name]), default=0)):
            spans = self._best(known[name], str(values[name]), _labels(name))
            self._taken += spans
            if spans:
                found[name] = spans
        return found

    def _best(self, texts: Sequence[str], value: str, labels: Sequence[str]) -> list[Span]:
        spans = [
            evolve(span, weight=span.weight - (OTHER_SPELLING if place else 0.0))
            for place, text in enumerate(texts)
            for span in self._spans(text)
        ]
        if spans:
            return [max(spans, key=lambda span: (self._merit(span, value, labels), -span.line))]
        return next((parts for text in texts if (parts := self._several(text))), list[Span]())

    def _merit(self, span: Span, value: str, labels: Sequence[str]) -> float:
        """Return how good a place is, with what is around it and what other values have taken."""
        text = self.lines[span.line].text
        as_is = AS_IT_IS if text[span.start : span.end] == value else 0.0
        beside = plain(text[: span.start]).plain + self._above(span)
        labelled = LABELLED if any(label in beside for label in labels) else 0.0
        return span.weight + as_is + labelled - self._overlap(span)

    def _above(self, span: Span) -> str:
        """Return the text of the line over a span, where a label may stand."""
        line = self.lines[span.line]
        box = line.part(span.start, span.end).box
        over = [
            (box.top - other.box.bottom, number)
            for number, other in enumerate(self.lines)
            if other.box.middle[1] < box.top and other.box.overlap_along(box) > 0.2
        ]
        gap, number = min(over, default=(box.height, -1))
        return self._texts[number].plain if gap < box.height else ""

    def _overlap(self, span: Span) -> float:
        """Return how much of a span is another value already."""
        shared = [
            min(span.end, other.end) - max(span.start, other.start) for other in self._taken if other.line == span.line
        ]
        return max([0, *shared]) / max(span.end - span.start, 1)

    def _spans(self, value: str) -> Iterator[Span]:
        for number, text in enumerate(self._texts):
            for start, end, errors in _matches(value, text.plain):
                whole = len(value) / max(len(text.plain), 1)
                first, last = text.places[start], text.places[end - 1] + 1
                edges = _is_edge(self.lines[number].text, first) + _is_edge(self.lines[number].text, last)
                weight = 0.7 + 0.1 * min(whole, 1.0) + 0.1 * edges - errors / len(value)
                yield Span(number, first, last, errors, weight)

    def _several(self, value: str) -> list[Span]:
        """Return the lines that are parts of a long value, in their order on the page."""
        if len(value) < 2 * SHORTEST:
            return []
        parts: list[Span] = []
        covered = 0
        for number, text in enumerate(self._texts):
            part = text.plain
            if len(part) < SHORTEST:
                continue
            start, end, length = _common(part, value)
            if length >= max(SHORTEST, 0.5 * min(len(part), len(value))) or (parts and length >= 0.8 * len(part)):
                parts.append(Span(number, text.places[start], text.places[end - 1] + 1, 0, 0.0))
                covered += length
        return _together(parts, self.lines) if covered >= LEAST_COVERED * len(value) else []


def _labels(name: str) -> list[str]:
    """Return the words of a field's name that a label may have."""
    last = [part for part in name.split(".") if not part.isdigit()][-1:]
    return [word for part in last for word in part.split("_") if len(word) >= SHORTEST]


def _together(parts: list[Span], lines: Sequence[Line]) -> list[Span]:
    """Leave out what lies far from the rest: another place that says the same."""
    kept = parts[:1]
    for before, after in pairwise(parts):
        gap = lines[after.line].box.top - lines[before.line].box.bottom
        if gap > 2 * lines[after.line].box.height:
            break
        kept.append(after)
    return kept


def _matches(value: str, text: str) -> Iterator[tuple[int, int, int]]:
    """Yield where a value stands in a text, with the number of errors: all exact places, or the best of the others."""
    at = text.find(value)
    if at >= 0:
        while at >= 0:
            yield at, at + len(value), 0
            at = text.find(value, at + 1)
        return
    most = int(len(value) * MOST_ERRORS)
    if len(value) >= SHORTEST and len(text) >= len(value) - most:
        start, end, errors = nearest(value, text)
        if errors <= most and start < end:
            yield start, end, errors


def nearest(value: str, text: str) -> tuple[int, int, int]:
    """Return the part of a text that is nearest to a value and the edits between them (Sellers' algorithm)."""
    costs = [(0, at) for at in range(len(text) + 1)]
    for row, wanted in enumerate(value, 1):
        before, costs = costs, [(row, 0)]
        for at, character in enumerate(text, 1):
            (diagonal, start), (above, above_start), (left, left_start) = before[at - 1], before[at], costs[at - 1]
            costs.append(
                min((diagonal + (wanted != character), start), (above + 1, above_start), (left + 1, left_start))
            )
    ends = ((cost, abs(end - start - len(value)), start, end) for end, (cost, start) in enumerate(costs))
    errors, _, start, end = min(ends)
    return start, end, errors


def _common(one: str, other: str) -> tuple[int, int, int]:
    """Return the longest part of a text that is in another one too: its start and end, and its length."""
    from difflib import SequenceMatcher  # noqa: PLC0415  values over several lines only

    found = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    return found.a, found.a + found.size, found.size


def _is_edge(text: str, at: int) -> bool:
    """Whether a word may begin or end here: at the ends of a line, and between characters of different kinds."""
    return at in {0, len(text)} or _kind(text[at - 1]) != _kind(text[at])


def _kind(character: str) -> int:
    if not character.isalnum():
        return 0
    return 1 if character.isdigit() else 2 if character.isascii() else 3
