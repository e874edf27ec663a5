from __future__ import annotations

import copy
import pickle
import ssl
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx
import pytest

from ocr_async import AkSk, AsyncioTransport, Limits, OcrSession, RetryPolicy
from ocr_async.documents import EmiratesIdCard, Passport, TrainTicket, TrainTicketResult
from ocr_async.errors import (
    AuthError,
    ClosedError,
    DeadlineError,
    DecodeError,
    DocumentError,
    RegionError,
    ServiceError,
    SourceError,
    ThrottledError,
    TransportError,
)
from ocr_async.events import AttemptFinished, AttemptStarted, CallFinished, CallStarted
from ocr_async.testing import (
    ACCOUNT,
    FAULTS,
    Answer,
    Reset,
    ScriptedService,
    Stall,
    Unreadable,
    picture,
    picture_number,
    serve,
)

pytestmark = pytest.mark.anyio

QUICK = RetryPolicy(base=0.001, longest=0.01)
PASSING = ["backend timeout", "internal error", "bad gateway", "unavailable", "reset before processing"]
PASSING += ["reset after processing", "truncated", "empty", "over the concurrency"]


def remote(service, credentials, **settings):
    """A session that meets the service through an httpx transport, as any remote one."""
    transport = httpx.ASGITransport(service)
    return OcrSession(credentials, endpoint="http://ocr.test", http_client=transport, **settings)


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_session_stays_in_its_process(copied):
    with pytest.raises(TypeError, match="make one in each process"):
        copied(OcrSession(AkSk("a", "b")))


@pytest.mark.parametrize("service", [ScriptedService, 5, "http://localhost:8000"])
def test_what_is_no_service_is_named(service):
    with pytest.raises(TypeError, match="pass a ScriptedService"):
        OcrSession.local(service)


async def test_a_picture_comes_back_as_the_result_of_its_type():
    async with OcrSession.local(ScriptedService()) as session:
        ticket = await session.recognize(TrainTicket, picture(7))

    assert type(ticket) is TrainTicketResult
    assert ticket.ticket_id == picture_number(picture(7))
    assert ticket.confidence["departure_station"] == 0.9982


async def test_a_result_tells_how_it_came_about():
    async with OcrSession.local(ScriptedService(faults=[FAULTS["bad gateway"]]), retry=QUICK) as session:
        ticket = await session.recognize(TrainTicket, picture(1))

    assert ticket.meta.request_id
    assert (ticket.meta.attempts, ticket.meta.status, ticket.meta.endpoint) == (2, 200, "localhost")


async def test_options_reach_the_service():
    service = ScriptedService(lambda task: {"country_code": task.options["country_code"]})

    async with OcrSession.local(service) as session:
        page = await session.recognize(Passport(country_code="CHN"), picture(1))

    assert page.country_code == "CHN"


@pytest.mark.parametrize("name", PASSING)
async def test_a_passing_fault_is_met_with_another_send(name):
    service = ScriptedService(faults=[FAULTS[name]])

    async with OcrSession.local(service, retry=QUICK) as session:
        ticket = await session.recognize(TrainTicket, picture(1))

    assert ticket.meta.attempts == service.ledger.calls == 2


async def test_the_wait_that_the_service_asks_for_is_kept():
    service = ScriptedService(faults=[Answer(429, headers={"Retry-After": "0.3"})])

    async with OcrSession.local(service) as session:
        started = anyio.current_time()
        await session.recognize(TrainTicket, picture(1))

        assert anyio.current_time() - started >= 0.29


async def test_a_wait_beyond_the_deadline_ends_the_call_at_once():
    service = ScriptedService(faults=[Answer(429, headers={"Retry-After": "60"})])

    async with OcrSession.local(service) as session:
        with pytest.raises(ThrottledError) as caught:
            await session.recognize(TrainTicket, picture(1), timeout=5)

    assert caught.value.retry_after == 60
    assert service.ledger.calls == 1


async def test_a_deadline_before_any_send_says_that_the_service_asked_to_wait():
    service = ScriptedService(faults=[Answer(429, headers={"Retry-After": "60"})])

    async with OcrSession.local(service) as session:
        with pytest.raises(ThrottledError):
            await session.recognize(TrainTicket, picture(1), timeout=5)
        with pytest.raises(DeadlineError, match=r"0 sends; the service has asked to wait, for (59|60) s more"):
            await session.recognize(TrainTicket, picture(1), timeout=0.05)


