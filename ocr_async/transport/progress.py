"""How far a request has come on its way, as its transport tells by the extension `trace` of httpx."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
import httpx

from ocr_async.loops import now
from ocr_async.transport.asyncio_transport import AsyncioTransport
from ocr_async.transport.client import ClientTransport
from ocr_async.transport.network import NetworkTransport


class Progress:
    """The trace of one request. Certain of what was sent where the transport traces, which a mock does not."""

    transport: httpx.AsyncBaseTransport | None = None
    is_written = False
    """Whether all of the request has gone, so that the service may have read it."""
    _is_moving = False
    _is_tunnel = False
    _scope: anyio.CancelScope | None = None
    _seconds = 0.0

    async def __call__(self, event: str, info: Mapping[str, object]) -> None:
        """Note an event; what is written to a proxy to open a tunnel is none of the request."""
        if not self._is_moving:
            self._begin()
        if event.endswith(".started"):
            self._is_tunnel = getattr(info.get("request"), "method", None) == b"CONNECT"
        elif event.endswith("send_request_body.complete") and not self._is_tunnel:
            self.is_written = True

    def _begin(self) -> None:
        self._is_moving = True
        if isinstance(self.transport, ClientTransport):
            self.transport.traces = True
        if self._scope is not None:
            self._scope.deadline = now() + self._seconds

    def bounds(self, scope: anyio.CancelScope, seconds: float) -> None:
        """Let a scope begin to count when the request has a connection."""
        self._scope, self._seconds = scope, seconds

    @property
    def keeps_total(self) -> bool:
        """Whether the transport bounds the whole exchange by itself."""
        transport = self.transport
        return isinstance(transport, AsyncioTransport) or (
            isinstance(transport, NetworkTransport) and transport.keeps_total
        )

    @property
    def is_certain(self) -> bool:
        """Whether the transport would have told that the request was written."""
        transport = self.transport
        return self._is_moving or (
            isinstance(transport, AsyncioTransport | NetworkTransport | httpx.AsyncHTTPTransport)
            or (isinstance(transport, ClientTransport) and transport.traces)
        )

    @property
    def is_waiting(self) -> bool:
        """Whether the request certainly waits for a connection that others use."""
        return self.is_certain and not self._is_moving and not self.keeps_total

    @property
    def may_be_read(self) -> bool:
        """Whether the service may have read the request."""
        return self.is_written or not self.is_certain
