"""The transport a session opens by itself: our own on asyncio, that of httpx on trio and for SOCKS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import cached_property

import httpx
from attrs import define, field

from ocr_async.errors import ClosedError
from ocr_async.loops import PerLoop, at_loop_end
from ocr_async.transport.asyncio_transport import AsyncioTransport
from ocr_async.transport.origin import origin_of
from ocr_async.transport.proxies import check_proxy
from ocr_async.transport.tls import Tls, check_tls


class NetworkTransport(AsyncioTransport):
    """Sends over connections of httpx, made on first use, where its own do not serve the running loop or the proxy."""

    _is_closed = False

    @cached_property
    def _needs_httpx(self) -> bool:
        return self._proxies.need_httpx

    @cached_property
    def _others(self) -> PerLoop[_TransportsOfHttpx]:
        return PerLoop(_TransportsOfHttpx)

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
        transport = await self._others.get().through(proxy, self._tls)
        return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        self._is_closed = True
        if _on_asyncio():
            await super().aclose()
        if others := self._others.pop():
            await others.aclose()


@define(eq=False)
class _TransportsOfHttpx:
    """Those of one event loop, by the proxy that they go through."""

    by_proxy: dict[str | None, httpx.AsyncHTTPTransport] = field(factory=dict[str | None, httpx.AsyncHTTPTransport])
    _end: AsyncGenerator[None, None] | None = None

    async def through(self, proxy: str | None, tls: Tls) -> httpx.AsyncHTTPTransport:
        if self._end is None:
            self._end = at_loop_end(self._close)
            await anext(self._end)
        context = await tls.shared_context()
        if proxy not in self.by_proxy:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
            try:
                self.by_proxy[proxy] = httpx.AsyncHTTPTransport(
                    verify=context, trust_env=False, limits=limits, proxy=proxy
                )
            except (ImportError, ValueError) as error:
                raise httpx.UnsupportedProtocol(f"the proxy cannot be used: {error}") from error
        return self.by_proxy[proxy]

    async def aclose(self) -> None:
        if self._end is not None:
            await self._end.aclose()

    async def _close(self) -> None:
        while self.by_proxy:
            await self.by_proxy.popitem()[1].aclose()


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
