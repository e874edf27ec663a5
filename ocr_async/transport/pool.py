"""The idle connections of one event loop."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator

from attrs import define, field

from ocr_async.loops import at_loop_end
from ocr_async.transport.connection import Connection
from ocr_async.transport.origin import Origin

IDLE_SECONDS = 15.0
"""An idle connection is not used again after this long; gateways close theirs after 60 s and more."""


@define(eq=False)
class Pool:
    """Connections that wait for their next exchange, newest first, so that a lull lets the rest grow old and close.

    A connection whose exchange did not end cleanly never comes back. Nobody waits here: who may send is decided above.
    """

    idle: dict[Origin, deque[Connection]] = field(factory=dict[Origin, deque[Connection]])
    busy: set[Connection] = field(factory=set[Connection])
    _end: AsyncGenerator[None, None] | None = None

    def take(self, origin: Origin) -> Connection | None:
        """Return an idle connection that is still open, None when there is none."""
        now = time.monotonic()
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
        if self._end is None:
            self._end = at_loop_end(self.aclose)
            await anext(self._end)
        self.busy.add(connection)

    def give_back(self, connection: Connection) -> None:
        """Take a connection back after its exchange; it is kept only when that ended cleanly."""
        now = time.monotonic()
        self.busy.discard(connection)
        waiting = self.idle.get(connection.origin)
        if waiting is None:
            waiting = self.idle[connection.origin] = deque()
        if connection.is_usable:
            connection.idle_since = now
            waiting.append(connection)
        while (
            waiting
            and waiting[0] is not connection
            and not (waiting[0].is_usable and now - waiting[0].idle_since < IDLE_SECONDS)
        ):
            waiting.popleft().abort()

    def forget(self, origin: Origin) -> None:
        """Close the idle connections to an origin."""
        for connection in self.idle.pop(origin, ()):
            connection.abort()

    async def aclose(self) -> None:
        """Close every connection and let the loop finish that; exchanges under way fail."""
        for connection in (*self.busy, *(each for waiting in self.idle.values() for each in waiting)):
            connection.abort()
        self.idle.clear()
        self.busy.clear()
        for _ in range(2):  # one turn for asyncio to report the closed connections, one for TLS below them
            await asyncio.sleep(0)
