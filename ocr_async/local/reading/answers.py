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
    from ocr_async.local.reading.engine import Engine, Quad
    from ocr_async.local.reading.page import Page
    from ocr_async.local.reading.pictures import Picture

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
    picture, lines = _seen(engine, image)
    for outlined in (_apart, _together):
        found = [
            page for page in outlined(engine, picture, lines) if classification.best_reader(page, READERS) is reader
        ]
        if found:
            return max(found, key=lambda page: (reader.likeness(page), len(page.lines)))
    raise Unreadable


def pages(engine: Engine, image: bytes) -> Iterator[Page]:
    """Yield an upright page for each document that can be told apart in a picture."""
    yield from _apart(engine, *_seen(engine, image))


def _seen(engine: Engine, image: bytes) -> tuple[Picture, list[Quad]]:
    """Return the decoded picture and where it has text."""
    from ocr_async.local.reading import pictures  # noqa: PLC0415  heavy

    picture = pictures.decode(image)
    return picture, pictures.text_lines(engine, picture)


def _apart(engine: Engine, picture: Picture, lines: list[Quad]) -> Iterator[Page]:
    from ocr_async.local.reading import outlines, upright  # noqa: PLC0415  heavy

    for outline in outlines.find(picture.pixels, lines):
        yield upright.page_of(engine, picture, outline)


def _together(engine: Engine, picture: Picture, lines: list[Quad]) -> Iterator[Page]:
    """Yield all the text of a picture as one page: for a document whose border cannot be seen."""
    from ocr_async.local.reading import outlines, upright  # noqa: PLC0415  heavy

    if 0 < len(lines) <= outlines.MOST_LINES:
        yield upright.page_of(engine, picture, outlines.around(lines))
