"""HTTP behind one seam, which is httpx's own: `AsyncBaseTransport.handle_async_request`.

request     builds a request from what is known
sending     sends over any such transport, reads the reply whole, and says what a failure means
client      a caller's own `httpx.AsyncClient` as a transport
network     what a session opens by itself: AsyncioTransport, or on trio and for SOCKS that of httpx
asyncio_transport  connections of our own (connection, reply, pool, dial, proxies, tls)
"""

from __future__ import annotations

from ocr_async.transport.asyncio_transport import AsyncioTransport
from ocr_async.transport.client import ClientTransport
from ocr_async.transport.network import NetworkTransport, check_connection
from ocr_async.transport.progress import RequestProgress
from ocr_async.transport.request import new_request
from ocr_async.transport.sending import send

__all__ = [
    "AsyncioTransport",
    "ClientTransport",
    "NetworkTransport",
    "RequestProgress",
    "check_connection",
    "new_request",
    "send",
]
