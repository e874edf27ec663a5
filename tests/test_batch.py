from __future__ import annotations

import gc
import sys
import weakref
from io import BytesIO
from itertools import cycle
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from ocr_async import AkSk, Done, Failed, Item, OcrSession, RetryPolicy
from ocr_async.documents import Bankcard, BankcardResult, TrainTicket, TrainTicketResult
from ocr_async.errors import AuthError, DocumentError, JobError, SourceError
from ocr_async.testing import (
    ACCOUNT,
    FAULTS,
    Answer,
    ScriptedService,
    Unreadable,
    picture,
    picture_number,
    sample_result,
    serve,
)

pytestmark = pytest.mark.anyio

QUICK = RetryPolicy(base=0.001, longest=0.01)


def pictures(count):
    return [picture(number) for number in range(count)]


def refusing(*numbers):
    """A script that cannot read the pictures of these numbers."""
    unreadable = {picture(number) for number in numbers}

    def reply(task):
        if task.image in unreadable:
            raise Unreadable
        return sample_result(task.api, task.image)

    return reply


async def outcomes_of(run):
    return [outcome async for outcome in run]


@pytest.mark.parametrize(
    "items", [b"x", bytearray(b"x"), memoryview(b"x"), "a.jpg", Path("a.jpg"), BytesIO(b"x")], ids=str
)
async def test_one_picture_or_file_is_no_list_of_them(items):
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(TypeError, match="items is one picture or file"):
            session.recognize_many(TrainTicket, items)


@pytest.mark.parametrize(
    "settings",
    [{"concurrency": "3"}, {"concurrency": 2.5}, {"concurrency": True}, {"max_bytes": "1"}, {"max_bytes": None}],
)
async def test_a_setting_of_a_run_that_is_no_number_is_refused(settings):
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(TypeError, match=f"{next(iter(settings))} is of"):
            session.recognize_many(TrainTicket, [], **settings)


async def test_every_item_has_one_outcome_with_its_own_result():
    async with OcrSession.local(ScriptedService()) as session:
        async with session.recognize_many(TrainTicket, pictures(50)) as run:
            outcomes = await outcomes_of(run)

    assert sorted(outcome.index for outcome in outcomes) == list(range(50))
    assert all(outcome.result.ticket_id == picture_number(picture(outcome.index)) for outcome in outcomes)


async def test_outcomes_come_in_input_order_when_asked():
    service = ScriptedService(seconds=iter([0.05, 0.0] * 20).__next__)

    async with OcrSession.local(service) as session:
        async with session.recognize_many(TrainTicket, pictures(20), ordered=True, concurrency=4) as run:
            outcomes = await outcomes_of(run)

    assert [outcome.index for outcome in outcomes] == list(range(20))


async def test_a_failed_item_is_an_outcome_and_stops_nothing():
    async with OcrSession.local(ScriptedService(refusing(3))) as session:
        async with session.recognize_many(TrainTicket, pictures(6), ordered=True) as run:
            outcomes = await outcomes_of(run)

    failed = outcomes.pop(3)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, DocumentError)
    assert failed.sent
    assert all(isinstance(outcome, Done) for outcome in outcomes)


async def test_what_is_to_happen_before_a_send_happens_before_repeats_too():
    met = []

    async def note(tally):
        met.append((tally.sends, tally.last_error and type(tally.last_error).__name__))

    service = ScriptedService(faults=[FAULTS["internal error"]])
    async with OcrSession.local(service, retry=QUICK) as session:
        async with session.recognize_many(TrainTicket, [Item(picture(1), before_send=note)]) as run:
            (outcome,) = await outcomes_of(run)
    assert (met, outcome.attempts) == ([(0, None), (1, "ServiceError")], 2)


async def test_a_send_can_be_forbidden_for_one_item():
    async def forbid(tally):
        raise JobError("the budget is spent")

    service = ScriptedService()
    async with OcrSession.local(service) as session:
        items = [Item(picture(1), before_send=forbid), picture(2)]
        async with session.recognize_many(TrainTicket, items, ordered=True) as run:
            failed, done = await outcomes_of(run)
    assert (failed.attempts, failed.error.describe(), type(done)) == (0, "the budget is spent", Done)
    assert service.ledger.calls == 1


async def test_a_missing_file_fails_alone_and_unsent(tmp_path):
    good = tmp_path / "good.jpg"
    good.write_bytes(picture(1))

    async with OcrSession.local(ScriptedService()) as session:
        async with session.recognize_many(TrainTicket, [tmp_path / "none.jpg", good], ordered=True) as run:
            failed, done = await outcomes_of(run)

    assert isinstance(failed.error, SourceError)
    assert not failed.sent
    assert failed.key == str(tmp_path / "none.jpg")
    assert isinstance(done, Done)


