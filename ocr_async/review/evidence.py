"""Where on the picture each field stands: what the API said of it, else what the lines of the picture say."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from ocr_async.errors import OcrError, SourceError
from ocr_async.fields import Quad
from ocr_async.jobs.scores import is_empty
from ocr_async.jobs.values import Path, Value, inside, values
from ocr_async.model import Json

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_async.local.reading.page import Page

Picture: TypeAlias = "str | os.PathLike[str] | bytes | Image"
"""A picture: its path, its bytes, or a Pillow image."""

LONGEST_VALUE = 400
"""Characters; what is longer is no field that is printed in one place."""


def evidence(result: Json, picture: Picture) -> dict[str, Quad]:
    """Return the place of each field of a plain result, by its dotted name; what is not found is left out.

    Takes 0.3 to 4 s where the API gave no places (blocks: call it in a thread).

    Raises:
        OcrError: the picture cannot be read, or the extra `local` is missing and the API gave no places.
    """
    found = dict(_given(result, ""))
    missing = {each.name: each for each in values(result) if each.name not in found and _is_printed(each)}
    if not missing:
        return found
    try:
        from ocr_async.review.lines import pages_of  # noqa: PLC0415  the extra `local`

        pages = pages_of(read_picture(picture))
    except ModuleNotFoundError as error:
        if found:
            return found
        raise OcrError(f"places need {error.name}: pip install 'ocr-async[local]'") from error
    return found | _aligned(result, missing, pages)


def read_picture(picture: Picture) -> bytes:
    """Return the bytes of a picture.

    Raises:
        SourceError: it cannot be read.
    """
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, str | os.PathLike):
        try:
            return pathlib.Path(picture).read_bytes()
        except (OSError, ValueError) as error:
            raise SourceError(os.fspath(picture), getattr(error, "strerror", None) or str(error)) from error
    from io import BytesIO  # noqa: PLC0415

    target = BytesIO()
    picture.convert("RGB").save(target, "PNG")
    return target.getvalue()


def _given(result: Json, prefix: str) -> Iterator[tuple[str, Quad]]:
    """Yield the places that the API gave: `text_location` of fields, `location` of blocks of text."""
    if isinstance(result, list):
        for place, inner in enumerate(result):
            yield from _given(inner, f"{prefix}{place}.")
    if not isinstance(result, Mapping):
        return
    for name, inner in result.items():
        if name == "text_location" and isinstance(inner, Mapping):
            quads = ((f"{prefix}{key}", _quad(corners)) for key, corners in inner.items())
            yield from ((key, quad) for key, quad in quads if quad)
        elif name == "location" and "words" in result and (quad := _quad(inner)):
            yield f"{prefix}words", quad
        elif isinstance(inner, Mapping | list):
            yield from _given(inner, f"{prefix}{name}.")


def _quad(corners: Json) -> Quad | None:
    if not isinstance(corners, list | tuple):
        return None
    points = [tuple(point) for point in corners if isinstance(point, list | tuple) and len(point) == 2]
    numbers = [tuple(round(side) for side in point if isinstance(side, int | float)) for point in points]
    quad = Quad((point[0], point[1]) for point in numbers if len(point) == 2)
    return quad if len(quad) == 4 else None


def _is_printed(value: Value) -> bool:
    if isinstance(value.value, bool) or is_empty(value.value):
        return False
    last = value.path[-1] if value.path else ""
    about = last in ("error_code", "error_msg") or (
        last == "type" and value.path[0] == "items" and len(value.path) == 3
    )
    return not about and len(str(value.value)) <= LONGEST_VALUE


def _aligned(result: Json, wanted: Mapping[str, Value], pages: list[Page]) -> dict[str, Quad]:
    """Look for values on the pages; what belongs to one document of several, on the page of that document."""
    found: dict[str, Quad] = {}
    for corners, names in _by_document(result, wanted):
        texts = {name: wanted[name].value for name in names}
        for page in _on(pages, corners):
            for name, quad in _on_page(texts, page).items():
                found.setdefault(name, quad)
    return found


def _by_document(result: Json, wanted: Mapping[str, Value]) -> Iterator[tuple[Quad | None, list[str]]]:
    items = result.get("items") if isinstance(result, Mapping) else None
    grouped: dict[Path | None, list[str]] = {}
    for name, value in wanted.items():
        is_inner = isinstance(items, list) and value.path[:1] == ("items",)
        grouped.setdefault(value.path[1:2] if is_inner else None, []).append(name)
    for path, names in grouped.items():
        item = inside(items, path) if path else None
        yield (_quad(item.get("location")) if isinstance(item, Mapping) else None), names


def _on(pages: list[Page], corners: Quad | None) -> list[Page]:
    """Return the pages whose middle lies in a document, the nearest first; all where that tells nothing."""
    if corners is None:
        return sorted(pages, key=lambda page: -len(page.lines))
    left, top, right, bottom = corners.box

    def apart(page: Page) -> float:
        x, y = Quad(page.corners).center
        return abs(x - (left + right) / 2) + abs(y - (top + bottom) / 2)

    return sorted(pages, key=apart)[:1]


def _on_page(texts: Mapping[str, object], page: Page) -> dict[str, Quad]:
    from ocr_async.local.reading.page import around  # noqa: PLC0415  the extra `local`
    from ocr_async.review.alignment import Lines  # noqa: PLC0415
    from ocr_async.review.lines import place_of  # noqa: PLC0415

    found: dict[str, Quad] = {}
    for name, spans in Lines(page.lines).find(texts).items():
        boxes = [place_of(page, page.lines[span.line], span.start, span.end) for span in spans]
        found[name] = Quad(page.to_picture(around(boxes)))
    return found
