"""Pages that were drawn, as the bytes of a picture that its document type accepts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ocr_async.errors import SourceError

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_async.fields import ImageLimits

QUALITIES = (92, 75)


def within(picture: Image, limits: ImageLimits) -> Image:
    """Return a picture made smaller where a side is too long."""
    longest = max(picture.size)
    if longest <= limits.max_side:
        return picture
    scale = limits.max_side / longest
    small = picture.convert("L") if picture.mode == "1" else picture
    return small.resize((max(1, int(small.width * scale)), max(1, int(small.height * scale))))


def encoded(picture: Image, limits: ImageLimits, name: str) -> bytes:
    """Return the picture as PNG when it is black and white, as JPEG otherwise, at the cost of quality and then of size.

    Raises:
        SourceError: it is too many bytes at every size.
    """
    if picture.mode == "1":
        content = _saved(picture, "PNG")
        if _fits(content, limits):
            return content
    picture = picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    while min(picture.size) >= limits.min_side:
        for quality in QUALITIES:
            content = _saved(picture, "JPEG", quality=quality)
            if _fits(content, limits):
                return content
        picture = picture.reduce(2)
    raise SourceError(name, f"is over {limits.max_base64_bytes} bytes of base64 at every size")


def _saved(picture: Image, format_: str, **options: int) -> bytes:
    target = io.BytesIO()
    picture.save(target, format_, **options)
    return target.getvalue()


def _fits(content: bytes, limits: ImageLimits) -> bool:
    return len(content) * 4 <= (limits.max_base64_bytes - 4) * 3
