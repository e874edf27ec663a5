"""Replies as httpx knows them, made from what a connection has read."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import httpx

from ocr_async.transport.headers import HeaderLines, RawHeaders

if TYPE_CHECKING:
    from ocr_async.transport.connection import Connection
    from ocr_async.transport.pool import Pool
    from ocr_async.transport.reply import ReplyReader

MAX_REPLY_BYTES = 16 * 1024 * 1024
"""A longer reply is an error: the longest known ones have some hundred KB."""


_PIECE_BYTES = 16 * 1024
"""What is unpacked at a time: small, as what is behind a member is copied."""

_NONE = httpx.Headers()
"""Spares httpx to find out what kind of headers it is given."""


class WholeResponse(httpx.Response):
    """A reply that is there to its end, and in no encoding: its content needs no reading, which costs httpx three times what a response does."""

    def __init__(self, status: int, headers: HeaderLines, body: bytes, extensions: dict[str, object]) -> None:
        super().__init__(status, headers=_NONE, stream=httpx.ByteStream(body), extensions=extensions)
        self.headers = RawHeaders(headers)
        self._body = body

    @property
    def content(self) -> bytes:
        """The body."""
        return self._body


class RestOfReply(httpx.AsyncByteStream):
    """The body of a reply that is still coming; closing it before its end closes the connection."""

    def __init__(self, reply: ReplyReader, connection: Connection, pool: Pool) -> None:
        self._reply, self._connection, self._pool = reply, connection, pool
        self._is_closed = False

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Yield what comes, undone of its chunks."""
        is_last = False
        while not is_last:
            is_last = await self._connection.read_on(self._reply)
            if data := self._reply.take():
                yield data

    async def aclose(self) -> None:
        """Give the connection back."""
        if not self._is_closed:
            self._is_closed = True
            if self._connection.reply is self._reply:
                self._connection.abort()
            self._pool.give_back(self._connection)


def response_of(reply: ReplyReader, connection: Connection, pool: Pool) -> httpx.Response:
    """Return the response to a reply whose head is there."""
    extensions: dict[str, object] = {"http_version": reply.version, "reason_phrase": reply.reason}
    if not reply.complete:
        rest = RestOfReply(reply, connection, pool)
        return httpx.Response(reply.status, headers=reply.headers, stream=rest, extensions=extensions)
    pool.give_back(connection)
    if reply.is_encoded:
        stream = httpx.ByteStream(reply.take())
        return httpx.Response(reply.status, headers=reply.headers, stream=stream, extensions=extensions)
    return WholeResponse(reply.status, reply.headers, reply.take(), extensions)


async def read_whole(response: httpx.Response) -> httpx.Response:
    """Return the response with its content read, at most MAX_REPLY_BYTES of it, and out of the encoding that it came in.

    Raises DecodingError for an encoding that nobody can undo, RemoteProtocolError for a body that is too long.
    """
    if isinstance(response, WholeResponse):
        return response
    try:
        if response.is_stream_consumed:  # by a hook of the client, or it never came over a wire
            body, encoding = response.content, ""
        else:
            body, encoding = await _bounded(response), response.headers.get("content-encoding", "")
    finally:
        await response.aclose()
    return WholeResponse(
        response.status_code, response.headers.raw, decoded(body, encoding, MAX_REPLY_BYTES), response.extensions
    )


async def _bounded(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    left = MAX_REPLY_BYTES
    async for part in response.aiter_raw():
        left -= len(part)
        if left < 0:
            raise httpx.RemoteProtocolError(f"the reply is longer than {MAX_REPLY_BYTES:,} B")
        parts.append(part)
    return b"".join(parts)


def decoded(body: bytes, encoding: str, most: int) -> bytes:
    """Undo a Content-Encoding, at most to `most` bytes.

    Raises DecodingError for an encoding that is not known, or a body that is not in it.
    """
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        if name in ("gzip", "x-gzip", "deflate"):
            body = _inflated(body, name, most)
        elif name not in ("", "identity"):
            raise httpx.DecodingError(f"it comes in the encoding {name[:20]!r}, which nobody asked for")
    return body


def _inflated(body: bytes, name: str, most: int) -> bytes:
    # servers send "deflate" with the zlib header that the standard asks for, and without
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS) if name == "deflate" else (zlib.MAX_WBITS | 16,):
        try:
            return _members(body, window, most)
        except zlib.error:
            continue
    raise httpx.DecodingError(f"it cannot be unpacked as {name}")


def _members(body: bytes, window: int, most: int) -> bytes:
    """Unpack one member after the other, as `requests` does; padding behind them is none.

    Raises zlib.error when one of them cannot be unpacked to its end, DecodingError when there is too much.
    """
    whole, at, members, ended, inflate = b"", 0, 0, 0, zlib.decompressobj(window)
    while at < len(body):
        piece = body[at : at + _PIECE_BYTES]
        try:
            whole += inflate.decompress(piece, most + 1 - len(whole))
        except zlib.error:
            if not members or ended < len(whole):
                raise
            break
        if len(whole) > most:
            raise httpx.DecodingError(f"it is longer than {most:,} B when unpacked")
        at += len(piece) - len(inflate.unused_data)
        if inflate.eof:
            members, ended, inflate = members + 1, len(whole), zlib.decompressobj(window)
    if body and (not members or ended < len(whole)):
        raise zlib.error("cut short")
    return whole