async def test_a_deadline_before_any_send_says_that_the_endpoint_is_left_alone():
    def refuse(request):
        raise httpx.ConnectError("refused")

    settings = {"http_client": httpx.MockTransport(refuse), "project_id": "p", "retry": QUICK}
    async with OcrSession(AkSk("ak", "sk"), endpoint="http://ocr.test", **settings) as session:
        for _ in range(2):
            with pytest.raises(TransportError):
                await session.recognize(TrainTicket, picture(1))
        with pytest.raises(DeadlineError, match=r"0 sends; every endpoint is left alone .* faults: ocr\.test"):
            await session.recognize(TrainTicket, picture(1), timeout=0.05)


async def test_a_deadline_before_any_send_says_that_other_calls_went_first():
    service = ScriptedService(faults=[Stall(30)])

    async with OcrSession.local(service, limits=Limits(concurrency=1)) as session, anyio.create_task_group() as group:
        group.start_soon(session.recognize, TrainTicket, picture(1))
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(DeadlineError, match="0 sends; other calls went first"):
            await session.recognize(TrainTicket, picture(2), timeout=0.05)
        group.cancel_scope.cancel()


async def test_a_deadline_before_any_send_says_that_the_picture_was_not_read():
    class Slow:
        async def read(self, size):
            await anyio.sleep(60)

    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(DeadlineError, match="0 sends; its picture has not been read yet"):
            await session.recognize(TrainTicket, Slow(), timeout=0.05)


async def test_a_service_that_asks_to_wait_for_years_holds_the_other_calls_for_minutes():
    service = ScriptedService(faults=[Answer(429, headers={"Retry-After": "99999999999"})])

    async with OcrSession.local(service) as session:
        with pytest.raises(ThrottledError):
            await session.recognize(TrainTicket, picture(1), timeout=None)
        (gate,) = session.stats().endpoints[0].gates.values()

    assert 100 < gate.paused_for <= 120


async def test_the_deadline_covers_the_whole_call_and_names_the_last_failure():
    faults = [FAULTS["bad gateway"], Stall(30)]

    async with OcrSession.local(ScriptedService(faults=faults), retry=QUICK) as session:
        with pytest.raises(DeadlineError, match=r"0\.3 s of the call.*2 sends.*HTTP 502") as caught:
            await session.recognize(TrainTicket, picture(1), timeout=0.3)

    assert isinstance(caught.value.__cause__, ServiceError)
    assert isinstance(caught.value, TimeoutError)


async def test_a_stalled_send_is_given_up_after_attempt_timeout():
    async with OcrSession.local(ScriptedService(faults=[Stall(30)]), attempt_timeout=0.2, retry=QUICK) as session:
        ticket = await session.recognize(TrainTicket, picture(1))

    assert ticket.meta.attempts == 2


@pytest.mark.parametrize("transport", [AsyncioTransport, httpx.AsyncHTTPTransport], ids=["ours", "httpx"])
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_attempt_timeout_none_is_none(transport):
    with serve(ScriptedService(faults=[Stall(0.2)])) as url:
        async with transport(trust_env=False) as http_client:
            settings = {"endpoint": url, "project_id": ACCOUNT.project_id, "http_client": http_client}
            async with OcrSession(AkSk(ACCOUNT.ak, ACCOUNT.sk), attempt_timeout=0.01, **settings) as session:
                ticket = await session.with_options(attempt_timeout=None).recognize(TrainTicket, picture(1))
            async with OcrSession(AkSk(ACCOUNT.ak, ACCOUNT.sk), attempt_timeout=None, **settings) as session:
                await session.recognize(TrainTicket, picture(2))

    assert ticket.meta.attempts == 1


async def test_a_fault_that_stays_is_raised_after_the_last_attempt():
    service = ScriptedService(faults=[FAULTS["bad gateway"]] * 9)

    async with OcrSession.local(service, retry=RetryPolicy(attempts=3, base=0.001)) as session:
        with pytest.raises(ServiceError) as caught:
            await session.recognize(TrainTicket, picture(1))

    assert caught.value.attempts == service.ledger.calls == 3


