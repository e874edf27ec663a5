"""Pillow images: turned upright, on white paper, in a mode that every decoder knows."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ocr_async.sources.content import base64_length
from ocr_async.sources.headers import Header
from ocr_async.sources.picture import Picture, check_sides, in_memory
from ocr_async.sources.refusals import explained
from ocr_async.sources.threads import computed, in_thread

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_async.fields import ImageLimits

_JPEG_QUALITY = 95
_ORIENTATION = 0x0112
_AS_IT_IS = frozenset(("1", "L", "P", "RGB"))
_PREMULTIPLIED = {"La": "LA", "RGBa": "RGBA"}
_WHITES = (1, 255, 65535)


def is_pillow(source: object) -> bool:
    """Tell whether it is a Pillow image, without importing Pillow."""
    kind = getattr(sys.modules.get("PIL.Image"), "Image", None)  # it may be about to be imported in another thread
    return kind is not None and isinstance(source, kind)


async def open_pillow(image: Any, limits: ImageLimits) -> Picture:
    """Return a Pillow image as a PNG picture, as JPEG where that is too big.

    Raise SourceError when its file cannot be read or cut short, or its sides are out of range.
    """
    name = f"<Pillow image {image.width} x {image.height}, mode {image.mode}>"
    check_sides(name, Header("PNG", image.width, image.height), limits)
    await in_thread(_load, name, image)  # its file may hang, encoding does not
    return in_memory(name, await computed(_encoded, name, image, limits.max_base64_bytes), limits)


def _load(name: str, image: Image) -> None:
    with explained(name):
        image.load()


def _encoded(name: str, image: Image, most: int) -> bytes:
    with explained(name):
        page = readable(image)
        content = _saved(page, "PNG", compress_level=1)
        if base64_length(len(content)) > most:
            content = _saved(page if page.mode == "L" else page.convert("RGB"), "JPEG", quality=_JPEG_QUALITY)
        return content


def readable(image: Image) -> Image:
    """Return an image upright, on white paper, in a mode that JPEG or PNG and every decoder know (decodes it)."""
    return _converted(_upright(image))


def _upright(image: Image) -> Image:
    from PIL import ImageOps  # noqa: PLC0415  an extra

    try:
        turned = image.getexif().get(_ORIENTATION, 1) != 1
    except Exception:  # noqa: BLE001  damaged metadata, which is not the picture
        turned = False
    return ImageOps.exif_transpose(image) if turned else image


def _converted(image: Image) -> Image:
    if image.mode in _PREMULTIPLIED:
        image = image.convert(_PREMULTIPLIED[image.mode])
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    if image.mode == "F" or image.mode.startswith("I"):
        return _in_bytes(image if image.mode == "F" else image.convert("I"))
    return image if image.mode in _AS_IT_IS else image.convert("RGB")


def _on_white(image: Image) -> Image:
    from PIL import Image as images  # noqa: N813, PLC0415  an extra

    paper = images.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _in_bytes(image: Image) -> Image:
    """Return an image of large or real numbers as grey: white is 1, 255 or 65535, the least that fits."""
    highest: Any = image.getextrema()[1]
    white = next((white for white in _WHITES if highest <= white), highest)
    scale = 255 / white
    return image.point(lambda value: value * scale + 0).convert("L")


def _saved(image: Image, format_: str, **options: Any) -> bytes:
    target = BytesIO()
    image.save(target, format_, **options)
    return target.getvalue()
