from __future__ import annotations

import asyncio

import anyio
import pytest

from ocr_async.auth.background import Background
from ocr_async.auth.renewed import HOLD_OFF, Lease, Renewed
from ocr_async.errors import AuthError, OcrError, ServiceError

pytestmark = pytest.mark.anyio


class Issuer:
    """Issues numbered values on a clock that tests move; holds them back while `gate` is not set."""

    def __init__(self, seconds=100.0):
        self.now = 0.0
        self.seconds = seconds
        self.issued = 0
        self.gate = anyio.Event()
        self.gate.set()
        self.error = None
        self.background = Background()
        self.renewed = Renewed(self._issue, self.background, clock=lambda: self.now)

    async def _issue(self):
        self.issued += 1
        number = self.issued
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Lease(number, self.seconds)

    async def get(self):
        return await self.renewed.get()


async def test_many_callers_share_one_request():
    issuer = Issuer()
    values = []

    async def ask():
        values.append(await issuer.get())

    async with anyio.create_task_group() as group:
        for _ in range(200):
            group.start_soon(ask)

    assert values == [1] * 200
    assert issuer.issued == 1


async def test_the_old_value_serves_while_it_is_renewed_ahead_of_its_end():
    issuer = Issuer(seconds=90)
    await issuer.get()
    issuer.gate = anyio.Event()
    issuer.now = 61

    assert [await issuer.get() for _ in range(3)] == [1, 1, 1]
    await anyio.wait_all_tasks_blocked()
    issuer.gate.set()
    await anyio.wait_all_tasks_blocked()

    assert await issuer.get() == 2
    assert issuer.issued == 2


async def test_a_value_is_not_used_in_the_last_part_of_its_life():
    issuer = Issuer(seconds=100)
    await issuer.get()
    issuer.now = 91

    assert await issuer.get() == 2


async def test_only_the_stale_value_is_dropped():
    issuer = Issuer()
    first = await issuer.get()
    issuer.renewed.discard_if(lambda value: value == first)
    second = await issuer.get()
    issuer.renewed.discard_if(lambda value: value == first)

    assert await issuer.get() == second == 2


async def test_a_caller_that_gives_up_does_not_take_the_request_from_the_others():
    issuer = Issuer()
    issuer.gate = anyio.Event()
    values = []

    async def ask():
        values.append(await issuer.get())

    async with anyio.create_task_group() as group:
        with anyio.move_on_after(0):
            await issuer.get()
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        issuer.gate.set()

    assert values == [1]


async def test_a_refusal_is_remembered_so_that_it_does_not_lock_the_user():
    issuer = Issuer()
    issuer.error = AuthError(status=401)
    for _ in range(5):
        with pytest.raises(AuthError):
            await issuer.get()
    assert issuer.issued == 1

    issuer.now = HOLD_OFF + 1
    issuer.error = None
    assert await issuer.get() == 2


async def test_a_failed_renewal_does_not_trouble_callers_while_the_old_value_serves():
    issuer = Issuer(seconds=90)
    await issuer.get()
    issuer.error = ServiceError(status=503)
    issuer.now = 61
    await issuer.get()
    await anyio.wait_all_tasks_blocked()

    assert await issuer.get() == 1
    issuer.error = None
    issuer.now = 80
    await issuer.get()
    await anyio.wait_all_tasks_blocked()
    assert await issuer.get() == 3


async def test_a_fault_in_obtaining_reaches_those_who_wait():
    issuer = Issuer()
    issuer.error = ZeroDivisionError("a fault")

    with pytest.raises(OcrError, match="ZeroDivisionError: a fault"):
        await issuer.get()


async def test_closing_ends_a_renewal_under_way():
    issuer = Issuer(seconds=90)
    await issuer.get()
    issuer.gate = anyio.Event()
    issuer.now = 61
    await issuer.get()
    await anyio.wait_all_tasks_blocked()

    await issuer.background.aclose()

    assert await issuer.get() == 1


def test_closing_does_not_wait_for_a_renewal_that_was_cancelled_before_it_began():
    async def main():
        issuer = Issuer(seconds=90)
        await issuer.get()
        issuer.now = 61
        await issuer.get()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        with anyio.fail_after(5):
            await issuer.background.aclose()

    asyncio.run(main())
