"""A session on a client of the caller's: what hangs on that client works, and what the session does stays the same."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import chain, repeat

import httpx
import pytest
import respx
import vcr
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ocr_async import AkSk, AsyncioTransport, OcrSession, Password, RetryPolicy, TrainTicket
from ocr_async.errors import AuthError, ThrottledError, TransportError
from ocr_async.testing import ACCOUNT, FAULTS, ScriptedService, picture, serve

QUICK = RetryPolicy(base=0.001, longest=0.01)
KEY = AkSk(ACCOUNT.ak, ACCOUNT.sk)
USER = Password(user=ACCOUNT.user, password=ACCOUNT.password, domain=ACCOUNT.domain)
URL = "http://ocr.test"


def session_of(client, credentials, url=URL, **settings):
    settings = {"iam_endpoint": url, "project_id": ACCOUNT.project_id, "retry": QUICK, **settings}
    return OcrSession(credentials, endpoint=url, http_client=client, **settings)


def client_of(service, **settings):
    return httpx.AsyncClient(transport=httpx.ASGITransport(service), **settings)


async def until(happens):
    """Wait for what happens in the thread of the service."""
    async with asyncio.timeout(60):
        while not happens():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("credentials", [KEY, USER], ids=["AK/SK", "password"])
async def test_hooks_of_the_client_see_every_request_and_reply(credentials):
    heard = []

    async def note(message):
        heard.append(
            message.status_code if isinstance(message, httpx.Response) else message.url.path.rpartition("/")[2]
        )

    service = ScriptedService(faults=[FAULTS["bad gateway"]])
    async with client_of(service, event_hooks={"request": [note], "response": [note]}) as client:
        async with session_of(client, credentials) as session:
            await session.recognize(TrainTicket, picture(1))
        assert not client.is_closed

    token = ["tokens", 201] if credentials is USER else []
    assert heard == [*token, "train-ticket", 502, "train-ticket", 200]


@pytest.mark.parametrize("moment", ["request", "response"])
@pytest.mark.parametrize("failure", [KeyError("a bug"), asyncio.CancelledError()], ids=repr)
async def test_an_error_of_a_hook_itself_ends_the_call_after_one_send(failure, moment):
    """Raised at each try, it would have the picture billed at each."""

    async def fail(message):
        raise failure

    service = ScriptedService()
    async with client_of(service, event_hooks={moment: [fail]}) as client, session_of(client, KEY) as session:
        with pytest.raises(TransportError, match=f"failed with {type(failure).__name__}") as caught:
            await session.recognize(TrainTicket, picture(1))
    assert caught.value.attempts == 1
    assert not caught.value.retryable
    assert service.ledger.calls == (moment == "response")


async def test_a_client_that_cannot_connect_is_told_what_to_check():
    async with httpx.AsyncClient(trust_env=False) as client, session_of(client, KEY, "http://127.0.0.1:1") as session:
        with pytest.raises(TransportError, match="failed; check the address, the network and the proxy settings"):
            await session.recognize(TrainTicket, picture(1))


async def test_auth_of_the_client_is_added_to_what_the_session_signs():
    """As a gateway in front of the service may demand."""

    class Gateway(httpx.Auth):
        def auth_flow(self, request):
            request.headers["X-Gateway"] = "pass"
            yield request

    seen = []

    async def note(request):
        seen.append((request.headers["x-gateway"], "x-auth-token" in request.headers))

    async with client_of(ScriptedService(), auth=Gateway(), event_hooks={"request": [note]}) as client:
        async with session_of(client, USER) as session:
            await session.recognize(TrainTicket, picture(1))

    assert seen == [("pass", False), ("pass", True)]


async def name_the_agent(request):
    request.headers["User-Agent"] = "mine/1"


async def drop_the_proof(request):
    del request.headers["Authorization"]


async def replace_the_token(request):
    request.headers["X-Auth-Token"] = "another"


@pytest.mark.parametrize(
    ("credentials", "settings", "header"),
    [
        (KEY, {"auth": ("user", "password")}, "Authorization"),
        (USER, {"auth": ("user", "password")}, "Authorization"),
        (KEY, {"event_hooks": {"request": [name_the_agent]}}, "User-Agent"),
        (KEY, {"event_hooks": {"request": [drop_the_proof]}}, "Authorization"),
        (USER, {"event_hooks": {"request": [replace_the_token]}}, "X-Auth-Token"),
    ],
    ids=["auth and a key", "auth and a token", "a signed header", "a header less", "another token"],
)
async def test_a_client_that_changes_what_was_signed_is_named_instead_of_the_key(credentials, settings, header):
    async with client_of(ScriptedService(), **settings) as client, session_of(client, credentials) as session:
        with pytest.raises(AuthError, match=f"let the header {header} be: the auth or a hook of the http_client"):
            await session.recognize(TrainTicket, picture(1))


async def test_a_client_that_changes_what_was_signed_is_named_where_the_project_is_looked_up():
    async with client_of(ScriptedService(), auth=("user", "password")) as client:
        async with session_of(client, KEY, project_id=None) as session:
            with pytest.raises(AuthError, match=r"IAM: .* let the header Authorization be"):
                await session.recognize(TrainTicket, picture(1))


@pytest.mark.parametrize("transport", [httpx.AsyncHTTPTransport, AsyncioTransport], ids=["httpx", "ours"])
async def test_opentelemetry_on_the_client_makes_a_span_of_each_request(transport):
    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    service = ScriptedService(faults=[FAULTS["over the concurrency"]])
    with serve(service) as url:
        async with httpx.AsyncClient(transport=transport(trust_env=False)) as client:
            HTTPXClientInstrumentor.instrument_client(client, tracer_provider=provider)
            async with session_of(client, KEY, url) as session:
                ticket = await session.recognize(TrainTicket, picture(1))

    assert ticket.meta.status == 200
    statuses = [span.attributes.get("http.status_code") for span in spans.get_finished_spans()]
    assert statuses == [429, 200]


async def test_vcr_plays_back_what_it_recorded(tmp_path):
    cassette = vcr.VCR(
        cassette_library_dir=str(tmp_path), filter_headers=["authorization"], decode_compressed_response=True
    )

    async def read(url):
        async with httpx.AsyncClient(trust_env=False) as client, session_of(client, KEY, url) as session:
            return (await session.recognize(TrainTicket, picture(1))).ticket_id

    with serve(ScriptedService()) as url, cassette.use_cassette("ticket.yaml"):
        recorded = await read(url)
    with cassette.use_cassette("ticket.yaml", record_mode="none") as played:
        assert (await read(url), played.play_count) == (recorded, 1)


@respx.mock(base_url=URL)
async def test_respx_stands_in_for_the_service(respx_mock):
    answer = {"result": {"ticket_id": "7"}}
    route = respx_mock.post(path__regex=r"/ocr/train-ticket$")
    route.side_effect = [httpx.ConnectError("nobody"), httpx.Response(502), httpx.Response(200, json=answer)]
    async with httpx.AsyncClient() as client, session_of(client, KEY) as session:
        ticket = await session.recognize(TrainTicket, picture(1))

    assert (ticket.ticket_id, ticket.meta.attempts, route.call_count) == ("7", 3, 3)


async def test_a_hook_that_raises_for_status_leaves_the_error_what_it_is():
    async def check(response):
        response.raise_for_status()

    service = ScriptedService(faults=[FAULTS["over the rate"]] * 3)
    async with client_of(service, event_hooks={"response": [check]}) as client:
        async with session_of(client, KEY, retry=RetryPolicy(attempts=1)) as session:
            with pytest.raises(ThrottledError):
                await session.recognize(TrainTicket, picture(1))


async def test_a_hook_that_refuses_every_request_fails_each_item_and_nothing_else():
    async def refuse(_):
        raise PermissionError("not from here")

    async with client_of(ScriptedService(), event_hooks={"request": [refuse]}) as client:
        async with session_of(client, KEY, retry=RetryPolicy(attempts=1)) as session:
            async with session.recognize_many(TrainTicket, [picture(n) for n in range(3)]) as run:
                errors = [item.error async for item in run]

    assert [type(error) for error in errors] == [TransportError] * 3


async def test_a_small_client_makes_calls_wait_and_reads_no_picture_twice():
    service = ScriptedService(seconds=0.05)
    limits = httpx.Limits(max_connections=2)
    with serve(service) as url:
        async with httpx.AsyncClient(limits=limits, trust_env=False) as client:
            async with session_of(client, KEY, url, attempt_timeout=0.6) as session:
                calls = [session.recognize(TrainTicket, picture(n)) for n in range(40)]
                tickets = await asyncio.gather(*calls)

    assert {ticket.meta.attempts for ticket in tickets} == {1}
    assert set(service.ledger.processed.values()) == {1}


@asynccontextmanager
async def one_connection():
    """A service that answers one call and then takes half a minute, and a session on a client with one connection to it."""
    service = ScriptedService(seconds=chain([0.0], repeat(30.0)).__next__)
    limits = httpx.Limits(max_connections=1)
    with serve(service) as url:
        async with httpx.AsyncClient(limits=limits, trust_env=False) as client:
            async with session_of(client, KEY, url) as session:
                await session.recognize(TrainTicket, picture(0))
                await until(lambda: not service.ledger.in_flight)
                yield service, session


async def test_a_call_that_ends_while_it_waits_for_a_connection_was_not_sent():
    async with one_connection() as (service, session):
        async with session.recognize_many(TrainTicket, [picture(1), picture(2)]) as run:
            await until(lambda: service.ledger.in_flight)
        assert len(run.cut_off) == 1


async def test_a_deadline_that_passes_while_a_call_waits_for_a_connection_tells_of_no_send():
    async with one_connection() as (_, session):
        calls = [session.recognize(TrainTicket, picture(n), timeout=0.3) for n in (1, 2)]
        failures = await asyncio.gather(*calls, return_exceptions=True)

    assert sorted(failure.attempts for failure in failures) == [0, 1]


async def test_a_client_with_an_auth_that_is_refused_is_told():
    async with client_of(ScriptedService(), auth=("user", "password")) as client:
        async with session_of(client, KEY) as session:
            with pytest.raises(AuthError):
                await session.recognize(TrainTicket, picture(1))


@pytest.mark.parametrize("setting", [{"proxy": "http://localhost:3128"}, {"verify": False}, {"cert": "client.pem"}])
def test_settings_of_connections_are_refused_beside_a_client_that_has_its_own(setting):
    with pytest.raises(ValueError, match="give them to http_client"):
        OcrSession(KEY, http_client=httpx.MockTransport(lambda _: httpx.Response(200)), **setting)
