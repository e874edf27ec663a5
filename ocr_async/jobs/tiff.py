"""The pages of TIFF files as pictures, found without decoding any."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any, BinaryIO

from ocr_async.errors import JobError, SourceError
from ocr_async.fields import ImageLimits
from ocr_async.jobs.drawing import encoded, within

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PAGES = 10_000
"""More than that is a chain that leads back into itself, or no document."""

_NEW_SUBFILE_TYPE = 254
_REDUCED, _MASK = 1, 4
"""Bits of that tag: a smaller copy of a page, and what of it is transparent; neither is a page."""


def pages_of(file: BinaryIO, name: str = "TIFF") -> list[int]:
    """Return the numbers (from 0) of the images that are pages, without thumbnails and masks.

    Raises:
        SourceError: the file is cut short, or damaged.
    """
    file.seek(0)
    head = file.read(8)
    order = "<" if head[:2] == b"II" else ">"
    found: list[int] = []
    seen = set[int]()
    try:
        (offset,) = struct.unpack(f"{order}I", head[4:8])
        while offset and offset not in seen and len(seen) < MOST_PAGES:
            seen.add(offset)
            kind, following = _directory(file, offset, order)
            if not kind & (_REDUCED | _MASK):
                found.append(len(seen) - 1)
            offset = following
    except struct.error:
        raise SourceError(
            name, f"the TIFF file is cut short or damaged: it ends within page {len(found) + 1}"
        ) from None
    return found


def _directory(file: BinaryIO, offset: int, order: str) -> tuple[int, int]:
    """Return the kind of the image at an offset, and the offset of the next one."""
    file.seek(offset)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    entries = file.read(12 * count)
    (following,) = struct.unpack(f"{order}I", file.read(4))
    for at in range(0, 12 * count, 12):
        tag, kind = struct.unpack_from(f"{order}HH", entries, at)
        if tag == _NEW_SUBFILE_TYPE:
            return struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", entries, at + 8)[0], following
    return 0, following


def extracted(content: bytes, page: int, limits: ImageLimits, name: str) -> bytes:
    """Return a page (from 1) as a picture within the limits (decodes it: call it in a thread).

    Raises:
        SourceError: the page cannot be read, or fits the limits at no size.
        JobError: the extra is missing.
    """
    pages = pages_of(io.BytesIO(content), name)
    if not 1 <= page <= len(pages):
        raise SourceError(name, f"there is no page {page}, it has {len(pages)}")
    if len(pages) == 1:
        return content
    try:
        from PIL import Image as images  # noqa: N813, PLC0415  an extra
    except ImportError as error:
        raise JobError("TIFF files of several pages need an extra: pip install 'ocr-async[pdf]'") from error
    try:
        with images.open(io.BytesIO(content)) as image:
            image.seek(pages[page - 1])
            image.load()
            picture = _plain(image)
    except Exception as error:  # whatever a damaged file makes of its decoder
        raise SourceError(name, f"page {page} cannot be read: {error or type(error).__name__}") from error
    return encoded(within(picture, limits), limits, name)


def _plain(image: Any) -> Image:
    from ocr_async.sources.pillow import readable  # noqa: PLC0415  an extra

    return readable(image)
