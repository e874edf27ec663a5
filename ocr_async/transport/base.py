"""The seam between the library and HTTP: one method that sends a request and returns its reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from ocr_async.model import Reply, Request

MAX_REPLY_BYTES = 16 * 1024 * 1024
"""A longer reply is an error: the longest known ones have some hundred KB."""


@frozen
class Timeout:
    """How long one exchange may take and stand still, in seconds; None waits without end.

    `connect` covers name resolution, TCP, TLS and a proxy's answer; `read` the time without a byte of the reply once
    the request is sent; `write` the time without a byte of the request leaving; `pool` the wait for a free connection
    where their number is limited; `total` the whole exchange, from the first byte of the request on.
    """

    connect: float | None = 10.0
    read: float | None = 60.0
    write: float | None = 30.0
    pool: float | None = None
    total: float | None = None


class Transport(Protocol):
    """Sends requests; safe to use from many tasks at once."""

    async def send(self, request: Request, *, timeout: Timeout) -> Reply:
        """Send the request as it is, headers unchanged, following no redirect, and return the whole reply.

        Raise TransportError when no whole reply came.
        """
        ...

    async def aclose(self) -> None:
        """Close all connections; sends under way fail."""
        ...
