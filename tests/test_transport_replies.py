"""Replies as servers and proxies really send them, read as other HTTP clients read them."""

from __future__ import annotations

import asyncio
import gzip
import random
import socket
import time
import zlib
from contextlib import asynccontextmanager
from itertools import pairwise

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from wire_server import OK, answer_always, reply_with, serving

from ocr_async import AkSk, OcrSession, RetryPolicy, TrainTicket
from ocr_async.errors import DecodeError, TransportError
from ocr_async.testing import picture
from ocr_async.transport import NetworkTransport, new_request, send
from ocr_async.transport.origin import Origin
from ocr_async.transport.proxies import Proxies
from ocr_async.transport.reply import MalformedReplyError, ReplyReader
from ocr_async.transport.response import decoded
from ocr_async.transport.tls import Tls, TlsError

BODY = b'{"result": {}}'
N = str(len(BODY)).encode()
RAW = zlib.compressobj(wbits=-15)
RAW_DEFLATE = RAW.compress(BODY) + RAW.flush()


def head(*lines, end=b"\r\n"):
    return end.join((b"HTTP/1.1 200 OK", *lines, b"", b""))


def packed(encoding, body):
    return head(b"Content-Encoding: " + encoding, b"Content-Length: " + str(len(body)).encode()) + body


READ = {
    "chunk sizes with spaces": head(b"Transfer-Encoding: chunked") + b"e  \r\n" + BODY + b"\r\n0 \r\n\r\n",
    "chunk sizes with zeros": head(b"Transfer-Encoding: chunked") + b"000e\r\n" + BODY + b"\r\n000\r\n\r\n",
    "chunk extensions": head(b"Transfer-Encoding: chunked") + b"E;a=b\r\n" + BODY + b"\r\n0;c\r\n\r\n",
    "trailers": head(b"Transfer-Encoding: chunked") + b"e\r\n" + BODY + b"\r\n0\r\nX-Sum: 1\r\n\r\n",
    "chunks with LF alone": head(b"Transfer-Encoding: chunked") + b"e\n" + BODY + b"\n0\n\n",
    "lines with LF alone": head(b"Content-Length: " + N, end=b"\n") + BODY,
    "a folded header": head(b"X-Long: a", b"  b", b"Content-Length: " + N) + BODY,
    "two equal lengths": head(b"Content-Length: " + N, b"Content-Length: " + N) + BODY,
    "one length said twice": head(b"Content-Length: " + N + b", " + N) + BODY,
    "a length with spaces": head(b"Content-Length:   " + N + b"  ") + BODY,
    "no reason": b"HTTP/1.1 200\r\nContent-Length: " + N + b"\r\n\r\n" + BODY,
    "interim replies": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n"
    + head(b"Content-Length: " + N)
    + BODY,
    "gzip": packed(b"gzip", gzip.compress(BODY)),
    "x-gzip": packed(b"x-gzip", gzip.compress(BODY)),
    "deflate with a header": packed(b"deflate", zlib.compress(BODY)),
    "deflate without": packed(b"Deflate", RAW_DEFLATE),
    "gzip twice": packed(b"gzip, gzip", gzip.compress(gzip.compress(BODY))),
    "identity": packed(b"identity", BODY),
}
LENIENT = {
    "chunks with LF alone",
    "lines with LF alone",
    "a folded header",
    "two equal lengths",
    "one length said twice",
    "chunk sizes with zeros",
    "no reason",
    "chunk sizes with spaces",
    "x-gzip",
    "interim replies",
    "a length with spaces",
}
"""What httpx itself may refuse."""


@pytest_asyncio.fixture
async def wire():
    opened = NetworkTransport(trust_env=False)
    yield opened
    await opened.aclose()


@pytest.mark.parametrize("case", READ)
async def test_a_reply_that_others_can_read_is_read(wire, case):
    async with serving(reply_with(READ[case], close=True)) as server:
        reply = await send(wire, new_request("POST", server.url, (), b"x"), seconds=5)

    assert (reply.status_code, reply.content) == (200, BODY)


@pytest.mark.parametrize("case", sorted(READ.keys() - LENIENT))
async def test_httpx_reads_the_same(case):
    async with serving(reply_with(READ[case], close=True)) as server, httpx.AsyncClient(trust_env=False) as client:
        reply = await client.post(server.url, content=b"x")

    assert (reply.status_code, reply.content) == (200, BODY)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        (b"br", b"\x0b\x06"),
        (b"zstd", b"x"),
        (b"gzip", b"no gzip"),
        (b"gzip", gzip.compress(BODY)[:-9]),
        (b"deflate", b"x"),
    ],
    ids=["brotli", "zstandard", "no gzip", "half of a gzip", "no deflate"],
)
async def test_a_whole_reply_that_nobody_can_unpack_is_not_asked_for_again(wire, encoding, body):
    async with serving(reply_with(packed(encoding, body))) as server:
        with pytest.raises(TransportError, match="came whole and cannot be read") as caught:
            await send(wire, new_request("POST", server.url, (), b"x"), seconds=5)

    assert (caught.value.sent, caught.value.retryable) == (True, False)


