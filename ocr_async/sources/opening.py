"""Every kind of source, opened one way: checked from its header bytes before anything is sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

from ocr_async.errors import SourceError
from ocr_async.sources.data_url import open_data_url
from ocr_async.sources.file_object import Readable, open_file_object
from ocr_async.sources.names import is_address, is_data_url
from ocr_async.sources.path import open_path
from ocr_async.sources.picture import Picture, in_memory
from ocr_async.sources.pillow import is_pillow, open_pillow
from ocr_async.sources.refusals import refusal
from ocr_async.sources.url import Url

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_async.fields import ImageLimits

Source: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | Url | Readable | Image"
"""A picture: a path, its bytes, an http(s) or OBS address, a binary file object (sync or async), or a Pillow image."""

_ACCEPTED = "pass a path, bytes, an http(s) or OBS address, a binary file object or a Pillow image"


async def open_source(source: Source, limits: ImageLimits) -> Picture | Url:
    """Return the picture ready to be sent, or the address that the service is to download.

    Raise SourceError, and nothing else, when it cannot be read, is of another format, or breaks a limit. A str is an
    address when it starts with http://, https:// or obs://, the picture itself when it is a `data:` URL, a path
    otherwise.
    """
    try:
        return await _opened(source, limits)
    except SourceError:
        raise
    except Exception as error:  # whatever its methods raise
        raise refusal(f"<{type(source).__name__}>", error) from error


async def _opened(source: Source, limits: ImageLimits) -> Picture | Url:  # noqa: PLR0911  one for each kind of source
    if isinstance(source, Url):
        return source
    if isinstance(source, str):
        if is_address(source):
            return Url(source)
        if is_data_url(source):
            return await open_data_url(source, limits)
    if isinstance(source, (str, os.PathLike)):
        return await open_path(os.fsdecode(source), limits)
    if isinstance(source, (bytes, bytearray, memoryview)):
        content = bytes(source)
        return in_memory(f"<bytes, {len(content):,} B>", content, limits)
    if is_pillow(source):
        return await open_pillow(source, limits)
    if hasattr(source, "__array_interface__") or hasattr(source, "__dlpack__"):
        raise SourceError(f"<{type(source).__name__}>", _ARRAY)
    if hasattr(source, "read"):
        return await open_file_object(source, limits)
    raise SourceError(f"<{type(source).__name__}>", f"is no picture; {_ACCEPTED}")


_ARRAY = (
    "is an array, which does not say what its numbers mean; pass PIL.Image.fromarray(array) for RGB or grey, "
    'or cv2.imencode(".png", array)[1].tobytes() for the BGR of OpenCV'
)
