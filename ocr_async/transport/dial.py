"""Opening connections: name resolution, TCP, a proxy's tunnel, TLS."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import TYPE_CHECKING

import aiohappyeyeballs
import anyio

from ocr_async.errors import TransportError
from ocr_async.transport.connection import Connection

if TYPE_CHECKING:
    from ocr_async.transport.address import Origin
    from ocr_async.transport.base import Timeout
    from ocr_async.transport.proxies import Proxy

NEXT_ADDRESS = 0.25
"""Seconds after which the next address of a name is tried beside the one before (RFC 8305)."""

ADVICE = "check the address, the network and the proxy settings"


async def dial(origin: Origin, proxy: Proxy | None, tls: ssl.SSLContext | None, timeout: Timeout) -> Connection:
    """Return an open connection to the origin; raise TransportError(sent=False) when there is none in time."""
    name = origin.authority if proxy is None else f"{origin.authority} through the proxy {proxy.origin.authority}"
    try:
        with anyio.fail_after(timeout.connect):
            if proxy is None:
                return await _connect(origin, name, origin, tls)
            return await _connect_through(name, proxy, origin, tls, timeout)
    except TimeoutError as error:
        if isinstance(error, TransportError):
            raise
        raise TransportError(f"{name}: no connection within {timeout.connect} s; {ADVICE}", sent=False) from error
    except ssl.SSLCertVerificationError as error:
        message = f"{name}: its certificate is not trusted ({error.verify_message}); if it is your own, pass its CA"
        raise _for_good(message) from error
    except OSError as error:  # refused, unreachable, no such name, TLS
        if type(error) is ssl.SSLError:  # not its kinds for a connection that ended in the middle
            raise _for_good(f"{name}: cannot agree on TLS ({error.reason or error}); is it plain HTTP?") from error
        raise TransportError(f"{name}: cannot connect: {_reason(error)}; {ADVICE}", sent=False) from error


def _reason(error: OSError) -> str:
    # asyncio puts its own words in the place of "Connection refused"; numbers below 0 are those of name resolution
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)


def _for_good(message: str) -> TransportError:
    """Make the error of a connection that will not open in a second either."""
    error = TransportError(message, sent=False)
    error.retryable = False
    return error


async def _connect(origin: Origin, name: str, first: Origin, tls: ssl.SSLContext | None) -> Connection:
    """Connect to `first`, which is the origin itself or a proxy that leads to it."""
    loop = asyncio.get_running_loop()
    addresses = await loop.getaddrinfo(first.host, first.port, type=socket.SOCK_STREAM)
    opened = await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType]
        addresses, happy_eyeballs_delay=NEXT_ADDRESS, interleave=1, loop=loop
    )
    _, connection = await loop.create_connection(
        lambda: Connection(origin, name),
        sock=opened,
        ssl=tls if first.is_secure else None,
        server_hostname=first.host if first.is_secure else None,
    )
    return connection


async def _connect_through(
    name: str, proxy: Proxy, origin: Origin, tls: ssl.SSLContext | None, timeout: Timeout
) -> Connection:
    connection = await _connect(origin, name, proxy.origin, tls)
    if not origin.is_secure:
        return connection
    try:
        await _open_tunnel(connection, proxy, origin, timeout)
        await connection.start_tls(tls, origin.host)
    except BaseException:
        connection.abort()
        raise
    return connection


async def _open_tunnel(connection: Connection, proxy: Proxy, origin: Origin, timeout: Timeout) -> None:
    lines = [f"CONNECT {origin.authority} HTTP/1.1", f"Host: {origin.authority}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    head = "\r\n".join((*lines, "", "")).encode()
    try:
        reply = await connection.exchange(head, b"", timeout, method="CONNECT")
    except TransportError as error:
        raise TransportError(str(error), sent=False) from error
    if not 200 <= reply.status < 300:
        todo = ": give proxy='http://user:password@host:port'" if reply.status == 407 else ""
        reason = "wants a user and password" if reply.status == 407 else "refuses the tunnel"
        raise TransportError(f"{connection.name}: the proxy {reason} (HTTP {reply.status}){todo}", sent=False)