def test_a_small_reply_never_unpacks_into_a_large_one():
    with pytest.raises(httpx.DecodingError, match="longer than"):
        decoded(gzip.compress(bytes(10_000_000)), "gzip", 1000)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    ],
)
async def test_what_is_no_reply_is_an_error(wire, data):
    async with serving(reply_with(data, close=True)) as server:
        with pytest.raises(TransportError) as caught:
            await send(wire, new_request("POST", server.url, (), b"x"), seconds=5)

    assert caught.value.sent


@pytest.mark.parametrize(
    "data",
    [
        head(b"Content-Length: 1", b"Content-Length: 2") + b"ab",
        head(b"Transfer-Encoding: chunked") + b"xyz\r\n",
        head(b"Transfer-Encoding: chunked") + b"1\r\nabc\r\n",
        head(b"Transfer-Encoding: chunked") + b"1\r\na\r\n" + bytes(200_000),
    ],
    ids=["two lengths", "no chunk size", "too long a chunk", "no end of a chunk size"],
)
@pytest.mark.parametrize("client", [None, httpx.AsyncClient], ids=["own transport", "that of httpx"])
async def test_a_success_that_ends_in_no_http_is_not_asked_for_again(data, client):
    """The picture was read, and would be billed with each try."""
    async with serving(reply_with(data)) as server, sending_with(client, server) as session:
        with pytest.raises(TransportError) as caught:
            await session.recognize(TrainTicket, picture(1))

    assert (caught.value.attempts, caught.value.sent, caught.value.retryable) == (1, True, False)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 502 Bad\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        head(b"Content-Length: 100") + b"cut",
        head(b"Transfer-Encoding: chunked") + b"5\r\ncut",
        b"no HTTP at all\r\n\r\n",
        b"",
    ],
    ids=["fault", "cut", "cut in a chunk", "no HTTP", "nothing"],
)
@pytest.mark.parametrize("client", [None, httpx.AsyncClient], ids=["own transport", "that of httpx"])
async def test_what_may_pass_is_asked_for_again(data, client):
    script = reply_with(data, close=True)
    async with serving(script, script, answer_always) as server, sending_with(client, server) as session:
        with pytest.raises(DecodeError):
            await session.recognize(TrainTicket, picture(1))
    assert len(server.heads) > 2


@asynccontextmanager
async def sending_with(client, server):
    client = client() if client else None
    endpoint, patience = f"http://localhost:{server.port}", RetryPolicy(attempts=3, base=0.001)
    key = AkSk("ak", "sk")
    try:
        async with OcrSession(key, endpoint=endpoint, project_id="p", http_client=client, retry=patience) as session:
            yield session
    finally:
        if client is not None:
            await client.aclose()


@given(case=st.sampled_from(sorted(READ)), cuts=st.lists(st.integers(1, 120), max_size=6))
def test_a_reply_is_the_same_however_it_is_cut(case, cuts):
    data, reader = READ[case], ReplyReader("POST")
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for start, end in pairwise(places):
        assert not reader.complete
        reader.feed(data[start:end])

    assert (reader.complete, reader.status) == (True, 200)


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_reply_or_an_error(data):
    reader = ReplyReader("POST")
    try:
        reader.feed(data)
        reader.feed_end()
    except MalformedReplyError:
        pass


@pytest.mark.parametrize("length", range(len(OK)))
async def test_a_reset_at_any_byte_is_an_error_or_an_answer(wire, length):
    async def break_off(peer):
        await peer.request()
        await peer.send(OK[:length])
        peer.reset()

    async with serving(break_off) as server:
        with pytest.raises(TransportError) as caught:
            await send(wire, new_request("POST", server.url, (), b"x"), seconds=5)

    assert caught.value.sent


