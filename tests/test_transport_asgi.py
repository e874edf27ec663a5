from __future__ import annotations

import anyio
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from ocr_async.errors import TransportError
from ocr_async.model import Request
from ocr_async.transport import AsgiTransport, Timeout

URL = "http://ocr.test:8080/v2/p/%C3%BC?a=b%20c"
TIMEOUT = Timeout(read=5)
pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


def app_of(endpoint):
    return AsgiTransport(Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST"])]))


class Streamed:
    length = 6

    async def __aiter__(self):
        for chunk in (b"abc", b"def"):
            yield chunk

    async def sha256(self):
        raise AssertionError("not asked for")


@pytest.mark.parametrize("body", [b"abcdef", Streamed()], ids=["bytes", "streamed"])
async def test_the_app_sees_the_request_as_from_a_socket(body):
    async def describe(request):
        seen = {"url": str(request.url), "path": request.url.path, "a": request.query_params["a"]}
        return JSONResponse({**seen, "body": (await request.body()).decode(), **request.headers}, headers={"X-Id": "7"})

    reply = await app_of(describe).send(Request("POST", URL, {"Content-Type": "text/a"}, body), timeout=TIMEOUT)
    assert (reply.status, reply.headers["x-id"]) == (200, "7")
    for part in (
        '"path":"/v2/p/ü"',
        "?a=b%20c",
        '"a":"b c"',
        '"body":"abcdef"',
        '"content-length":"6"',
        '"host":"ocr.test:8080"',
    ):
        assert part in reply.body.decode()


async def test_a_reply_in_pieces_is_put_together():
    async def pieces(_):
        async def several():
            for piece in (b"a", b"b", b"c"):
                yield piece

        return StreamingResponse(several())

    assert (await app_of(pieces).send(Request("GET", URL), timeout=TIMEOUT)).body == b"abc"


async def test_an_app_that_fails_is_a_transport_error_with_its_cause():
    async def fail(scope, receive, send):
        raise ZeroDivisionError

    with pytest.raises(TransportError, match="the app failed") as caught:
        await AsgiTransport(fail).send(Request("GET", URL), timeout=TIMEOUT)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_an_app_that_fails_after_its_error_reply_has_replied():
    async def fail(_):
        raise ZeroDivisionError

    assert (await app_of(fail).send(Request("GET", URL), timeout=TIMEOUT)).status == 500


async def test_an_app_without_a_reply_is_an_error():
    async def nothing(scope, receive, send):
        return

    with pytest.raises(TransportError, match="without a whole reply"):
        await AsgiTransport(nothing).send(Request("GET", URL), timeout=TIMEOUT)


async def test_an_app_that_hangs_runs_into_the_read_timeout():
    async def hang(scope, receive, send):
        await anyio.sleep_forever()

    with pytest.raises(TransportError, match="no reply within"):
        await AsgiTransport(hang).send(Request("GET", URL), timeout=Timeout(read=0.01))
