"""The idle connections of one event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from attrs import define, field

from ocr_async.errors import TransportError
from ocr_async.transport.address import Origin
from ocr_async.transport.connection import Connection

IDLE_SECONDS = 15.0
"""An idle connection is not used again after this long; gateways close theirs after 60 s and more."""


@define(eq=False)
class Pool:
    """Connections that wait for their next exchange, newest first, so that a lull lets the rest grow old and close.

    A connection whose exchange did not end cleanly never comes back. Without `most`, a send never waits here: who may
    send is decided above. With it, at most that many exchanges run at once.
    """

    most: int | None
    idle: dict[Origin, deque[Connection]] = field(factory=dict[Origin, deque[Connection]])
    busy: set[Connection] = field(factory=set[Connection])
    _slots: anyio.Semaphore | None = None
    _at_loop_end: AsyncGenerator[None, None] | None = None

    def __attrs_post_init__(self) -> None:
        if self.most is not None:
            self._slots = anyio.Semaphore(self.most)

    @asynccontextmanager
    async def slot(self, timeout: float | None) -> AsyncGenerator[None, None]:
        """Hold one of the `most` places."""
        if self._slots is None:
            yield
            return
        try:
            with anyio.fail_after(timeout):
                await self._slots.acquire()
        except TimeoutError:
            raise TransportError(f"all {self.most} connections were busy for {timeout} s", sent=False) from None
        try:
            yield
        finally:
            self._slots.release()

    def take(self, origin: Origin, now: float) -> Connection | None:
        """Return an idle connection that is still open, None when there is none."""
        waiting = self.idle.get(origin)
        while waiting:
            connection = waiting.pop()
            if connection.is_usable and connection.is_quiet and now - connection.idle_since < IDLE_SECONDS:
                self.busy.add(connection)
                return connection
            connection.abort()
        return None

    async def add(self, connection: Connection) -> None:
        """Count a new connection as busy."""
        if self._at_loop_end is None:
            self._at_loop_end = self._close_with_loop()
            await anext(self._at_loop_end)
        self.busy.add(connection)

    def give_back(self, connection: Connection, now: float) -> None:
        """Take a connection back after its exchange; it is kept only when that ended cleanly."""
        self.busy.discard(connection)
        waiting = self.idle.setdefault(connection.origin, deque())
        if connection.is_usable:
            connection.idle_since = now
            waiting.append(connection)
        while waiting and not (waiting[0].is_usable and now - waiting[0].idle_since < IDLE_SECONDS):
            waiting.popleft().abort()

    def close(self) -> None:
        """Close every connection; exchanges under way fail."""
        for connection in (*self.busy, *(each for waiting in self.idle.values() for each in waiting)):
            connection.abort()
        self.idle.clear()
        self.busy.clear()

    async def aclose(self) -> None:
        """Close every connection and let the loop finish that."""
        self.close()
        if self._at_loop_end is not None:
            await self._at_loop_end.aclose()
        await _let_close()

    async def _close_with_loop(self) -> AsyncGenerator[None, None]:
        """Be closed by `asyncio.run` before its loop ends, as every asynchronous generator is."""
        try:
            yield
        finally:
            self.close()
            await _let_close()


async def _let_close() -> None:
    """Two turns of the loop: one for asyncio to report the closed connections, one for TLS below them."""
    for _ in range(2):
        await asyncio.sleep(0)
