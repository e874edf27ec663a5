from __future__ import annotations

import asyncio
import errno
import select

import httpx
import pytest
import pytest_asyncio
from wire_server import OK, answer_always, reply_with, serving

from ocr_async.errors import ClosedError, TransportError
from ocr_async.transport import AsyncioTransport, NetworkTransport, new_request, send
from ocr_async.transport.connection import SLICE_BYTES


def post(server, body=b"x" * 100, **headers):
    return new_request("POST", server.url, (("Content-Type", "application/json"), *headers.items()), body)


async def handle(wire, request, **timeouts):
    request.extensions["timeout"] = timeouts
    return await wire.handle_async_request(request)


@pytest_asyncio.fixture
async def wire():
    opened = NetworkTransport(trust_env=False)
    yield opened
    await opened.aclose()


async def test_successive_requests_share_a_connection(wire):
    async with serving() as server:
        for _ in range(3):
            reply = await send(wire, post(server), seconds=5)
            assert (reply.status_code, dict(reply.headers), reply.content) == (200, {"content-length": "2"}, b"ok")
        assert server.connections == 1


async def test_requests_at_once_have_a_connection_each(wire):
    async with serving() as server:
        await asyncio.gather(*(send(wire, post(server), seconds=5) for _ in range(5)))
        assert server.connections == 5


async def test_headers_go_out_as_they_were_given(wire):
    given = (("User-Agent", "Mine/1"), ("Content-Type", "application/json;charset=utf8"))
    async with serving() as server:
        await send(wire, new_request("POST", server.url + "?a=b%20c", given, b"x"), seconds=5)
    head = server.heads[0].decode()
    assert head.startswith("POST /v2/p/ocr/train-ticket?a=b%20c HTTP/1.1\r\n")
    assert head.split("\r\n")[2:4] == [f"{name}: {value}" for name, value in given]
    assert head.count("Host:") == head.count("User-Agent:") == 1


async def test_host_and_length_are_added_where_they_are_missing(wire):
    async with serving() as server:
        await send(wire, new_request("POST", server.url), seconds=5)
    assert f"Host: localhost:{server.port}\r\n".encode() in server.heads[0]
    assert b"Content-Length: 0\r\n" in server.heads[0]


@pytest.mark.parametrize("header", [("A", "b\r\nEvil: 1"), ("A\n", "b"), ("A", "中")])
async def test_a_header_that_would_break_the_request_is_refused_before_sending(wire, header):
    async with serving() as server:
        with pytest.raises(TransportError, match="header") as caught:
            await send(wire, new_request("POST", server.url, (header,)), seconds=5)
        assert not caught.value.sent
        assert server.connections == 0


@pytest.mark.parametrize("url", ["ftp://localhost/", "localhost/x", "http://", "http://localhost:port/"])
async def test_what_is_no_http_address_is_refused_before_sending(wire, url):
    with pytest.raises(TransportError) as caught:
        await send(wire, new_request("GET", url), seconds=5)
    assert not caught.value.sent


async def test_a_redirect_is_a_reply_like_any_other(wire):
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n"
    async with serving(reply_with(moved)) as server:
        reply = await send(wire, post(server), seconds=5)
    assert (reply.status_code, reply.headers["location"]) == (302, "http://elsewhere/")


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcde", b"abcde"),
        (b"HTTP/1.1 200 OK\r\n\r\nabcde", b"abcde"),
        (b"HTTP/1.0 200 OK\r\n\r\nabcde", b"abcde"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            b"a",
        ),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
    ids=["chunked", "length", "until close", "HTTP/1.0", "after interim replies", "none"],
)
async def test_every_framing_of_a_reply_is_read_to_its_end(wire, data, body):
    async with serving(reply_with(data, close=True)) as server:
        reply = await send(wire, post(server), seconds=5)
    assert reply.content == body
    assert reply.status_code in {200, 204}
    assert "a" not in reply.headers


async def test_a_reply_may_come_a_byte_at_a_time(wire):
    async def dribble(peer):
        await peer.request()
        for byte in OK:
            await peer.send(bytes([byte]))
            await asyncio.sleep(0)

    async with serving(dribble) as server:
        assert (await send(wire, post(server), seconds=5)).content == b"ok"


