"""Every kind of source, opened one way: checked from its header bytes before anything is sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

from ocr_async.errors import CredentialsError, SourceError
from ocr_async.sources.data_url import open_data_url
from ocr_async.sources.deferred import Deferred
from ocr_async.sources.file_object import Readable, open_file_object
from ocr_async.sources.names import file_url_path, is_address, is_data_url, is_file_url, is_in_bucket
from ocr_async.sources.path import open_path
from ocr_async.sources.picture import Picture, in_memory
from ocr_async.sources.pillow import is_pillow, open_pillow
from ocr_async.sources.refusals import refusal
from ocr_async.sources.storage import Buckets
from ocr_async.sources.stored import Stored, open_stored
from ocr_async.sources.url import SignedUrl, Url

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_async.fields import ImageLimits

Source: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | Url | Stored | Deferred | Readable | Image"
)
"""A picture: a path, its bytes, an http(s) address or one in a bucket (s3, gs, az, obs), a binary file object (sync or
async), or a Pillow image."""

_ACCEPTED = "pass a path, bytes, an address of the web or a bucket, a binary file object or a Pillow image"


async def open_source(source: Source, limits: ImageLimits, buckets: Buckets | None = None) -> Picture | Url:
    """Return the picture ready to be sent, or the address that the service is to download.

    Raise SourceError when it cannot be read, is of another format, or breaks a limit; and nothing else, but for the
    CredentialsError of a session without an access key for OBS. A str is an address when it starts with http:// or
    https:// (the service downloads it) or with s3://, gs://, az:// or obs:// (read here, of `buckets`), the picture itself
    when it is a `data:` URL, a path otherwise.
    """
    try:
        return await _opened(source, limits, buckets or Buckets())
    except (SourceError, CredentialsError):
        raise
    except Exception as error:  # whatever its methods raise
        raise refusal(f"<{type(source).__name__}>", error) from error


async def _opened(source: Source, limits: ImageLimits, buckets: Buckets) -> Picture | Url:  # noqa: PLR0911  one for each kind of source
    if isinstance(source, str):
        return await _of_text(source, limits, buckets)
    if isinstance(source, Url):
        return SignedUrl(source.address, await buckets.find(source.address)) if is_in_bucket(source.address) else source
    if isinstance(source, Stored):
        return await open_stored(source.address, limits, buckets)
    if isinstance(source, Deferred):
        return await source.picture(limits)
    if isinstance(source, os.PathLike):
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


async def _of_text(text: str, limits: ImageLimits, buckets: Buckets) -> Picture | Url:
    if ":" not in text:
        return await open_path(text, limits)
    if is_in_bucket(text):
        return await open_stored(text.strip(), limits, buckets)
    if is_address(text):
        return Url(text)
    if is_data_url(text):
        return await open_data_url(text, limits)
    return await open_path(file_url_path(text) if is_file_url(text) else text, limits)


_ARRAY = (
    "is an array, which does not say what its numbers mean; pass PIL.Image.fromarray(array) for RGB or grey, "
    'or cv2.imencode(".png", array)[1].tobytes() for the BGR of OpenCV'
)
