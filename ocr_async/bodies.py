"""Request bodies around a picture: whole while it is small, streamed from its source above that.

base64 needs no escaping in JSON, so prefix + base64 + suffix is the exact JSON text and nothing is encoded twice.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing, contextmanager
from functools import cache
from hashlib import sha256
from typing import Protocol

import anyio.to_thread
from attrs import field, frozen

from ocr_async.errors import SourceError
from ocr_async.files import CACHED, DISK, Descriptor, NotCachedError
from ocr_async.loops import PerLoop
from ocr_async.model import Body
from ocr_async.readers import read

WHOLE_BYTES = 384 * 1024
"""A picture up to this size is read at once and sent as one bytes object."""

CHUNK_BYTES = 288 * 1024
"""What is sent of a larger picture at a time: a multiple of 3, which makes base64 chunks of 384 KiB without padding."""

HASHED_BYTES = 768 * 1024
"""What is hashed at a time: every piece costs two changes of thread, and a longer one holds the interpreter longer."""


class Content(Protocol):
    """The bytes of a picture, wherever they are."""

    @property
    def size(self) -> int:
        """The number of bytes."""
        ...

    def chunks(self) -> Iterator[bytes | bytearray]:
        """Yield the bytes from the start, HASHED_BYTES at a time, each valid until the next; may block."""
        ...

    def __aiter__(self) -> AsyncGenerator[bytes | bytearray, None]:  # noqa: PYI058  to be closed early
        """Yield CHUNK_BYTES at a time without blocking the event loop, each valid until the consumer awaits."""
        ...


@frozen
class MemoryContent:
    """A picture that is in memory."""

    content: bytes | bytearray = field(repr=False)

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.content)

    def chunks(self) -> Iterator[bytes | bytearray]:
        """Yield the bytes from the start, HASHED_BYTES at a time."""
        return self._sliced(HASHED_BYTES)

    async def __aiter__(self) -> AsyncGenerator[bytes | bytearray, None]:
        """Yield CHUNK_BYTES at a time."""
        for chunk in self._sliced(CHUNK_BYTES):
            yield chunk

    def _sliced(self, size: int) -> Iterator[bytes | bytearray]:
        return (self.content[start : start + size] for start in range(0, len(self.content), size))


@frozen
class FileContent:
    """A picture that stays in its file; `modified` is the file's time in ns when the picture was checked."""

    path: str
    size: int
    modified: int

    def chunks(self) -> Iterator[bytearray]:
        """Yield the bytes of the file, in a buffer that is used again for the next chunk; may block.

        Raise SourceError when it is not the file any more that was checked.
        """
        buffer = bytearray(HASHED_BYTES)
        with self._explained():
            file = self._unchanged(DISK.open(self.path))
            for offset in range(0, self.size, HASHED_BYTES):
                yield self._complete(buffer, offset, DISK.read_into(file, buffer, offset))

    async def __aiter__(self) -> AsyncGenerator[bytearray, None]:
        """Yield the same without blocking the event loop: what is in memory at once, the rest from a thread."""
        with self._explained():
            try:
                file = CACHED.open(self.path)
            except NotCachedError:
                file = await read(DISK.open, self.path)
            self._unchanged(file)
            shared = _buffers.get()
            for offset in range(0, self.size, CHUNK_BYTES):
                try:
                    buffer, count = shared, CACHED.read_into(file, shared, offset)
                except NotCachedError:
                    buffer = bytearray(CHUNK_BYTES)
                    count = await read(DISK.read_into, file, buffer, offset)
                yield self._complete(buffer, offset, count)

    @contextmanager
    def _explained(self) -> Generator[None, None, None]:
        try:
            yield
        except OSError as error:
            raise SourceError(self.path, f"cannot be read any more: {error.strerror or error}") from error

    def _unchanged(self, file: Descriptor) -> Descriptor:
        now = os.fstat(file.number)
        if now.st_size != self.size:
            message = f"changed from {self.size:,} B to {now.st_size:,} B between the check and the send; send it again"
            raise SourceError(self.path, message)
        if now.st_mtime_ns != self.modified:
            raise SourceError(self.path, "was rewritten between the check and the send; send it again")
        return file

    def _complete(self, buffer: bytearray, offset: int, count: int) -> bytearray:
        expected = min(len(buffer), self.size - offset)
        if count < expected:
            raise SourceError(
                self.path, f"ended {self.size - offset - count:,} B early while it was sent; send it again"
            )
        return buffer if expected == len(buffer) else buffer[:expected]


@frozen
class StreamedBody:
    """prefix + base64 of the content + suffix, made while it is sent; fulfils `model.Body`."""

    prefix: bytes = field(repr=False)
    content: Content
    suffix: bytes = field(repr=False)

    @property
    def length(self) -> int:
        """The Content-Length."""
        return len(self.prefix) + base64_length(self.content.size) + len(self.suffix)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body from its start, in pieces of 1 MiB; may block."""
        from pybase64 import b64encode  # noqa: PLC0415  not needed to import the package

        before = self.prefix
        for chunk in self.content.chunks():
            yield before + b64encode(chunk) if before else b64encode(chunk)
            before = b""
        yield before + self.suffix

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Yield the same without blocking the event loop."""
        from pybase64 import b64encode  # noqa: PLC0415  not needed to import the package

        before = self.prefix
        async with aclosing(self.content.__aiter__()) as chunks:
            async for chunk in chunks:
                yield before + b64encode(chunk) if before else b64encode(chunk)
                before = b""
        yield before + self.suffix

    async def sha256(self) -> str:
        """Return the lower-case hex SHA-256 of the whole body, computed in a thread."""
        return await _hashed(self.chunks())


@cache
def _keep_freed_memory() -> None:
    """Let the allocator keep what a body frees for the next one, up to some MiB.

    glibc gives blocks above 128 KiB back to the system at once, so each chunk would be paged in anew, a fifth of the
    time of a picture of 2 MB. Freeing a larger block, which is never touched, raises that limit.
    """
    bytes(2 * 1024 * 1024)


def body_around(content: Content, prefix: bytes, suffix: bytes) -> bytes | Body:
    """Return the body: bytes for a small picture in memory, a re-iterable stream for any other."""
    _keep_freed_memory()
    if isinstance(content, MemoryContent) and content.size <= WHOLE_BYTES:
        from pybase64 import b64encode  # noqa: PLC0415  not needed to import the package

        return b"".join((prefix, b64encode(content.content), suffix))
    return StreamedBody(prefix, content, suffix)


async def digest(content: Content) -> str:
    """Return the lower-case hex SHA-256 of a picture's own bytes."""
    if isinstance(content, MemoryContent) and content.size <= WHOLE_BYTES:
        return sha256(content.content).hexdigest()
    return await _hashed(content.chunks())


def base64_length(size: int) -> int:
    """Return how many characters of base64 `size` bytes make, padding included."""
    return (size + 2) // 3 * 4


_buffers = PerLoop(lambda: bytearray(CHUNK_BYTES))
"""What a chunk is read into that is encoded before anything else runs: one serves all uploads of a loop."""

_hashers = PerLoop(lambda: anyio.CapacityLimiter(max(1, (os.cpu_count() or 1) - 1)))


async def _hashed(chunks: Iterator[bytes | bytearray]) -> str:
    """Hash in a thread; one processor is left to the event loop, and more threads would get into each other's way."""
    return await anyio.to_thread.run_sync(_hash, chunks, limiter=_hashers.get())


def _hash(chunks: Iterator[bytes | bytearray]) -> str:
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
