"""A picture that came over the network and is too large for memory: in a file without a name, read as often as wanted."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO

from attrs import frozen

from ocr_async.errors import SourceError
from ocr_async.sources.content import Piece
from ocr_async.sources.page_cache import Descriptor, NotCachedError, read_cached, read_from_disk


@frozen
class SpooledContent:
    """The bytes in the file, which goes with the last reference."""

    name: str
    size: int
    file: Descriptor

    async def open(self) -> SpooledContent:
        """Return itself."""
        return self

    def open_file(self) -> BinaryIO:
        """Return it as a file with a position of its own."""
        return io.BufferedReader(_Reader(self.file, self.size))

    def at_once(self, buffer: bytearray, offset: int) -> Piece:
        """Return what the page cache has from an offset."""
        return self._taken(buffer, offset, read_cached(self.file, buffer, offset), NotCachedError())

    def waiting(self, buffer: bytearray, offset: int) -> Piece:
        """Return what the disk has from an offset."""
        error = SourceError(self.name, f"its copy in {tempfile.gettempdir()} was cut short")
        return self._taken(buffer, offset, read_from_disk(self.file, buffer, offset), error)

    def _taken(self, buffer: bytearray, offset: int, count: int, short: Exception) -> Piece:
        if count < min(len(buffer), self.size - offset):
            raise short
        return memoryview(buffer)[:count]


class _Reader(io.RawIOBase):
    def __init__(self, file: Descriptor, size: int) -> None:
        super().__init__()
        self._file, self._size, self._at = file, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        content = bytearray(len(buffer))
        count = read_from_disk(self._file, content, self._at)
        buffer[:count] = content[:count]
        self._at += count
        return count


def spooled(name: str, size: int, pieces: Iterable[memoryview]) -> SpooledContent:
    """Write pieces to a file of its own (blocks: call it in a thread).

    Raises SourceError when they are not `size` bytes, or there is no room for them.
    """
    try:
        with tempfile.TemporaryFile() as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            written = file.tell()
            if written != size:
                raise SourceError(name, f"ended after {written:,} B of {size:,} B; send it again")
            return SpooledContent(name, size, Descriptor(os.dup(file.fileno())))
    except OSError as error:
        raise SourceError(name, f"cannot be kept in {tempfile.gettempdir()}: {error.strerror or error}") from error