async def test_one_run_mixes_document_types_and_keys():
    items = [picture(1), (Bankcard, picture(2)), Item(picture(3), TrainTicket(), key="third")]

    async with OcrSession.local(ScriptedService()) as session:
        async with session.recognize_many(TrainTicket, items, ordered=True) as run:
            outcomes = await outcomes_of(run)

    assert [type(outcome.result) for outcome in outcomes] == [TrainTicketResult, BankcardResult, TrainTicketResult]
    assert [outcome.key for outcome in outcomes] == ["0", "1", "third"]


async def test_an_item_without_a_type_fails_alone():
    async with OcrSession.local(ScriptedService()) as session:
        async with session.recognize_many(None, [picture(1), (TrainTicket, picture(2))], ordered=True) as run:
            failed, done = await outcomes_of(run)

    assert "no document type" in str(failed.error)
    assert isinstance(done, Done)


async def test_an_item_whose_type_is_none_at_all_fails_alone():
    async with OcrSession.local(ScriptedService()) as session:
        items = [picture(0), Item(picture(1), type="train-ticket"), picture(2)]
        async with session.recognize_many(TrainTicket, items, ordered=True) as run:
            outcomes = await outcomes_of(run)

    assert [type(outcome) for outcome in outcomes] == [Done, Failed, Done]
    assert isinstance(outcomes[1].error, SourceError)
    assert "'train-ticket' is no document type" in str(outcomes[1].error)


async def test_a_run_over_no_document_type_is_refused_when_it_is_made():
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(TypeError, match="no document type"):
            session.recognize_many("train-ticket", pictures(1))


async def test_leaving_early_tells_what_was_cut_off_and_what_was_not_taken():
    at_service = []

    def seconds():
        at_service.append(1)
        return 0 if len(at_service) <= 2 else 3600

    items = [Item(picture(number), key=str(number)) for number in range(4)]

    async with OcrSession.local(ScriptedService(seconds=seconds)) as session:
        async with session.recognize_many(TrainTicket, items) as run:
            while run.stats.done < 2 or len(at_service) < 4:
                await anyio.lowlevel.checkpoint()

    finished = {outcome.key for outcome in run.untaken()}
    assert len(finished) == 2
    assert finished | set(run.cut_off) == {"0", "1", "2", "3"}
    assert run.untaken() == []


async def test_items_are_taken_lazily_from_an_async_iterable():
    taken = 0

    async def endless():
        nonlocal taken
        while True:
            taken += 1
            yield picture(taken)

    async with OcrSession.local(ScriptedService()) as session:
        async with session.recognize_many(TrainTicket, endless(), concurrency=4) as run:
            async for outcome in run:
                if outcome.index >= 20:
                    break

    assert taken < 60


async def test_a_slow_consumer_holds_the_workers_back():
    taken = 0

    def counted():
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield picture(number)

    async with OcrSession.local(ScriptedService()) as session:
        async with session.recognize_many(TrainTicket, counted(), concurrency=5) as run:
            await anext(run)
            await anyio.wait_all_tasks_blocked()

            assert taken <= 20


@pytest.mark.parametrize("ordered", [False, True])
async def test_the_bytes_held_are_bounded(ordered):
    at_once = 0

    def observed():
        nonlocal at_once
        for number in range(40):
            at_once = max(at_once, run.stats.in_flight)
            yield picture(number) + b"\0" * 100_000

    async with OcrSession.local(ScriptedService(seconds=0.01)) as session:
        async with session.recognize_many(TrainTicket, observed(), max_bytes=600_000, ordered=ordered) as run:
            outcomes = await outcomes_of(run)

    assert len(outcomes) == 40
    assert 1 < at_once <= 3


async def test_no_more_calls_are_at_work_than_asked():
    service = ScriptedService(seconds=0.01)

    async with OcrSession.local(service) as session:
        async with session.recognize_many(TrainTicket, pictures(30), concurrency=3) as run:
            await outcomes_of(run)

    assert service.ledger.peak <= 3


async def test_an_auth_error_stops_the_run_and_the_rest_is_reported_as_not_sent():
    wrong = Answer(401, b'{"error_code": "APIG.0301", "error_msg": "verify aksk signature fail"}')
    service = ScriptedService(faults=[wrong] * 100)

    async with OcrSession.local(service) as session:
        async with session.recognize_many(TrainTicket, pictures(30), concurrency=8) as run:
            outcomes = await outcomes_of(run)

    assert service.ledger.calls == 1
    assert all(isinstance(outcome.error, AuthError) for outcome in outcomes)
    assert sorted(outcome.sent for outcome in outcomes) == [False] * 29 + [True]


async def test_leaving_early_ends_what_is_at_work():
    service = ScriptedService(seconds=iter([0.0, *[60.0] * 99]).__next__)

    async with OcrSession.local(service) as session:
        async with session.recognize_many(TrainTicket, pictures(50), concurrency=4) as run:
            async for _ in run:
                break

        assert session.stats().in_flight == session.stats().waiting == 0
    assert service.ledger.in_flight == 0


async def test_the_consumers_own_error_comes_out_as_it_is():
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(ZeroDivisionError):
            async with session.recognize_many(TrainTicket, pictures(50)) as run:
                async for _ in run:
                    raise ZeroDivisionError

        assert session.stats().in_flight == 0


