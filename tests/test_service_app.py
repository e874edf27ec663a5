from __future__ import annotations

import logging
import threading
from functools import partial

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from ocr_async import Limits, OcrSession, TrainTicket
from ocr_async.errors import DocumentError
from ocr_async.local.embedded import EmbeddedService
from ocr_async.local.reading import APIS, OcrRecognizer
from ocr_async.local.service import Account, create_app
from ocr_async.local.service.bodies import SMALL, BodyReader, off_loop
from ocr_async.local.service.replies import Refused
from ocr_async.testing import ACCOUNT, Busy, Refusal, ScriptedRecognizer, Unreadable, picture

UNKNOWN_KEY = f"SDK-HMAC-SHA256 Access=NOBODY, SignedHeaders=host;x-sdk-date, Signature={'0' * 64}"


def raising(error):
    def reply(_task):
        raise error

    return reply


async def test_every_reply_has_a_request_id_of_its_own(caller):
    replies = [
        await caller.recognize(),
        await caller.recognize("no-such-api"),
        await caller.log_in(),
        await caller.log_in(password="wrong"),
        await caller.http.get("/"),
        await caller.http.get(caller.path("passport")),
    ]

    assert [reply.status_code for reply in replies] == [200, 404, 201, 401, 404, 404]
    assert len({reply.headers["X-Request-Id"] for reply in replies}) == len(replies)


@pytest.mark.parametrize("path", ["/", "/v2/ocr/passport", "/v1.0/ocr/", "/v2/p/ocr/passport/", "/v3/auth/tokens/"])
async def test_an_unknown_path_is_an_unknown_api(caller, path):
    response = await caller.http.post(path)

    assert (response.status_code, response.json()["error_code"]) == (404, "APIG.0101")


async def test_another_method_is_an_unknown_api(caller):
    response = await caller.http.get(caller.path("passport"))

    assert (response.status_code, response.json()["error_code"]) == (404, "APIG.0101")


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (Unreadable(), 400, "AIS.0104", "The image is not supported or the image quality is poor."),
        (Busy(), 429, "ModelArts.4401", "Max concurrency error."),
        (Refusal("ModelArts.4402"), 504, "ModelArts.4402", "Backend service timeout error."),
        (Refusal("ModelArts.4403"), 503, "ModelArts.4403", "Backend service unavailable error."),
    ],
)
async def test_a_refusal_of_the_recognizer_is_answered_with_the_documented_words(
    caller_of, error, status, code, message
):
    response = await caller_of(raising(error)).recognize()

    assert (response.status_code, response.json()) == (status, {"error_code": code, "error_msg": message})


async def test_a_fault_of_the_recognizer_is_logged_and_answered(caller_of, caplog):
    with caplog.at_level(logging.ERROR):
        response = await caller_of(raising(ZeroDivisionError())).recognize()

    assert (response.status_code, response.json()["error_code"]) == (500, "ModelArts.4505")
    assert "ZeroDivisionError" in caplog.text


async def test_the_recognizer_gets_the_picture_and_the_options(caller_of):
    tasks = []
    caller = caller_of(lambda task: tasks.append(task) or {})

    await caller.recognize(
        "passport", version="v1.0", image=b"BM" + bytes(12) + b"\x28" + bytes(3) + b"\x20\0\0\0" * 2, country_code="CHN"
    )

    assert [(task.api, task.version, task.options) for task in tasks] == [("passport", "v1.0", {"country_code": "CHN"})]
    assert tasks[0].image.startswith(b"BM")


async def test_the_recognizer_is_closed_when_the_server_shuts_down():
    class Closable(ScriptedRecognizer):
        closed = False

        async def aclose(self):
            self.closed = True

    recognizer = Closable()
    app: Starlette = create_app(recognizer, accounts=[ACCOUNT], apis=APIS)

    async with app.router.lifespan_context(app):
        assert not recognizer.closed
    assert recognizer.closed


class Heavy(ScriptedRecognizer):
    """A recognizer that counts how often it was loaded."""

    loads = 0

    async def load(self):
        self.loads += 1


async def test_the_recognizer_is_loaded_when_the_server_starts():
    recognizer = Heavy()
    app: Starlette = create_app(recognizer, accounts=[ACCOUNT], apis=APIS)

    async with app.router.lifespan_context(app):
        assert recognizer.loads == 1


async def test_a_session_on_the_embedded_service_loads_the_recognizer_when_it_is_entered():
    recognizer = Heavy()

    async with OcrSession.local(EmbeddedService(recognizer)) as session:
        assert recognizer.loads == 1
        async with session.with_options(timeout=5):
            assert recognizer.loads == 1


@pytest.mark.parametrize(("limits", "window"), [(None, 3), (Limits(concurrency=8), 8)])
async def test_a_session_on_the_embedded_service_keeps_its_threads_at_work_unless_told_otherwise(limits, window):
    async with OcrSession.local(EmbeddedService(OcrRecognizer(threads=2)), limits=limits) as session:
        with pytest.raises(DocumentError):
            await session.recognize(TrainTicket, picture(1))
        (endpoint,) = session.stats().endpoints
        assert endpoint.gates["train-ticket"].window == window


