"""One HTTP/1.1 connection: writes a request under flow control and reads its reply, one exchange at a time.

httpcore spends 1.7 ms of CPU on a request at 64 in flight, most of it in its pool and its layers; a protocol directly
on the event loop spends some tens of microseconds.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from functools import cache
from math import inf
from typing import TYPE_CHECKING, cast

from ocr_async.errors import TransportError
from ocr_async.model import Reply
from ocr_async.transport.base import MAX_REPLY_BYTES
from ocr_async.transport.reply import MalformedReplyError, ReplyReader, decoded

if TYPE_CHECKING:
    from ocr_async.transport.address import Origin
    from ocr_async.transport.base import Timeout

SLICE_BYTES = 512 * 1024
"""asyncio copies what the kernel does not take at once; slices keep that copy small."""

JOINED_BYTES = 64 * 1024
"""Up to this size copying a body behind its head costs less than a second system call."""

BUFFER_BYTES = 64 * 1024
"""Above this much unsent, writing waits."""


class Connection(asyncio.Protocol):
    """A protocol on its transport, and the exchange that is under way."""

    def __init__(self, origin: Origin, name: str) -> None:
        self.origin = origin
        self.name = name
        self.idle_since = 0.0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._closed = False
        self._is_lost = False
        self._may_write = True
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = inf
        self._last = inf
        self._unsent = 0
        self._write_timeout: float | None = None
        self._begin(None)

    def _begin(self, read_timeout: float | None) -> None:
        self._read_timeout = read_timeout
        self._reply: ReplyReader | None = None
        self._received = 0
        self.has_reply_bytes = False
        self._request_is_whole = False
        self._complete = False
        self._error: TransportError | None = None

    @property
    def is_usable(self) -> bool:
        """Whether another exchange can start on it."""
        transport = self._transport
        return not self._closed and transport is not None and not transport.is_closing()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has come since the last exchange, not even its end, which the loop may not have seen yet."""
        poll = _poll()
        if poll is None or self._transport is None:
            return True
        number = self._transport.get_extra_info("socket").fileno()
        if number < 0:
            return False
        poll.register(number, select.POLLIN)
        try:
            return not poll.poll(0)
        finally:
            poll.unregister(number)

    async def exchange(
        self, head: bytes, body: bytes | AsyncIterator[bytes], timeout: Timeout, *, method: str = "POST"
    ) -> Reply:
        """Send one request and return its reply; afterwards `is_usable` says whether the connection may be kept.

        `method` tells the replies that have no body: those to HEAD and CONNECT.
        """
        self._begin(timeout.read)
        self._last = inf if timeout.total is None else self._loop.time() + timeout.total
        self._set_deadline(None)
        self._reply = reply = ReplyReader(method)
        try:
            whole = await self._write(head, body, timeout.write)
            self._set_deadline(timeout.read)
            while not self._complete:
                await self._wait()
        except BaseException:
            self.abort()
            raise
        finally:
            self._deadline = self._last = inf
            self._reply = None
        if not (whole and reply.keep_alive):
            self.abort()
        return self._read(reply)

    def _read(self, reply: ReplyReader) -> Reply:
        headers: dict[str, str] = {}
        for name, value in reply.headers:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        body = b"".join(reply.parts)
        if "content-encoding" in headers:
            try:
                body = decoded(body, headers["content-encoding"], MAX_REPLY_BYTES)
            except MalformedReplyError as problem:
                error = TransportError(f"{self.name}: the reply came whole and cannot be read: {problem}")
                error.retryable = False  # the service has read the picture, and would answer the same again
                raise error from None
        return Reply(reply.status, headers, body)

    async def _write(self, head: bytes, body: bytes | AsyncIterator[bytes], timeout: float | None) -> bool:
        """Write all of it; stop early, with False, when the reply is complete before that."""
        self._write_timeout = timeout
        if isinstance(body, bytes) and len(body) <= JOINED_BYTES:
            self._write_slice(head + body)
        else:
            self._write_slice(head)
            async for piece in _slices(body) if isinstance(body, bytes) else body:
                await self._turn(timeout)
                if self._complete:
                    return False
                self._write_slice(piece)
                del piece  # would be held by each upload that waits for the network
        self._request_is_whole = self.is_usable  # a write that the kernel refused has closed the connection
        await self._drain(timeout)
        return self._may_write

    def _write_slice(self, piece: bytes | memoryview) -> None:
        if self._error is not None:
            raise self._error
        if not self.is_usable:
            raise self._lost(None)
        cast("asyncio.Transport", self._transport).write(piece)

    async def _turn(self, timeout: float | None) -> None:
        """Let everyone else on the loop take a turn between two slices, as the kernel may take many in a row."""
        if self._may_write:
            await asyncio.sleep(0)
        await self._drain(timeout)

    async def _drain(self, timeout: float | None) -> None:
        while not self._may_write and not self._complete:
            self._unsent = cast("asyncio.Transport", self._transport).get_write_buffer_size()
            self._set_deadline(timeout)
            await self._wait()

    async def _wait(self) -> None:
        if self._error is not None:
            raise self._error
        if self._closed:
            raise self._lost(None)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self._error is not None:
            raise self._error

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def abort(self) -> None:
        """Close at once, dropping what is not written yet."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(self, context: ssl.SSLContext | None, host: str) -> None:
        """Speak TLS from here on, inside a tunnel that a proxy opened."""
        if context is None or self._transport is None:
            raise self._lost(None)
        self._transport = await self._loop.start_tls(self._transport, self, context, server_hostname=host)

    def _fail(self, error: TransportError) -> None:
        if self._error is None and not self._complete:
            self._error = error
        self.abort()
        self._wake()

    @property
    def may_repeat(self) -> bool:
        """Whether the exchange that failed certainly left the service without a whole request."""
        return not self.has_reply_bytes and not self._request_is_whole

    @property
    def was_lost(self) -> bool:
        """Whether the other side ended the connection, as against a time that ran out here."""
        return self._is_lost

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport that the loop opened, or TLS over the one before."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=BUFFER_BYTES)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what comes when nothing was asked for ends the connection."""
        reply = self._reply
        if reply is None or self._complete:
            self.abort()  # the next reply could be taken for another request's
            return
        self.has_reply_bytes = True
        self._received += len(data)
        if self._received > MAX_REPLY_BYTES:
            self._fail(TransportError(f"{self.name}: the reply is longer than {MAX_REPLY_BYTES:,} B"))
            return
        if self._read_timeout is not None and self._deadline < inf:
            self._deadline = self._within(self._read_timeout)
        try:
            reply.feed(data)
        except MalformedReplyError as error:
            self._fail(TransportError(f"{self.name}: {error}"))
            return
        if reply.complete:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange: a reply without a length ends here, any other is cut short."""
        self._is_lost = not self._closed
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._reply is not None and not self._complete:
            if exc is None:
                self._reply.feed_end()
            if self._reply.complete:
                self._finish()
            elif self._error is None:
                self._error = self._lost(exc)
        self._wake()

    def pause_writing(self) -> None:
        """Note that the kernel takes no more for now."""
        self._may_write = False

    def resume_writing(self) -> None:
        """Let the writing go on."""
        self._may_write = True
        self._wake()

    def _finish(self) -> None:
        self._complete = True
        self._wake()

    def _lost(self, exc: Exception | None) -> TransportError:
        where = "in the middle of the reply" if self.has_reply_bytes else "before any reply"
        cause = f" ({exc})" if exc is not None else ""
        return TransportError(f"{self.name}: the connection was closed {where}{cause}", sent=not self.may_repeat)

    # timeouts: one timer that is moved only when it fires, because most exchanges end long before

    def _within(self, seconds: float | None) -> float:
        return self._last if seconds is None else min(self._last, self._loop.time() + seconds)

    def _set_deadline(self, seconds: float | None) -> None:
        self._deadline = self._within(seconds)
        if self._deadline < inf and (self._timer is None or self._timer.when() > self._deadline):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._on_timer)

    def _wrote_some(self) -> bool:
        before, self._unsent = self._unsent, cast("asyncio.Transport", self._transport).get_write_buffer_size()
        return self._unsent < before

    def _on_timer(self) -> None:
        self._timer = None
        if self._deadline == inf:
            return
        if not self._may_write and self._wrote_some():
            self._deadline = self._within(self._write_timeout)
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._on_timer)
            return
        what = "no reply came in time" if self._may_write else "the request could not be written in time"
        self._fail(TransportError(f"{self.name}: {what}"))


@cache
def _poll() -> select.poll | None:
    return select.poll() if hasattr(select, "poll") else None


async def _slices(body: bytes) -> AsyncGenerator[memoryview, None]:
    view = memoryview(body)
    for start in range(0, len(body), SLICE_BYTES):
        yield view[start : start + SLICE_BYTES]
