"""SHA-256 of large bodies, which signing needs before the first byte is sent."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

from pybase64 import b64encode

from ocr_async.sources.content import Content, Piece
from ocr_async.sources.page_cache import NotCachedError
from ocr_async.sources.threads import computed, in_thread
from ocr_async.sources.turns import turn

PIECE_BYTES = 768 * 1024
"""What is hashed at a time, a multiple of 3; a longer piece would hold the interpreter longer."""

AT_ONCE_BYTES = 1024 * 1024
"""What is hashed on the event loop, in turns, within a millisecond or two: half of that is what a hop to a thread costs."""


async def sha256_of(content: Content, prefix: bytes, suffix: bytes) -> str:
    """Return the lower-case hex SHA-256 of prefix + base64 of the content + suffix."""
    opened, size = await content.open(), content.size
    digest, offset = sha256(prefix), 0

    def go_on(piece: Piece) -> None:
        """Hash a piece, and what comes after it without waiting: a disk that hangs takes no one's turn."""
        nonlocal offset
        buffer = bytearray(min(PIECE_BYTES, size))
        with suppress(NotCachedError):
            while True:
                digest.update(b64encode(piece))
                offset += len(piece)
                if offset >= size:
                    return
                piece = opened.at_once(buffer, offset)

    piece: Piece = b""
    while True:
        if size > AT_ONCE_BYTES:
            await computed(go_on, piece)
        else:
            await turn(size - offset)
            go_on(piece)
        if offset >= size:
            break
        piece = await in_thread(opened.waiting, bytearray(PIECE_BYTES), offset)
    digest.update(suffix)
    return digest.hexdigest()
