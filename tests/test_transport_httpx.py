"""What a caller brings: an httpx client with all that hangs on it, or any httpx transport."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx
import pytest
import respx
import trio
from wire_server import serving

from ocr_async import AsyncioTransport
from ocr_async.errors import ClosedError, TransportError
from ocr_async.sources import open_source
from ocr_async.transport import ClientTransport, NetworkTransport, new_request, send

URL = "https://ocr.example.com/v2/p/ocr/train-ticket"


class Streamed(httpx.AsyncByteStream):
    length = 6

    async def __aiter__(self):
        for chunk in (b"abc", b"def"):
            yield chunk


def client_of(answer, **settings):
    return httpx.AsyncClient(transport=httpx.MockTransport(answer), **settings)


async def test_a_request_goes_through_a_client_as_it_was_built():
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, headers=[("A", "1"), ("A", "2")], json={"result": {}})

    async with client_of(answer, headers={"X-Client": "mine"}, follow_redirects=True) as client:
        reply = await send(ClientTransport(client), new_request("POST", URL, (("B", "c"),), b"x"), seconds=5)
    assert (reply.status_code, reply.headers["a"], reply.content) == (200, "1, 2", b'{"result":{}}')
    assert (seen[0].content, seen[0].headers["b"], seen[0].headers["host"]) == (b"x", "c", "ocr.example.com")
    assert "x-client" not in seen[0].headers


@respx.mock
async def test_respx_can_stand_in_for_the_service():
    route = respx.post(URL).mock(return_value=httpx.Response(429, headers={"Retry-After": "3"}, text="slow"))
    async with httpx.AsyncClient() as client:
        reply = await send(ClientTransport(client), new_request("POST", URL, (), b"x"), seconds=5)
    assert (reply.status_code, reply.headers["retry-after"], reply.content) == (429, "3", b"slow")
    assert route.call_count == 1


@pytest.mark.parametrize("body", [b"abcdef", Streamed()], ids=["bytes", "streamed"])
async def test_a_bare_httpx_transport_will_do(body):
    def answer(request):
        assert "transfer-encoding" not in request.headers
        return httpx.Response(200, headers={"X-Length": request.headers["content-length"]}, content=request.content)

    reply = await send(httpx.MockTransport(answer), new_request("POST", URL, (), body), seconds=5)
    assert (reply.content, reply.headers["x-length"]) == (b"abcdef", "6")


async def test_hooks_and_auth_of_a_client_work_and_redirects_are_not_followed():
    heard = []

    async def note(message):
        heard.append("request" if isinstance(message, httpx.Request) else "response")

    def answer(request):
        assert request.headers["authorization"].startswith("Basic ")
        return httpx.Response(302, headers={"Location": "http://elsewhere/"})

    hooks = {"request": [note], "response": [note]}
    async with client_of(answer, auth=("a", "b"), event_hooks=hooks, follow_redirects=True) as client:
        assert (await send(ClientTransport(client), new_request("GET", URL), seconds=5)).status_code == 302
    assert heard == ["request", "response"]


async def test_a_hook_that_raises_for_status_hides_no_reply():
    async def check(response):
        await response.aread()
        response.raise_for_status()

    async with client_of(
        lambda _: httpx.Response(429, headers={"Retry-After": "3"}, text="slow"), event_hooks={"response": [check]}
    ) as client:
        reply = await send(ClientTransport(client), new_request("GET", URL), seconds=5)
    assert (reply.status_code, reply.headers["retry-after"], reply.content) == (429, "3", b"slow")


async def test_a_hook_that_fails_is_an_error_of_ours_that_repeats_nothing_of_it():
    async def fail(_):
        raise ZeroDivisionError("secret")

    async with client_of(lambda _: httpx.Response(200), event_hooks={"request": [fail]}) as client:
        with pytest.raises(TransportError, match="failed with ZeroDivisionError") as caught:
            await send(ClientTransport(client), new_request("GET", URL), seconds=5)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "secret" not in str(caught.value)


async def test_a_client_that_its_owner_closed_says_so():
    client = client_of(lambda _: httpx.Response(200))
    await client.aclose()
    with pytest.raises(ClosedError, match="http_client"):
        await send(ClientTransport(client), new_request("GET", URL), seconds=5)


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

    with pytest.raises(TransportError, match=r"ocr\.example\.com.*no") as caught:
        await send(httpx.MockTransport(fail), new_request("GET", URL + "?signature=secret"), seconds=5)
    assert caught.value.sent is sent
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("transport", [httpx.AsyncHTTPTransport, AsyncioTransport], ids=["httpcore", "asyncio"])
@pytest.mark.parametrize(("body", "sent"), [(b"x", True), (b"x" * 30_000_000, False)], ids=["whole", "a part of it"])
async def test_what_was_sent_is_certain_where_the_transport_traces(transport, body, sent):
    async def hang_up(peer):
        await peer.request() if len(body) < 100 else await peer.head()
        peer.reset()

    wire = transport()
    async with serving(hang_up) as server:
        with pytest.raises(TransportError) as caught:
            await send(wire, new_request("POST", server.url, (), body), seconds=5)
    await wire.aclose()
    assert caught.value.sent is sent


async def test_an_endless_reply_is_cut_off(monkeypatch):
    monkeypatch.setattr("ocr_async.transport.response.MAX_REPLY_BYTES", 10)
    wire = httpx.MockTransport(lambda _: httpx.Response(200, stream=Streamed()))
    monkeypatch.setattr(Streamed, "__aiter__", lambda _: _endless())
    with pytest.raises(TransportError, match="longer than 10 B"):
        await send(wire, new_request("GET", URL), seconds=5)


async def _endless():
    while True:
        yield b"x"


async def test_a_transport_that_hangs_is_left_in_time():
    async def hang(_):
        await asyncio.Event().wait()

    with pytest.raises(TransportError, match=r"no reply within 0\.01 s") as caught:
        await send(httpx.MockTransport(hang), new_request("GET", URL), seconds=0.01)
    assert caught.value.sent


async def test_waiting_for_a_connection_of_a_small_client_is_no_attempt():
    """Forty requests of 0.1 s share two connections, and each has a second: none fails, none is sent twice."""
    served = []

    async def slowly(peer):
        while True:
            served.append(await peer.request())
            await asyncio.sleep(0.1)
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    limits = httpx.Limits(max_connections=2)
    async with serving(slowly) as server, httpx.AsyncClient(limits=limits, trust_env=False) as client:
        wire = ClientTransport(client)
        await send(wire, new_request("POST", server.url, (), b"x"), seconds=5)  # loads httpcore, which takes a while
        sends = [send(wire, new_request("POST", server.url, (), b"x"), seconds=1) for _ in range(40)]
        replies = await asyncio.gather(*sends)

    assert [reply.content for reply in replies] == [b"ok"] * 40
    assert len(served) == 41


async def test_a_socks_proxy_goes_through_httpx_and_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "socksio", None)
    wire = NetworkTransport(proxy="socks5://localhost:1")
    with pytest.raises(TransportError, match="socksio") as caught:
        await send(wire, new_request("GET", URL), seconds=5)
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
            wire = NetworkTransport(trust_env=False)
            picture = await open_source(path, AnyPicture())
            body = await picture.body(b'{"image":"', b'"}')
            reply = await send(wire, new_request("POST", f"http://localhost:{port}/", (), body), seconds=5)
            await wire.aclose()
            nursery.cancel_scope.cancel()
            return reply.content, body.length

    reply, length = trio.run(main)
    assert reply == b"ok"
    assert len(received.partition(b"\r\n\r\n")[2]) == length


class AnyPicture:
    max_base64_bytes, min_side, max_side = 10_000_000, 1, 10_000
    formats = ("JPEG", "PNG", "BMP", "TIFF")


def bmp(width, height):
    return b"BM" + bytes(12) + (40).to_bytes(4, "little") + width.to_bytes(4, "little") + height.to_bytes(4, "little")


def test_no_http_library_is_loaded_before_the_first_session():
    code = "import sys; from ocr_async import OcrSession; print(*{'httpx', 'pybase64'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.split() == []
