from __future__ import annotations

import subprocess
import sys

import httpx
import pytest
import respx
import trio

from ocr_async import transport
from ocr_async.errors import TransportError
from ocr_async.model import Reply, Request
from ocr_async.sources import open_source

TIMEOUT = transport.Timeout(connect=1, read=2, write=3, pool=4)
URL = "https://ocr.example.com/v2/p/ocr/train-ticket"


class Streamed:
    length = 6

    async def __aiter__(self):
        for chunk in (b"abc", b"def"):
            yield chunk

    async def sha256(self):
        raise AssertionError("not asked for")


async def test_a_mock_transport_of_httpx_can_stand_in_for_the_service():
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, headers=[("A", "1"), ("A", "2")], json={"result": {}})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), headers={"X-Client": "mine"}) as client:
        reply = await transport.open(http_client=client).send(Request("POST", URL, {"B": "c"}, b"x"), timeout=TIMEOUT)
    assert reply == Reply(200, {"a": "1, 2", **{k: v for k, v in reply.headers.items() if k != "a"}}, b'{"result":{}}')
    assert (seen[0].content, seen[0].headers["b"], seen[0].headers["host"]) == (b"x", "c", "ocr.example.com")
    assert "x-client" not in seen[0].headers
    assert seen[0].extensions["timeout"] == {"connect": 1, "read": 2, "write": 3, "pool": 4}


@respx.mock
async def test_respx_can_stand_in_for_the_service():
    route = respx.post(URL).mock(return_value=httpx.Response(429, headers={"Retry-After": "3"}, text="slow"))
    async with httpx.AsyncClient() as client:
        reply = await transport.open(http_client=client).send(Request("POST", URL, {}, b"x"), timeout=TIMEOUT)
    assert (reply.status, reply.headers["retry-after"], reply.body) == (429, "3", b"slow")
    assert route.call_count == 1


async def test_a_bare_httpx_transport_will_do():
    wire = transport.open(http_client=httpx.MockTransport(lambda request: httpx.Response(200, content=request.content)))
    reply = await wire.send(Request("POST", URL, {}, Streamed()), timeout=TIMEOUT)
    assert reply.body == b"abcdef"


async def test_a_streamed_body_has_its_length():
    wire = transport.open(
        http_client=httpx.MockTransport(lambda request: httpx.Response(200, text=str(request.headers)))
    )
    reply = await wire.send(Request("POST", URL, {}, Streamed()), timeout=TIMEOUT)
    assert b"'content-length': '6'" in reply.body
    assert b"transfer-encoding" not in reply.body


async def test_the_callers_client_stays_open_and_its_auth_and_redirects_are_not_mixed_in():
    def answer(request):
        assert "authorization" not in request.headers
        return httpx.Response(302, headers={"Location": "http://elsewhere/"})

    options = {"transport": httpx.MockTransport(answer), "auth": ("a", "b"), "follow_redirects": True}
    async with httpx.AsyncClient(**options) as client:
        wire = transport.open(http_client=client)
        assert (await wire.send(Request("GET", URL), timeout=TIMEOUT)).status == 302
        await wire.aclose()
        assert not client.is_closed


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (httpx.ConnectError("no"), False),
        (httpx.ConnectTimeout("no"), False),
        (httpx.PoolTimeout("no"), False),
        (httpx.ProxyError("no"), False),
        (httpx.UnsupportedProtocol("no"), False),
        (httpx.ReadTimeout("no"), True),
        (httpx.WriteError("no"), True),
        (httpx.RemoteProtocolError("no"), True),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_errors_of_httpx_say_whether_the_request_was_sent(error, sent):
    def fail(_):
        raise error

    wire = transport.open(http_client=httpx.MockTransport(fail))
    with pytest.raises(TransportError, match=r"ocr\.example\.com.*no") as caught:
        await wire.send(Request("GET", URL + "?signature=secret"), timeout=TIMEOUT)
    assert caught.value.sent is sent
    assert "secret" not in str(caught.value)


async def test_an_endless_reply_is_cut_off(monkeypatch):
    monkeypatch.setattr("ocr_async.transport.httpx_adapter.MAX_REPLY_BYTES", 10)
    wire = transport.open(http_client=httpx.MockTransport(lambda _: httpx.Response(200, content=b"x" * 11)))
    with pytest.raises(TransportError, match="longer than 10 B"):
        await wire.send(Request("GET", URL), timeout=TIMEOUT)


async def test_a_socks_proxy_goes_through_httpx_and_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "socksio", None)
    wire = transport.open(proxy="socks5://localhost:1")
    with pytest.raises(TransportError, match="socks") as caught:
        await wire.send(Request("GET", URL), timeout=TIMEOUT)
    assert not caught.value.sent
    await wire.aclose()


def test_trio_is_served_too(tmp_path):
    path = tmp_path / "large.bmp"
    path.write_bytes(bmp(100, 100) + bytes(1_000_000))
    received = bytearray()

    async def answer(stream):
        async for data in stream:
            received.extend(data)
            if received.endswith(b'"}'):
                await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async def main():
        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(trio.serve_tcp, answer, 0)
            port = listeners[0].socket.getsockname()[1]
            wire = transport.open(trust_env=False)
            picture = await open_source(path, AnyPicture())
            body = picture.body(b'{"image":"', b'"}')
            reply = await wire.send(Request("POST", f"http://localhost:{port}/", {}, body), timeout=TIMEOUT)
            await wire.aclose()
            nursery.cancel_scope.cancel()
            return reply.body, body.length

    reply, length = trio.run(main)
    assert reply == b"ok"
    assert len(received.partition(b"\r\n\r\n")[2]) == length


class AnyPicture:
    max_base64_bytes, min_side, max_side = 10_000_000, 1, 10_000
    formats = ("JPEG", "PNG", "BMP", "TIFF")


def bmp(width, height):
    return b"BM" + bytes(12) + (40).to_bytes(4, "little") + width.to_bytes(4, "little") + height.to_bytes(4, "little")


def test_opening_a_transport_loads_no_http_library():
    code = (
        "import sys, ocr_async.transport as t; t.open(); print(*{'httpx', 'httptools', 'pybase64'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.split() == []
