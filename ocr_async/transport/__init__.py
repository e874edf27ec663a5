"""HTTP, and the only place that imports a library for it: `send(Request) -> Reply` behind one seam.

network   picks for each event loop:
  direct    connections of our own on asyncio (connection, pool, dial)
  httpx     trio, SOCKS, and a caller's own httpx client
asgi      an app in the same process, no socket
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from ocr_async.transport.asgi import AsgiTransport
from ocr_async.transport.base import Timeout, Transport
from ocr_async.transport.network import NetworkTransport
from ocr_async.transport.proxies import Proxies
from ocr_async.transport.tls import Certificate, Tls

if TYPE_CHECKING:
    import httpx

__all__ = ["AsgiTransport", "Timeout", "Transport", "open"]


def open(  # noqa: A001, PLR0913  read as transport.open; the settings of a client
    *,
    http_client: httpx.AsyncClient | httpx.AsyncBaseTransport | None = None,
    verify: bool | str | os.PathLike[str] | ssl.SSLContext = True,
    cert: Certificate | None = None,
    proxy: str | None = None,
    trust_env: bool = True,
    max_connections: int | None = None,
) -> Transport:
    """Return the transport for these settings; nothing is loaded or connected before the first send.

    `http_client` is used as it is, and left open, when given; the other settings are for our own connections.
    `verify` and `cert` are those of Tls: whom to trust, and the certificate to show.
    `proxy` is an http, https or (with the `socks` extra of httpx) socks5 address and counts for everything; without it
    and with `trust_env`, HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY count. `max_connections` bounds the exchanges
    that run at once.
    """
    if http_client is not None:
        from ocr_async.transport.httpx_adapter import HttpxTransport  # noqa: PLC0415  loads httpx

        return HttpxTransport(http_client)
    return NetworkTransport(Tls(verify, cert), Proxies.of(proxy, trust_env=trust_env), max_connections)