async def test_what_depends_on_the_picture_alone_is_never_sent_again():
    def unreadable(_):
        raise Unreadable

    service = ScriptedService(unreadable)

    async with OcrSession.local(service) as session:
        with pytest.raises(DocumentError, match=r"AIS\.0104") as caught:
            await session.recognize(TrainTicket, picture(1))

    assert caught.value.attempts == service.ledger.calls == 1


async def test_a_wrongly_typed_reply_is_a_decode_error_that_names_the_field_and_the_picture(tmp_path):
    path = tmp_path / "ticket.jpg"
    path.write_bytes(picture(1))
    service = ScriptedService({"train-ticket": {"ticket_id": 5}})

    async with OcrSession.local(service) as session:
        with pytest.raises(DecodeError, match=r"ticket\.jpg.*\$\.result\.ticket_id"):
            await session.recognize(TrainTicket, path)

    assert service.ledger.calls == 1


async def test_a_missing_file_is_a_source_error_before_any_request(tmp_path):
    service = ScriptedService()

    async with OcrSession.local(service) as session:
        with pytest.raises(SourceError, match=r"nowhere\.jpg"):
            await session.recognize(TrainTicket, tmp_path / "nowhere.jpg")

    assert service.ledger.calls == 0


async def test_a_wrong_key_is_refused_once_and_sends_nothing_more():
    service = ScriptedService()
    account = service.account
    errors: Counter[type] = Counter()

    async def call(session):
        try:
            await session.recognize(TrainTicket, picture(1))
        except AuthError as error:
            errors[type(error)] += 1

    async with remote(service, AkSk(account.ak, "wrong"), project_id=account.project_id) as session:
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(call, session)

    assert errors[AuthError] == 20
    assert service.ledger.calls == 1


async def test_a_missing_permission_for_one_api_does_not_hold_back_the_others():
    denied = Answer(403, b'{"error_code": "ModelArts.4203", "error_msg": "Access denied!"}')
    service = ScriptedService(faults=[denied])

    async with OcrSession.local(service) as session:
        with pytest.raises(AuthError):
            await session.recognize(Passport, picture(1))
        await session.recognize(TrainTicket, picture(1))

    assert service.ledger.calls == 2


async def test_a_key_that_served_before_is_tried_once_more_after_a_refusal():
    wrong = Answer(401, b'{"error_code": "APIG.0301", "error_msg": "verify aksk signature fail"}')
    service = ScriptedService(faults=[None, wrong, None, wrong, wrong])

    async with OcrSession.local(service) as session:
        await session.recognize(TrainTicket, picture(1))
        with pytest.raises(AuthError):
            await session.recognize(TrainTicket, picture(1))
        await session.recognize(TrainTicket, picture(1))
        for _ in range(3):
            with pytest.raises(AuthError):
                await session.recognize(TrainTicket, picture(1))

    assert service.ledger.calls == 5


async def test_a_fresh_key_is_tried_by_one_call_alone():
    service = ScriptedService(seconds=0.3)
    account = service.account

    async with remote(service, AkSk(account.ak, account.sk), project_id=account.project_id) as session:
        async with anyio.create_task_group() as group:
            for number in range(4):
                group.start_soon(session.recognize, TrainTicket, picture(number))
            while not service.ledger.calls:
                await anyio.lowlevel.checkpoint()
            for _ in range(100):  # turns for the others to follow at once, if they would
                await anyio.lowlevel.checkpoint()
            at_first = service.ledger.calls

    assert at_first == 1
    assert service.ledger.calls == 4


async def test_calls_that_waited_behind_a_refused_key_fail_with_their_own_picture(tmp_path):
    service, sources = ScriptedService(), set()
    paths = [tmp_path / f"{number}.jpg" for number in range(3)]

    async def fail(session, path):
        path.write_bytes(picture(1))
        with pytest.raises(AuthError) as caught:
            await session.recognize(TrainTicket, path)
        sources.add(caught.value.source)

    async with remote(service, AkSk(service.account.ak, "wrong"), project_id="p") as session:
        async with anyio.create_task_group() as group:
            for path in paths:
                group.start_soon(fail, session, path)

    assert sources == {str(path) for path in paths}
    assert service.ledger.calls == 1


