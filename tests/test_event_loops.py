from __future__ import annotations

import asyncio
import gc
import sys
import threading
import warnings
from contextlib import nullcontext

import anyio
import httpx
import pytest

from ocr_async import AkSk, Limits, OcrSession, Password
from ocr_async.documents import TrainTicket
from ocr_async.errors import TransportError
from ocr_async.loops import PerLoop
from ocr_async.testing import ScriptedService, Stall, picture, serve


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


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("ended_by", [None, KeyError("a bug")], ids=["nothing", "an error"])
def test_a_session_that_nobody_closes_leaves_no_connection_behind_its_loop(backend, ended_by, recwarn):
    service = ScriptedService()
    account = service.account

    async def once():
        await session.recognize(TrainTicket, picture(1))
        if ended_by:
            raise ended_by

    with serve(service) as url:
        session = OcrSession(AkSk(account.ak, account.sk), endpoint=url, project_id=account.project_id)
        for _ in range(2):
            with pytest.raises(KeyError) if ended_by else nullcontext():
                anyio.run(once, backend=backend)
        session = None
        gc.collect()

    assert [str(warning.message) for warning in recwarn] == []


def test_a_client_with_connections_of_another_loop_is_named():
    service, client = ScriptedService(), httpx.AsyncClient(trust_env=False)
    account = service.account

    async def once():
        await session.recognize(TrainTicket, picture(1))

    with serve(service) as url, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        key = AkSk(account.ak, account.sk)
        session = OcrSession(key, endpoint=url, project_id=account.project_id, http_client=client)
        asyncio.run(once())
        with pytest.raises(TransportError, match="connections of another event loop: bring one for each loop"):
            asyncio.run(once())
        session = client = None
        gc.collect()


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


def test_a_call_that_would_wait_for_the_loop_of_another_thread_is_refused():
    """The end of a call there wakes nobody here: it waited until its deadline, or for ever."""
    service = ScriptedService(faults=[Stall(60)])
    is_under_way, may_end = threading.Event(), threading.Event()

    async def hold():
        call = asyncio.ensure_future(session.recognize(TrainTicket, picture(1)))
        while not service.ledger.faults:  # noqa: ASYNC110  what happens in it is not for tests to see
            await asyncio.sleep(0)
        is_under_way.set()
        await asyncio.to_thread(may_end.wait)
        call.cancel()

    async def wait():
        with anyio.fail_after(10):
            await session.recognize(TrainTicket, picture(2))

    session = OcrSession.local(service, limits=Limits(concurrency=1))
    other = threading.Thread(target=asyncio.run, args=(hold(),))
    other.start()
    is_under_way.wait()
    try:
        with pytest.raises(RuntimeError, match="one loop at a time"):
            asyncio.run(wait())
    finally:
        may_end.set()
        other.join()
    asyncio.run(wait())
