"""A server for transport tests: real sockets, and a script for each connection in turn."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import define, field

CERTIFICATES = Path(__file__).parent / "samples" / "tls"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@define
class Peer:
    """One connection as the server sees it; a script is a coroutine function that takes one."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self):
        """Return head and body of the next request."""
        head = await self.head()
        length = next((line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"0")
        return head, await self.reader.readexactly(int(length))

    async def head(self):
        return await self.reader.readuntil(b"\r\n\r\n")

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def closed(self):
        """Wait until the client has closed the connection, and return what it sent before that."""
        return await self.reader.read()

    def reset(self):
        self.writer.transport.abort()


async def answer_always(peer):
    while True:
        await peer.request()
        await peer.send(OK)


def reply_with(data, *, close=False):
    """Return a script that answers each request with these bytes, and closes after the first if so wished."""

    async def script(peer):
        while True:
            await peer.request()
            await peer.send(data)
            if close:
                return

    return script


@define
class WireServer:
    """Plays the scripts, one a connection and the last one for all that follow; keeps the heads it was sent."""

    scripts: list = field(factory=lambda: [answer_always])
    connections: int = 0
    heads: list = field(factory=list)
    errors: list = field(factory=list)
    port: int = 0
    scheme: str = "http"
    tasks: set = field(factory=set)

    @property
    def url(self):
        return f"{self.scheme}://localhost:{self.port}/v2/p/ocr/train-ticket"

    async def serve(self, reader, writer):
        script = self.scripts[min(self.connections, len(self.scripts) - 1)]
        self.connections += 1
        task = asyncio.current_task()
        self.tasks.add(task)
        peer = RecordingPeer(reader, writer, self.heads)
        try:
            await script(peer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            writer.close()


@define
class RecordingPeer(Peer):
    heads: list

    async def head(self):
        head = await super().head()
        self.heads.append(head)
        return head


@asynccontextmanager
async def serving(*scripts, tls=None):
    """Yield a server on localhost that plays the scripts."""
    server = WireServer(list(scripts) or [answer_always], scheme="https" if tls else "http")
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in list(server.tasks):
            task.cancel()
        while server.tasks:  # noqa: ASYNC110  each turn lets the cancelled ones end
            await asyncio.sleep(0)


def server_tls(*, ask_for_client=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    if ask_for_client:
        context.load_verify_locations(CERTIFICATES / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    return context
