"""HTTP/1.1 as servers and proxies really speak it, through httpx's client: our transport, and that of httpx beside it.

One row a case: what the server sends, what comes of it, and where httpx's own transport does otherwise.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from contextlib import asynccontextmanager
from itertools import pairwise

import h11
import httpx
import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st
from wire_server import OK, answer_always, reply_with, serving

from ocr_async import AsyncioTransport
from ocr_async.transport.reply import MalformedReplyError, ReplyReader

BODY = b'{"result": {}}'
LENGTH = b"Content-Length: 14"
CHUNKED = b"Transfer-Encoding: chunked"
RAW = zlib.compressobj(wbits=-15)
RAW_DEFLATE = RAW.compress(BODY) + RAW.flush()

READ, EMPTY = (200, BODY), (200, b"")
REFUSED = "RemoteProtocolError"


def reply(*lines, body=BODY, status=b"HTTP/1.1 200 OK", end=b"\r\n"):
    return end.join((status, *lines, b"", b"")) + body


def chunks(data, *lines):
    return reply(CHUNKED, *lines, body=data)


@frozen
class Case:
    """What comes of a reply; `httpx` where httpx's own transport makes something else of it, and `why`."""

    name: str
    data: bytes = field(repr=False)
    outcome: object = READ
    httpx: object = None
    why: str = ""
    method: str = "POST"
    keeps: bool = False
    """Whether the connection serves the next request."""