async def test_calls_that_waited_for_a_fresh_key_go_together_once_it_has_served():
    at_service = []

    def seconds():
        at_service.append(1)
        return 0 if len(at_service) == 1 else 3600

    async with OcrSession.local(ScriptedService(seconds=seconds)) as session:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                for number in range(4):
                    group.start_soon(session.recognize, TrainTicket, picture(number))
                while len(at_service) < 4:
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ({"timeout": 0}, ValueError),
        ({"attempt_timeout": -1}, ValueError),
        ({"endpoint": ""}, ValueError),
        ({"endpoint": " "}, ValueError),
        ({"region": ""}, ValueError),
        ({"iam_endpoint": ""}, ValueError),
        ({"http_client": httpx.Client}, TypeError),
        ({"on_event": "print"}, TypeError),
        ({"on_event": 5}, TypeError),
        ({"on_event": anyio.sleep}, TypeError),
        ({"on_event": [print, partial(anyio.sleep)]}, TypeError),
    ],
)
def test_a_setting_that_cannot_be_is_refused_when_the_session_is_made(setting, error):
    with pytest.raises(error, match=next(iter(setting))):
        OcrSession(AkSk("ak", "sk"), **setting)


async def test_listeners_may_come_from_a_generator():
    heard = []
    async with OcrSession.local(ScriptedService(), on_event=(heard.append for _ in range(2))) as session:
        await session.recognize(TrainTicket, picture(1))
    assert len(heard) == 8


async def test_the_project_id_is_looked_up_once():
    service = ScriptedService()
    account = service.account

    async with remote(service, AkSk(account.ak, account.sk)) as session:
        async with anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(session.recognize, TrainTicket, picture(number))

    assert service.ledger.project_requests == 1


async def test_a_type_that_the_region_does_not_offer_is_refused_before_any_request():
    async with OcrSession(AkSk("ak", "sk"), region="cn-north-4") as session:
        with pytest.raises(RegionError, match="ae-ad-1"):
            await session.recognize(EmiratesIdCard, picture(1))


async def test_an_option_of_the_other_cloud_is_refused_before_any_request():
    async with OcrSession(AkSk("ak", "sk"), region="ae-ad-1") as session:
        with pytest.raises(RegionError, match="country_code"):
            await session.recognize(Passport(country_code="CHN"), picture(1))


async def test_a_closed_session_says_so():
    session = OcrSession.local(ScriptedService())
    await session.aclose()

    with pytest.raises(ClosedError):
        await session.recognize(TrainTicket, picture(1))
    with pytest.raises(ClosedError):
        session.recognize_many(TrainTicket, [picture(1)])
    await session.aclose()


async def test_a_cancelled_call_leaves_its_place_to_others():
    service = ScriptedService(faults=[Stall(30)])

    async with OcrSession.local(service) as session:
        with anyio.move_on_after(0.05):
            await session.recognize(TrainTicket, picture(1))
        await session.recognize(TrainTicket, picture(2))

        assert session.stats().in_flight == 0


async def test_events_tell_of_failed_attempts_and_finished_calls():
    events = []

    async with OcrSession.local(
        ScriptedService(faults=[Reset(processed=False)]), retry=QUICK, on_event=events.append
    ) as session:
        await session.recognize(TrainTicket, picture(1))

    kinds = [CallStarted, AttemptStarted, AttemptFinished, AttemptStarted, AttemptFinished, CallFinished]
    assert [type(event) for event in events] == kinds
    assert len({event.call for event in events}) == 1
    failed, succeeded, finished = events[2], events[4], events[5]
    assert (failed.attempt, type(failed.error).__name__, succeeded.attempt, succeeded.status) == (
        1,
        "TransportError",
        2,
        200,
    )
    assert (finished.attempts, finished.error) == (2, None)
    assert finished.request_id == succeeded.request_id is not None


async def test_a_listener_that_fails_does_not_fail_the_call(caplog):
    def listener(_):
        raise ValueError("the listener's own")

    async with OcrSession.local(ScriptedService(), on_event=listener) as session:
        await session.recognize(TrainTicket, picture(1))

    assert "the listener of CallFinished failed" in caplog.text


async def test_a_url_is_sent_as_a_url_and_its_query_stays_out_of_messages():
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(DocumentError, match=r"https://example\.com/a\.jpg: HTTP") as caught:
            await session.recognize(TrainTicket, "https://example.com/a.jpg?Signature=secret")

    assert "secret" not in str(caught.value)


