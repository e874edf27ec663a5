"""A picture with the fields of its result drawn on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr_async.fields import Quad, Result
from ocr_async.fields.display import LOW_CONFIDENCE
from ocr_async.jobs.values import values
from ocr_async.review.evidence import Picture, evidence, read_picture
from ocr_async.review.pictures import decoded, flat

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

LONGEST_SIDE = 1600
SURE, DOUBTFUL, WRONG = (11, 92, 173), (200, 110, 0), (200, 30, 60)


def drawn(result: Result, picture: Picture) -> Image:
    """Return a picture, at most 1600 pixels long, with a frame and the name at the place of each field.

    Raises:
        OcrError: it cannot be read, or the extra `local` is missing and the API gave no places.
    """
    from PIL import ImageDraw, ImageFont  # noqa: PLC0415  an extra

    content = read_picture(picture)
    places, colours = evidence(result.to_dict(), content), _colours(result)
    with decoded(content) as opened:
        factor = min(1.0, LONGEST_SIDE / max(opened.size))
        sheet = flat(opened).resize((round(opened.width * factor), round(opened.height * factor)))
    canvas, font = ImageDraw.Draw(sheet), ImageFont.load_default(max(11, max(sheet.size) // 90))
    for name, quad in places.items():
        _frame(canvas, font, name, quad, factor, colours.get(name, SURE))
    return sheet


def _frame(  # noqa: PLR0913, PLR0917  what it takes to draw one
    canvas: ImageDraw,
    font: FreeTypeFont | ImageFont,
    name: str,
    quad: Quad,
    factor: float,
    colour: tuple[int, int, int],
) -> None:
    points = [(x * factor, y * factor) for x, y in quad]
    canvas.line([*points, points[0]], fill=colour, width=2)
    label = name.rpartition("content.")[2]
    canvas.text(points[0], label, fill=colour, font=font, anchor="ls", stroke_width=2, stroke_fill="white")


def _colours(result: Result) -> dict[str, tuple[int, int, int]]:
    """Return the colour of each field that deserves a look."""
    low = {each.name: DOUBTFUL for each in values(result.to_dict()) if (each.score or 1.0) < LOW_CONFIDENCE}
    wrong = {name: WRONG for each in result.disagreements for name in each.fields}
    return low | wrong
