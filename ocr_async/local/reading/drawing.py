"""Draws what was read onto the picture: corners of documents, lines of text, names of fields."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import frozen

from ocr_async.local.reading.answers import best_document, documents_of, readers_of
from ocr_async.local.reading.classification import Known
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.reader import NONE_SAID, Field, Options, Value
from ocr_async.local.reading.registry import CLASSIFICATION
from ocr_async.local.reading.views import Views
from ocr_async.local.recognizer import Unreadable
from ocr_async.model import Corners

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_async.local.reading.engine import Engine

LONGEST_SIDE = 1600
DOCUMENT, LINE, FIELD = (0, 150, 60), (130, 160, 220), (210, 40, 40)


@frozen
class Marks:
    """Where a document, its lines and its fields are, as corners in the pixels of the picture file."""

    document: Corners
    lines: tuple[Corners, ...]
    fields: Mapping[str, Corners]


def show(engine: Engine, api: str, image: bytes, options: Options = NONE_SAID) -> bytes:
    """Read a picture and return it as a PNG file with what was read drawn on it; raises as `answers.answer` does."""
    return draw(image, list(marks(engine, api, image, options)))


def marks(engine: Engine, api: str, image: bytes, options: Options = NONE_SAID) -> Iterator[Marks]:
    """Yield the places on each document that the API would read."""
    views = Views(engine, image)
    if api == CLASSIFICATION:
        for one in documents_of(views, READERS):
            if one.reader.item_type:
                yield _marks(one, options)
        return
    yield _marks(best_document(views, READERS, readers_of(READERS, api), options), options)


def draw(image: bytes, marked: list[Marks]) -> bytes:
    """Return the picture as a PNG file with these places drawn on it, at most 1600 pixels long."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  heavy

    with Image.open(io.BytesIO(image)) as opened:
        factor = min(1.0, LONGEST_SIDE / max(opened.size))
        size = round(opened.width * factor), round(opened.height * factor)
        opened.draft("RGB", size)
        picture = opened.convert("RGB").resize(size)
    canvas = ImageDraw.Draw(picture)
    font = ImageFont.load_default(max(11, max(picture.size) // 80))

    def outline(corners: Corners, colour: tuple[int, int, int], width: int) -> tuple[float, float]:
        points = [(x * factor, y * factor) for x, y in corners]
        canvas.line([*points, points[0]], fill=colour, width=width)
        return points[0]

    for it in marked:
        for line in it.lines:
            outline(line, LINE, 1)
        for name, corners in it.fields.items():
            x, y = outline(corners, FIELD, 2)
            canvas.text((x, y), name, fill=FIELD, font=font, anchor="ls", stroke_width=2, stroke_fill="white")
        outline(it.document, DOCUMENT, 4)
    return _png(picture)


def _marks(known: Known, options: Options) -> Marks:
    page = known.page
    fields: Mapping[str, Value] = {}
    with suppress(Unreadable):
        fields = known.reader.read(page, options).fields
    places = {
        name: page.to_picture(it.box) for name, it in fields.items() if isinstance(it, Field) and it.box and it.text
    }
    return Marks(page.corners, tuple(page.to_picture(line.box) for line in page.lines), places)


def _png(picture: Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
