"""A picture that came over the network and is too large for memory: in a file without a name, read as often as wanted."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO

from ocr_async.errors import SourceError
from ocr_async.sources.content import MemoryContent, OpenFile, Piece
from ocr_async.sources.page_cache import Descriptor


def as_file(content: MemoryContent | OpenFile) -> BinaryIO:
    """Return it as a file with a position of its own (its reads block)."""
    return io.BufferedReader(_Reader(content))


def read_at(content: MemoryContent | OpenFile, offset: int, count: int) -> Piece:
    """Return the bytes there, fewer at the end (blocks)."""
    return content.waiting(bytearray(max(0, min(count, content.size - offset))), offset)


class _Reader(io.RawIOBase):
    def __init__(self, content: MemoryContent | OpenFile) -> None:
        super().__init__()
        self._content, self._at = content, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = offset + (0, self._at, self._content.size)[whence]
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        piece = read_at(self._content, self._at, len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def spooled(name: str, size: int, pieces: Iterable[memoryview]) -> OpenFile:
    """Write pieces to a file of its own (blocks: call it in a thread); raise SourceError when there is no room for them."""
    try:
        with tempfile.TemporaryFile() as file:
            file.writelines(pieces)
            file.flush()
            return OpenFile(name, size, Descriptor(os.dup(file.fileno())))
    except OSError as error:
        raise SourceError(name, f"cannot be kept in {tempfile.gettempdir()}: {error.strerror or error}") from error