async def test_the_next_address_of_a_name_is_tried_while_the_first_one_is_silent(wire, monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        fill = [socket.socket() for _ in range(4)]
        for each in fill:
            each.settimeout(0)
            each.connect_ex(silent.getsockname())  # from the second on it takes no more
        async with serving() as server:
            loop = asyncio.get_running_loop()

            async def both(*_, **__):
                kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
                return [(*kind, silent.getsockname()), (*kind, ("127.0.0.1", server.port))]

            monkeypatch.setattr(loop, "getaddrinfo", both)
            began = time.monotonic()
            reply = await send(wire, new_request("POST", f"http://two.test:{server.port}/", (), b"x"), seconds=5)
        for each in fill:
            each.close()

    assert reply.status_code == 200
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("entry", "url", "direct"),
    [
        ("10.0.0.0/8", ("http", "10.1.2.3", 80), True),
        ("10.0.0.0/8", ("http", "11.1.2.3", 80), False),
        ("::1", ("http", "::1", 80), True),
        ("[::1]", ("http", "::1", 8080), True),
        ("[::1]:8080", ("http", "::1", 8080), True),
        ("[::1]:8080", ("http", "::1", 80), False),
        ("fd00::/8", ("https", "fd12::1", 443), True),
        ("127.0.0.1", ("http", "127.0.0.1", 80), True),
        ("example.com", ("https", "ocr.example.com", 443), True),
        (".example.com", ("https", "ocr.example.com", 443), True),
        ("*.example.com", ("https", "ocr.example.com", 443), True),
        ("example.com", ("https", "notexample.com", 443), False),
        ("example.com:443", ("https", "example.com", 443), True),
        ("example.com:80", ("https", "example.com", 443), False),
        ("a, EXAMPLE.com ,b", ("https", "example.com", 443), True),
        ("*", ("https", "anything.test", 443), True),
        ("*", ("https", "8.8.8.8", 443), True),
        ("", ("https", "example.com", 443), False),
    ],
)
def test_no_proxy_is_read_as_others_read_it(entry, url, direct):
    proxies = Proxies({"http": "http://proxy:1", "https": "http://proxy:1", "no": entry})

    assert (proxies.url_for(Origin(*url)) is None) == direct


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254"]
)
def test_a_link_local_address_never_goes_through_a_proxy(host):
    assert Proxies.of("http://proxy:1", trust_env=True).url_for(Origin("http", host, 80)) is None


def test_a_proxy_that_was_given_goes_before_no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")

    assert Proxies.of("http://proxy:1", trust_env=True).url_for(Origin("http", "a.test", 80)) == "http://proxy:1"


@pytest.fixture
def no_authorities(monkeypatch):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_authorities")
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_variable_that_names_no_file_is_named(monkeypatch, variable):
    monkeypatch.setenv(variable, "/no/such/file.pem")

    with pytest.raises(TlsError, match=f"{variable} names /no/such/file.pem"):
        Tls().context()


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


@pytest.mark.parametrize("size", [len(BODY), 300_000])
@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("padding", [b"", b"\0" * 8, b"padding"])
def test_a_reply_packed_in_parts_is_read_to_its_last_part(encoding, size, padding):
    body = random.Random(1).randbytes(size)
    packed = b"".join(ENCODERS[encoding](body[at : at + 1 + size // 3]) for at in range(0, size, 1 + size // 3))
    assert decoded(packed + padding, encoding, 10**6) == body


@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.49, 0.7, 0.99])
def test_parts_of_which_one_is_cut_are_no_reply(encoding, share):
    part = ENCODERS[encoding](random.Random(1).randbytes(50_000))
    with pytest.raises(httpx.DecodingError, match="cannot be unpacked"):
        decoded((part * 2)[: int(2 * len(part) * share)], encoding, 10**6)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "body", [BODY, b"<html></html>", b"\x1f\x8b\x08nothing of the kind", gzip.compress(BODY)[:-8] + bytes(8)]
)
def test_a_reply_that_is_not_in_its_encoding_is_no_cut_one(encoding, body):
    with pytest.raises(httpx.DecodingError, match="cannot be unpacked"):
        decoded(body, encoding, 10**6)


@pytest.mark.parametrize("nothing", [b"", gzip.compress(b"")])
async def test_a_packed_reply_of_nothing_is_sent_for_again_as_any_that_is_empty(nothing):
    replies = iter([nothing, gzip.compress(BODY)])

    def reply(request):
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(next(replies)))

    async with OcrSession(
        AkSk("ak", "sk"), endpoint="http://ocr.test", project_id="p", http_client=httpx.MockTransport(reply)
    ) as session:
        ticket = await session.recognize(TrainTicket, picture(1))

    assert ticket.meta.attempts == 2


@pytest.mark.parametrize("size", [140_000, 1_000_000])
def test_a_head_that_is_too_long_is_refused_though_it_comes_in_one_piece(size):
    reader = ReplyReader("POST")
    with pytest.raises(MalformedReplyError, match="no end of the head"):
        reader.feed(head(b"X: " + b"y" * size, b"Content-Length: " + N) + BODY)
