"""What a reader is: declarations about one kind of document and the functions that find its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from attrs import field, frozen

from ocr_async.local.reading.page import Box, Line, Page, around
from ocr_async.model import Corners, Json

Options: TypeAlias = Mapping[str, Json]
NONE_SAID: Options = MappingProxyType({})


@frozen
class Field:
    """One field as read: the text as the service answers it, how sure that is (0 to 1), and where it stands."""

    text: str = ""
    confidence: float = 0.0
    box: Box | None = None


MISSING = Field()


def field_of(line: Line, text: str | None = None, confidence: float | None = None) -> Field:
    """Make a field from the line that holds it, with the text and confidence that repair left it with."""
    return Field(
        line.text if text is None else text, line.score if confidence is None else confidence, around([line.box])
    )


@frozen
class Reading:
    """What a reader found on a page."""

    fields: Mapping[str, Field] = field(repr=False)
    """By the names of the HTTP API."""

    extra: Mapping[str, Json] = field(default=NONE_SAID, repr=False)
    """Members of the result that are not plain text, such as `extra_info`."""


@frozen
class Reader:
    """One kind of document.

    `likeness` says how sure it is that a page is such a document (0 to 1) from what all of them have printed;
    from 0.5 on the page is taken for one. `read` finds the fields, and raises `Unreadable` when the ones are
    missing without which the document is worth nothing.
    """

    api: str
    """The last part of the path, such as "train-ticket"."""

    fields: tuple[str, ...]
    """The fields of the result in the order of the reference page; those not found are answered as ""."""

    likeness: Callable[[Page], float]
    read: Callable[[Page, Options], Reading]

    item_type: str | None = None
    """The `type` of an item of auto-classification; None when that API does not know the document."""

    confidence_names: Mapping[str, str] = NONE_SAID  # type: ignore[assignment]
    """The fields whose key in `confidence` is another one."""

    locates: bool = False
    """Whether the API has `return_text_location`."""

    optional: frozenset[str] = frozenset()
    """The fields that are left out of the result when not found."""

    def result(self, page: Page, options: Options = NONE_SAID) -> dict[str, Json]:
        """Read a page into the value of `result`, exactly as the HTTP API names and nests it."""
        reading = self.read(page, options)
        found = {name: reading.fields.get(name, MISSING) for name in self.fields}
        found = {name: it for name, it in found.items() if it.text or name not in self.optional}
        scores: dict[str, Json] = {
            self.confidence_names.get(name, name): round(it.confidence, 4) for name, it in found.items()
        }
        result: dict[str, Json] = {name: it.text for name, it in found.items()}
        result |= {**reading.extra, "confidence": scores}
        if self.locates and options.get("return_text_location"):
            result["text_location"] = text_location(page, reading)
        return result


def text_location(page: Page, reading: Reading) -> dict[str, Json]:
    """Return the corner points in the picture of every field that was found."""
    places: dict[str, Corners] = {
        name: page.to_picture(it.box) for name, it in reading.fields.items() if it.text and it.box
    }
    return {name: [list(point) for point in corners] for name, corners in places.items()}
