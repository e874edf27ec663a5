"""Those who ask whether they may send: answered together, whatever becomes of the one who does it for the others."""

from __future__ import annotations

import threading
from itertools import chain

import anyio
from attrs import define, field

from ocr_async.documents import TrainTicket
from ocr_async.jobs import Stop
from ocr_async.jobs.course import Course
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.keeping import Keeper
from ocr_async.jobs.settling import Send
from ocr_async.jobs.spending import Answer


@define
class Journal:
    """Lets every send happen, and notes which it was asked about together."""

    rounds: list = field(factory=list)

    def keep(self, outcomes, sends):
        self.rounds.append([send.entry.key for send in sends])
        for send in sends:
            send.answer = Answer.GO


def asked(key):
    return Send(Entry(key, key, TrainTicket(), key))


async def test_those_who_ask_at_the_same_time_share_a_transaction():
    journal = Journal()
    keeper = Keeper(journal, Course(Stop()))
    async with anyio.create_task_group() as tasks:
        for key in "abcdef":
            tasks.start_soon(lambda key=key: keeper.let(asked(key), alone=False))
    assert sorted(chain.from_iterable(journal.rounds)) == list("abcdef")
    assert len(journal.rounds) <= 2


async def test_when_the_one_who_asks_for_the_others_is_cancelled_they_are_answered_and_it_is_not():
    journal, answers, free = Journal(), {}, threading.Event()
    keeper = Keeper(journal, Course(Stop()))

    async def ask(key, scope):
        with scope:
            answers[key] = await keeper.let(asked(key), alone=False)

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(keeper.in_thread, free.wait)
            await anyio.wait_all_tasks_blocked()
            first = anyio.CancelScope()
            tasks.start_soon(ask, "first", first)
            tasks.start_soon(ask, "second", anyio.CancelScope())
            await anyio.wait_all_tasks_blocked()
            first.cancel()
            await anyio.wait_all_tasks_blocked()
            free.set()
    assert answers == {"second": Answer.GO}
    assert journal.rounds == [["second"]]
