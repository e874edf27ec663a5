"""The life of an attempt: preparing, sent, answered; and what each part of a session learns from it."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import inf, nan

import anyio
import httpx
import pytest
from attrs import evolve
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from wire_server import reply_with, serving

from ocr_async import AkSk, Done, Failed, OcrSession, Passport, Password, RetryPolicy, Token, TrainTicket
from ocr_async.auth import Chain, Env, Found, NotFound, Profile
from ocr_async.errors import (
    AuthError,
    ClosedError,
    CredentialsError,
    DeadlineError,
    DocumentError,
    OcrError,
    RequestError,
    TransportError,
)
from ocr_async.events import AttemptFinished, CallFinished
from ocr_async.otel import OpenTelemetry
from ocr_async.testing import ACCOUNT, FAULTS, Answer, Cut, Reset, ScriptedService, Stall, Unreadable, picture

pytestmark = pytest.mark.anyio

KEY = AkSk(ACCOUNT.ak, ACCOUNT.sk)
USER = Password(ACCOUNT.user, ACCOUNT.password, ACCOUNT.domain)
QUICK = RetryPolicy(base=0.001, longest=0.01)
FIREWALL = Answer(403, b"<html>Blocked by policy</html>", {"Content-Type": "text/html"})
NO_PERMISSION = Answer(403, b'{"error_code": "APIG.0302", "error_msg": "The IAM user is not authorized."}')
WRONG_KEY = Answer(401, b'{"error_code": "APIG.0301", "error_msg": "Incorrect IAM authentication information"}')


class Hanging(httpx.AsyncBaseTransport):
    """Takes requests and never answers them."""

    def __init__(self):
        self.calls = 0

    async def handle_async_request(self, request):
        self.calls += 1
        await anyio.sleep_forever()


class Switch(httpx.AsyncBaseTransport):
    """Leads each host to a transport of its own."""

    def __init__(self, **hosts):
        self.hosts = hosts

    async def handle_async_request(self, request):
        return await self.hosts[request.url.host.partition(".")[0]].handle_async_request(request)


def replying(reply):
    """A transport that answers each request by a function of it."""
    return httpx.MockTransport(reply)


def session_on(transport, **settings):
    given = {"endpoint": "http://ocr.test", "project_id": ACCOUNT.project_id, "credentials": KEY, "retry": QUICK}
    return OcrSession(http_client=transport, **given | settings)


async def failure_of(session, number=1, **options):
    with pytest.raises(OcrError) as caught:
        await session.recognize(TrainTicket, picture(number), **options)
    return caught.value


@pytest.mark.parametrize("timeout", [0.05, 0.3])
async def test_an_endpoint_that_never_answers_is_left_after_one_deadline(timeout):
    service = ScriptedService()
    hanging = Hanging()
    switch = Switch(a=hanging, b=httpx.ASGITransport(service))
    projects = {"a.test": ACCOUNT.project_id, "b.test": ACCOUNT.project_id}
    async with OcrSession(
        KEY, endpoints=["http://a.test", "http://b.test"], project_id=projects, http_client=switch
    ) as session:
        while not hanging.calls:  # on a slow machine a deadline may pass before anything is sent
            assert isinstance(await failure_of(session, timeout=timeout), DeadlineError)
        for number in range(5):
            await session.recognize(TrainTicket, picture(number), timeout=30)

    assert hanging.calls == 1


async def test_a_run_that_is_left_tells_what_may_have_been_read_though_the_token_failed_first():
    asked = []

    async def reply(request):
        if "ocr" in request.url.path:
            asked.append(request)
            await anyio.sleep_forever()
        if len(asked_iam) < 2:
            asked_iam.append(request)
            raise httpx.ConnectError("IAM is down")
        body = {"token": {"project": {"id": ACCOUNT.project_id}}}
        return httpx.Response(201, json=body, headers={"X-Subject-Token": "token"})

    asked_iam = []
    async with session_on(
        replying(reply), credentials=USER, iam_endpoint="http://iam.test", region="cn-north-4"
    ) as session:
        run = session.recognize_many(TrainTicket, [picture(1)])
        async with run, anyio.create_task_group() as tasks:
            tasks.start_soon(_iterate, run)
            while not asked:
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()

    assert run.cut_off == ["0"]


async def _iterate(run):
    async for _ in run:
        pass


async def test_a_run_that_is_left_while_a_refused_item_waits_cuts_nothing_off():
    service = ScriptedService(faults=[Answer(503)] * 99)
    async with OcrSession.local(service, retry=RetryPolicy(base=60, longest=60)) as session:
        run = session.recognize_many(TrainTicket, [picture(1)])
        async with run, anyio.create_task_group() as tasks:
            tasks.start_soon(_iterate, run)
            while not service.ledger.answers:
                await anyio.lowlevel.checkpoint()
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()

    assert run.cut_off == []


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_iam_refuses_teaches_the_gate_and_the_endpoint_nothing(status):
    refusals = iter([status] * 3)

    def reply(request):
        if "ocr" in request.url.path:
            return httpx.Response(200, json={"result": {}})
        if next(refusals, None):
            return httpx.Response(status, json={"error_code": "APIG.0308", "error_msg": "too often"})
        return httpx.Response(
            201, json={"token": {"project": {"id": ACCOUNT.project_id}}}, headers={"X-Subject-Token": "token"}
        )

    async with session_on(
        replying(reply), credentials=USER, iam_endpoint="http://iam.test", region="cn-north-4"
    ) as session:
        with suppress(OcrError):
            await session.recognize(TrainTicket, picture(1))
        await session.recognize(TrainTicket, picture(1))
        (endpoint,) = session.stats().endpoints
        (gate,) = endpoint.gates.values()

    assert (gate.pace, gate.refused, endpoint.left_for) == (None, 0, 0)


async def test_a_token_without_a_life_serves_those_who_waited_for_it():
    requests = []

    def reply(request):
        requests.append(request)
        if "ocr" in request.url.path:
            return httpx.Response(200, json={"result": {}})
        moment = "2026-01-01T00:00:00.000000Z"
        body = {"token": {"issued_at": moment, "expires_at": moment, "project": {"id": ACCOUNT.project_id}}}
        return httpx.Response(201, json=body, headers={"X-Subject-Token": "token"})

    async with session_on(
        replying(reply), credentials=USER, iam_endpoint="http://iam.test", region="cn-north-4"
    ) as session:
        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(session.recognize, TrainTicket, picture(number))

    assert sum("ocr" in request.url.path for request in requests) == 20
    assert len(requests) <= 20 + 6


async def test_a_hanging_iam_is_named_within_the_deadline_of_the_call():
    async with session_on(Hanging(), credentials=USER, iam_endpoint="http://iam.test", region="cn-north-4") as session:
        failure = await failure_of(session, timeout=0.2)

    assert isinstance(failure, TransportError)
    assert failure.attempts == 0


async def test_an_iam_that_does_not_answer_is_named():
    def reply(request):
        raise httpx.ConnectError("nobody listens")

    async with session_on(
        replying(reply), credentials=USER, iam_endpoint="http://iam.test", region="cn-north-4"
    ) as session:
        failure = await failure_of(session)

    assert "IAM" in str(failure)


@pytest.mark.parametrize("refusal", [FIREWALL, NO_PERMISSION], ids=["a firewall", "no permission"])
async def test_a_refusal_that_does_not_doubt_the_key_fails_its_item_alone(refusal):
    service = ScriptedService(faults=[None, refusal])
    async with OcrSession.local(service, retry=QUICK) as session:
        async with session.recognize_many(TrainTicket, map(picture, range(50)), concurrency=4) as run:
            outcomes = [item async for item in run]

    assert sum(isinstance(item, Done) for item in outcomes) == 49
    assert [type(item.error) for item in outcomes if isinstance(item, Failed)] == [AuthError]


async def test_a_refused_key_ends_a_run_after_one_call():
    service = ScriptedService(faults=[WRONG_KEY] * 99)
    async with OcrSession.local(service, retry=QUICK) as session:
        async with session.recognize_many(TrainTicket, map(picture, range(50))) as run:
            outcomes = [item async for item in run]

    assert len(outcomes) == 50
    assert service.ledger.calls == 1


@pytest.mark.parametrize("fault", ["bad gateway", "backend timeout", "internal error", "truncated", "over the rate"])
async def test_calls_of_a_fresh_key_go_together_after_any_reply_that_does_not_doubt_it(fault):
    service = ScriptedService(faults=[FAULTS[fault]], seconds=0.02)
    async with OcrSession.local(service, retry=QUICK) as session:
        async with anyio.create_task_group() as tasks:
            for number in range(4):
                tasks.start_soon(session.recognize, TrainTicket, picture(number))

    assert service.limiter.peak >= 2


async def test_unreadable_pictures_do_not_hold_a_fresh_key_back():
    def unreadable(_):
        raise Unreadable

    service = ScriptedService(unreadable, seconds=0.02)
    async with OcrSession.local(service) as session:
        async with session.recognize_many(TrainTicket, map(picture, range(12))) as run:
            outcomes = [item async for item in run]

    assert all(isinstance(item.error, DocumentError) for item in outcomes)
    assert service.limiter.peak >= 3


async def test_one_endpoint_that_often_fails_starves_no_call():
    kinds = [Answer(502, b"<html>"), FAULTS["backend timeout"], Answer(503), Reset(processed=False), Cut(0.5)]
    faults = [kinds[number % len(kinds)] for number in range(200)]
    service = ScriptedService(faults=faults)
    done = []

    async def call(session, number):
        with suppress(OcrError):
            await session.recognize(TrainTicket, picture(number), timeout=60)
            done.append(number)

    async with OcrSession.local(service) as session:
        with anyio.move_on_after(30):
            async with anyio.create_task_group() as tasks:
                for number in range(100):
                    tasks.start_soon(call, session, number)

    assert len(done) >= 95


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (
            httpx.Response(301, headers={"Location": "https://new.test/v2?sig=secret"}),
            "redirected to https://new.test/v2",
        ),
        (httpx.Response(308, headers={"Location": "/elsewhere"}), "redirected to /elsewhere"),
        (httpx.Response(302), "redirected to nowhere"),
        (httpx.Response(407), "the proxy wants a user and password"),
    ],
    ids=lambda value: str(getattr(value, "status_code", "")),
)
async def test_a_redirect_and_a_proxy_that_asks_are_named_with_what_to_do(reply, said):
    async with session_on(replying(lambda _: reply)) as session:
        failure = await failure_of(session)

    assert isinstance(failure, RequestError)
    assert said in str(failure)
    assert "secret" not in str(failure)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (20, "20 minutes behind"),
        (-45, "45 minutes ahead of"),
        (90, "90 minutes behind"),
        (300, "5 hours behind"),
        (-576_000, "400 days ahead of"),
    ],
)
async def test_a_clock_that_is_wrong_is_named_with_the_difference(minutes, said):
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes, seconds=10 if minutes > 0 else -10))
    body = {"error_code": "APIG.0301", "error_msg": "verify aksk signature fail"}
    async with session_on(replying(lambda _: httpx.Response(401, json=body, headers={"Date": date}))) as session:
        failure = await failure_of(session)

    assert said in str(failure)


@pytest.mark.parametrize(
    ("who", "status", "body"),
    [
        (KEY, 403, {"error_code": "APIG.0302", "error_msg": "The IAM user is not authorized"}),
        (Token("token"), 401, {"error_code": "ModelArts.0102", "error_msg": "token invalid"}),
        (USER, 401, {"error": {"code": 401, "message": "The username or password is wrong."}}),
    ],
    ids=["permission", "token", "password"],
)
async def test_a_clock_is_blamed_for_signatures_alone(who, status, body):
    date = format_datetime(datetime.now(UTC) + timedelta(hours=5))
    transport = replying(lambda _: httpx.Response(status, json=body, headers={"Date": date}))
    async with session_on(transport, credentials=who, region="cn-north-4", iam_endpoint="http://iam.test") as session:
        assert "hours" not in str(await failure_of(session))


@pytest.mark.parametrize("header", ["Date", "Retry-After"])
@pytest.mark.parametrize("status", [401, 429, 503])
async def test_a_date_that_no_calendar_has_fails_no_call_in_another_way(header, status):
    headers = {header: "Mon, 30 Nov 99999999999999999999 06:40:14 GMT"}
    async with session_on(replying(lambda _: httpx.Response(status, headers=headers))) as session:
        failure = await failure_of(session.with_options(retry=RetryPolicy(attempts=1)))

    assert failure.status == status


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # where the server runs
async def test_an_upload_that_is_reset_again_and_again_is_no_endpoint_that_is_not_there():
    async def reset(peer):
        await peer.head()
        peer.reset()

    answer = reply_with(b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"result":{}}')
    async with serving(*[reset] * 6, answer) as server:
        async with session_on(None, endpoint=f"http://localhost:{server.port}") as session:
            ticket = await session.recognize(TrainTicket, picture(1, size=6_000_000))

    assert ticket.meta.attempts == 7


async def test_a_clock_that_is_right_is_not_blamed():
    date = format_datetime(datetime.now(UTC))
    body = {"error_code": "APIG.0301", "error_msg": "verify aksk signature fail"}
    async with session_on(replying(lambda _: httpx.Response(401, json=body, headers={"Date": date}))) as session:
        assert "minutes" not in str(await failure_of(session))


# settings


@pytest.mark.parametrize("endpoint", ["https://user:secret@host", "user:secret@host", "http://secret@host:8080"])
def test_an_endpoint_with_a_user_is_refused_and_not_shown(endpoint):
    with pytest.raises(ValueError, match="user or password") as caught:
        OcrSession(KEY, endpoint=endpoint)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "endpoints",
    [
        ("https://a", "https://a/"),
        ("https://a", "a"),
        ("https://A", "https://a"),
        ("https://a:443", "https://a"),
        ("http://a:80/", "http://a"),
    ],
)
def test_one_endpoint_in_two_spellings_is_refused(endpoints):
    with pytest.raises(ValueError, match="more than once"):
        OcrSession(KEY, endpoints=endpoints)


@pytest.mark.parametrize("seconds", [0, -1, nan, -inf])
async def test_seconds_that_cannot_be_are_refused_everywhere(seconds):
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(ValueError, match="timeout"):
            await session.recognize(TrainTicket, picture(1), timeout=seconds)
        with pytest.raises(ValueError, match="timeout"):
            session.recognize_many(TrainTicket, [], timeout=seconds)
        with pytest.raises(ValueError, match="timeout"):
            session.with_options(timeout=seconds)
        with pytest.raises(ValueError, match="attempt_timeout"):
            session.with_options(attempt_timeout=seconds)
        for name in ("concurrency", "max_bytes"):
            with pytest.raises(ValueError, match=f"{name}=.* is not at least 1"):
                session.recognize_many(TrainTicket, [], **{name: seconds})
    with pytest.raises(ValueError, match="timeout"):
        OcrSession(KEY, timeout=seconds)


@pytest.mark.parametrize("seconds", ["3", b"3", [3], timedelta(seconds=3)])
async def test_what_is_no_number_of_seconds_is_named(seconds):
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(TypeError, match=r"timeout is of <class .*>, not a number of seconds"):
            await session.recognize(TrainTicket, picture(1), timeout=seconds)
    with pytest.raises(TypeError, match=r"timeout is of <class .*>, not a number of seconds"):
        OcrSession(KEY, timeout=seconds)


async def test_no_deadline_is_none_and_left_out_is_that_of_the_session():
    service = ScriptedService(seconds=0.05)
    async with OcrSession.local(service, timeout=0.01) as session:
        assert isinstance(await failure_of(session), DeadlineError)
        await session.recognize(TrainTicket, picture(1), timeout=None)


async def test_a_view_with_other_patience_shares_the_session():
    service = ScriptedService(faults=[Answer(503)] * 3, seconds=0.02)
    async with OcrSession.local(service, timeout=0.001, retry=RetryPolicy(attempts=1)) as session:
        patient = session.with_options(timeout=None, retry=evolve(QUICK, attempts=9))
        async with patient.with_options() as inner:
            ticket = await inner.recognize(TrainTicket, picture(1))
        await patient.recognize(TrainTicket, picture(2))

        assert ticket.meta.attempts == 4
        assert patient.stats().endpoints == session.stats().endpoints
        assert isinstance(await failure_of(session), DeadlineError)
        assert not patient.is_closed
    assert patient.is_closed
    with pytest.raises(ClosedError):
        await patient.recognize(TrainTicket, picture(1))


async def test_a_result_tells_what_the_reply_said_of_limits():
    headers = {"X-RateLimit-Remaining": "7", "X-Other": "1"}
    async with session_on(replying(lambda _: httpx.Response(200, json={"result": {}}, headers=headers))) as session:
        ticket = await session.recognize(TrainTicket, picture(1))

    assert dict(ticket.meta.headers) == {"x-ratelimit-remaining": "7"}


async def test_a_password_is_never_posted_to_an_endpoint_that_is_not_iam():
    requests = []
    transport = replying(lambda request: requests.append(request) or httpx.Response(404))
    async with session_on(transport, credentials=USER) as session:
        failure = await failure_of(session)

    assert isinstance(failure, CredentialsError)
    assert "iam_endpoint" in str(failure)
    assert requests == []


# places of credentials


async def found_by(*places):
    return await Chain(*places).find(None)


@pytest.mark.parametrize("end", ["\n", "\r\n", " ", "\t\n"])
async def test_white_space_around_a_key_in_the_environment_is_taken_off(end):
    variables = {
        "HUAWEICLOUD_SDK_AK": f"ak{end}",
        "HUAWEICLOUD_SDK_SK": f" sk{end}",
        "HUAWEICLOUD_SDK_PROJECT_ID": f"p{end}",
    }

    found = await found_by(Env(variables))

    assert (found.credential, found.project_id) == (AkSk("ak", "sk"), "p")


@pytest.mark.parametrize(
    "half",
    [
        {"AK": "ak"},
        {"SK": "hidden"},
        {"AK": "ak", "SK": ""},
        {"USER": "u", "DOMAIN": "d"},
        {"AK": "a\nk", "SK": "hidden"},
    ],
)
async def test_a_chain_never_goes_past_a_place_that_is_broken(half, tmp_path):
    (tmp_path / "credentials").write_text("[basic]\nak = other\nsk = account\n")
    variables = {f"HUAWEICLOUD_SDK_{name}": value for name, value in half.items()}

    found = await found_by(Env(variables), Profile(path=tmp_path / "credentials"))

    assert isinstance(found[0], NotFound)
    assert len(found) == 1
    assert "hidden" not in found[0].reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
async def test_a_profile_file_is_read_as_editors_save_it(tmp_path, encoding):
    text = "[basic]\nak = ak\nsk = sk\n"
    content = {
        "utf-16-le-bom": b"\xff\xfe" + text.encode("utf-16-le"),
        "utf-16-be-bom": b"\xfe\xff" + text.encode("utf-16-be"),
    }.get(encoding) or text.encode(encoding)
    (tmp_path / "credentials").write_bytes(content)

    assert (await found_by(Profile(path=tmp_path / "credentials"))).credential == AkSk("ak", "sk")


@pytest.mark.parametrize(
    "content", [b"ak = ak\nsk = sk\n", b"\xff\x00\x01", b"[basic\nak", "[basic]\nak=\xe9".encode("latin-1")]
)
async def test_a_profile_file_that_cannot_be_read_is_named_with_what_to_do(tmp_path, content):
    (tmp_path / "credentials").write_bytes(content)

    (missing,) = await found_by(Profile(path=tmp_path / "credentials"), KEY)

    assert str(tmp_path) in missing.place
    assert "save it as UTF-8" in missing.reason


async def test_without_a_home_directory_the_chain_goes_on(monkeypatch):
    monkeypatch.delenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", raising=False)
    monkeypatch.setattr("pathlib.Path.home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))

    assert (await found_by(Profile(), KEY)).credential == KEY


async def test_a_place_of_ones_own_hands_out_keys_that_end():
    class Vault:
        def __init__(self):
            self.asked = 0

        async def find(self, _):
            self.asked += 1
            return Found(KEY, "vault", seconds=3600)

    vault = Vault()
    async with session_on(httpx.ASGITransport(ScriptedService()), credentials=vault) as session:
        await session.recognize(TrainTicket, picture(1))
        await session.recognize(TrainTicket, picture(2))

    assert vault.asked <= 2


# events


async def test_several_listeners_hear_the_same():
    first, second = [], []
    async with OcrSession.local(ScriptedService(), on_event=[first.append, second.append]) as session:
        await session.recognize(TrainTicket, picture(1))

    assert first == second
    assert len(first) == 4


async def test_a_cancelled_call_ends_in_events_too():
    events = []
    async with OcrSession.local(ScriptedService(seconds=60), on_event=events.append) as session:
        with anyio.move_on_after(0.05):
            await session.recognize(TrainTicket, picture(1))

    assert [type(event) for event in events[-2:]] == [AttemptFinished, CallFinished]
    assert all(event.cancelled for event in events[-2:])


async def test_log_records_have_the_facts_as_fields(caplog):
    caplog.set_level(logging.DEBUG, "ocr_async")
    async with OcrSession.local(ScriptedService(faults=[Answer(503)]), retry=QUICK) as session:
        await session.recognize(TrainTicket, picture(1))

    records = {record.ocr_event: record for record in caplog.records if hasattr(record, "ocr_event")}
    assert records["CallFinished"].ocr_api == "train-ticket"
    assert records["CallFinished"].ocr_attempts == 2
    assert json.dumps(records["AttemptFinished"].ocr_status)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.WARNING])
async def test_an_endpoint_that_is_left_is_warned_of_at_every_level(caplog, level):
    caplog.set_level(level, "ocr_async")

    def reply(_):
        raise httpx.ConnectError("nobody listens")

    async with session_on(replying(reply), retry=evolve(QUICK, attempts=4)) as session:
        for number in range(2):
            with suppress(OcrError):
                await session.recognize(TrainTicket, picture(number), timeout=0.5)

    assert any(record.levelno == logging.WARNING and "left alone" in record.message for record in caplog.records)


async def test_spans_and_metrics_follow_the_conventions_for_http():
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers, meters = TracerProvider(), MeterProvider([reader])
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    listener = OpenTelemetry(tracers, meters)
    faults = [FAULTS["over the concurrency"], Answer(503)]
    async with OcrSession.local(ScriptedService(faults=faults), retry=QUICK, on_event=listener) as session:
        with tracers.get_tracer("user").start_as_current_span("upload") as parent:
            await session.recognize(Passport, picture(1))

    ended = {span.name: span for span in spans.get_finished_spans()}
    attempts = [span for span in spans.get_finished_spans() if span.name == "POST"]
    call = ended["recognize passport"]
    assert call.parent.span_id == parent.get_span_context().span_id
    assert [span.parent.span_id for span in attempts] == [call.context.span_id] * 3
    assert [span.attributes["http.response.status_code"] for span in attempts] == [429, 503, 200]
    assert [span.attributes.get("http.request.resend_count") for span in attempts] == [None, 1, 2]
    assert call.attributes["ocr.attempts"] == 3
    (resource,) = reader.get_metrics_data().resource_metrics
    values = {metric.name: metric.data.data_points for scope in resource.scope_metrics for metric in scope.metrics}
    assert values["ocr.client.refusals"][0].value == 1
    assert values["ocr.client.retries"][0].value == 2
    assert values["ocr.client.active_calls"][0].value == 0
    assert values["ocr.client.call.duration"][0].count == 1


async def test_a_stalled_call_that_is_cancelled_leaves_no_open_span():
    spans = InMemorySpanExporter()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    async with OcrSession.local(ScriptedService(faults=[Stall(60)]), on_event=OpenTelemetry(tracers)) as session:
        with anyio.move_on_after(0.05):
            await session.recognize(TrainTicket, picture(1))

    assert {span.attributes["error.type"] for span in spans.get_finished_spans()} == {"cancelled"}


async def outcomes(session, **options):
    async with session.recognize_many(TrainTicket, [picture(1)], **options) as run:
        return [outcome async for outcome in run]


async def test_an_item_of_a_run_has_the_deadline_that_its_session_was_given():
    async with session_on(Hanging(), timeout=0.05) as session:
        [outcome] = await outcomes(session)
    assert isinstance(outcome.error, DeadlineError)


async def test_an_item_of_a_run_has_the_deadline_of_a_view_with_other_options():
    async with session_on(Hanging(), timeout=None) as session:
        [outcome] = await outcomes(session.with_options(timeout=0.05))
    assert isinstance(outcome.error, DeadlineError)


@pytest.mark.parametrize(("given", "options"), [({"timeout": 0.05}, {"timeout": None}), ({}, {})])
async def test_an_item_of_a_run_has_no_deadline_where_none_is_given(given, options):
    service = ScriptedService(faults=[Stall(0.2)])
    async with session_on(httpx.ASGITransport(service), **given) as session:
        [outcome] = await outcomes(session, **options)
    assert isinstance(outcome, Done)