async def test_an_outer_timeout_ends_the_run():
    service = ScriptedService(seconds=60)

    async with OcrSession.local(service) as session:
        with anyio.move_on_after(0.05) as scope:
            async with session.recognize_many(TrainTicket, pictures(50)) as run:
                await outcomes_of(run)

        assert scope.cancelled_caught
        assert session.stats().in_flight == 0


async def test_an_error_of_the_iterable_is_raised_after_what_was_started():
    def failing():
        yield picture(1)
        raise LookupError("no more")

    outcomes = []
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(LookupError):
            async with session.recognize_many(TrainTicket, failing()) as run:
                outcomes.extend([outcome async for outcome in run])
                pytest.fail("the error was lost")
    assert run.stats.done == 1


async def test_results_come_in_input_order():
    async with OcrSession.local(ScriptedService()) as session:
        async with session.recognize_many(TrainTicket, pictures(10)) as run:
            results = await run.results()

    assert [result.ticket_id for result in results] == [picture_number(image) for image in pictures(10)]


async def test_results_raise_what_failed_together():
    async with OcrSession.local(ScriptedService(refusing(1, 4))) as session:
        with pytest.raises(ExceptionGroup, match="2 of 6 items failed") as caught:
            async with session.recognize_many(TrainTicket, pictures(6)) as run:
                await run.results()

    assert all(isinstance(error, DocumentError) for error in caught.value.exceptions)


async def test_the_statistics_count_what_happened():
    service = ScriptedService(refusing(2), faults=[FAULTS["over the concurrency"], FAULTS["bad gateway"]])

    async with OcrSession.local(service, retry=QUICK) as session:
        async with session.recognize_many(TrainTicket, pictures(5)) as run:
            await outcomes_of(run)
            stats = run.stats

    assert (stats.done, stats.failed, stats.refused, stats.retried, stats.in_flight) == (4, {"AIS.0104": 1}, 1, 2, 0)
    assert stats.endpoints[0].gates["train-ticket"].refused == 1


async def test_one_picture_instead_of_many_is_a_type_error():
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(TypeError, match="one picture"):
            session.recognize_many(TrainTicket, "ticket.jpg")


async def test_the_key_of_an_address_leaves_out_its_query():
    async with OcrSession.local(ScriptedService()) as session:
        async with session.recognize_many(TrainTicket, ["https://example.com/a.jpg?Signature=s"]) as run:
            (outcome,) = await outcomes_of(run)

    assert outcome.key == "https://example.com/a.jpg"


async def test_a_run_is_entered_once():
    async with OcrSession.local(ScriptedService()) as session:
        run = session.recognize_many(TrainTicket, pictures(2))
        async with run:
            assert len([outcome async for outcome in run]) == 2
        with pytest.raises(RuntimeError, match="call recognize_many again"):
            await run.__aenter__()


async def test_a_single_call_goes_before_the_items_that_wait():
    service = ScriptedService(seconds=0.01)
    waited = 0

    async with OcrSession.local(service) as session:
        async with session.recognize_many(TrainTicket, pictures(200)) as run:
            await anext(run)
            before = service.ledger.calls
            await session.recognize(TrainTicket, picture(999))
            waited = service.ledger.calls - before

    assert waited < 60


@pytest.mark.parametrize("name", [name for name in FAULTS if not name.startswith(("stall", "too many", "over"))])
@pytest.mark.parametrize("size", [0, 600_000])
@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # where the connections are those of the package
async def test_a_picture_that_was_sent_again_is_let_go_of_with_its_outcome(name, size):
    class Source(BytesIO):
        """A picture that a weak reference can point to."""

    sources = [Source(picture(number, size=size)) for number in range(6)]
    seen = [weakref.ref(source) for source in sources]
    gc.collect()
    gc.disable()
    try:
        with serve(ScriptedService(faults=cycle([FAULTS[name], FAULTS[name], None]))) as url:
            settings = {"endpoint": url, "project_id": ACCOUNT.project_id, "retry": QUICK}
            async with OcrSession(AkSk(ACCOUNT.ak, ACCOUNT.sk), **settings) as session:
                while len(sources) > 3:
                    await session.recognize(TrainTicket, sources.pop())
                run = session.recognize_many(TrainTicket, iter(sources), concurrency=2)
                async with run:
                    assert {type(outcome) async for outcome in run} == {Done}
                del run
                sources.clear()
                await anyio.lowlevel.checkpoint()
                assert not [source for source in seen if source() is not None]
    finally:
        gc.enable()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of open files")
async def test_a_run_keeps_to_the_files_that_the_process_may_open(monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _: (48, 48))
    seen = []

    def reply(task):
        seen.append(session.stats().in_flight)
        return sample_result(task.api, task.image)

    async with OcrSession.local(ScriptedService(reply, seconds=0.01)) as session:
        async with session.recognize_many(TrainTicket, pictures(60), concurrency=50) as run:
            await run.outcomes()
    assert max(seen) == 4, "a file to read and one to send for each, beside forty others"
