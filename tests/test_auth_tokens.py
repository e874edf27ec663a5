from __future__ import annotations

import anyio
import httpx
import pytest
from attrs import evolve

from ocr_async import OcrSession, Password, Token
from ocr_async.documents import TrainTicket
from ocr_async.errors import AuthError
from ocr_async.events import CredentialRenewed
from ocr_async.testing import ACCOUNT, Answer, ScriptedService, picture

pytestmark = pytest.mark.anyio


def session_on(service, **settings):
    account = service.account
    who = settings.pop("credentials", Password(account.user, account.password, account.domain))
    settings = {"region": account.region, "endpoint": "http://ocr.test", "iam_endpoint": "http://ocr.test"} | settings
    return OcrSession(who, http_client=httpx.ASGITransport(service), **settings)


async def test_two_hundred_callers_with_no_token_yet_make_one_token_request():
    service = ScriptedService()

    async with session_on(service) as session:
        async with anyio.create_task_group() as group:
            for number in range(200):
                group.start_soon(session.recognize, TrainTicket, picture(number))

    assert service.ledger.token_requests == 1
    assert service.ledger.project_requests == 0
    assert service.ledger.answers == {"200": 200}


async def test_a_token_that_the_service_dropped_is_renewed_and_the_call_replayed_once():
    expired = Answer(401, b'{"error_code": "APIG.0307", "error_msg": "The token must be updated."}')
    service = ScriptedService(faults=[expired])

    async with session_on(service) as session:
        ticket = await session.recognize(TrainTicket, picture(1))

    assert ticket.meta.attempts == 2
    assert service.ledger.token_requests == 2


async def test_a_second_refusal_after_the_replay_is_final():
    expired = Answer(401, b'{"error_code": "APIG.0307", "error_msg": "The token must be updated."}')
    service = ScriptedService(faults=[expired] * 5)

    async with session_on(service) as session:
        with pytest.raises(AuthError):
            await session.recognize(TrainTicket, picture(1))

    assert service.ledger.calls == 2


async def test_short_lived_tokens_under_load_are_never_refused():
    service = ScriptedService(account=evolve(ACCOUNT, token_life=2.0))

    async def load(session, stop):
        while anyio.current_time() < stop:
            await session.recognize(TrainTicket, picture(1))
            await anyio.sleep(0.01)

    async with session_on(service) as session:
        await session.recognize(TrainTicket, picture(1))
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(load, session, anyio.current_time() + 4)

    assert set(service.ledger.answers) == {"200"}
    assert service.ledger.token_requests >= 3


async def test_a_wrong_password_is_refused_once_for_all_callers():
    service = ScriptedService()
    who = Password(service.account.user, "wrong", service.account.domain)
    refused = 0

    async def call(session):
        nonlocal refused
        with pytest.raises(AuthError):
            await session.recognize(TrainTicket, picture(1))
        refused += 1

    async with session_on(service, credentials=who) as session:
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(call, session)

    assert refused == 20
    assert service.ledger.token_requests == 1


async def test_a_ready_made_token_is_sent_as_it_is():
    service = ScriptedService()
    reply = await httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://ocr.test").post(
        "/v3/auth/tokens",
        json={
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {
                        "user": {"name": ACCOUNT.user, "password": ACCOUNT.password, "domain": {"name": ACCOUNT.domain}}
                    },
                },
                "scope": {"project": {"name": ACCOUNT.region}},
            }
        },
    )
    token = Token(reply.headers["x-subject-token"])

    async with session_on(service, credentials=token, project_id=ACCOUNT.project_id) as session:
        await session.recognize(TrainTicket, picture(1))

    assert service.ledger.token_requests == 1


async def test_a_renewed_token_is_an_event_without_the_token():
    events = []

    async with session_on(ScriptedService(), on_event=events.append) as session:
        await session.recognize(TrainTicket, picture(1))

    renewed = next(event for event in events if isinstance(event, CredentialRenewed))
    assert renewed.kind == "token"
    assert renewed.seconds == pytest.approx(24 * 3600, abs=2)


async def test_each_caller_that_shares_a_refusal_has_an_error_about_its_own_picture(tmp_path):
    service = ScriptedService()
    who = Password(service.account.user, "wrong", service.account.domain)
    paths = [tmp_path / f"{number}.jpg" for number in range(3)]
    for path in paths:
        path.write_bytes(picture(1))

    async with session_on(service, credentials=who) as session:
        async with session.recognize_many(TrainTicket, paths) as run:
            failures = [outcome async for outcome in run]
        with pytest.raises(AuthError) as later:
            await session.recognize(TrainTicket, picture(1))

    assert sorted(failure.error.source for failure in failures) == [str(path) for path in paths]
    assert later.value.source not in map(str, paths)
