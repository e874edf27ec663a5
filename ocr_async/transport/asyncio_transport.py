"""httpx on asyncio without httpcore: own connections, no queue, no layer between."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

import httpx

from ocr_async.loops import PerLoop
from ocr_async.transport.dial import dial
from ocr_async.transport.origin import Origin, origin_of
from ocr_async.transport.pool import Pool
from ocr_async.transport.proxies import Proxies, Proxy
from ocr_async.transport.response import response_of
from ocr_async.transport.tls import Certificate, Tls

if TYPE_CHECKING:
    from ocr_async.transport.connection import Connection


WRITTEN = "is_written"
"""The extension that a request has when it failed after all of it had gone, so that the server may have read it."""


class AsyncioTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 on asyncio for any `httpx.AsyncClient`, at a small part of the CPU time of `httpx.AsyncHTTPTransport`.

        async with httpx.AsyncClient(transport=AsyncioTransport()) as client: ...

    `verify`, `cert`, `proxy` and `trust_env` mean what they mean there; with `trust_env`, HTTP_PROXY, HTTPS_PROXY,
    ALL_PROXY and NO_PROXY count, the last as `requests` reads it. Link-local addresses never go through a proxy.

    Nobody waits for a connection: there are as many as requests under way; idle ones are kept for 15 s. What a kept
    connection lost before any byte of a reply is sent again at once on a new one; the server may have read it twice then.
    It serves successive event loops.

    Of the extensions of a request it knows `timeout`, there with `total` for the whole exchange; `once`, which is true
    where what may have been read must not be sent again; and of `trace` the events `connection.connect_tcp.started`,
    `http11.send_request_headers.started` and `http11.send_request_body.complete`. A request that failed after all of it had
    gone has the extension `is_written`. It raises what httpx raises.
    """

    def __init__(
        self,
        *,
        verify: bool | str | os.PathLike[str] | ssl.SSLContext = True,
        cert: Certificate | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
    ) -> None:
        self._tls = Tls(verify, cert)
        self._proxies = Proxies.of(proxy, trust_env=trust_env)
        self._pools = PerLoop(Pool)

    @property
    def keeps_total(self) -> bool:
        """Whether it bounds a whole exchange by itself."""
        return True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; return its reply as soon as its head is there."""
        pool = self._pools.get()
        origin = origin_of(request.url)
        proxy = self._proxies.proxy_for(origin)
        head = _head(request, origin, proxy)
        connection = pool.take(origin)
        if connection is None:
            return await self._send_on_new(pool, request, head, origin, proxy)
        try:
            return await _exchange(pool, connection, request, head)
        except httpx.TransportError as lost:
            # The server may close an idle connection just when it is used again: no failure of the request
            # as long as nothing of a reply came, and no reason to wait.
            if not connection.was_lost_unanswered:
                raise
            pool.forget(origin)  # those left are older than the lost one, and would fail each try of a request in turn
            if connection.is_written and request.extensions.get("once"):
                raise
            try:
                return await self._send_on_new(pool, request, head, origin, proxy)
            except httpx.StreamConsumed:
                raise lost from None

    async def _send_on_new(
        self, pool: Pool, request: httpx.Request, head: bytes, origin: Origin, proxy: Proxy | None
    ) -> httpx.Response:
        if trace := request.extensions.get("trace"):
            await trace("connection.connect_tcp.started", {"request": request})
        connection = await dial(origin, proxy, self._tls, request.extensions.get("timeout", {}))
        await pool.add(connection)
        return await _exchange(pool, connection, request, head)

    async def aclose(self) -> None:
        """Close all connections of the running loop; requests under way fail."""
        pool = self._pools.pop()
        if pool is not None:
            await pool.aclose()


async def _exchange(pool: Pool, connection: Connection, request: httpx.Request, head: bytes) -> httpx.Response:
    trace = request.extensions.get("trace")
    timeouts = request.extensions.get("timeout", {})
    stream, length = request.stream, _length(head)
    try:
        if trace is not None:
            await trace("http11.send_request_headers.started", {"request": request})
        if isinstance(stream, httpx.ByteStream) and length is not None:
            reply = await connection.send(head, _whole(stream, length), timeouts, request.method, trace)
        else:
            async with aclosing(_pieces(cast("httpx.AsyncByteStream", stream), length)) as body:
                reply = await connection.send(head, body, timeouts, request.method, trace)
    except BaseException:
        if connection.is_written:
            request.extensions[WRITTEN] = True
        pool.give_back(connection)
        raise
    return response_of(reply, connection, pool)


def _whole(stream: httpx.ByteStream, length: int) -> bytes:
    content = b"".join(stream)
    if len(content) != length:
        raise _wrong_length(length)
    return content


async def _pieces(stream: AsyncIterable[bytes], length: int | None) -> AsyncGenerator[bytes, None]:
    """Yield a body as it goes over the wire: as it is, or in chunks where its length is not said before."""
    pieces, left = aiter(stream), length
    try:
        async for piece in pieces:
            if left is not None:
                left -= len(piece)
                if left < 0:
                    raise _wrong_length(length)
                yield piece
            elif piece:
                yield b"%x\r\n%b\r\n" % (len(piece), piece)
            del piece
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
    if left:
        raise _wrong_length(length)
    if left is None:
        yield b"0\r\n\r\n"


def _length(head: bytes) -> int | None:
    """Return how long the body is by what its head says, None where it goes in chunks."""
    lines = head.lower()
    if b"\r\ntransfer-encoding:" in lines:
        return None
    _, is_said, rest = lines.rpartition(b"\r\ncontent-length:")
    length = rest.partition(b"\r")[0].strip()
    if is_said and not length.isdigit():
        raise httpx.LocalProtocolError("the Content-Length of the request is no number")
    return int(length) if is_said else 0


def _wrong_length(length: int | None) -> httpx.LocalProtocolError:
    return httpx.LocalProtocolError(f"the body of the request has not the {length:,} B that its Content-Length says")


def _head(request: httpx.Request, origin: Origin, proxy: Proxy | None) -> bytes:
    """Return the request line and headers: those given, unchanged, and the Host that HTTP demands."""
    headers, target = request.headers.raw, request.url.raw_path
    has_it_first = bool(headers) and headers[0][0].lower() == b"host"  # a look-up costs a microsecond
    if not has_it_first and "host" not in request.headers:
        headers.insert(0, (b"Host", request.url.netloc))
    if proxy is not None and not origin.is_secure:
        target = b"http://%b%b" % (request.url.netloc, target)
        if proxy.authorization:
            headers.append((b"Proxy-Authorization", proxy.authorization.encode()))
    lines = b"\r\n".join(map(b": ".join, headers))
    head = b"%b %b HTTP/1.1\r\n%b\r\n\r\n" % (request.method.encode(), target, lines)
    if not head.count(b"\n") == head.count(b"\r") == len(headers) + 2 or b" " in target:
        raise httpx.LocalProtocolError("a header or the URL of the request holds a line break or a space")
    return head
