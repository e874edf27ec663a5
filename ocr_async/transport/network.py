"""The transport a session opens by itself: our own on asyncio, that of httpx on trio and for SOCKS."""

from __future__ import annotations

import asyncio
import os
import ssl

import httpx

from ocr_async.errors import ClosedError
from ocr_async.loops import PerLoop
from ocr_async.transport.asyncio_transport import AsyncioTransport
from ocr_async.transport.origin import origin_of
from ocr_async.transport.proxies import Proxies, check_proxy
from ocr_async.transport.tls import Certificate, Tls, check_tls


class NetworkTransport(httpx.AsyncBaseTransport):
    """Picks, for each event loop, the fastest transport that serves it; each is made on first use."""

    def __init__(
        self,
        *,
        verify: bool | str | os.PathLike[str] | ssl.SSLContext = True,
        cert: Certificate | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
    ) -> None:
        self._asyncio = AsyncioTransport(verify=verify, cert=cert, proxy=proxy, trust_env=trust_env)
        self._tls = Tls(verify, cert)
        self._proxies = Proxies.of(proxy, trust_env=trust_env)
        self._need_httpx = self._proxies.need_httpx
        self._others: PerLoop[dict[str | None, httpx.AsyncHTTPTransport]] = PerLoop(dict)
        self._is_closed = False

    def chosen(self) -> AsyncioTransport | NetworkTransport:
        """Return what serves the running loop: itself where that is a transport of httpx. Raises ClosedError after `aclose`."""
        if self._is_closed:
            raise ClosedError("the transport is closed")
        return self if self._need_httpx or not _on_asyncio() else self._asyncio

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; raise ClosedError after `aclose`."""
        if (chosen := self.chosen()) is not self:
            return await chosen.handle_async_request(request)
        proxy = self._proxies.url_for(origin_of(request.url))
        transports = self._others.get()
        if proxy not in transports:
            transports[proxy] = self._open(proxy, await self._tls.shared_context())
        return await transports[proxy].handle_async_request(request)

    def _open(self, proxy: str | None, context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        try:
            return httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=limits, proxy=proxy)
        except (ImportError, ValueError) as error:
            raise httpx.UnsupportedProtocol(f"the proxy cannot be used: {error}") from error

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        self._is_closed = True
        if _on_asyncio():
            await self._asyncio.aclose()
        others = self._others.get()
        while others:
            await others.popitem()[1].aclose()


def check_connection(proxy: object, verify: object, cert: object) -> None:
    """Raise TypeError or ValueError for settings of connections that cannot be, without showing them: a proxy has a password."""
    if proxy is not None:
        check_proxy(proxy)
    check_tls(verify, cert)


def _on_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
