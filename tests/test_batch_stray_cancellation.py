"""A CancelledError that nobody asked for: what a file object, an iterable or a hook raises after awaiting a task that was cancelled."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from ocr_async import Done, Failed, Item, OcrSession
from ocr_async.documents import TrainTicket
from ocr_async.errors import OcrError, SourceError
from ocr_async.testing import ScriptedService, picture


async def cancelled():
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()
    await task


class Upload:
    async def read(self, size):
        await cancelled()


async def outcomes_of(items):
    async with OcrSession.local(ScriptedService()) as session, session.recognize_many(TrainTicket, items) as run:
        return [item async for item in run]


async def test_a_file_object_that_raises_it_fails_its_item_alone():
    outcomes = await outcomes_of([picture(1), Upload(), picture(2)])

    assert sorted(map(type, outcomes), key=str) == [Done, Done, Failed]
    assert isinstance(next(item.error for item in outcomes if isinstance(item, Failed)), SourceError)


async def test_a_file_object_that_raises_it_fails_its_call():
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(SourceError, match="cannot be read: CancelledError"):
            await session.recognize(TrainTicket, Upload())


async def test_what_is_awaited_before_a_send_fails_its_item_alone():
    async def before_send(tally):
        await cancelled()

    outcomes = await outcomes_of([Item(picture(1), before_send=before_send), picture(2)])

    assert sorted(map(type, outcomes), key=str) == [Done, Failed]
    assert "unexpected CancelledError" in str(next(item.error for item in outcomes if isinstance(item, Failed)))


def plain():
    yield picture(1)
    raise asyncio.CancelledError


def closing():
    yield picture(1)
    raise GeneratorExit


async def waiting():
    yield picture(1)
    await cancelled()


@pytest.mark.parametrize("items", [plain, closing, waiting])
async def test_an_iterable_that_raises_it_is_no_end_of_the_items(items):
    taken = []
    async with OcrSession.local(ScriptedService()) as session, session.recognize_many(TrainTicket, items()) as run:
        with pytest.raises(RuntimeError, match="the items raised"):
            taken += [item async for item in run]
            taken.extend(run.untaken())
        assert run.stats.done == 1


async def test_a_cancellation_of_the_task_itself_still_passes():
    class Slow:
        async def read(self, size):
            await asyncio.sleep(60)

    async with OcrSession.local(ScriptedService()) as session:
        task = asyncio.ensure_future(session.recognize(TrainTicket, Slow()))
        await anyio.lowlevel.checkpoint()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with anyio.move_on_after(0.01) as scope:
            await session.recognize(TrainTicket, Slow())
        assert scope.cancelled_caught


async def test_a_place_for_credentials_that_raises_it_is_named():
    class Vault:
        async def find(self, transport):
            await cancelled()

    async with OcrSession(Vault(), endpoint="http://localhost:1", project_id="p") as session:
        with pytest.raises(OcrError, match="Obtaining a credential failed: unexpected CancelledError") as caught:
            await session.recognize(TrainTicket, picture(1))
        assert not isinstance(caught.value, RuntimeError)
