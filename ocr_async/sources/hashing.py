"""SHA-256 of pictures and bodies, off the event loop."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

import anyio
from attrs import define, field

from ocr_async.loops import PerLoop
from ocr_async.sources.content import Content, OpenContent, Piece
from ocr_async.sources.page_cache import NotCachedError
from ocr_async.sources.threads import in_thread

T = TypeVar("T")

PIECE_BYTES = 768 * 1024
"""What is hashed at a time, a multiple of 3; a longer piece would hold the interpreter longer."""


async def sha256_of(
    content: Content, encode: Callable[[Piece], Piece] = lambda piece: piece, prefix: bytes = b"", suffix: bytes = b""
) -> str:
    """Return the lower-case hex SHA-256 of prefix + encoded content + suffix."""
    hashing = _Hashing(await content.open(), content.size, encode)
    hashing.digest.update(prefix)
    while not await computed(hashing.go_on):
        piece = await in_thread(hashing.opened.waiting, bytearray(PIECE_BYTES), hashing.offset)
        await computed(hashing.add, piece)
    hashing.digest.update(suffix)
    return str(hashing.digest.hexdigest())


@define
class _Hashing:
    opened: OpenContent
    size: int
    encode: Callable[[Piece], Piece]
    digest: Any = field(factory=sha256)
    offset: int = 0

    def go_on(self) -> bool:
        """Hash what comes without waiting, and tell whether that was all: a disk that hangs takes no one's turn."""
        buffer = bytearray(PIECE_BYTES)
        while self.offset < self.size:
            try:
                self.add(self.opened.at_once(buffer, self.offset))
            except NotCachedError:
                return False
        return True

    def add(self, piece: Piece) -> None:
        self.digest.update(self.encode(piece))
        self.offset += len(piece)


async def computed(function: Callable[..., T], *args: Any) -> T:
    """Return `function(*args)`, computed in a thread when a processor is free for it."""
    async with _processors.get():
        return await in_thread(function, *args)


_processors = PerLoop(lambda: anyio.CapacityLimiter(max(1, (os.cpu_count() or 1) - 1)))
"""One processor is left to the event loop, and more threads would get into each other's way."""
