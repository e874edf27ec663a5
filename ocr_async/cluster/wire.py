"""The messages between a place and its holders: one JSON object a line, over a unix socket or loopback TCP.

holder -> place   {"holder": name}, {"ask": n, "gate": g, "position": p, "again": b}, {"end": n, ...}, {"alive": 1}, {"bye": 1}
place  -> holder  {"lease": seconds}, {"grant": n, "number": k, "position": p, "stats": {...}, "holders": m}
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

import anyio
import orjson
from anyio.abc import ByteReceiveStream, Listener, SocketStream
from attrs import frozen

from ocr_async.model import Json

LONGEST_LINE = 64 * 1024

Message = Mapping[str, Json]


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

    async def connect(self) -> SocketStream:
        """Open a connection; raises OSError when nobody listens."""
        return await (anyio.connect_unix(self.path) if self.path else anyio.connect_tcp(self.host, self.port))

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[Listener[SocketStream]]:
        """Listen, for this user only where it is a unix socket; raises OSError when somebody else does."""
        if not self.path:
            async with await anyio.create_tcp_listener(local_host=self.host, local_port=self.port) as listener:
                yield listener
            return
        import fcntl  # noqa: PLC0415  only where there are unix sockets

        # the file of a socket outlives its process, so that only a lock tells whether anybody listens
        with open(f"{self.path}.lock", "ab") as lock:  # noqa: PTH123, ASYNC230  takes no time
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            async with await anyio.create_unix_listener(self.path, mode=0o600) as listener:
                yield listener


def line_of(message: Message) -> bytes:
    """Return a message as a line."""
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)


async def messages(stream: ByteReceiveStream) -> AsyncGenerator[Message]:
    """Yield the messages that come until the other side ends, or sends what is none."""
    rest = b""
    while len(rest) <= LONGEST_LINE:
        try:
            *lines, rest = (rest + await stream.receive()).split(b"\n")
            for line in lines:
                yield cast("Message", orjson.loads(line))
        except (anyio.EndOfStream, anyio.BrokenResourceError, orjson.JSONDecodeError):
            return


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
