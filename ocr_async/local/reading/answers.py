"""From the bytes of a picture to the `result` of its API: the way that every reader shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ocr_async.local.reading import classification
from ocr_async.local.reading.reader import Options, Reader
from ocr_async.local.reading.registry import READERS, reader_for
from ocr_async.local.recognizer import Refusal, Unreadable
from ocr_async.model import Json

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Engine
    from ocr_async.local.reading.page import Page

CLASSIFICATION = "auto-classification"


def answer(engine: Engine, api: str, image: bytes, options: Options) -> Json:
    """Return the value of `result` of one API for a picture; blocks for as long as reading takes (0.3 to 4 s).

    Raises `Unreadable` when the picture holds no document of that kind, and `Refusal` for an API without a reader.
    """
    if api == CLASSIFICATION:
        asked = options.get("type_list")
        types = [str(item) for item in asked] if isinstance(asked, Sequence) and not isinstance(asked, str) else None
        return classification.classify(pages(engine, image), READERS, types)
    reader = reader_for(api)
    if reader is None:
        raise Refusal("APIG.0101", f"The embedded service has no reader for {api}.")
    return reader.result(best_page(engine, image, reader), options)


def best_page(engine: Engine, image: bytes, reader: Reader) -> Page:
    """Return the page of a picture that is most like what the reader reads; raises `Unreadable` when none is."""
    found = [page for page in pages(engine, image) if classification.best_reader(page, READERS) is reader]
    if not found:
        found = [page for page in whole(engine, image) if classification.best_reader(page, READERS) is reader]
    if not found:
        raise Unreadable
    return max(found, key=lambda page: (reader.likeness(page), len(page.lines)))


def pages(engine: Engine, image: bytes) -> Iterator[Page]:
    """Yield an upright page for each document that can be told apart in a picture."""
    from ocr_async.local.reading import outlines, pictures, upright  # noqa: PLC0415  heavy

    picture = pictures.decode(image)
    for outline in outlines.find(picture.pixels, pictures.text_lines(engine, picture)):
        yield upright.page_of(engine, picture, outline)


def whole(engine: Engine, image: bytes) -> Iterator[Page]:
    """Yield all the text of a picture as one page: for a document whose border cannot be seen."""
    from ocr_async.local.reading import outlines, pictures, upright  # noqa: PLC0415  heavy

    picture = pictures.decode(image)
    lines = pictures.text_lines(engine, picture)
    if 0 < len(lines) <= outlines.MOST_LINES:
        yield upright.page_of(engine, picture, outlines.around(lines))
