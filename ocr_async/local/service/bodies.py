"""Reading request bodies within bounds, and working on large ones away from the event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TypeVar

import anyio
import anyio.to_thread
from attrs import define, field
from starlette.requests import ClientDisconnect, Request

from ocr_async.local.service.replies import Refused

T = TypeVar("T")

# The gateway takes 12 MB; quota-invoice v1.0 allows as much base64, so that some room for the JSON around it is needed.
MOST_BODY = 12 * 1024 * 1024 + 64 * 1024

# A hop to a thread costs about 60 us, as much as hashing this many bytes.
SMALL = 64 * 1024


async def off_loop(size: int, function: Callable[[], T]) -> T:
    """Run a function whose cost grows with `size` bytes: here when that is little, in a thread otherwise."""
    return function() if size <= SMALL else await anyio.to_thread.run_sync(function)


async def sha256_hex(body: bytes) -> str:
    """Return the lower-case hex SHA-256 of a body."""
    return await off_loop(len(body), lambda: sha256(body).hexdigest())


@define
class BodyReader:
    """Reads bodies; all that are held at once stay within `memory` bytes, later calls wait before they are read.

    While a call waits the server does not read its connection, so that the wait reaches the sender.
    """

    memory: int
    _held: int = field(default=0, init=False)
    _waiting: list[anyio.Event] = field(factory=list[anyio.Event], init=False, repr=False)

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncGenerator[bytes]:
        """Give the whole body, within its share of the memory; `Refused` with HTTP 413 above `MOST_BODY`."""
        size = _declared(request)
        await self._take(size)
        try:
            yield await _receive(request, size)
        finally:
            self._give_back(size)

    async def _take(self, size: int) -> None:
        while self._held and self._held + size > self.memory:
            event = anyio.Event()
            self._waiting.append(event)
            await event.wait()
        self._held += size

    def _give_back(self, size: int) -> None:
        self._held -= size
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            event.set()


def _declared(request: Request) -> int:
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() else MOST_BODY
    if size > MOST_BODY:
        raise _too_large()
    return size


async def _receive(request: Request, size: int) -> bytes:
    chunks: list[bytes] = []
    received = 0
    try:
        async for chunk in request.stream():
            received += len(chunk)
            if received > size:
                raise _too_large()
            chunks.append(chunk)
    except ClientDisconnect:
        raise Refused("ModelArts.4104") from None  # shorter than declared; hardly anybody is left to read this
    return b"".join(chunks)


def _too_large() -> Refused:
    return Refused("APIG.0201", status=413, message="Request entity too large.")
