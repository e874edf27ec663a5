"""Opening connections: name resolution, TCP, a proxy's tunnel, TLS."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING

import aiohappyeyeballs
import anyio
import httpx

from ocr_async.transport.connection import Connection
from ocr_async.transport.tls import Tls, TlsError

if TYPE_CHECKING:
    from ocr_async.transport.origin import Origin
    from ocr_async.transport.proxies import Proxy

NEXT_ADDRESS = 0.25
"""Seconds after which the next address of a name is tried beside the one before (RFC 8305)."""

ADVICE = "check the address, the network and the proxy settings"
TOO_MANY = "raise the limit of open files (ulimit -n), or state Limits(concurrency=...) below it"


class ProxyRefusalError(httpx.ProxyError):
    """A proxy that says no and will in a second too: a wrong password that is repeated locks its user."""


async def dial(origin: Origin, proxy: Proxy | None, tls: Tls, timeouts: Mapping[str, float | None]) -> Connection:
    """Return an open connection to the origin; raise ConnectError, ConnectTimeout or ProxyError when there is none in time."""
    is_secure = origin.is_secure or (proxy is not None and proxy.origin.is_secure)
    context = await tls.shared_context() if is_secure else None
    seconds = timeouts.get("connect")
    where = "" if proxy is None else f" through the proxy {proxy.origin.authority}"
    try:
        with anyio.fail_after(seconds):
            if proxy is None:
                return await _connect(origin, origin, context)
            return await _connect_through(proxy, origin, context, timeouts)
    except httpx.ProxyError:
        raise
    except httpx.TransportError as error:
        raise httpx.ProxyError(f"{error}{where}") from error
    except TimeoutError as error:
        raise httpx.ConnectTimeout(f"no connection{where} within {seconds} s; {ADVICE}") from error
    except ssl.SSLCertVerificationError as error:
        reason = (
            f"its certificate is not trusted by {tls.trusted}: {error.verify_message}; if it is your own, pass its CA"
        )
        raise TlsError(reason) from error
    except OSError as error:  # refused, unreachable, no such name, TLS
        if type(error) is ssl.SSLError:  # not its kinds for a connection that ended in the middle
            raise TlsError(f"cannot agree on TLS ({error.reason or error}); is it plain HTTP?") from error
        advice = TOO_MANY if error.errno in (errno.EMFILE, errno.ENFILE) else ADVICE
        raise httpx.ConnectError(f"cannot connect{where}: {_reason(error)}; {advice}") from error


def _reason(error: OSError) -> str:
    # asyncio puts its own words in the place of "Connection refused"; numbers below 0 are those of name resolution
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)


async def _connect(origin: Origin, first: Origin, tls: ssl.SSLContext | None) -> Connection:
    """Connect to `first`, which is the origin itself or a proxy that leads to it."""
    loop = asyncio.get_running_loop()
    addresses = await loop.getaddrinfo(first.host, first.port, type=socket.SOCK_STREAM)
    opened = await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType]
        addresses, happy_eyeballs_delay=NEXT_ADDRESS, interleave=1, loop=loop
    )
    _, connection = await loop.create_connection(
        lambda: Connection(origin),
        sock=opened,
        ssl=tls if first.is_secure else None,
        server_hostname=first.host if first.is_secure else None,
    )
    return connection


async def _connect_through(
    proxy: Proxy, origin: Origin, tls: ssl.SSLContext | None, timeouts: Mapping[str, float | None]
) -> Connection:
    connection = await _connect(origin, proxy.origin, tls)
    if not origin.is_secure:
        return connection
    try:
        await _open_tunnel(connection, proxy, origin, timeouts)
        await connection.start_tls(tls, origin.host)
    except BaseException:
        connection.abort()
        raise
    return connection


async def _open_tunnel(
    connection: Connection, proxy: Proxy, origin: Origin, timeouts: Mapping[str, float | None]
) -> None:
    lines = [f"CONNECT {origin.authority} HTTP/1.1", f"Host: {origin.authority}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    reply = await connection.send("\r\n".join((*lines, "", "")).encode(), b"", timeouts, "CONNECT")
    if not 200 <= reply.status < 300:
        todo = ": give proxy='http://user:password@host:port'" if reply.status == 407 else ""
        reason = "wants a user and password" if reply.status == 407 else "refuses the tunnel"
        kind = ProxyRefusalError if reply.status < 500 else httpx.ProxyError
        raise kind(f"the proxy {proxy.origin.authority} {reason} (HTTP {reply.status}){todo}")
