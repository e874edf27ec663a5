# ruff: noqa: PLC0415  each library is loaded only in the process that measures it
"""The clients that are compared: each recognizes train tickets from paths, signed with AK/SK, and decodes the reply.

The hand-written ones do what a careful engineer writes in an afternoon, and share the library's signer, which costs
less than the ones commonly copied: body by concatenation, one session, no limit of connections, decoded by cattrs.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from attrs import define, field

AK, SK, PROJECT = "A" * 20, "S" * 40, "0123456789abcdef0123456789abcdef"
PATH = f"/v2/{PROJECT}/ocr/train-ticket"


async def in_tasks(one: Callable[[str], Awaitable[Any]], paths: Iterable[str], concurrency: int) -> None:
    """Give the paths to so many tasks on one iterator: the cheapest loop there is."""
    waiting = iter(paths)

    async def work() -> None:
        for path in waiting:
            await one(path)

    await asyncio.gather(*(work() for _ in range(concurrency)))


class OcrAsync:
    """This library: `recognize_many` with its defaults, but for the number in flight."""

    name = "ocr_async"

    async def open(self, url: str, authority: str | None) -> None:
        from ocr_async import AkSk, OcrSession, TrainTicket

        verify = authority or True
        self.session = OcrSession(AkSk(AK, SK), endpoint=url, project_id=PROJECT, verify=verify)
        self.document_type = TrainTicket

    async def run(self, paths: Iterable[str], concurrency: int) -> None:
        async with self.session.recognize_many(self.document_type, paths, concurrency=concurrency) as run:
            async for item in run:
                item.result  # noqa: B018  a Failed has none, which ends the benchmark

    async def close(self) -> None:
        await self.session.aclose()


class OcrAsyncCalls(OcrAsync):
    """This library: `recognize` in tasks."""

    name = "ocr_async, recognize"

    async def run(self, paths: Iterable[str], concurrency: int) -> None:
        await in_tasks(lambda path: self.session.recognize(self.document_type, path), paths, concurrency)


@define
class Ticket:
    """The documented fields, as a hand-written client has them."""

    ticket_id: str | None = None
    check_port: str | None = None
    train_number: str | None = None
    departure_station: str | None = None
    destination_station: str | None = None
    departure_station_en: str | None = None
    destination_station_en: str | None = None
    departure_time: str | None = None
    seat_number: str | None = None
    ticket_price: str | None = None
    sale_method: str | None = None
    seat_category: str | None = None
    ticket_changing: str | None = None
    id_number: str | None = None
    name: str | None = None
    log_id: str | None = None
    sale_location: str | None = None
    confidence: dict[str, float] = field(factory=dict)


@define
class Answer:
    """A reply."""

    result: Ticket


class ByHand:
    """What the hand-written clients share: everything but the HTTP library."""

    name = ""

    async def open(self, url: str, authority: str | None) -> None:
        from cattrs.preconf.orjson import make_converter
        from pybase64 import b64encode

        from ocr_async.signing import DATE_FORMAT, signed_headers

        self.url, self.b64encode, self.signed_headers, self.date_format = (
            url + PATH,
            b64encode,
            signed_headers,
            DATE_FORMAT,
        )
        self.decode = make_converter().loads
        await self.connect(ssl.create_default_context(cafile=authority))

    async def connect(self, context: ssl.SSLContext) -> None:
        raise NotImplementedError

    async def post(self, body: bytes, headers: dict[str, str]) -> bytes:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    async def recognize(self, path: str) -> Answer:
        with Path(path).open("rb") as file:  # noqa: ASYNC230  as such code does
            body = b"".join((b'{"image":"', self.b64encode(file.read()), b'"}'))
        date = datetime.now(UTC).strftime(self.date_format)
        headers = {"Content-Type": "application/json", "X-Project-Id": PROJECT}
        digest = sha256(body).hexdigest()
        signed = self.signed_headers("POST", self.url, headers, digest, access_key=AK, secret_key=SK, date=date)
        return self.decode(await self.post(body, signed), Answer)

    async def run(self, paths: Iterable[str], concurrency: int) -> None:
        await in_tasks(self.recognize, paths, concurrency)


class AiohttpByHand(ByHand):
    """aiohttp + pybase64 + orjson + cattrs."""

    name = "aiohttp by hand"

    async def connect(self, context: ssl.SSLContext) -> None:
        import aiohttp

        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ssl=context))

    async def post(self, body: bytes, headers: dict[str, str]) -> bytes:
        async with self.session.post(self.url, data=body, headers=headers) as response:
            response.raise_for_status()
            return await response.read()

    async def close(self) -> None:
        await self.session.close()


class HttpxByHand(ByHand):
    """httpx + pybase64 + orjson + cattrs, its limits as they come."""

    name = "httpx by hand"
    package = "httpx"

    async def connect(self, context: ssl.SSLContext) -> None:
        httpx = import_module(self.package)
        self.client = httpx.AsyncClient(verify=context, timeout=httpx.Timeout(60.0))

    async def post(self, body: bytes, headers: dict[str, str]) -> bytes:
        response = await self.client.post(self.url, content=body, headers=headers)
        response.raise_for_status()
        return response.content

    async def close(self) -> None:
        await self.client.aclose()


class Httpx2ByHand(HttpxByHand):
    """The same on httpx2."""

    name = "httpx2 by hand"
    package = "httpx2"


class OfficialSdk:
    """huaweicloudsdkocr in threads, one for each call in flight, its pool as large."""

    name = "official SDK, threads"

    async def open(self, url: str, authority: str | None) -> None:
        self.url, self.authority = url, authority
        self.client: Any = None

    def connect(self, concurrency: int) -> None:
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkcore.http.http_config import HttpConfig
        from huaweicloudsdkocr import v1

        self.v1 = v1
        pool = {"pool_connections": concurrency, "pool_maxsize": concurrency}
        config = HttpConfig(ssl_ca_cert=self.authority, **pool)
        kind = v1.OcrAsyncClient if isinstance(self, OfficialSdkAsync) else v1.OcrClient
        credentials = BasicCredentials(AK, SK, PROJECT)
        self.client = (
            kind.new_builder().with_http_config(config).with_credentials(credentials).with_endpoint(self.url).build()
        )

    def request(self, path: str) -> Any:
        body = self.v1.TrainTicketRequestBody(image=b64encode(Path(path).read_bytes()).decode())
        return self.v1.RecognizeTrainTicketRequest(body=body)

    def recognize(self, path: str) -> Any:
        return self.client.recognize_train_ticket(self.request(path)).result.ticket_id

    async def run(self, paths: Iterable[str], concurrency: int) -> None:
        if self.client is None:
            self.connect(concurrency)

        def work() -> None:
            with ThreadPoolExecutor(concurrency) as threads:
                for _ in threads.map(self.recognize, paths):
                    pass

        await asyncio.get_running_loop().run_in_executor(None, work)

    async def close(self) -> None:
        pass


class OfficialSdkAsync(OfficialSdk):
    """huaweicloudsdkocr's own asynchronous client, which sends from eight threads."""

    name = "official SDK, async"

    def recognize(self, path: str) -> Any:
        return self.client.recognize_train_ticket_async(self.request(path)).result().result.ticket_id


CLIENTS = {
    client.name: client
    for client in (
        OcrAsync,
        OcrAsyncCalls,
        AiohttpByHand,
        HttpxByHand,
        Httpx2ByHand,
        OfficialSdk,
        OfficialSdkAsync,
    )
}
