"""What a reader is: all that is known of one kind of document, and the functions that know it and find its fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from attrs import evolve, field, frozen

from ocr_async.local.apis import Api
from ocr_async.local.reading.page import Box, Line, Page, Row, around
from ocr_async.local.recognizer import Unreadable
from ocr_async.model import Json

Options: TypeAlias = Mapping[str, Json]
NONE_SAID: Options = MappingProxyType({})
NO_NAMES: Mapping[str, str] = MappingProxyType({})


class Layout(Enum):
    """How a document is laid out, with the lines of text that one of its kind has at most."""

    CARD = 60
    """A card or the page of a booklet: a few lines at places that never change."""

    SLIP = 80
    """A printed form or receipt: labels with their values."""

    PAGE = 120
    """A certificate: labels and running text."""

    TABLE = 250
    """A form of many cells."""

    PICTURE = 1000
    """Not a document but whatever text a picture holds: it is read whole, and takes no part in classification."""


@frozen
class Field:
    """One field as read: the text as the service answers it, how sure that is (0 to 1), and where it stands.

    A field without text is false, so that `beside or below` is the first of the two that says anything.
    """

    text: str = ""
    confidence: float = 0.0
    box: Box | None = None

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.text)

    def judged(self, judge: Callable[[float], float]) -> Field:
        """Return the field with its confidence moved, by `confidence.confirmed` or `confidence.doubtful`."""
        return evolve(self, confidence=judge(self.confidence))

    def spelled(self, spell: Callable[[str], str]) -> Field:
        """Return the field with its text in another spelling."""
        return evolve(self, text=spell(self.text))


MISSING = Field()
Value: TypeAlias = Field | Sequence["Value"] | Mapping[str, "Value"]
"""A field, or a list or a table of fields such as the items of an invoice."""


def field_of(line: Line, text: str | None = None, confidence: float | None = None) -> Field:
    """Make a field from the line that holds it, with the text and confidence that repair left it with."""
    return Field(
        line.text if text is None else text, line.score if confidence is None else confidence, around([line.box])
    )


def first_in(parts: Iterable[Row | Line], pattern: str | re.Pattern[str], group: str | int = 0) -> Field:
    """Return what a pattern finds first in some lines or rows, or one of its groups; MISSING where it finds nothing."""
    found = ((part, re.search(pattern, part.text)) for part in parts)
    return next((field_of(part.group(match, group)) for part, match in found if match), MISSING)


@frozen
class Reading:
    """What a reader found on a page."""

    fields: Mapping[str, Value] = field(repr=False)
    """By the names of the HTTP API."""

    extra: Mapping[str, Json] = field(default=NONE_SAID, repr=False)
    """Members of the result that are not read text, such as `extra_info`."""


@frozen
class Reader:
    """One kind of document.

    `likeness` says how sure it is that a page is such a document (0 to 1) from what all of them have printed;
    from 0.5 on the page is taken for one. `read` finds the fields, and may raise `Unreadable` when the document is
    worth nothing.
    """

    api: str
    """The last part of the path, such as "train-ticket". Two sides of one document are two readers of one API."""

    versions: Mapping[str, Api]
    """The limits and parameters of the API by its version in the path, "v1.0" or "v2"."""

    fields: tuple[str, ...]
    """The fields of the result in the order of the reference page; those not found are answered as ""."""

    read: Callable[[Page, Options], Reading]

    likeness: Callable[[Page], float] = field(default=lambda _: 0.0)
    """Readers of `Layout.PICTURE` have none: they take whatever there is."""

    layout: Layout = Layout.SLIP

    needs: tuple[str, ...] = ()
    """The fields one of which at least has to be found, or the document is `Unreadable`; none asks for none."""

    item_type: str | None = None
    """The `type` of an item of auto-classification; None when that API does not know the document."""

    side: str | None = None
    """What the parameter `side` calls this side of the document, where the API has that parameter."""

    side_unsaid: str | None = None
    """The side that is meant when none is said; None when the service finds out."""

    confidence_names: Mapping[str, str] = NO_NAMES
    """The fields whose key in `confidence` is another one."""

    confidence_when: str | None = ""
    """The parameter that asks for `confidence`; "" when it is always answered, None when never."""

    optional: frozenset[str] = frozenset()
    """The fields that are left out of the result when not found."""

    @property
    def _locates(self) -> bool:
        return any("return_text_location" in api.parameters for api in self.versions.values())

    def serves(self, options: Options) -> bool:
        """Whether a call with these options may mean this side."""
        asked = options.get("side") or self.side_unsaid
        return self.side is None or asked is None or asked == self.side

    def result(self, page: Page, options: Options = NONE_SAID) -> dict[str, Json]:
        """Read a page into the value of `result`, as the HTTP API names and nests it; raises `Unreadable`."""
        reading = self.read(page, options)
        if self.needs and not any(reading.fields.get(name) for name in self.needs):
            raise Unreadable
        found = {name: reading.fields.get(name, MISSING) for name in self.fields}
        found = {name: it for name, it in found.items() if name not in self.optional or it != MISSING}
        result: dict[str, Json] = {name: _texts(it) for name, it in found.items()} | dict(reading.extra)
        if self.confidence_when == "" or (self.confidence_when and options.get(self.confidence_when)):
            result["confidence"] = {self.confidence_names.get(name, name): _scores(it) for name, it in found.items()}
        if self.fields and options.get("return_text_location") and self._locates:
            result["text_location"] = text_location(page, reading)
        return result


def anchored(page: Page, anchors: Iterable[tuple[str | re.Pattern[str], float]]) -> float:
    """Return how much of what a kind of document says is on the page: the weights of the patterns found, at most 1."""
    return min(1.0, sum(weight for pattern, weight in anchors if re.search(pattern, page.text, re.MULTILINE)))


def text_location(page: Page, reading: Reading) -> dict[str, Json]:
    """Return the corner points in the picture of every field that was found."""
    fields = reading.fields.items()
    return {name: page.points(it.box) for name, it in fields if isinstance(it, Field) and it and it.box}


def _texts(value: Value) -> Json:
    if isinstance(value, Field):
        return value.text
    if isinstance(value, Mapping):
        return {name: _texts(it) for name, it in value.items()}
    return [_texts(it) for it in value]


def _scores(value: Value) -> Json:
    if isinstance(value, Field):
        return round(value.confidence, 4)
    if isinstance(value, Mapping):
        return {name: _scores(it) for name, it in value.items()}
    return [_scores(it) for it in value]