async def test_work_on_a_large_body_leaves_the_event_loop_free():
    here = threading.get_ident()

    assert await off_loop(SMALL, threading.get_ident) == here
    assert await off_loop(SMALL + 1, threading.get_ident) != here


def request_of(size, *, declared=None):
    async def receive():
        return {"type": "http.request", "body": bytes(size), "more_body": False}

    length = size if declared is None else declared
    return Request({"type": "http", "headers": [(b"content-length", str(length).encode())]}, receive)


async def test_a_body_waits_until_there_is_memory_for_it():
    reader, order = BodyReader(memory=1000), []

    async def read(name, size, release):
        async with reader.read(request_of(size)):
            order.append(name)
            await release.wait()

    first, second = anyio.Event(), anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(read, "first", 900, first)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(read, "second", 200, second)
        await anyio.wait_all_tasks_blocked()
        assert order == ["first"]
        first.set()
        await anyio.wait_all_tasks_blocked()
        assert order == ["first", "second"]
        second.set()


async def test_a_wait_for_memory_that_is_cancelled_holds_nothing():
    reader = BodyReader(memory=1000)
    async with reader.read(request_of(900)):
        with anyio.move_on_after(0):
            async with reader.read(request_of(200)):
                pytest.fail("there is no memory for it")

    async with reader.read(request_of(1000)) as body:
        assert len(body) == 1000


def slow_request(size):
    """A request of that declared size whose body never comes."""

    async def receive():
        await anyio.sleep_forever()

    return Request({"type": "http", "headers": [(b"content-length", str(size).encode())]}, receive)


async def test_bodies_that_are_only_announced_hold_no_memory():
    reader = BodyReader(memory=1000)

    async def hang():
        async with reader.read(slow_request(900)):
            pytest.fail("it never comes")

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(hang)
        await anyio.wait_all_tasks_blocked()
        async with reader.read(request_of(1000)) as body:
            assert (len(body), reader.held) == (1000, 1000)
        group.cancel_scope.cancel()
    assert reader.held == 0


async def test_parts_that_fill_the_memory_do_not_stop_each_other():
    reader, ends = BodyReader(memory=1000), []

    def in_parts():
        parts = iter([bytes(400), bytes(400), b""])

        async def receive():
            await anyio.lowlevel.checkpoint()
            part = next(parts)
            return {"type": "http.request", "body": part, "more_body": bool(part)}

        return Request({"type": "http", "headers": []}, receive)

    async def read():
        async with reader.read(in_parts()) as body:
            ends.append(len(body))

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(read)
    assert (ends, reader.held) == ([800] * 5, 0)


async def test_a_body_that_stands_still_is_refused_in_time():
    reader = BodyReader(memory=1000, idle=0.01)
    with pytest.raises(Refused, match=r"APIG\.0201") as refused:
        async with reader.read(slow_request(10)):
            pytest.fail("it never comes")
    assert (refused.value.status, reader.held) == (408, 0)


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Auth-Token": "made up"}, {"Authorization": "nonsense"}, {"Authorization": UNKNOWN_KEY}],
)
async def test_nothing_is_read_for_a_stranger(caller, headers):
    read = []

    async def receive():
        read.append(True)
        return {"type": "http.request", "body": b"{}", "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": caller.path("train-ticket"),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    sent = []

    async def send(message):
        sent.append(message)

    await caller.service(scope, receive, send)

    assert (sent[0]["status"], read) == (401, [])


async def test_the_service_says_that_it_is_up_to_whoever_asks(caller):
    reply = await caller.http.get("/healthz")

    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})


async def test_a_metered_service_counts_calls_by_api_and_code():
    recognizer, account = ScriptedRecognizer(), Account.random()
    app = create_app(recognizer, accounts=[account], apis=APIS, metered=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ocr.test") as http:
        for name in ("train-ticket", "train-ticket", "no-such-api"):
            await http.post(f"/v2/{account.project_id}/ocr/{name}", content=b"{}", headers={"X-Auth-Token": "made up"})
        shown = (await http.get("/metrics")).text

    assert 'ocr_calls_total{api="train-ticket",code="APIG.0301",version="v2"} 2.0' in shown
    assert "no-such-api" not in shown


async def test_a_body_longer_than_declared_is_refused():
    with pytest.raises(Refused, match=r"APIG\.0201"):
        async with BodyReader(memory=1000).read(request_of(20, declared=10)):
            pytest.fail("it is longer than it said")


async def test_a_body_that_ends_before_its_declared_length_is_refused():
    async def receive():
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "headers": [(b"content-length", b"10")]}, receive)

    with pytest.raises(Refused, match=r"ModelArts\.4104"):
        async with BodyReader(memory=1000).read(request):
            pytest.fail("it is shorter than it said")


def test_the_service_runs_on_trio_too(caller):
    response = anyio.run(partial(caller.recognize, image=picture(1, size=300_000)), backend="trio")

    assert response.status_code == 200
