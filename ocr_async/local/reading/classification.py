"""Which reader a page belongs to, and the answer of auto-classification: every document, each read by its own reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from attrs import frozen

from ocr_async.local.reading.page import Box, Page
from ocr_async.local.reading.reader import Layout, Reader
from ocr_async.local.recognizer import Unreadable
from ocr_async.model import Json

LEAST_LIKENESS = 0.5


@frozen(slots=False, eq=False)
class Known:
    """A page and the reader that knows it best: asked once, since all readers together take as long as a strip."""

    page: Page
    reader: Reader

    @cached_property
    def likeness(self) -> float:
        """How sure the reader is, 0 to 1, now that it may look at the page again."""
        return self.reader.likeness(self.page)


def known(page: Page, readers: Sequence[Reader]) -> Known | None:
    """Return a page with the reader that knows it best, None when it is like none of them."""
    reader = best_reader(page, readers)
    return Known(page, reader) if reader else None


def best_reader(page: Page, readers: Sequence[Reader]) -> Reader | None:
    """Return the reader that knows the page best, None when it is like none of them.

    Only a page that none knows at a glance is looked at again by those that may: that takes as long as reading it.
    """
    fitting = [reader for reader in readers if len(page.lines) <= reader.layout.value]
    return likeliest(page.at_a_glance, fitting) or likeliest(page, fitting)


def likeliest(page: Page, readers: Sequence[Reader]) -> Reader | None:
    """Return the reader that knows the page best, however many lines it has, None when it is like none of them."""
    readers = [reader for reader in readers if reader.layout is not Layout.PICTURE]
    likeness = {id(reader): reader.likeness(page) for reader in readers}
    best = max(readers, key=lambda reader: likeness[id(reader)], default=None)
    return best if best and likeness[id(best)] >= LEAST_LIKENESS else None


def classify(found: Iterable[Known], type_list: Sequence[str] | None) -> list[Json]:
    """Return an item for each page of a type that is asked for; raises `Unreadable` when there is none.

    All readers have had their say before `type_list` is looked at, so that a ticket is never offered as an invoice.
    """
    items: list[Json] = []
    for one in found:
        item_type = one.reader.item_type
        if item_type and (not type_list or item_type in type_list):
            items.append(_item(one.page, one.reader, item_type))
    if not items:
        raise Unreadable
    return items


def _item(page: Page, reader: Reader, item_type: str) -> Json:
    content: Json = {}
    status = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    try:
        content = reader.result(page)
    except Unreadable as refusal:
        status = {"error_code": refusal.code, "error_msg": refusal.message}
    location = page.points(Box(0.0, 0.0, page.width, page.height))
    return {"status": status, "type": item_type, "location": location, "content": content}
