"""httpx behind the seam: a client or transport of the caller's own, and what the direct transport does not serve."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import anyio
import httpx
from attrs import define, field

from ocr_async.errors import TransportError
from ocr_async.loops import PerLoop
from ocr_async.model import Reply
from ocr_async.transport.address import address_of
from ocr_async.transport.base import MAX_REPLY_BYTES
from ocr_async.transport.direct import stream
from ocr_async.transport.proxies import Proxies
from ocr_async.transport.tls import Tls

if TYPE_CHECKING:
    from ocr_async.model import Request
    from ocr_async.transport.base import Timeout

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
)


@define(eq=False)
class HttpxTransport:
    """Sends through a client or transport that belongs to the caller, who also closes it.

    The request goes out as it is: the client's default headers, cookies, base URL and auth are not mixed in, because a
    signature covers what was built before.
    """

    client: httpx.AsyncClient | httpx.AsyncBaseTransport

    async def send(self, request: Request, *, timeout: Timeout) -> Reply:
        """Send the request and return its reply; raise TransportError when no whole reply came."""
        try:
            with anyio.fail_after(timeout.total):
                response = await self._start(_httpx_request(request, timeout))
                try:
                    body = await _read_bounded(request.url, response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise TransportError(f"{_shown(request.url)}: no reply within {timeout.total:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise _translated(request, error) from error
        headers: dict[str, str] = {}
        for name, value in response.headers.multi_items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Reply(response.status_code, headers, body)

    async def _start(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self.client, httpx.AsyncBaseTransport):
            return await self.client.handle_async_request(request)
        return await self.client.send(request, stream=True, auth=None, follow_redirects=False)

    async def aclose(self) -> None:
        """Leave the client open: it is the caller's."""


@define(eq=False)
class HttpxNetwork:
    """httpx transports of our own, one for each run of an event loop: for trio, and for proxies such as SOCKS."""

    tls: Tls
    proxies: Proxies
    max_connections: int | None = None
    _by_proxy: PerLoop[dict[str | None, httpx.AsyncHTTPTransport]] = field(
        factory=lambda: PerLoop(dict[str | None, httpx.AsyncHTTPTransport]), init=False
    )

    async def send(self, request: Request, *, timeout: Timeout) -> Reply:
        """Send the request and return its reply; raise TransportError when no whole reply came."""
        proxy = self.proxies.url_for(address_of(request.url).origin)
        transports = self._by_proxy.get()
        if proxy not in transports:
            transports[proxy] = self._open(proxy)
        return await HttpxTransport(transports[proxy]).send(request, timeout=timeout)

    def _open(self, proxy: str | None) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=self.max_connections, max_keepalive_connections=None)
        try:
            return httpx.AsyncHTTPTransport(verify=self.tls.context(), trust_env=False, limits=limits, proxy=proxy)
        except (ImportError, ValueError) as error:
            raise TransportError(f"the proxy cannot be used: {error}", sent=False) from error

    async def aclose(self) -> None:
        """Close the connections of this run."""
        transports = self._by_proxy.get()
        while transports:
            await transports.popitem()[1].aclose()


def _httpx_request(request: Request, timeout: Timeout) -> httpx.Request:
    headers = dict(request.headers)
    present = {name.lower() for name in headers}
    if "accept-encoding" not in present:
        headers["Accept-Encoding"] = "identity"
    content: bytes | AsyncIterator[bytes]
    if isinstance(request.body, bytes):
        content = request.body
    else:
        content = stream(request.body)
        if "content-length" not in present:
            headers["Content-Length"] = str(request.body.length)
    seconds = {name: getattr(timeout, name) for name in ("connect", "read", "write", "pool")}
    return httpx.Request(request.method, request.url, headers=headers, content=content, extensions={"timeout": seconds})


async def _read_bounded(url: str, response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    received = 0
    async for part in response.aiter_bytes():
        received += len(part)
        if received > MAX_REPLY_BYTES:
            raise TransportError(f"{_shown(url)}: the reply is longer than {MAX_REPLY_BYTES:,} B")
        parts.append(part)
    return b"".join(parts)


def _translated(request: Request, error: Exception) -> TransportError:
    what = str(error) or type(error).__name__
    return TransportError(f"{_shown(request.url)}: {what}", sent=not isinstance(error, _NOT_SENT))


def _shown(url: str) -> str:
    return url.partition("?")[0]
