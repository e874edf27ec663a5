from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing

import anyio
import httpx
import pytest

from ocr_async import AkSk, Failed, Item, OcrSession, RetryPolicy
from ocr_async.batch.host import Host
from ocr_async.documents import TrainTicket
from ocr_async.testing import ScriptedService, Unreadable, picture

QUICK = RetryPolicy(base=0.001, longest=0.01)
MEBIBYTE = 1024 * 1024


async def stream(session, items=None):
    async with session.recognize_many(TrainTicket, items or (picture(n) for n in range(500)), concurrency=8) as run:
        async for outcome in run:
            yield outcome


async def gone(session):
    """Wait until nothing of the run is at work any more."""
    with anyio.fail_after(5):
        while session.stats().in_flight or session.stats().waiting:
            await anyio.lowlevel.checkpoint()


async def test_a_break_out_of_a_generator_leaves_the_caller_alone():
    async with OcrSession.local(ScriptedService()) as session:
        async for _ in stream(session):
            break
        gc.collect()
        await asyncio.sleep(0.01)
        assert asyncio.current_task().cancelling() == 0
        await gone(session)


async def test_a_break_out_of_a_generator_that_is_closed_leaves_the_caller_alone():
    async with OcrSession.local(ScriptedService()) as session:
        async with aclosing(stream(session)) as outcomes:
            async for _ in outcomes:
                break
        assert session.stats().in_flight == 0


async def test_a_generator_closed_in_another_task_leaves_both_tasks_alone():
    async with OcrSession.local(ScriptedService()) as session:
        outcomes = stream(session)
        await anext(outcomes)
        await asyncio.create_task(outcomes.aclose())
        await asyncio.sleep(0)
        assert session.stats().in_flight == 0


async def test_a_generator_that_is_driven_by_other_tasks_goes_on():
    async with OcrSession.local(ScriptedService()) as session:
        outcomes = stream(session, [picture(n) for n in range(3)])
        seen = [(await asyncio.create_task(anext(outcomes))).index for _ in range(3)]
        await outcomes.aclose()
    assert sorted(seen) == [0, 1, 2]


async def test_an_error_thrown_into_a_generator_comes_out_as_it_is():
    async with OcrSession.local(ScriptedService()) as session:
        outcomes = stream(session)
        await anext(outcomes)
        with pytest.raises(LookupError):
            await outcomes.athrow(LookupError())


@pytest.mark.parametrize("error", [KeyError, SystemError, asyncio.CancelledError])
async def test_what_the_consumer_raises_comes_out_as_it_is(error):
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(error):
            async for _ in stream(session):
                raise error
        gc.collect()
        await gone(session)


async def test_a_timeout_of_asyncio_around_a_run_is_a_timeout():
    async with OcrSession.local(ScriptedService(seconds=60)) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                async with session.recognize_many(TrainTicket, [picture(1)]) as run:
                    await anext(run)
        assert session.stats().in_flight == 0


def test_a_loop_that_ends_in_the_middle_of_a_run_says_nothing():
    async def leave():
        session = OcrSession.local(ScriptedService())
        outcomes = stream(session)
        await anext(outcomes)
        return session, outcomes

    asyncio.run(leave())


def test_a_loop_that_ends_before_a_worker_began_says_nothing(recwarn):
    async def work():
        raise AssertionError

    async def leave():
        host = Host()
        host.open()
        host.start_soon(anyio.sleep_forever)
        await anyio.lowlevel.checkpoint()
        host.start_soon(work)
        return host

    asyncio.run(leave())
    gc.collect()
    assert not recwarn.list


async def test_an_async_iterable_runs_in_one_task():
    tasks = set()

    async def items():
        try:
            for number in range(30):
                async with asyncio.timeout(5):
                    tasks.add(asyncio.current_task())
                    yield picture(number)
        finally:
            tasks.add(asyncio.current_task())

    async with OcrSession.local(ScriptedService()) as session:
        async for outcome in stream(session, items()):
            if outcome.index == 20:
                break
        gc.collect()
        await gone(session)
    assert len(tasks) == 1


