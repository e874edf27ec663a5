"""The transport a session opens by itself: our own on asyncio, that of httpx on trio and for SOCKS."""

from __future__ import annotations

import asyncio
import ssl
from functools import cached_property

import httpx

from ocr_async.errors import ClosedError
from ocr_async.loops import PerLoop
from ocr_async.transport.asyncio_transport import AsyncioTransport
from ocr_async.transport.origin import origin_of
from ocr_async.transport.proxies import check_proxy
from ocr_async.transport.tls import check_tls


class NetworkTransport(AsyncioTransport):
    """Sends over connections of httpx, made on first use, where its own do not serve the running loop or the proxy."""

    _is_closed = False

    @cached_property
    def _needs_httpx(self) -> bool:
        return self._proxies.need_httpx

    @cached_property
    def _others(self) -> PerLoop[dict[str | None, httpx.AsyncHTTPTransport]]:
        return PerLoop(dict)

    @property
    def keeps_total(self) -> bool:
        """Whether its own connections serve the running loop."""
        return not self._needs_httpx and _on_asyncio()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; raise ClosedError after `aclose`."""
        if self._is_closed:
            raise ClosedError("the transport is closed")
        if self.keeps_total:
            return await super().handle_async_request(request)
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
            await super().aclose()
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