CASES = [
    Case("length", reply(LENGTH), keeps=True),
    Case("length 0", reply(b"Content-Length: 0", body=b""), EMPTY, keeps=True),
    Case("length in lower case", reply(b"content-length:14"), keeps=True),
    Case("length with spaces", reply(b"Content-Length:   14  "), keeps=True),
    Case("length with zeros", reply(b"Content-Length: 0014"), keeps=True),
    Case("length twice", reply(LENGTH, LENGTH), keeps=True),
    Case("length said twice", reply(b"Content-Length: 14, 14"), keeps=True),
    Case("lengths that differ", reply(LENGTH, b"Content-Length: 15"), REFUSED),
    Case("lengths that differ in one line", reply(b"Content-Length: 14, 15"), REFUSED),
    Case("a length longer than any number", reply(b"Content-Length: " + b"9" * 5000), REFUSED),
    Case("length and close", reply(LENGTH, b"Connection: close")),
    Case("no length, until the end", reply()),
    Case("a negative length", reply(b"Content-Length: -14"), httpx=REFUSED, why="read until the end, as by requests"),
    Case("HTTP/1.0", reply(LENGTH, status=b"HTTP/1.0 200 OK")),
    Case("HTTP/1.0 that keeps", reply(LENGTH, b"Connection: keep-alive", status=b"HTTP/1.0 200 OK"), keeps=True),
    Case("one chunk", chunks(b"e\r\n" + BODY + b"\r\n0\r\n\r\n"), keeps=True),
    Case("two chunks", chunks(b"4\r\n" + BODY[:4] + b"\r\nA\r\n" + BODY[4:] + b"\r\n0\r\n\r\n"), keeps=True),
    Case("no chunk but the last", chunks(b"0\r\n\r\n"), EMPTY, keeps=True),
    Case("chunk sizes with spaces", chunks(b"e  \r\n" + BODY + b"\r\n0 \r\n\r\n"), keeps=True),
    Case("chunk sizes with zeros", chunks(b"000e\r\n" + BODY + b"\r\n000\r\n\r\n"), keeps=True),
    Case("chunk extensions", chunks(b'E;a=b;c="d"\r\n' + BODY + b"\r\n0;e\r\n\r\n"), keeps=True),
    Case(
        "chunks with LF alone",
        chunks(b"e\n" + BODY + b"\n0\n\n"),
        httpx="ReadTimeout",
        why="it waits for CR",
        keeps=True,
    ),
    Case("trailers", chunks(b"e\r\n" + BODY + b"\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"), keeps=True),
    Case(
        "chunks and a length", reply(CHUNKED, b"Content-Length: 3", body=b"e\r\n" + BODY + b"\r\n0\r\n\r\n"), keeps=True
    ),
    Case("a chunk without a size", chunks(b"xyz\r\n" + BODY), REFUSED),
    Case("a chunk longer than its size", chunks(b"1\r\n" + BODY), REFUSED),
    Case(
        "no end of the trailers",
        chunks(b"e\r\n" + BODY + b"\r\n0\r\n"),
        httpx=REFUSED,
        why="the last chunk has come, so that nothing of the body is missing",
    ),
    Case("LF alone", reply(LENGTH, end=b"\n"), keeps=True),
    Case("a folded header", reply(b"X-Long: a", b"  b", LENGTH), keeps=True),
    Case("a header without a value", reply(b"X-Empty:", LENGTH), keeps=True),
    Case(
        "a space before the colon",
        reply(b"Content-Length : 14"),
        httpx=REFUSED,
        why="a proxy must take it out, and not all do",
        keeps=True,
    ),
    Case("Latin-1 in a header", reply(b"X-Name: caf\xe9", LENGTH), keeps=True),
    Case("two hundred headers", reply(*(b"X-%d: %s" % (n, b"x" * 100) for n in range(200)), LENGTH), keeps=True),
    Case("a head longer than any", reply(b"X: " + b"x" * 200_000, LENGTH), REFUSED),
    Case("a head without end", reply(b"X: " + b"x" * 200_000)[:-20], REFUSED),
    Case("no reason", reply(LENGTH, status=b"HTTP/1.1 200"), keeps=True),
    Case(
        "empty lines before",
        b"\r\n\r\n" + reply(LENGTH),
        httpx=REFUSED,
        why="some servers end a reply with one more",
        keeps=True,
    ),
    Case("100 before", b"HTTP/1.1 100 Continue\r\n\r\n" + reply(LENGTH), keeps=True),
    Case(
        "three interim replies",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Busy\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" + reply(LENGTH),
        keeps=True,
    ),
    Case("204", reply(status=b"HTTP/1.1 204 None", body=b""), (204, b""), keeps=True),
    Case("304 with a length", reply(LENGTH, status=b"HTTP/1.1 304 Same", body=b""), (304, b""), keeps=True),
    Case("the reply to HEAD", reply(LENGTH, body=b""), EMPTY, method="HEAD", keeps=True),
    Case("gzip", reply(b"Content-Encoding: gzip", body=gzip.compress(BODY))),
    Case("deflate with a header", reply(b"Content-Encoding: deflate", body=zlib.compress(BODY))),
    Case("deflate without", reply(b"Content-Encoding: Deflate", body=RAW_DEFLATE)),
    Case("gzip twice", reply(b"Content-Encoding: gzip, gzip", body=gzip.compress(gzip.compress(BODY)))),
    Case("413", reply(LENGTH, status=b"HTTP/1.1 413 Too Large"), (413, BODY), keeps=True),
    Case("an unknown status", reply(LENGTH, status=b"HTTP/1.1 799 Odd"), (799, BODY), keeps=True),
    Case("bytes behind a reply", reply(LENGTH) + b"HTTP/1.1 500 Evil\r\nContent-Length: 0\r\n\r\n"),
    Case("no HTTP", b"220 smtp.example.com ESMTP\r\n", REFUSED),
    Case("HTTP/2", b"HTTP/2 200\r\n\r\n", REFUSED),
    Case("no status", b"HTTP/1.1 abc\r\n\r\n", REFUSED),
    Case("nothing", b"", REFUSED),
    Case("half a head", reply(LENGTH)[:20], REFUSED),
    Case("half a body", reply(LENGTH)[:-5], REFUSED),
    Case("half a chunk", chunks(b"e\r\n" + BODY[:5]), REFUSED),
]
TRANSPORTS = {"ours": AsyncioTransport, "httpx": httpx.AsyncHTTPTransport}


@asynccontextmanager
async def client_of(which):
    async with httpx.AsyncClient(transport=TRANSPORTS[which](trust_env=False), timeout=5) as client:
        yield client


async def outcome(client, method, url, **content):
    try:
        answer = await client.request(method, url, **content)
    except httpx.HTTPError as error:
        return next(kind.__name__ for kind in type(error).mro() if kind.__module__ == "httpx")
    return answer.status_code, answer.content


def _seconds(*expected):
    return 0.5 if {"ReadTimeout", "WriteTimeout"}.intersection(map(str, expected)) else 30


