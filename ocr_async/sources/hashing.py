"""SHA-256 of large bodies, which signing needs before the first byte is sent."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from attrs import define, field
from pybase64 import b64encode

from ocr_async.sources.content import Content, OpenContent, Piece
from ocr_async.sources.page_cache import NotCachedError
from ocr_async.sources.threads import computed, in_thread
from ocr_async.sources.turns import turn

PIECE_BYTES = 768 * 1024
"""What is hashed at a time, a multiple of 3; a longer piece would hold the interpreter longer."""

AT_ONCE_BYTES = 1024 * 1024
"""What is hashed on the event loop, in turns, within a millisecond or two: half of that is what a hop to a thread costs."""


async def sha256_of(content: Content, prefix: bytes, suffix: bytes) -> str:
    """Return the lower-case hex SHA-256 of prefix + base64 of the content + suffix."""
    hashing = _Hashing(await content.open(), content.size)
    hashing.digest.update(prefix)
    while not await _gone_on(hashing):
        piece = await in_thread(hashing.opened.waiting, bytearray(PIECE_BYTES), hashing.offset)
        await computed(hashing.add, piece)
    hashing.digest.update(suffix)
    return str(hashing.digest.hexdigest())


@define
class _Hashing:
    opened: OpenContent
    size: int
    digest: Any = field(factory=sha256)
    offset: int = 0

    def go_on(self) -> bool:
        """Hash what comes without waiting, and tell whether that was all: a disk that hangs takes no one's turn."""
        buffer = bytearray(min(PIECE_BYTES, self.size))
        while self.offset < self.size:
            try:
                self.add(self.opened.at_once(buffer, self.offset))
            except NotCachedError:
                return False
        return True

    def add(self, piece: Piece) -> None:
        self.digest.update(b64encode(piece))
        self.offset += len(piece)


async def _gone_on(hashing: _Hashing) -> bool:
    if hashing.size > AT_ONCE_BYTES:
        return await computed(hashing.go_on)
    await turn(hashing.size - hashing.offset)
    return hashing.go_on()
