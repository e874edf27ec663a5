"""Pictures in files: a small one is read, a large one looked at and read again when it is sent."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from ocr_async.errors import SourceError
from ocr_async.sources.content import FileContent
from ocr_async.sources.names import is_base64, text_name
from ocr_async.sources.page_cache import (
    Descriptor,
    NotCachedError,
    SpecialFileError,
    open_cached,
    open_on_disk,
    read_cached,
    read_from_disk,
)
from ocr_async.sources.picture import WHOLE_BYTES, Picture, check_size, checked, in_memory
from ocr_async.sources.threads import in_thread

if TYPE_CHECKING:
    from ocr_async.fields import ImageLimits


async def open_path(path: str, limits: ImageLimits) -> Picture:
    """Return the picture in a file; raise SourceError when there is none within the limits."""
    name = text_name(path)
    if "\0" in path:
        raise SourceError(name, "cannot be read: it holds a NUL character, which no path can")
    if not path:
        raise SourceError(name, "is no picture; pass the path of one")
    try:
        try:
            return _look(name, path, limits, open_cached, read_cached)
        except NotCachedError:
            return await in_thread(_look, name, path, limits, open_on_disk, read_from_disk)
    except SourceError:
        raise
    except (OSError, ValueError) as error:
        raise SourceError(name, _problem(path, error)) from None


def _problem(path: str, error: OSError | ValueError) -> str:
    if is_base64(path):
        return "cannot be read as a path; put data:image/jpeg;base64, before base64 text, or pass the bytes that it stands for"
    match error:
        case FileNotFoundError():
            return "no such file"
        case IsADirectoryError():
            return "is a directory; pass the pictures in it one by one, or to recognize_many"
        case SpecialFileError():
            return "is not a regular file; open it and pass the file object"
        case UnicodeError():
            return "cannot be read: it holds a character that no path can"
        case _:
            return f"cannot be read: {getattr(error, 'strerror', None) or error}"


def _look(
    name: str,
    path: str,
    limits: ImageLimits,
    open_: Callable[[str], Descriptor],
    read_into: Callable[[Descriptor, bytearray, int], int],
) -> Picture:
    file = open_(path)
    status = os.fstat(file.number)
    size = status.st_size

    def read_at(offset: int, count: int) -> bytearray:
        buffer = bytearray(count)
        del buffer[read_into(file, buffer, offset) :]
        return buffer

    if size > WHOLE_BYTES:
        check_size(name, size, limits)
        return checked(name, read_at, FileContent(path, size, status.st_mtime_ns), limits)
    content = read_at(0, size)
    if len(content) != size:
        raise SourceError(name, f"changed from {size:,} B to {len(content):,} B while it was read")
    return in_memory(name, content, limits)