@pytest.mark.parametrize("which", TRANSPORTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_reply(case, which):
    async def script(peer):
        await peer.request()
        await peer.send(case.data)
        if case.keeps:
            await answer_always(peer)

    async with serving(script, answer_always) as server, client_of(which) as client:
        expected = case.outcome if which == "ours" else case.httpx or case.outcome
        content = b"x" if case.method == "POST" else None
        came = await outcome(client, case.method, server.url, content=content, timeout=_seconds(expected))
        following = await outcome(client, "GET", server.url)
        assert came == expected, case.why
        assert which != "ours" or server.connections == (1 if case.keeps else 2)

    assert following == (200, b"ok")


@pytest.mark.parametrize("case", [case for case in CASES if len(case.data) < 1000], ids=lambda case: case.name)
async def test_a_reply_that_comes_a_byte_at_a_time_is_the_same(case):
    async def dribble(peer):
        await peer.request()
        for byte in case.data:
            await peer.send(bytes([byte]))
            await asyncio.sleep(0)

    async with serving(dribble) as server, client_of("ours") as client:
        assert await outcome(client, case.method, server.url) == case.outcome


@given(
    case=st.sampled_from([case for case in CASES if case.outcome != REFUSED]),
    cuts=st.lists(st.integers(1, 400), max_size=8),
)
def test_a_reply_is_the_same_however_it_is_cut(case, cuts):
    whole, cut = ReplyReader(case.method), ReplyReader(case.method)
    whole.feed(case.data)
    places = sorted({0, *(place for place in cuts if place < len(case.data)), len(case.data)})
    for start, end in pairwise(places):
        if not cut.complete:
            cut.feed(case.data[start:end])
    whole.feed_end()
    cut.feed_end()

    assert (cut.complete, cut.status, cut.headers, cut.take()) == (True, whole.status, whole.headers, whole.take())


@given(start=st.sampled_from([case.data for case in CASES]), data=st.binary(max_size=200), at=st.integers(0, 200))
def test_whatever_comes_is_a_reply_or_an_error(start, data, at):
    reader = ReplyReader("POST")
    try:
        reader.feed(start[:at] + data)
        reader.feed_end()
    except MalformedReplyError:
        pass


@pytest.mark.parametrize("which", TRANSPORTS)
@pytest.mark.parametrize("length", range(len(OK) + 1))
async def test_a_reset_at_any_byte(length, which):
    async def break_off(peer):
        await peer.request()
        await peer.send(OK[:length])
        peer.reset()

    async with serving(break_off, answer_always) as server, client_of(which) as client:
        came = await outcome(client, "POST", server.url, content=b"x")
        following = await outcome(client, "POST", server.url, content=b"x")

    assert came == (200, b"ok") if length == len(OK) else came in {"ReadError", REFUSED}
    assert following == (200, b"ok")


@pytest.mark.parametrize("which", TRANSPORTS)
@pytest.mark.parametrize("hangs_up", [True, False], ids=["and hangs up", "and reads no further"])
@pytest.mark.parametrize("how", ["bytes", "stream"])
async def test_an_early_refusal_of_a_large_body(how, hangs_up, which):
    """httpx's transport writes on until the write timeout where nobody reads: it looks for a reply only after the body."""

    async def refuse(peer):
        await peer.head()
        await peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        if not hangs_up:
            await asyncio.Event().wait()

    async def pieces():
        for _ in range(500):
            yield bytes(100_000)

    async with serving(refuse, answer_always) as server, client_of(which) as client:
        content = bytes(50_000_000) if how == "bytes" else pieces()
        expected = {(413, b"big")} if which == "ours" else {(413, b"big"), "WriteTimeout", "ReadError"}
        came = await outcome(client, "POST", server.url, content=content, timeout=_seconds(*expected))
        following = await outcome(client, "POST", server.url, content=b"x")

    assert came in expected
    assert following == (200, b"ok")


@pytest.mark.parametrize("which", TRANSPORTS)
async def test_a_hundred_continue_that_comes_before_the_body_is_written(which):
    async def invite(peer):
        await peer.head()
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await peer.reader.readexactly(3_000_000)
        await peer.send(OK)

    async with serving(invite) as server, client_of(which) as client:
        assert await outcome(client, "POST", server.url, content=bytes(3_000_000)) == (200, b"ok")


@pytest.mark.parametrize("which", TRANSPORTS)
async def test_a_body_without_a_length_goes_in_chunks(which):
    received = []

    async def take(peer):
        await peer.head()
        received.append(await peer.reader.readuntil(b"0\r\n\r\n"))
        await peer.send(OK)

    async def pieces():
        for piece in (b"abc", b"", b"defgh"):
            yield piece

    async with serving(take) as server, client_of(which) as client:
        assert await outcome(client, "POST", server.url, content=pieces()) == (200, b"ok")

    assert received == [b"3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n"]


async def whole(content):
    yield content


@pytest.mark.parametrize("which", TRANSPORTS)
@pytest.mark.parametrize("length", [b"2", b"4", b"three", None])
@pytest.mark.parametrize("is_stream", [False, True], ids=["bytes", "a stream"])
async def test_a_body_of_another_length_than_its_head_says_is_not_sent_on(length, is_stream, which):
    """More would be taken for the next request, for less the server would wait."""
    async with serving() as server, client_of(which) as client:
        request = client.build_request("POST", server.url, content=whole(b"abc") if is_stream else b"abc")
        lines = [
            line for line in request.headers.raw if line[0].lower() not in (b"content-length", b"transfer-encoding")
        ]
        request.headers = httpx.Headers(lines + ([(b"Content-Length", length)] if length else []))
        with pytest.raises((httpx.LocalProtocolError, h11.LocalProtocolError)):
            await client.send(request)
        assert await outcome(client, "POST", server.url, content=b"abc") == (200, b"ok")


@pytest.mark.parametrize("which", TRANSPORTS)
async def test_a_connection_that_changed_its_protocol_serves_no_request_any_more(which):
    switching = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n"
    async with serving(reply_with(switching), answer_always) as server, client_of(which) as client:
        switched = await client.get(server.url, headers={"Connection": "Upgrade", "Upgrade": "other"})
        assert switched.status_code == 101
        assert await outcome(client, "GET", server.url) == (200, b"ok")


@pytest.mark.parametrize("which", TRANSPORTS)
async def test_a_reply_is_handed_over_while_it_comes(which):
    said = asyncio.Event()

    async def speak_slowly(peer):
        await peer.request()
        await peer.send(reply(CHUNKED, body=b"3\r\none\r\n"))
        await said.wait()
        await peer.send(b"3\r\ntwo\r\n0\r\n\r\n")
        await answer_always(peer)

    async with serving(speak_slowly) as server, client_of(which) as client:
        async with client.stream("GET", server.url) as answer:
            parts = answer.aiter_bytes()
            first = await anext(parts)
            said.set()
            assert (first, b"".join([part async for part in parts])) == (b"one", b"two")
        assert await outcome(client, "GET", server.url) == (200, b"ok")
        assert server.connections == 1


@pytest.mark.parametrize("which", TRANSPORTS)
async def test_a_reply_that_nobody_reads_on_holds_the_sender_and_no_memory(which):
    sent = 0

    async def pour(peer):
        nonlocal sent
        await peer.request()
        await peer.send(reply(b"Content-Length: 100000000", body=b""))
        for _ in range(1000):
            await peer.send(bytes(100_000))
            sent += 100_000

    async with serving(pour, answer_always) as server, client_of(which) as client:
        async with client.stream("GET", server.url) as answer:
            await anext(answer.aiter_raw())
            for _ in range(300):
                await asyncio.sleep(0)
        assert sent < 50_000_000
        assert await outcome(client, "GET", server.url) == (200, b"ok")


@pytest.mark.parametrize("which", TRANSPORTS)
@pytest.mark.parametrize("shape", ["bytes", "large bytes", "stream", "a reply in pieces"])
async def test_a_request_cancelled_at_any_step_leaves_the_pool_usable(shape, which):
    async def answer(peer):
        while True:
            await peer.request()
            for piece in (OK[:10], OK[10:-1], OK[-1:]) if shape == "a reply in pieces" else (OK,):
                await peer.send(piece)
                await asyncio.sleep(0)

    class Pieces(httpx.AsyncByteStream):
        async def __aiter__(self):
            for _ in range(3):
                yield b"abc"
                await asyncio.sleep(0)

    def content():
        if shape == "stream":
            return {"content": Pieces(), "headers": {"Content-Length": "9"}}
        return {"content": bytes(1_000_000) if shape == "large bytes" else b"x"}

    async with serving(answer) as server, client_of(which) as client:
        for steps in range(60):
            task = asyncio.ensure_future(client.post(server.url, **content()))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await outcome(client, "POST", server.url, content=b"x") == (200, b"ok")


async def test_a_client_serves_many_at_once_with_a_connection_each():
    async with serving() as server, client_of("ours") as client:
        replies = await asyncio.gather(*(client.get(server.url) for _ in range(50)))

    assert {reply.content for reply in replies} == {b"ok"}
    assert server.connections == 50
