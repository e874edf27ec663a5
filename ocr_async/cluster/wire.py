"""The messages between a place and its holders: one JSON object a line, over a unix socket or loopback TCP.

place  -> holder  {"lease": seconds}, {"grant": n, "number": k, "wait": seconds, "turn": seconds, "stats": {...}, "holders": m}
holder -> place   {"holder": name, "has": {k: gate, ...}}, {"ask": n, "gate": g, "kind": k}, {"leave": n}, {"end": k, ...}, {"alive": 1}, {"bye": 1}
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import urlsplit

import orjson
from attrs import frozen

from ocr_async.model import Json

LONGEST_LINE = 64 * 1024

Message: TypeAlias = Mapping[str, Json]


class Lines(asyncio.Protocol):
    """A connection over which messages go, and what becomes of those that come."""

    def __init__(self, take: Callable[[Message], object], ended: Callable[[], object]) -> None:
        self._take = take
        self._ended = ended
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to send through."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take what has come; who sends what is no message is left."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            for line in lines:
                self._take(cast("Message", orjson.loads(line)))
        except (orjson.JSONDecodeError, TypeError):
            self.close()
        if len(self._rest) > LONGEST_LINE:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's own name
        """Say that it has ended."""
        self._transport = None
        self._ended()

    def send(self, message: Message) -> None:
        """Send a message, unless the connection has ended."""
        if self._transport is not None:
            self._transport.write(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        """End the connection, after what was sent."""
        if self._transport is not None:
            self._transport.close()


@frozen
class Address:
    """Where a place listens: `unix:///run/ocr.sock`, or `tcp://127.0.0.1:7421` on the loopback interface."""

    path: str = ""
    host: str = ""
    port: int = 0

    @classmethod
    def of(cls, text: str) -> Address:
        """Take an address apart.

        Raises ValueError for another scheme, or a host that other machines reach: nothing guards a place but the socket.
        """
        split = urlsplit(text)
        if split.scheme == "unix" and split.path and not split.netloc:
            return cls(path=split.path)
        if split.scheme == "tcp" and split.hostname and split.port:
            if split.hostname != "localhost" and not _is_loopback(split.hostname):
                raise ValueError(f"{text!r} is not on the loopback interface; use redis:// between machines")
            return cls(host=split.hostname, port=split.port)
        raise ValueError(f"{text!r} is not of the form unix:///path, tcp://127.0.0.1:port or redis://host")

    async def connect(self, lines: Callable[[], Lines]) -> Lines:
        """Open a connection; raises OSError when nobody listens."""
        loop = asyncio.get_running_loop()
        if self.path:
            return (await loop.create_unix_connection(lines, self.path))[1]
        return (await loop.create_connection(lines, self.host, self.port))[1]

    @asynccontextmanager
    async def listening(self, lines: Callable[[], Lines]) -> AsyncGenerator[None]:
        """Listen, for this user only where it is a unix socket; raises OSError when somebody else does."""
        loop = asyncio.get_running_loop()
        if not self.path:
            async with _serving(await loop.create_server(lines, self.host, self.port, start_serving=False)):
                yield
            return
        import fcntl  # noqa: PLC0415  only where there are unix sockets

        # the file of a socket outlives its process, so that only a lock tells whether anybody listens
        with open(f"{self.path}.lock", "ab") as lock:  # noqa: PTH123, ASYNC230  takes no time
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            async with _serving(await loop.create_unix_server(lines, sock=_bound(self.path), start_serving=False)):
                yield


@asynccontextmanager
async def _serving(server: asyncio.Server) -> AsyncGenerator[None]:
    """Serve; a server that is cancelled while it starts would otherwise keep its socket."""
    try:
        await server.start_serving()
        yield
    finally:
        server.close()


def _bound(path: str) -> socket.socket:
    """Return a socket with that name, which is this user's before anybody can connect."""
    Path(path).unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    try:
        bound.bind(path)
        Path(path).chmod(0o600)
    except OSError:
        bound.close()
        raise
    return bound


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