async def test_an_http_client_of_ones_own_is_used():
    def answer(request):
        assert request.headers["authorization"].startswith("SDK-HMAC-SHA256")
        return httpx.Response(200, json={"result": {"ticket_id": "Z1"}})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        async with OcrSession(AkSk("ak", "sk"), project_id="p", http_client=client) as session:
            ticket = await session.recognize(TrainTicket, picture(1))

    assert ticket.ticket_id == "Z1"


async def test_a_connection_that_a_client_of_ones_own_lost_is_met_with_another_send():
    service = ScriptedService(faults=[Reset(processed=False)])

    async with remote(service, AkSk(ACCOUNT.ak, ACCOUNT.sk), project_id=ACCOUNT.project_id, retry=QUICK) as session:
        ticket = await session.recognize(TrainTicket, picture(1))

    assert ticket.meta.attempts == 2


def test_an_empty_region_is_refused_where_the_environment_names_one_too(monkeypatch):
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION", "cn-east-3")
    with pytest.raises(ValueError, match="region is empty"):
        OcrSession.from_env(region="")


HOSTS_THAT_CANNOT_BE = ("host:abc", "host:99999", "host:0", ":8080", "a..b", f"{'a' * 64}.com", "a\\b", "a\0b")


@pytest.mark.parametrize(
    "settings",
    [
        {"retry": 5},
        {"limits": 5},
        {"limits": {"train-ticket": 5}},
        {"on_event": 5},
        {"on_event": [5]},
        {"project_id": "two\nlines"},
        {"project_id": "a/b"},
        {"project_id": {"cn-north-4": "two words"}},
        {"iam_endpoint": "https://user:hidden@iam.test"},
        {"iam_endpoint": "https://iam.test/v3"},
        {"iam_endpoint": "ftp://iam.test"},
        *({"endpoint": f"https://{host}"} for host in (*HOSTS_THAT_CANNOT_BE, "[::1")),
        *({"iam_endpoint": f"https://{host}"} for host in HOSTS_THAT_CANNOT_BE),
        *({name: 5} for name in ("endpoint", "iam_endpoint", "region", "project_id", "proxy", "verify", "cert")),
        {"endpoints": ["https://a.test", b"https://b.test"]},
        {"regions": ["cn-north-4", 5]},
        {"project_id": {"cn-north-4": 5}},
        {"project_id": ".."},
        *(
            {"proxy": proxy}
            for proxy in ("", " ", "no address", "http://", "ftp://h", "http://u:hidden@h:abc", b"http://h")
        ),
        {"proxy": "https://u:hidden@h:99999"},
        *({"verify": verify} for verify in (None, 0, 1, "", b"ca.pem", ssl.SSLContext)),
        *({"cert": cert} for cert in ((), ("a",), ("a", "b", "c", "d"), ("a", None), b"a.pem")),
        {"timeout": True},
        {"timeout": 10**400},
        {"timeout": timedelta(seconds=1)},
        {"timeout": Decimal(1)},
        {"attempt_timeout": "1"},
    ],
    ids=repr,
)
def test_a_setting_of_the_wrong_kind_or_form_is_refused_when_the_session_is_made(settings):
    with pytest.raises((TypeError, ValueError), match=next(iter(settings))) as caught:
        OcrSession(AkSk("ak", "sk"), **settings)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"endpoint": "https://例子.测试:8443"},
        {"endpoint": "http://[::1]:8080"},
        {"endpoint": "host_name"},
        {"proxy": "proxy:3128"},
        {"proxy": "https://me:p%40ss@[::1]:3128"},
        {"proxy": "socks5h://proxy"},
        {"verify": Path("ca.pem")},
        {"cert": ("a.pem", Path("b.pem"))},
        {"timeout": float("inf")},
    ],
    ids=str,
)
def test_a_setting_that_can_be_is_taken(settings):
    OcrSession(AkSk("ak", "sk"), **settings)


def test_a_policy_that_is_none_is_refused_by_the_view_that_is_to_have_it():
    with pytest.raises(TypeError, match="RetryPolicy"):
        OcrSession(AkSk("ak", "sk")).with_options(retry=None)
