from __future__ import annotations

import asyncio

import httpx
import pytest
from wire_server import CERTIFICATES, OK, reply_with, server_tls, serving

from ocr_async.errors import TransportError
from ocr_async.transport import NetworkTransport, new_request, send
from ocr_async.transport.origin import origin_of
from ocr_async.transport.proxies import Proxies


async def post(url, **settings):
    wire = NetworkTransport(verify=CERTIFICATES / "ca.pem", **settings)
    try:
        return await send(wire, new_request("POST", url, (("A", "b"),), b"x" * 100), seconds=5)
    finally:
        await wire.aclose()


async def tunnel(peer):
    """Play a CONNECT proxy: open the connection asked for and pass the bytes both ways."""
    head = await peer.head()
    host, _, port = head.split()[1].decode().rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await peer.send(b"HTTP/1.1 200 Connection established\r\nConnection: close\r\n\r\n")  # as some proxies say

    async def pump(source, target):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()

    both = [asyncio.ensure_future(pump(peer.reader, writer)), asyncio.ensure_future(pump(reader, peer.writer))]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in both:
            each.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        writer.close()


def proxy_url(server, user=""):
    return f"{server.scheme}://{user}localhost:{server.port}"


async def test_a_plain_request_goes_to_the_proxy_with_its_whole_address():
    async with serving() as proxy:
        reply = await post("http://ocr.example.com/v2?a=b", proxy=proxy_url(proxy))
    assert reply.content == b"ok"
    assert proxy.heads[0].startswith(
        b"POST http://ocr.example.com/v2?a=b HTTP/1.1\r\nHost: ocr.example.com\r\nA: b\r\n"
    )


@pytest.mark.parametrize("to_proxy", [None, "tls"], ids=["http proxy", "https proxy"])
async def test_a_secure_request_goes_through_a_tunnel(to_proxy):
    async with serving(tls=server_tls()) as server, serving(tunnel, tls=server_tls() if to_proxy else None) as proxy:
        reply = await post(server.url, proxy=proxy_url(proxy, "me:p%40ss@"))
        assert reply.content == b"ok"
    assert proxy.heads[0].startswith(f"CONNECT localhost:{server.port} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n" in proxy.heads[0]
    assert b"Proxy-Authorization" not in server.heads[0]


async def test_a_proxy_that_wants_a_password_says_so_in_the_error():
    refusal = reply_with(b"HTTP/1.1 407 Who are you\r\nContent-Length: 3\r\n\r\nwho")
    async with serving(refusal) as proxy:
        with pytest.raises(TransportError, match="wants a user and password") as caught:
            await post("https://ocr.example.com/", proxy=proxy_url(proxy))
    assert not caught.value.sent


@pytest.mark.parametrize(("status", "is_final"), [(407, True), (403, True), (302, True), (502, False), (503, False)])
async def test_a_proxy_that_refuses_for_good_is_not_asked_again(status, is_final):
    refusal = reply_with(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)
    async with serving(refusal) as proxy:
        with pytest.raises(TransportError, match=f"the proxy localhost:{proxy.port}.*HTTP {status}") as caught:
            await post("https://ocr.example.com/", proxy=proxy_url(proxy, "me:wrong@"))
    assert caught.value.retryable is not is_final


async def test_a_proxy_that_hangs_up_is_an_error_of_a_request_not_sent():
    async def hang_up(peer):
        await peer.head()

    async with serving(hang_up) as proxy:
        with pytest.raises(TransportError, match="through the proxy") as caught:
            await post("https://ocr.example.com/", proxy=proxy_url(proxy))
    assert not caught.value.sent


async def test_the_environment_names_the_proxy(monkeypatch):
    async with serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy_url(proxy))
        assert (await post("http://ocr.example.com/")).content == b"ok"
        assert proxy.heads


async def test_no_proxy_leads_around_it(monkeypatch):
    async with serving() as server, serving() as proxy:
        monkeypatch.setenv("http_proxy", proxy_url(proxy))
        monkeypatch.setenv("no_proxy", "localhost")
        await post(server.url)
        assert (len(proxy.heads), len(server.heads)) == (0, 1)


async def test_the_environment_can_be_left_out(monkeypatch):
    async with serving() as server:
        monkeypatch.setenv("http_proxy", "http://localhost:1")
        assert (await post(server.url, trust_env=False)).content == OK[-2:]


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        ({"http": "http://p:1"}, "https://ocr.example.com", None),
        ({"all": "p:1"}, "https://ocr.example.com", "http://p:1"),
        ({"https": "http://p:1", "no": "example.com"}, "https://ocr.example.com", None),
        ({"https": "http://p:1", "no": "ample.com"}, "https://ocr.example.com", "http://p:1"),
        ({"https": "http://p:1", "no": "*"}, "https://ocr.example.com", None),
    ],
)
def test_each_scheme_has_its_proxy(environment, url, expected):
    assert Proxies(environment).url_for(origin_of(httpx.URL(url))) == expected


@pytest.mark.parametrize(("url", "needed"), [("http://p:1", False), ("p:1", False), ("socks5://p:1", True)])
def test_only_http_proxies_are_served_directly(url, needed):
    assert Proxies.of(url, trust_env=False).need_httpx is needed


def test_the_password_of_a_proxy_is_not_shown():
    proxies = Proxies.of("http://me:secret@p:1", trust_env=False)
    assert "secret" not in f"{proxies!r} {proxies.proxy_for(origin_of(httpx.URL('http://a')))!r}"
