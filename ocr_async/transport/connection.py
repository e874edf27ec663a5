"""One HTTP/1.1 connection: writes a request under flow control and reads its reply, one exchange at a time.

httpcore spends 1.7 ms of CPU on a request at 64 in flight, most of it in its pool and its layers; a protocol directly
on the event loop spends some tens of microseconds.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from math import inf
from typing import TYPE_CHECKING, TypeAlias, cast

import httpx

from ocr_async.transport.reply import MalformedReplyError, ReplyReader

if TYPE_CHECKING:
    from ocr_async.transport.origin import Origin

Trace: TypeAlias = "Callable[[str, Mapping[str, object]], Awaitable[None]]"
"""Is told how far a request has come: the extension `trace` of httpx."""

SLICE_BYTES = 512 * 1024
"""asyncio copies what the kernel does not take at once; slices keep that copy small. A smaller body is copied behind its
head, which costs no more than a second system call."""

BUFFER_BYTES = 64 * 1024
"""Above this much unsent, writing waits."""

UNREAD_BYTES = 256 * 1024
"""Above this much of a reply that nobody has taken yet, reading waits."""


class BrokenReplyError(httpx.RemoteProtocolError):
    """A reply that is a success and breaks off into what is no HTTP: the request was read, and would be answered so again."""


class Connection(asyncio.Protocol):
    """A protocol on its transport, and the exchange that is under way."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.reply: ReplyReader | None = None
        self.is_written = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._poll: select.poll | None = None
        self._closed = False
        self._is_lost = False
        self._may_write = True
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = self._last = inf
        self._unsent = 0
        self._timeouts: Mapping[str, float | None] = {}
        self._error: httpx.TransportError | None = None

    @property
    def is_usable(self) -> bool:
        """Whether another exchange can start on it."""
        return not self._closed and self._transport is not None and not self._transport.is_closing()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has come since the last exchange, not even its end, which the loop may not have seen yet."""
        return self._poll is None or not self._poll.poll(0)

    async def send(
        self,
        head: bytes,
        body: bytes | AsyncIterator[bytes],
        timeouts: Mapping[str, float | None],
        method: str = "POST",
        trace: Trace | None = None,
    ) -> ReplyReader:
        """Send one request, and return its reply as soon as its head is there; `read_on` brings the rest.

        `timeouts` are those of httpx, and `total` for the whole exchange, all in seconds.
        """
        self._error = None
        self.is_written = False
        self._timeouts = timeouts
        total, read = timeouts.get("total"), timeouts.get("read")
        self._last = inf if total is None else self._loop.time() + total
        self.reply = reply = ReplyReader(method)
        try:
            self._set_deadline(None)
            is_whole = await self._write(head, body, trace)
            if read is not None:
                self._set_deadline(read)
            while not reply.has_head:
                await self._wait()
        except BaseException:
            self.abort()
            self._error = None  # its frames hold this connection and the body: a cycle
            raise
        if reply.complete:
            self._end(keep=is_whole and reply.keep_alive)
        elif not is_whole:
            reply.keep_alive = False
        return reply

    async def read_on(self, reply: ReplyReader) -> bool:
        """Wait for more of the reply that is under way; tell whether that was the last of it."""
        if self.reply is not reply:
            return True
        transport = cast("asyncio.Transport", self._transport)
        try:
            if not transport.is_reading() and not transport.is_closing():
                transport.resume_reading()
            self._set_deadline(self._timeouts.get("read"))
            while not (reply.complete or reply.parts):
                await self._wait()
        except BaseException:
            self.abort()
            self._error = None  # its frames hold this connection and the body: a cycle
            raise
        if reply.complete:
            self._end(keep=reply.keep_alive)
        else:
            self._set_deadline(None)
        return reply.complete

    def _end(self, *, keep: bool) -> None:
        self._deadline = self._last = inf
        self.reply = None
        if not keep:
            self.abort()

    async def _write(self, head: bytes, body: bytes | AsyncIterator[bytes], trace: Trace | None) -> bool:
        """Write all of it; stop early, with False, when the reply is complete before that."""
        if isinstance(body, bytes) and len(body) <= SLICE_BYTES:
            await asyncio.sleep(0)  # small ones of one pass go out in a row: a peer on this host is woken once
            self._write_slice(head + body)
        else:
            async for piece in _slices(body) if isinstance(body, bytes) else body:
                if self._may_write:
                    await asyncio.sleep(0)  # the kernel may take many in a row, and others want their turn
                await self._drain()
                if self._has_reply:
                    return False
                self._write_slice(head + piece if head else piece)
                head = b""
                del piece  # would be held by each upload that waits for the network
            if head:
                self._write_slice(head)
        self.is_written = self.is_usable  # a write that the kernel refused has closed the connection
        if trace is not None and self.is_written:
            await trace("http11.send_request_body.complete", {"return_value": None})
        if not self._may_write:
            await self._drain()
        return self._may_write

    @property
    def _has_reply(self) -> bool:
        return self.reply is not None and self.reply.complete

    def _write_slice(self, piece: bytes | memoryview) -> None:
        if self._error is not None:
            raise self._error
        if self._transport is None or not self.is_usable:
            self._is_lost |= not self._closed  # a write was refused, which the loop will tell of in its next turn
            raise self._lost(None)
        self._transport.write(piece)

    async def _drain(self) -> None:
        while not self._may_write and not self._has_reply:
            self._unsent = cast("asyncio.Transport", self._transport).get_write_buffer_size()
            self._set_deadline(self._timeouts.get("write"))
            await self._wait()

    async def _wait(self) -> None:
        if self._error is None and self._closed:
            self._error = self._lost(None)
        if self._error is None:
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

    def _fail(self, error: httpx.TransportError) -> None:
        if self._error is None and not self._has_reply:
            self._error = error
        self.abort()
        self._wake()

    @property
    def was_lost_unanswered(self) -> bool:
        """Whether the other side ended the connection before any byte of a reply, as against a time that ran out here."""
        return self._is_lost and self.reply is not None and not self.reply.has_begun

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport that the loop opened, or TLS over the one before."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=BUFFER_BYTES)
        if self._poll is None:
            self._poll = _poll(transport.get_extra_info("socket").fileno())

    def data_received(self, data: bytes) -> None:
        """Feed the reader; what comes when nothing was asked for ends the connection."""
        reply = self.reply
        if reply is None or reply.complete:
            self.abort()  # the next reply could be taken for another request's
            return
        read_timeout = self._timeouts.get("read")
        if read_timeout is not None and self._deadline < inf:
            self._deadline = self._within(read_timeout)
        try:
            reply.feed(data)
        except MalformedReplyError as error:
            kind = BrokenReplyError if reply.has_head and 200 <= reply.status < 300 else httpx.RemoteProtocolError
            self._fail(kind(str(error)))
            return
        if not reply.complete and reply.unread > UNREAD_BYTES:
            cast("asyncio.Transport", self._transport).pause_reading()
        if reply.has_head and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange: a reply without a length ends here, any other is cut short."""
        self._is_lost |= not self._closed
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.reply is not None and not self.reply.complete:
            if exc is None:
                self.reply.feed_end()
            if not self.reply.complete and self._error is None:
                self._error = self._lost(exc)
        self._wake()

    def pause_writing(self) -> None:
        """Note that the kernel takes no more for now."""
        self._may_write = False

    def resume_writing(self) -> None:
        """Let the writing go on."""
        self._may_write = True
        self._wake()

    def _lost(self, exc: Exception | None) -> httpx.TransportError:
        cause = f" ({exc})" if exc is not None else ""
        if self.reply is not None and self.reply.has_begun:
            return httpx.RemoteProtocolError(f"the connection was closed in the middle of the reply{cause}")
        kind = httpx.ReadError if exc is not None or not self.is_written else httpx.RemoteProtocolError
        return kind(f"the connection was closed before any reply{cause}")

    # timeouts: one timer that is moved only when it fires, because most exchanges end long before

    def _within(self, seconds: float | None) -> float:
        return self._last if seconds is None else min(self._last, self._loop.time() + seconds)

    def _set_deadline(self, seconds: float | None) -> None:
        self._deadline = self._last if seconds is None else self._within(seconds)
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
            self._deadline = self._within(self._timeouts.get("write"))
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._on_timer)
        elif self._may_write:
            self._fail(httpx.ReadTimeout("no reply came in time"))
        else:
            self._fail(httpx.WriteTimeout("the request could not be written in time"))


def _poll(number: int) -> select.poll | None:
    """Return what tells at once whether there is something to read, where the system has such a thing."""
    if not hasattr(select, "poll"):
        return None
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return poll


async def _slices(body: bytes) -> AsyncGenerator[memoryview, None]:
    view = memoryview(body)
    for start in range(0, len(body), SLICE_BYTES):
        yield view[start : start + SLICE_BYTES]
