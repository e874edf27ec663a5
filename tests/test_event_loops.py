from __future__ import annotations

import asyncio
import sys
import threading

import anyio

from ocr_async import AkSk, OcrSession, Password
from ocr_async.documents import TrainTicket
from ocr_async.loops import PerLoop
from ocr_async.testing import ScriptedService, picture, serve


def test_one_session_serves_successive_event_loops():
    service = ScriptedService()
    account = service.account

    async def twice():
        await session.recognize(TrainTicket, picture(1))
        await session.recognize(TrainTicket, picture(2))

    with serve(service) as url:
        session = OcrSession(AkSk(account.ak, account.sk), endpoint=url, project_id=account.project_id)
        anyio.run(twice)
        anyio.run(twice)
        anyio.run(session.aclose)

    assert service.ledger.calls == 4


def test_a_token_serves_the_next_event_loop_too():
    service = ScriptedService()
    account = service.account

    async def once():
        await session.recognize(TrainTicket, picture(1))

    with serve(service) as url:
        who = Password(account.user, account.password, account.domain)
        session = OcrSession(who, endpoint=url, iam_endpoint=url, project_id=account.project_id)
        anyio.run(once)
        anyio.run(once)
        anyio.run(session.aclose)

    assert service.ledger.token_requests == 1


def test_loops_in_several_threads_get_each_their_own_value():
    values, wrong = PerLoop(object), []

    async def ask():
        mine = values.get()
        wrong.extend(mine for _ in range(20_000) if values.get() is not mine)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=asyncio.run, args=(ask(),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong
