"""The transport for asyncio: own connections, no layer between."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import anyio.to_thread
from attrs import define, field

from ocr_async.errors import TransportError
from ocr_async.transport.address import Address, address_of
from ocr_async.transport.dial import dial
from ocr_async.transport.pool import Pool
from ocr_async.transport.proxies import Proxies, Proxy
from ocr_async.transport.tls import Tls

if TYPE_CHECKING:
    from ocr_async.model import Body, Reply, Request
    from ocr_async.transport.base import Timeout
    from ocr_async.transport.connection import Connection

_BODILESS = frozenset(("GET", "HEAD", "OPTIONS", "CONNECT"))


@define(eq=False)
class DirectTransport:
    """Sends over connections of its own; each event loop has a pool, made on first use."""

    tls: Tls = field(factory=Tls)
    proxies: Proxies = field(factory=Proxies)
    max_connections: int | None = None
    _pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = field(
        factory=WeakKeyDictionary["asyncio.AbstractEventLoop", Pool], init=False
    )
    _context: ssl.SSLContext | None = field(default=None, init=False)

    async def send(self, request: Request, *, timeout: Timeout) -> Reply:
        """Send the request and return its reply; raise TransportError when no whole reply came."""
        pool = self._pool()
        if pool.most is None:
            return await self._send(pool, request, timeout)
        async with pool.slot(timeout.pool):
            return await self._send(pool, request, timeout)

    async def _send(self, pool: Pool, request: Request, timeout: Timeout) -> Reply:
        address = address_of(request.url)
        proxy = self.proxies.proxy_for(address.origin)
        head = _head(request, address, proxy)
        connection = pool.take(address.origin, asyncio.get_running_loop().time())
        if connection is not None:
            try:
                return await _exchange(pool, connection, request, head, timeout)
            except TransportError:
                # The server may close an idle connection just when it is used again: no failure of the request
                # as long as nothing of a reply came, and no reason to wait.
                may_repeat = connection.may_repeat if request.once else not connection.has_reply_bytes
                if not may_repeat or not connection.was_lost:
                    raise
        connection = await dial(address.origin, proxy, await self._tls_context(address, proxy), timeout)
        await pool.add(connection)
        return await _exchange(pool, connection, request, head, timeout)

    async def _tls_context(self, address: Address, proxy: Proxy | None) -> ssl.SSLContext | None:
        if not (address.origin.is_secure or (proxy is not None and proxy.origin.is_secure)):
            return None
        if self._context is None:
            context = await anyio.to_thread.run_sync(self.tls.context)
            self._context = self._context or context  # another task may have been quicker
        return self._context

    def _pool(self) -> Pool:
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            for old in [each for each in self._pools if each.is_closed()]:
                del self._pools[old]
            pool = self._pools[loop] = Pool(self.max_connections)
        return pool

    async def aclose(self) -> None:
        """Close all connections of the running loop; sends under way fail."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()


async def _exchange(pool: Pool, connection: Connection, request: Request, head: bytes, timeout: Timeout) -> Reply:
    try:
        if isinstance(request.body, bytes):
            return await connection.exchange(head, request.body, timeout, method=request.method)
        async with aclosing(stream(request.body)) as body:
            return await connection.exchange(head, body, timeout, method=request.method)
    finally:
        pool.give_back(connection, asyncio.get_running_loop().time())


def stream(body: Body) -> AsyncGenerator[bytes, None]:
    """Return the chunks of a body, to be closed early."""
    return body.__aiter__()


def _head(request: Request, address: Address, proxy: Proxy | None) -> bytes:
    """Return the request line and headers: those given, unchanged, and what HTTP demands where it is missing."""
    target = address.target
    headers = dict(request.headers)
    present = {name.lower() for name in headers}
    if "host" not in present:
        headers = {"Host": address.host_header, **headers}
    if "accept-encoding" not in present:
        headers["Accept-Encoding"] = "identity"
    length = len(request.body) if isinstance(request.body, bytes) else request.body.length
    if "content-length" not in present and (length or request.method not in _BODILESS):
        headers["Content-Length"] = str(length)
    if proxy is not None and not address.origin.is_secure:
        target = f"http://{address.host_header}{target}"
        if proxy.authorization:
            headers["Proxy-Authorization"] = proxy.authorization
    return _encoded(request.method, target, headers)


def _encoded(method: str, target: str, headers: dict[str, str]) -> bytes:
    lines = "\r\n".join(map(": ".join, headers.items()))
    text = f"{method} {target} HTTP/1.1\r\n{lines}\r\n\r\n"
    if not text.count("\n") == text.count("\r") == len(headers) + 2 or " " in target:
        raise TransportError("a header or the URL of the request holds a line break or a space", sent=False)
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise TransportError(
            "a header or the URL of the request holds a character outside Latin-1", sent=False
        ) from None
