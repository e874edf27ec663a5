from __future__ import annotations

import anyio

from ocr_async import AkSk, OcrSession, Password
from ocr_async.documents import TrainTicket
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
