"""From the bytes of a picture to the `result` of its API: the way that every reader shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ocr_async.local.reading import classification
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.engine import Engine
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import Layout, Options, Reader
from ocr_async.local.reading.registry import CLASSIFICATION
from ocr_async.local.reading.splits import part, splits
from ocr_async.local.reading.views import Views
from ocr_async.local.recognizer import Refusal, Unreadable
from ocr_async.model import Json

BOTH_SIDES = "double_side"
SMALL = frozenset({Layout.CARD, Layout.SLIP})
CLEARLY = 0.4
"""Likeness by which the parts of a page must be better known in sum than the page, for each but one."""

GAIN = 0.15
"""Likeness by which the whole of a picture must be better known than its parts."""


def answer(engine: Engine, api: str, image: bytes, options: Options, readers: Sequence[Reader] = READERS) -> Json:
    """Return the value of `result` of one API for a picture; blocks for as long as reading takes (0.3 to 4 s).

    Raises `Unreadable` when the picture holds no document of that kind, and `Refusal` for an API without a reader.
    """
    return answer_from(Views(engine, image), api, options, readers)


def answer_from(views: Views, api: str, options: Options, readers: Sequence[Reader]) -> Json:
    """Return what `answer` returns, from a picture that may have been looked at before."""
    if api == CLASSIFICATION:
        asked = options.get("type_list")
        types = [str(item) for item in asked] if isinstance(asked, Sequence) and not isinstance(asked, str) else None
        return classification.classify(pages_of(views, readers), readers, types)
    if options.get("side") == BOTH_SIDES:
        return _both_sides(views, readers, readers_of(readers, api), options)
    page, reader = best_page(views, readers, readers_of(readers, api), options)
    return reader.result(page, options)


def readers_of(readers: Iterable[Reader], api: str) -> list[Reader]:
    """Return the readers of an API, those of its sides or layouts; raises `Refusal` when there is none."""
    found = [reader for reader in readers if reader.api == api]
    if not found:
        raise Refusal("APIG.0101", f"The embedded service has no reader for {api}.")
    return found


def best_page(
    views: Views, readers: Sequence[Reader], wanted: Sequence[Reader], options: Options
) -> tuple[Page, Reader]:
    """Return the page of a picture that is most like what is wanted, and its reader; raises `Unreadable` when none is."""
    if wanted[0].layout is Layout.PICTURE:
        for page in views.whole():
            return page, wanted[0]
        raise Unreadable
    fitting = [one for one in _known(pages_of(views, readers), readers) if one[1] in wanted and one[1].serves(options)]
    if not fitting:
        fitting = [one for one in _known(views.together, readers) if one[1] in wanted and one[1].serves(options)]
    if not fitting:
        raise Unreadable
    return max(fitting, key=lambda one: (one[1].likeness(one[0]), len(one[0].lines)))


def pages_of(views: Views, readers: Sequence[Reader]) -> list[Page]:
    """Return the pages of the documents: those that can be told apart, or one of all the text where that tells more.

    A form that fills its picture has no border, but its cells have one each: what is known of the parts is less than
    what is known of the whole.
    """
    pages = [one for page in views.apart() for one in _parted(views, page, readers)]
    known = [(page, classification.best_reader(page, readers)) for page in pages]
    sure = [reader.likeness(page) for page, reader in known if reader is not None]
    if len(sure) > 1 or len(sure) == len(pages) > 0:
        return pages
    whole = [
        page for page, reader in _known(views.together, readers) if reader.likeness(page) > max(sure, default=0) + GAIN
    ]
    return whole or pages


def _parted(views: Views, page: Page, readers: Sequence[Reader]) -> list[Page]:
    """Return a page, or the two or four that it is made of: cards and slips that touch may have no edge between them.

    All parts have to be known, and together far better than the page is: one document may be known by each half.
    """
    whole = max((reader.likeness(page) for _, reader in _known([page], readers)), default=0.0)
    for boxes in splits(page):
        parts = _known([part(page, box) for box in boxes], readers)
        known = [reader.likeness(one) for one, reader in parts if reader.layout in SMALL]
        if len(known) == len(boxes) and sum(known) > whole + CLEARLY * (len(boxes) - 1):
            return list(views.cut(page, boxes))
    return [page]


def _known(pages: Iterable[Page], readers: Sequence[Reader]) -> Iterator[tuple[Page, Reader]]:
    for page in pages:
        reader = classification.best_reader(page, readers)
        if reader is not None:
            yield page, reader


def _both_sides(views: Views, readers: Sequence[Reader], wanted: Sequence[Reader], options: Options) -> Json:
    """Return the result of each side that the picture shows, by the name of the side."""
    sides: dict[str, Json] = {}
    for page, reader in _known(pages_of(views, readers), readers):
        if reader in wanted and reader.side:
            sides.setdefault(reader.side, reader.result(page, options))
    if not sides:
        raise Unreadable
    return sides
