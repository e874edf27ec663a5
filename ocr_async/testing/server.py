"""A real server on a loopback socket, in a thread of its own, for tests of other processes and other HTTP clients."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ocr_async.testing.playing import RESET

_RESET_AT_ONCE = struct.pack("ii", 1, 0)


@contextmanager
def serve(app: ASGIApp, *, port: int = 0) -> Generator[str]:
    """Serve an app on 127.0.0.1 and give its base URL, such as "http://127.0.0.1:40123"; port 0 picks a free one.

    The socket listens before this returns, so that a client needs neither to wait nor to repeat.
    """
    with listening(port) as listener:
        server = _server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield address(listener)
        finally:
            server.should_exit = True
            thread.join()


def run(app: ASGIApp, listener: socket.socket) -> None:
    """Serve an app on a listening socket until the process is interrupted."""
    _server(app).run(sockets=[listener])


def listening(port: int = 0) -> socket.socket:
    """Return a listening socket on 127.0.0.1."""
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # for what it accepts: else each reply waits 40 ms
    return listener


def address(listener: socket.socket) -> str:
    """Return the base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def _server(app: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        app, http=ResettableProtocol, access_log=False, log_level="critical", timeout_graceful_shutdown=1, backlog=1024
    )
    return uvicorn.Server(config)


class ResettableProtocol(HttpToolsProtocol):
    """uvicorn's protocol with an ASGI extension that breaks the connection, which ASGI itself has no word for."""

    def on_message_begin(self) -> None:
        """Offer the extension to the app with each request."""
        super().on_message_begin()
        self.scope["extensions"] = {RESET: {"abort": self._reset}}

    def _reset(self) -> None:
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)  # RST instead of FIN
        self.transport.abort()
