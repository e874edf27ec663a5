# ruff: noqa: PLC0415  each library is loaded only in the process that measures it
"""Transports alone: the same body, made beforehand, sent again and again; no signature, no file, no decoding."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from benchmarks.clients import PATH, in_tasks


class Transport:
    """Sends the first file's content as a body, once for each path."""

    name = ""

    async def open(self, url: str, authority: str | None) -> None:
        self.url, self.authority, self.body = url + PATH, authority, b""
        await self.connect()

    async def connect(self) -> None:
        raise NotImplementedError

    async def post(self, _: str) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    async def run(self, paths: Iterable[str], concurrency: int) -> None:
        paths = list(paths)
        self.body = Path(paths[0]).read_bytes()  # noqa: ASYNC240  before the clock that matters
        await in_tasks(self.post, paths, concurrency)


class Own(Transport):
    """The library's transport on asyncio."""

    name = "AsyncioTransport"

    async def connect(self) -> None:
        from ocr_async.transport import AsyncioTransport, new_request, send

        self.transport, self.request, self.send = AsyncioTransport(verify=self.authority or True), new_request, send

    async def post(self, _: str) -> None:
        request = self.request("POST", self.url, (("Content-Type", "application/json"),), self.body)
        assert (await self.send(self.transport, request, seconds=60.0)).status_code == 200

    async def close(self) -> None:
        await self.transport.aclose()


class Aiohttp(Transport):
    """aiohttp without a limit of connections."""

    name = "aiohttp"

    async def connect(self) -> None:
        import aiohttp

        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def post(self, _: str) -> None:
        headers = {"Content-Type": "application/json"}
        async with self.session.post(self.url, data=self.body, headers=headers) as response:
            await response.read()

    async def close(self) -> None:
        await self.session.close()


class Httpx(Transport):
    """httpx with its pool as it comes."""

    name = "httpx"

    async def connect(self) -> None:
        self.client = import_module(self.name).AsyncClient(timeout=60.0)

    async def post(self, _: str) -> None:
        await self.client.post(self.url, content=self.body, headers={"Content-Type": "application/json"})

    async def close(self) -> None:
        await self.client.aclose()


class Httpx2(Httpx):
    """httpx2 with its pool as it comes."""

    name = "httpx2"


class OwnInHttpx(Httpx):
    """The library's transport in httpx's client."""

    name = "httpx with AsyncioTransport"

    async def connect(self) -> None:
        import httpx

        from ocr_async import AsyncioTransport

        self.client = httpx.AsyncClient(transport=AsyncioTransport(), timeout=60.0)


TRANSPORTS = {transport.name: transport for transport in (Own, OwnInHttpx, Aiohttp, Httpx, Httpx2)}