# memory


class Held(bytes):
    """A picture that says when it is let go of."""

    alive = 0
    most = 0

    def __new__(cls, number):
        made = super().__new__(cls, picture(number, size=MEBIBYTE))
        Held.alive += 1
        Held.most = max(Held.most, Held.alive)
        return made

    def __del__(self):
        Held.alive -= 1


async def as_async(items):
    for item in items:
        yield item


def unreadable(_):
    raise Unreadable


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("script", [None, unreadable], ids=["answered", "failing"])
async def test_a_slow_consumer_never_has_more_alive_than_twice_the_bound(ordered, kind, script):
    Held.most = 0
    pictures = (Held(number) for number in range(60))
    items = pictures if kind == "sync" else as_async(pictures)
    service = ScriptedService() if script is None else ScriptedService(script)

    async with OcrSession.local(service, retry=QUICK) as session:
        async with session.recognize_many(TrainTicket, items, max_bytes=8 * MEBIBYTE, ordered=ordered) as run:
            count = 0
            async for _ in run:
                count += 1
                await asyncio.sleep(0.002)

    assert count == 60
    assert Held.most <= 16


class Hostile:
    """A source every method of which fails."""

    def __fspath__(self):
        raise ZeroDivisionError

    def read(self, _):
        raise SystemExit


@pytest.mark.parametrize(
    "item", [Hostile(), Item(Hostile()), Item(picture(1), key=7), Item(picture(1), type=3), (), None, "a\0b", b"", 7]
)
async def test_an_item_that_is_nothing_fails_alone(item):
    async with OcrSession.local(ScriptedService()) as session:
        outcomes = [outcome async for outcome in stream(session, [picture(1), item, picture(2)])]
    failed = [outcome.index for outcome in outcomes if isinstance(outcome, Failed)]
    assert len(outcomes) == 3
    assert set(failed) <= {1}


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("DATA:image/png;base64," + "A" * 40, "0"),
        ("  data:,x", "0"),
        ("iVBORw0KGgo" + "A" * 90, "0"),
        ("/9j/" + "A" * 9000, "0"),
        (b"123", "0"),
        ("https://u:p@example.com/a.jpg?Signature=s#f", "https://example.com/a.jpg"),
        ("a\udcff.jpg", "a\udcff.jpg"),
    ],
)
async def test_the_key_of_a_source_is_its_name_and_never_its_content(source, key):
    async with OcrSession.local(ScriptedService()) as session:
        (outcome,) = [outcome async for outcome in stream(session, [source])]
    assert outcome.key == key


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["trio"])  # asyncio raises an interrupt in the task of the caller alone
@pytest.mark.parametrize("moment", ["before the request is known to be sent", "after its reply"])
async def test_what_an_interrupt_ends_at_any_moment_may_have_been_read(moment):
    service = ScriptedService()

    class Interrupted(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            response = await httpx.ASGITransport(service).handle_async_request(request)
            if moment == "after its reply":
                return httpx.Response(200, stream=Interrupting())
            raise KeyboardInterrupt from RuntimeError(response.status_code)

    class Interrupting(httpx.AsyncByteStream):
        async def __aiter__(self):
            yield b"{"
            raise KeyboardInterrupt

    account = service.account
    settings = {"endpoint": "http://ocr.test", "project_id": account.project_id, "http_client": Interrupted()}
    async with OcrSession(AkSk(account.ak, account.sk), **settings) as session:
        with pytest.raises((KeyboardInterrupt, BaseExceptionGroup)):
            async with session.recognize_many(TrainTicket, [Item(picture(1), key="a")]) as run:
                async for _ in run:
                    pass

    assert sum(service.ledger.processed.values()) == 1
    assert run.cut_off == ["a"]
