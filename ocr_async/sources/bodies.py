"""Request bodies around a picture that are made while they are sent, so that a large one is never whole in memory.

base64 needs no escaping in JSON, so prefix + base64 + suffix is the exact JSON text and nothing is encoded twice.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
from attrs import field, frozen
from pybase64 import b64encode

from ocr_async.loops import PerLoop
from ocr_async.sources.content import Content, base64_length
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

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Yield the body without blocking the event loop: what is in memory at once, the rest from a thread."""
        opened = await self.content.open()
        before, shared = self.prefix, _buffers.get()
        for offset in range(0, self.content.size, CHUNK_BYTES):
            try:
                piece = opened.at_once(shared, offset)
            except NotCachedError:
                piece = await in_thread(opened.waiting, bytearray(CHUNK_BYTES), offset)
            encoded = b64encode(piece)
            yield before + encoded if before else encoded
            before = b""
        yield before + self.suffix

    async def sha256(self) -> str:
        """Return the lower-case hex SHA-256 of the whole body, computed in a thread."""
        return await sha256_of(self.content, b64encode, self.prefix, self.suffix)


_buffers = PerLoop(lambda: bytearray(CHUNK_BYTES))
"""What a chunk is read into that is encoded before anything else runs: one serves all uploads of a loop."""
