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
    """Reads bodies; all that are held at once stay within `memory` bytes, and one body more.

    What counts is what has come, not what a header announces. While a call waits for room the server does not read its
    connection, so that the wait reaches the sender. Where nothing is held but parts, the oldest goes on, so that one always
    ends. A body that stands still for `idle` seconds is refused.
    """

    memory: int
    idle: float = 30.0
    held: int = field(default=0, init=False)
    """The bytes of bodies in memory."""
    _finished: int = field(default=0, init=False)
    _reading: dict[object, None] = field(factory=dict[object, None], init=False, repr=False)
    _waiting: list[anyio.Event] = field(factory=list[anyio.Event], init=False, repr=False)

    @asynccontextmanager
    async def read(self, request: Request, most: int = MOST_BODY) -> AsyncGenerator[bytes]:
        """Give the whole body; `Refused` with HTTP 413 above `most` bytes, with 408 when it stands still."""
        most, held = declared(request, most), _Held()
        try:
            body = await self._whole(request, most, held)
            yield body
        finally:
            self.held -= held.size
            self._finished -= held.is_whole
            self._look_again()

    async def _whole(self, request: Request, most: int, held: _Held) -> bytes:
        self._reading[held] = None
        try:
            chunks = [chunk async for chunk in self._chunks(request, most, held)]
        finally:
            del self._reading[held]
            self._look_again()
        held.is_whole = True
        self._finished += 1
        return b"".join(chunks)

    async def _chunks(self, request: Request, most: int, held: _Held) -> AsyncGenerator[bytes]:
        stream = aiter(request.stream())
        while True:
            try:
                with anyio.fail_after(self.idle):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            except ClientDisconnect:
                raise Refused("ModelArts.4104") from None  # shorter than declared; hardly anybody is left to read this
            except TimeoutError:
                raise Refused("APIG.0201", status=408, message="The request body did not arrive in time.") from None
            if held.size + len(chunk) > most:
                raise _too_large()
            await self._make_room(len(chunk), held)
            yield chunk

    async def _make_room(self, size: int, held: _Held) -> None:
        while self.held + size > self.memory and (self._finished or next(iter(self._reading)) is not held):
            event = anyio.Event()
            self._waiting.append(event)
            await event.wait()
        self.held += size
        held.size += size

    def _look_again(self) -> None:
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            event.set()


@define(eq=False)
class _Held:
    """What one body holds of its reader's memory."""

    size: int = 0
    is_whole: bool = False


def declared(request: Request, most: int = MOST_BODY) -> int:
    """Return how long a body says it is, `most` where it does not say; `Refused` with HTTP 413 above `most`."""
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() else most
    if size > most:
        raise _too_large()
    return size


def _too_large() -> Refused:
    return Refused("APIG.0201", status=413, message="Request entity too large.")
