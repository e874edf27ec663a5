"""A call may be cancelled at every one of its steps: gates, connections, standing and token flight stay usable."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import anyio
import httpx
import pytest

from ocr_async import AkSk, OcrSession, Password, TrainTicket
from ocr_async.testing import ACCOUNT, ScriptedService, picture, serve

MOST_STEPS = 400
CREDENTIALS = {
    "token": Password(ACCOUNT.user, ACCOUNT.password, ACCOUNT.domain),
    "key": AkSk(ACCOUNT.ak, ACCOUNT.sk),
}


def session_on(service, who, hosts=("a",)):
    return OcrSession(
        CREDENTIALS[who],
        endpoints=[f"http://{host}.test" for host in hosts],
        iam_endpoint="http://iam.test",
        project_id={f"{host}.test": ACCOUNT.project_id for host in hosts},
        http_client=httpx.ASGITransport(service),
    )


async def cancelled_after(steps, work):
    """Start the work, cancel it after so many turns of the loop; tell whether it was done by then."""
    task = asyncio.ensure_future(work)
    for _ in range(steps):
        if task.done():
            break
        await asyncio.sleep(0)
    was_done = task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return was_done


def check_rests(session):
    stats = session.stats()
    assert (stats.in_flight, stats.waiting) == (0, 0)
    assert all(endpoint.left_for == 0 for endpoint in stats.endpoints)


@pytest.mark.parametrize("who", CREDENTIALS)
@pytest.mark.parametrize("hosts", [("a",), ("a", "b", "c")], ids=["one endpoint", "three endpoints"])
async def test_a_fresh_session_serves_on_after_a_call_was_cancelled_at_any_step(who, hosts):
    for steps in range(MOST_STEPS):
        service = ScriptedService()
        async with session_on(service, who, hosts) as session:
            was_done = await cancelled_after(steps, session.recognize(TrainTicket, picture(1)))
            check_rests(session)
            others = [asyncio.ensure_future(session.recognize(TrainTicket, picture(n), timeout=30)) for n in range(3)]
            await asyncio.gather(*others)
            check_rests(session)
        if was_done:
            return
    pytest.fail("the call never came to its end")


@pytest.mark.parametrize("who", CREDENTIALS)
async def test_one_session_serves_on_whatever_steps_its_calls_were_cancelled_at(who):
    service = ScriptedService()
    async with session_on(service, who) as session:
        for steps in range(MOST_STEPS):
            if await cancelled_after(steps, session.recognize(TrainTicket, picture(1))):
                break
        check_rests(session)
        await session.recognize(TrainTicket, picture(2), timeout=30)
    assert service.ledger.token_requests <= 2


async def test_those_who_wait_behind_a_cancelled_first_call_get_their_turn():
    for steps in range(MOST_STEPS):
        service = ScriptedService()
        async with session_on(service, "key") as session:
            first = asyncio.ensure_future(cancelled_after(steps, session.recognize(TrainTicket, picture(0))))
            others = [asyncio.ensure_future(session.recognize(TrainTicket, picture(n), timeout=30)) for n in (1, 2, 3)]
            was_done = await first
            await asyncio.gather(*others)
            check_rests(session)
        if was_done:
            return
    pytest.fail("the call never came to its end")


async def test_a_run_that_is_cancelled_at_any_step_leaves_the_session_usable():
    async def read_all(session):
        async with session.recognize_many(TrainTicket, [picture(n) for n in range(4)]) as run:
            return [outcome async for outcome in run]

    for steps in range(MOST_STEPS):
        service = ScriptedService()
        async with session_on(service, "key") as session:
            was_done = await cancelled_after(steps, read_all(session))
            check_rests(session)
            await session.recognize(TrainTicket, picture(9), timeout=30)
        if was_done:
            return
    pytest.fail("the run never came to its end")


async def test_over_sockets_no_connection_is_lost_to_a_cancelled_call():
    service, chance = ScriptedService(), random.Random(4)
    with serve(service) as url:
        async with OcrSession(CREDENTIALS["key"], endpoint=url, project_id=ACCOUNT.project_id) as session:
            for number in range(60):
                with anyio.move_on_after(chance.uniform(0, 0.004)):
                    await session.recognize(TrainTicket, picture(number))
                check_rests(session)
            assert (await session.recognize(TrainTicket, picture(99), timeout=30)).meta.attempts == 1
