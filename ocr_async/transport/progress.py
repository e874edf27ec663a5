"""How far a request has come on its way, as its transport tells by the extension `trace` of httpx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import anyio
import httpx

from ocr_async.loops import now
from ocr_async.transport.asyncio_transport import WRITTEN, AsyncioTransport
from ocr_async.transport.client import ClientTransport


class RequestProgress:
    """The way of one request. Certain of what was sent where the transport tells, which a mock does not."""

    keeps_total = False
    """Whether the transport bounds the whole exchange by itself."""
    status = 200
    """That of the reply, taken for a success as long as the transport has not told it."""
    _transport: httpx.AsyncBaseTransport | None = None
    _request: httpx.Request | None = None
    _is_written = False
    _is_moving = False
    _is_tunnel = False
    _scope: anyio.CancelScope | None = None
    _seconds = 0.0

    def follow(self, transport: httpx.AsyncBaseTransport, request: httpx.Request) -> None:
        """Watch a request that is about to be sent."""
        self._transport, self._request = transport, request
        self.keeps_total = isinstance(transport, AsyncioTransport) and transport.keeps_total
        if not self.keeps_total:
            request.extensions["trace"] = self

    async def __call__(self, event: str, info: Mapping[str, object]) -> None:
        """Note an event; what is written to a proxy to open a tunnel is none of the request."""
        if not self._is_moving:
            self._begin()
        if event.endswith(".started"):
            self._is_tunnel = getattr(info.get("request"), "method", None) == b"CONNECT"
        elif self._is_tunnel:
            return
        elif event.endswith("send_request_body.complete"):
            self._is_written = True
        elif event == "http11.receive_response_headers.complete":
            self.status = cast("tuple[bytes, int]", info["return_value"])[1]

    def _begin(self) -> None:
        self._is_moving = True
        if isinstance(self._transport, ClientTransport):
            self._transport.traces = True
        if self._scope is not None:
            self._scope.deadline = now() + self._seconds

    def bounds(self, scope: anyio.CancelScope, seconds: float) -> None:
        """Let a scope begin to count when the request has a connection."""
        self._scope, self._seconds = scope, seconds

    @property
    def is_written(self) -> bool:
        """Whether all of the request has gone, so that the service may have read it."""
        return self._is_written or (self._request is not None and WRITTEN in self._request.extensions)

    @property
    def is_certain(self) -> bool:
        """Whether the transport would have told that the request was written."""
        transport = self._transport
        return self._is_moving or (
            isinstance(transport, AsyncioTransport | httpx.AsyncHTTPTransport)
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
