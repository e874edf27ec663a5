"""The transport a session opens by itself: direct on asyncio, httpx where that does not reach."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from attrs import define, field

from ocr_async.errors import ClosedError
from ocr_async.transport.proxies import Proxies
from ocr_async.transport.tls import Tls

if TYPE_CHECKING:
    from ocr_async.model import Reply, Request
    from ocr_async.transport.base import Timeout, Transport


@define(eq=False)
class NetworkTransport:
    """Picks, for each event loop, the fastest transport that serves it; both are made on first use."""

    tls: Tls = field(factory=Tls)
    proxies: Proxies = field(factory=Proxies)
    max_connections: int | None = None
    _direct: Transport | None = field(default=None, init=False)
    _httpx: Transport | None = field(default=None, init=False)
    _is_closed: bool = field(default=False, init=False)

    async def send(self, request: Request, *, timeout: Timeout) -> Reply:
        """Send the request and return its reply; raise TransportError when no whole reply came."""
        return await self._chosen().send(request, timeout=timeout)

    def _chosen(self) -> Transport:
        if self._is_closed:
            raise ClosedError("the transport is closed")
        if _on_asyncio():
            if self._direct is not None:
                return self._direct
            if not self.proxies.need_httpx:
                from ocr_async.transport.direct import DirectTransport  # noqa: PLC0415  loads the parser

                self._direct = DirectTransport(self.tls, self.proxies, self.max_connections)
                return self._direct
        if self._httpx is None:
            from ocr_async.transport.httpx_adapter import HttpxNetwork  # noqa: PLC0415  loads httpx

            self._httpx = HttpxNetwork(self.tls, self.proxies, self.max_connections)
        return self._httpx

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        self._is_closed = True
        if self._direct is not None and _on_asyncio():
            await self._direct.aclose()
        if self._httpx is not None:
            await self._httpx.aclose()


def _on_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
