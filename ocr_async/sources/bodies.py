"""Request bodies around a picture that are made while they are sent, so that a large one is never whole in memory.

base64 needs no escaping in JSON, so prefix + base64 + suffix is the exact JSON text and nothing is encoded twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from attrs import field, frozen
from pybase64 import b64encode

from ocr_async.loops import PerLoop
from ocr_async.sources.content import Content, OpenContent, base64_length
from ocr_async.sources.hashing import sha256_of
from ocr_async.sources.page_cache import NotCachedError
from ocr_async.sources.threads import in_thread

CHUNK_BYTES = 288 * 1024
"""What is sent of a picture at a time: a multiple of 3, which makes base64 chunks of 384 KiB without padding."""


@frozen
class Body(httpx.AsyncByteStream):
    """prefix + base64 of the content + suffix; it can be iterated again for a repeated send.

    Iterating raises SourceError when the file is not any more what was checked.
    """

    prefix: bytes = field(repr=False)
    content: Content
    suffix: bytes = field(repr=False)

    @property
    def length(self) -> int:
        """The Content-Length in bytes."""
        return len(self.prefix) + base64_length(self.content.size) + len(self.suffix)

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return what makes the body piece by piece."""
        return _Pieces(self)

    async def sha256(self) -> str:
        """Return the lower-case hex SHA-256 of the whole body."""
        return await sha256_of(self.content, self.prefix, self.suffix)


class _Pieces:
    """The pieces of a body, made without blocking the event loop: what is in memory at once, the rest from a thread.

    No generator, because httpx leaves one that it has not read to its end, which trio warns of.
    """

    def __init__(self, body: Body) -> None:
        self._body = body
        self._opened: OpenContent | None = None
        self._offset = 0

    def __aiter__(self) -> _Pieces:
        return self

    async def __anext__(self) -> bytes:
        body, offset = self._body, self._offset
        if offset and offset >= body.content.size:
            raise StopAsyncIteration
        if self._opened is None:
            self._opened = await body.content.open()
        try:
            piece = self._opened.at_once(_buffers.get(), offset)
        except NotCachedError:
            piece = await in_thread(self._opened.waiting, bytearray(CHUNK_BYTES), offset)
        self._offset = offset + CHUNK_BYTES
        is_first, is_last = not offset, self._offset >= body.content.size
        if is_last:
            self._opened = None
        encoded = b64encode(piece)
        # at the ends a copy, which costs less than one more system call
        return b"".join((body.prefix * is_first, encoded, body.suffix * is_last)) if is_first or is_last else encoded


_buffers = PerLoop(lambda: bytearray(CHUNK_BYTES))
"""What a chunk is read into that is encoded before anything else runs: one serves all uploads of a loop."""
