"""An ASGI app as the other end, in the same process and without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from math import inf
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

import anyio
from attrs import define, field

from ocr_async.errors import TransportError
from ocr_async.model import Reply
from ocr_async.transport.address import address_of

if TYPE_CHECKING:
    from ocr_async.model import Request
    from ocr_async.transport.base import Timeout

_Message: TypeAlias = MutableMapping[str, Any]
AsgiApp: TypeAlias = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]],
    Awaitable[None],
]


@define(eq=False)
class AsgiTransport:
    """Calls the app in the task of the sender; whoever made the app also starts and stops its lifespan."""

    app: AsgiApp

    async def send(self, request: Request, *, timeout: Timeout) -> Reply:
        """Return the app's reply; raise TransportError when it failed before it had given one."""
        exchange = _Exchange(request)
        seconds = min(inf if bound is None else bound for bound in (timeout.read, timeout.total))
        try:
            with anyio.fail_after(seconds):
                await self.app(_scope(request), exchange.receive, exchange.send)
        except TimeoutError as error:
            raise TransportError(f"{request.url}: the app gave no reply within {seconds:g} s") from error
        except Exception as error:
            if not exchange.complete.is_set():
                raise TransportError(f"{request.url}: the app failed: {error!r}") from error
        if not exchange.complete.is_set():
            raise TransportError(f"{request.url}: the app ended without a whole reply")
        return Reply(exchange.status, exchange.headers, b"".join(exchange.parts))

    async def aclose(self) -> None:
        """Nothing to close: the app belongs to its maker."""


@define(eq=False)
class _Exchange:
    request: Request
    status: int = 0
    headers: dict[str, str] = field(factory=dict[str, str])
    parts: list[bytes] = field(factory=list[bytes])
    complete: anyio.Event = field(factory=anyio.Event)
    _chunks: AsyncIterator[bytes] | None = None
    _request_ended: bool = False

    async def receive(self) -> _Message:
        if self._request_ended:
            await self.complete.wait()
            return {"type": "http.disconnect"}
        body = self.request.body
        if isinstance(body, bytes):
            self._request_ended = True
            return {"type": "http.request", "body": body, "more_body": False}
        self._chunks = self._chunks or aiter(body)
        chunk = await anext(self._chunks, None)
        self._request_ended = chunk is None
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async def send(self, message: _Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message.get("headers", ()):
                key, text = name.decode("latin-1").lower(), value.decode("latin-1")
                self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self.complete.set()


def _scope(request: Request) -> dict[str, Any]:
    address = address_of(request.url)
    path, _, query = address.target.partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers.setdefault("host", address.host_header)
    length = len(request.body) if isinstance(request.body, bytes) else request.body.length
    headers.setdefault("content-length", str(length))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": address.origin.scheme,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 0),
        "server": (address.origin.host, address.origin.port),
    }
