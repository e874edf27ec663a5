"""An httpx client of the caller's as a transport: its hooks, auth and instrumentation see every request."""

from __future__ import annotations

import httpx

from ocr_async.errors import ClosedError
from ocr_async.transport.response import WholeResponse


class ClientTransport(httpx.AsyncBaseTransport):
    """Sends through a client that belongs to the caller, who also closes it.

    The request goes as it was built and signed: the client's base URL, default headers, cookies and redirects count
    only for what the client itself builds.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.traces = False
        """Whether its transport is known to tell how far requests have come."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; what a hook refused by its status is a reply like any other."""
        if self.client.is_closed:
            raise ClosedError("The http_client of this session is closed: keep it open for as long as the session is.")
        try:
            return await self.client.send(request, stream=True, follow_redirects=False)
        except httpx.HTTPStatusError as error:
            reply = error.response
            body = reply.content if reply.is_stream_consumed else b""
            return WholeResponse(reply.status_code, reply.headers.raw, body, reply.extensions)
