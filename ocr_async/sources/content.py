"""The bytes of a picture, wherever they are, read piece by piece and as often as wanted."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeAlias

from attrs import field, frozen

from ocr_async.errors import SourceError
from ocr_async.sources.names import shown
from ocr_async.sources.page_cache import (
    Descriptor,
    NotCachedError,
    open_cached,
    open_on_disk,
    read_cached,
    read_from_disk,
)
from ocr_async.sources.threads import in_thread

Piece: TypeAlias = "bytes | bytearray | memoryview"


def base64_length(size: int) -> int:
    """Return how many characters of base64 `size` bytes make, padding included."""
    return (size + 2) // 3 * 4


@frozen
class MemoryContent:
    """A picture that is in memory."""

    content: bytes | bytearray = field(repr=False)

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.content)

    async def open(self) -> MemoryContent:
        """Return itself."""
        return self

    def at_once(self, buffer: bytearray, offset: int) -> Piece:
        """Return as many bytes as the buffer has, fewer at the end."""
        return memoryview(self.content)[offset : offset + len(buffer)]

    waiting = at_once


@frozen
class FileContent:
    """A picture that stays in its file; `modified` is the file's time in ns when the picture was checked."""

    path: str
    size: int
    modified: int

    async def open(self) -> OpenFile:
        """Open the file again; raise SourceError when it is not the file any more that was checked."""
        with _explained(shown(self.path)):
            try:
                file = open_cached(self.path)
            except NotCachedError:
                file = await in_thread(open_on_disk, self.path)
            self._check_unchanged(os.fstat(file.number))
        return OpenFile(shown(self.path), self.size, file)

    def _check_unchanged(self, now: os.stat_result) -> None:
        if now.st_size != self.size:
            message = f"changed from {self.size:,} B to {now.st_size:,} B between the check and the send; send it again"
            raise SourceError(shown(self.path), message)
        if now.st_mtime_ns != self.modified:
            raise SourceError(shown(self.path), "was rewritten between the check and the send; send it again")


@frozen
class OpenFile:
    """A file that is being read, or one without a name that is read as often as wanted."""

    name: str
    size: int
    file: Descriptor

    async def open(self) -> OpenFile:
        """Return itself."""
        return self

    def at_once(self, buffer: bytearray, offset: int) -> Piece:
        """Return what the page cache has from an offset."""
        return self._complete(buffer, offset, read_cached(self.file, buffer, offset))

    def waiting(self, buffer: bytearray, offset: int) -> Piece:
        """Return what the disk has from an offset."""
        with _explained(self.name):
            return self._complete(buffer, offset, read_from_disk(self.file, buffer, offset))

    def _complete(self, buffer: bytearray, offset: int, count: int) -> Piece:
        expected = min(len(buffer), self.size - offset)
        if count < expected:
            early = self.size - offset - count
            raise SourceError(self.name, f"ended {early:,} B early while it was sent; send it again")
        return memoryview(buffer)[:expected]


Content: TypeAlias = "MemoryContent | FileContent | OpenFile"
"""The bytes of a picture."""

OpenContent: TypeAlias = "MemoryContent | OpenFile"
"""Content that is being read, closed with its last reference.

`at_once` returns as many bytes as the buffer has, fewer at the end, without waiting, or raises NotCachedError; `waiting`
waits for them. What they return may be in the buffer, and is valid until that is used again.
"""


@contextmanager
def _explained(name: str) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise SourceError(name, f"cannot be read any more: {error.strerror or error}") from error