async def test_a_head_request_has_a_reply_without_a_body(wire):
    async with serving(reply_with(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")) as server:
        reply = await send(wire, new_request("HEAD", server.url), seconds=5)
    assert (reply.status_code, reply.content) == (200, b"")


async def test_repeated_headers_are_joined(wire):
    async with serving(reply_with(b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n")) as server:
        assert (await send(wire, post(server), seconds=5)).headers["a"] == "1, 2"


async def test_what_is_no_http_is_an_error(wire):
    async with serving(reply_with(b"220 smtp.example.com ESMTP\r\n")) as server:
        with pytest.raises(TransportError, match="not HTTP") as caught:
            await send(wire, post(server), seconds=5)
    assert caught.value.sent


async def test_a_reply_cut_short_is_an_error_and_not_a_short_reply(wire):
    async with serving(reply_with(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc", close=True)) as server:
        with pytest.raises(TransportError, match="in the middle of the reply") as caught:
            await send(wire, post(server), seconds=5)
    assert caught.value.sent


async def test_an_endless_reply_is_cut_off(wire, monkeypatch):
    monkeypatch.setattr("ocr_async.transport.response.MAX_REPLY_BYTES", 1000)
    async with serving(reply_with(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000)) as server:
        with pytest.raises(TransportError, match="longer than 1,000 B"):
            await send(wire, post(server), seconds=5)


async def test_nobody_listening_is_an_error_of_a_request_not_sent(wire):
    async with serving() as server:
        pass
    with pytest.raises(TransportError, match="cannot connect") as caught:
        await send(wire, post(server), seconds=5)
    assert not caught.value.sent


@pytest.mark.parametrize("used", [True, False])
async def test_a_closed_transport_says_so(wire, used):
    async with serving() as server:
        if used:
            await send(wire, post(server), seconds=5)
        await wire.aclose()
        with pytest.raises(ClosedError):
            await send(wire, post(server), seconds=5)


# idle connections that the server closes


async def test_a_connection_closed_while_idle_is_replaced_without_a_word(wire):
    closed = asyncio.Event()

    async def answer_once(peer):
        await peer.request()
        await peer.send(OK)
        peer.reset()
        closed.set()

    async with serving(answer_once, answer_always) as server:
        await send(wire, post(server), seconds=5)
        await closed.wait()
        for _ in range(5):  # turns of the loop, for the end of the connection to arrive
            await asyncio.sleep(0)
        assert (await send(wire, post(server), seconds=5)).status_code == 200
        assert server.connections == 2


async def test_a_request_cut_off_while_it_is_written_is_sent_again_once(wire):
    """The server cannot have had the whole of it, so nothing is processed twice."""

    async def close_in_the_next_upload(peer):
        await peer.request()
        await peer.send(OK)
        await peer.head()
        peer.reset()

    async with serving(close_in_the_next_upload, answer_always) as server:
        await send(wire, post(server), seconds=5)
        reply = await send(wire, post(server, b"x" * 20_000_000), seconds=5)
        assert (reply.status_code, server.connections) == (200, 2)


async def test_a_request_that_a_reused_connection_lost_unanswered_is_dialled_again_at_once(wire):
    async def close_after_the_next_request(peer):
        await peer.request()
        await peer.send(OK)
        await peer.request()
        peer.reset()

    async with serving(close_after_the_next_request, answer_always) as server:
        for _ in range(2):
            assert (await send(wire, post(server), seconds=5)).status_code == 200
        assert server.connections == 2


async def test_a_request_whose_sends_are_counted_is_not_dialled_again_unasked():
    async def close_after_the_next_request(peer):
        await peer.request()
        await peer.send(OK)
        await peer.request()
        peer.reset()

    wire = AsyncioTransport()
    async with serving(close_after_the_next_request, answer_always) as server:
        await send(wire, post(server), seconds=5)
        with pytest.raises(TransportError) as caught:
            await send(wire, new_request("POST", server.url, (), b"x", once=True), seconds=5)
        assert (caught.value.sent, server.connections) == (True, 1)
    await wire.aclose()


async def test_a_reused_connection_that_broke_in_the_middle_of_a_reply_is_not_dialled_again(wire):
    async def break_off_the_second_reply(peer):
        await peer.request()
        await peer.send(OK)
        await peer.request()
        await peer.send(OK[:20])
        peer.reset()

    async with serving(break_off_the_second_reply, answer_always) as server:
        await send(wire, post(server), seconds=5)
        with pytest.raises(TransportError, match="in the middle of the reply"):
            await send(wire, post(server), seconds=5)
        assert server.connections == 1


@pytest.mark.parametrize("body", [100, 300_000])
async def test_a_server_that_says_keep_alive_and_closes_loses_no_call(wire, body):
    read = []

    async def answer_once(peer):
        read.append(await peer.request())
        await peer.send(OK)

    async with serving(answer_once) as server:
        for _ in range(50):
            assert (await send(wire, post(server, b"x" * body), seconds=5)).status_code == 200

    assert len(read) == 50


async def test_a_connection_that_closes_as_it_is_used_again_is_dialled_again_where_nothing_tells_beforehand(
    wire, monkeypatch
):
    monkeypatch.delattr(select, "poll")  # as on Windows
    async with serving(reply_with(OK, close=True)) as server:
        for _ in range(20):
            assert (await send(wire, post(server), seconds=5)).content == b"ok"


async def test_of_connections_that_died_in_their_sleep_one_fails_a_request_that_is_to_be_sent_once(wire):
    async def answer_one(peer):
        await peer.request()
        await peer.send(OK)
        await peer.reader.read(1)
        peer.reset()

    async with serving(*[answer_one] * 5, answer_always) as server:
        await asyncio.gather(*(send(wire, post(server), seconds=5) for _ in range(5)))
        once = [new_request("POST", server.url, (), b"x" * 100_000, once=True) for _ in range(2)]
        with pytest.raises(TransportError):
            await send(wire, once[0], seconds=5)
        assert (await send(wire, once[1], seconds=5)).content == b"ok"


async def test_a_get_on_a_reused_connection_is_sent_again(wire):
    async def close_after_the_next_request(peer):
        await peer.request()
        await peer.send(OK)
        await peer.request()
        peer.reset()

    async with serving(close_after_the_next_request, answer_always) as server:
        for _ in range(2):
            assert (await send(wire, new_request("GET", server.url), seconds=5)).status_code == 200
        assert server.connections == 2


async def test_a_fresh_connection_that_fails_is_not_tried_again(wire):
    async def close(peer):
        await peer.head()
        peer.reset()

    async with serving(close) as server:
        with pytest.raises(TransportError):
            await send(wire, new_request("GET", server.url), seconds=5)
        assert server.connections == 1


# replies that come early, or do not fit their request


async def test_an_error_reply_during_the_upload_is_returned_at_once(wire):
    """The server refuses by the head alone and reads no further; nobody waits for the rest of the upload."""

    async def refuse(peer):
        await peer.head()
        await peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        await asyncio.Event().wait()

    async with serving(refuse, answer_always) as server:
        reply = await send(wire, post(server, b"x" * 50_000_000), seconds=5)
        assert (reply.status_code, reply.content) == (413, b"big")
        assert (await send(wire, post(server), seconds=5)).status_code == 200
        assert server.connections == 2


@pytest.mark.parametrize("size", [300_000, 3_000_000])
async def test_a_server_that_refuses_and_hangs_up_is_heard(wire, size):
    async def refuse(peer):
        await peer.head()
        await peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")

    async with serving(refuse) as server:
        for _ in range(5):
            assert (await send(wire, post(server, b"x" * size), seconds=5)).status_code == 413


@pytest.mark.parametrize("size", [3_000_000, 30_000_000])
async def test_an_upload_lets_others_take_their_turn(wire, size):
    turns = 0

    async def count_turns():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with serving() as server:
        await send(wire, post(server), seconds=5)
        counting = asyncio.create_task(count_turns())
        await send(wire, post(server, b"x" * size), seconds=5)
        counting.cancel()
    assert turns > size / SLICE_BYTES


async def test_an_early_reply_ends_a_streamed_upload(wire):
    class Endless(httpx.AsyncByteStream):
        length = 10**9
        made = 0

        async def __aiter__(self):
            while True:
                self.made += 1
                yield b"x" * 100_000

    async def refuse(peer):
        await peer.head()
        await peer.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        await asyncio.Event().wait()

    body = Endless()
    async with serving(refuse) as server:
        assert (await send(wire, post(server, body), seconds=5)).status_code == 401
    assert body.made < 1000


async def test_bytes_behind_a_reply_are_not_taken_for_the_next_one(wire):
    async with serving(reply_with(OK + b"HTTP/1.1 500 Evil\r\nContent-Length: 0\r\n\r\n"), answer_always) as server:
        assert (await send(wire, post(server), seconds=5)).status_code == 200
        assert (await send(wire, post(server), seconds=5)).status_code == 200
        assert server.connections == 2


async def test_a_cancelled_request_takes_its_connection_with_it(wire):
    """Its reply would otherwise be read as that of the next request."""
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def never_answer(peer):
        await peer.request()
        arrived.set()
        await peer.closed()
        gone.set()

    async with serving(never_answer, answer_always) as server:
        task = asyncio.create_task(send(wire, post(server), seconds=5))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 5)
        assert (await send(wire, post(server), seconds=5)).content == b"ok"


async def test_cancelling_at_any_moment_leaves_the_pool_usable():
    wire = NetworkTransport(trust_env=False)
    async with serving() as server:
        for turns in range(40):
            tasks = [asyncio.create_task(send(wire, post(server), seconds=5)) for _ in range(6)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        replies = await asyncio.gather(*(send(wire, post(server), seconds=5) for _ in range(9)))
        assert [reply.content for reply in replies] == [b"ok"] * 9
        await wire.aclose()


async def test_every_reply_reaches_the_request_that_it_answers(wire):
    async def echo(peer):
        while True:
            _, body = await peer.request()
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    async with serving(echo) as server:
        bodies = [b"%d" % number for number in range(300)]
        sends = [asyncio.create_task(send(wire, post(server, body), seconds=5)) for body in bodies]
        for number, task in enumerate(sends):
            if number % 7 == 0:
                task.cancel()
            elif number % 3 == 0:
                await asyncio.sleep(0)
        replies = await asyncio.gather(*sends, return_exceptions=True)
    for body, reply in zip(bodies, replies, strict=True):
        assert isinstance(reply, asyncio.CancelledError) or reply.content == body


# timeouts


async def test_a_silent_server_runs_into_the_read_timeout(wire):
    async def say_nothing(peer):
        await peer.request()
        await peer.closed()

    async with serving(say_nothing) as server:
        with pytest.raises(httpx.ReadTimeout, match="no reply came in time"):
            await handle(wire, post(server), read=0.01)
        with pytest.raises(TransportError, match="no reply came in time") as caught:
            await send(wire, post(server), seconds=0.5)
        assert caught.value.sent


async def test_the_read_timeout_counts_from_the_last_byte(wire):
    async def dribble(peer):
        await peer.request()
        for byte in OK:
            await peer.send(bytes([byte]))
            await asyncio.sleep(0.02)

    async with serving(dribble) as server:
        reply = await handle(wire, post(server), read=0.5)
        assert await reply.aread() == b"ok"


async def test_a_server_that_takes_nothing_runs_into_the_write_timeout(wire):
    async def take_nothing(peer):
        peer.reader._transport.pause_reading()
        await asyncio.Event().wait()

    async with serving(take_nothing) as server:
        with pytest.raises(httpx.WriteTimeout, match="could not be written in time"):
            await handle(wire, post(server, b"x" * 50_000_000), write=0.05)


async def test_a_connect_that_hangs_runs_into_the_connect_timeout(wire):
    async def no_tls(peer):
        await peer.closed()

    async with serving(no_tls) as server:
        request = new_request("GET", server.url.replace("http:", "https:"))
        with pytest.raises(TransportError, match=r"no connection within 0\.05 s") as caught:
            await send(wire, request, seconds=5, connect=0.05)
        assert not caught.value.sent


# event loops


def test_one_transport_serves_successive_event_loops():
    wire = NetworkTransport(trust_env=False)

    async def once():
        async with serving() as server:
            return (await send(wire, post(server), seconds=5)).status_code

    assert [asyncio.run(once()), asyncio.run(once())] == [200, 200]


async def test_too_many_open_files_are_no_matter_of_the_address(wire, monkeypatch):
    async def start_connection(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("aiohappyeyeballs.start_connection", start_connection)
    async with serving() as server:
        with pytest.raises(TransportError, match="Too many open files; raise the limit of open files") as caught:
            await send(wire, post(server), seconds=5)
    assert caught.value.retryable
