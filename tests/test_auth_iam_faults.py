"""What a session makes of an IAM, or another place of a credential, that is ill: how often it is asked, and what is said."""

from __future__ import annotations

import time

import anyio
import httpx
import pytest

from ocr_async import AkSk, Limits, OcrSession, Password, RetryPolicy, Token, TrainTicket
from ocr_async.auth import Found, NotFound
from ocr_async.errors import ApiError, AuthError, ClosedError, CredentialsError, DeadlineError, OcrError, TransportError
from ocr_async.testing import ACCOUNT, picture
from ocr_async.transport.tls import TlsError

pytestmark = pytest.mark.anyio

KEY = AkSk(ACCOUNT.ak, ACCOUNT.sk)
USER = Password(ACCOUNT.user, ACCOUNT.password, ACCOUNT.domain)
HOSTS = [f"http://{name}.test" for name in "abcdef"]
ONCE = RetryPolicy(attempts=1)
WRONG = httpx.Response(401, json={"error": {"code": 401, "message": "The username or password is wrong."}})


class Cloud(httpx.AsyncBaseTransport):
    """Answers every recognition, and what is asked of IAM by a function of the number of the question."""

    def __init__(self, iam):
        self.iam = iam
        self.questions = []
        self.recognized = []

    @property
    def asked(self):
        return len(self.questions)

    async def handle_async_request(self, request):
        if "/ocr/" in request.url.path:
            self.recognized.append(request)
            return httpx.Response(200, json={"result": {}})
        self.questions.append(request)
        answer = self.iam(self.asked)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            await anyio.sleep_forever()
        return answer


def token(seconds=None, **headers):
    life = {} if seconds is None else {"issued_at": f"2030-01-01T00:00:{-seconds % 60}Z"}
    body = {"token": {"expires_at": "2030-01-01T00:01:00Z", "project": {"id": ACCOUNT.project_id}, **life}}
    return httpx.Response(201, json=body, headers={"X-Subject-Token": "token", **headers})


def session_on(cloud, who=USER, *, endpoints=("http://ocr.test",), **settings):
    return OcrSession(
        who,
        endpoints=list(endpoints),
        iam_endpoint="http://iam.test",
        region="cn-north-4",
        http_client=cloud,
        **settings,
    )


async def failures_of(session, calls=1, **options):
    failures = []

    async def fail():
        try:
            await session.recognize(TrainTicket, picture(1), **options)
        except OcrError as error:
            failures.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(calls):
            tasks.start_soon(fail)
    return failures


@pytest.mark.parametrize("who", [USER, KEY], ids=["password", "key"])
async def test_a_call_whose_deadline_passes_while_iam_is_silent_says_so(who):
    async with session_on(Cloud(lambda _: None), who) as session:
        (failure,) = await failures_of(session, timeout=0.1)

    assert isinstance(failure, DeadlineError)
    assert "IAM at iam.test has not answered" in str(failure)


@pytest.mark.parametrize("who", [USER, KEY], ids=["password", "key"])
async def test_an_iam_that_stays_silent_is_a_failure_of_all_who_wait_for_it_not_of_one_after_the_other(
    who, monkeypatch
):
    monkeypatch.setattr("ocr_async.auth.wallet.IAM_SECONDS", 0.05)
    monkeypatch.setattr("ocr_async.auth.wallet.LONGEST", 0.2)
    cloud = Cloud(lambda _: None)
    async with session_on(cloud, who, timeout=None, retry=ONCE, limits=Limits(concurrency=10)) as session:
        failures = await failures_of(session, 10)

    assert len(failures) == 10
    assert all(isinstance(failure, TransportError) and "IAM" in str(failure) for failure in failures)
    assert cloud.asked <= 4  # the tries of one request


async def test_a_place_that_never_says_whether_it_has_a_credential_is_no_closed_session(monkeypatch):
    class Vault:
        async def find(self, transport):
            await anyio.sleep_forever()

    monkeypatch.setattr("ocr_async.auth.renewed.LONGEST", 0.05)
    async with session_on(Cloud(token), Vault(), timeout=None) as session:
        (failure,) = await failures_of(session)

    assert isinstance(failure, CredentialsError)
    assert not isinstance(failure, ClosedError)
    assert "does not answer" in str(failure)


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
async def test_a_refusal_of_iam_names_it(status):
    cloud = Cloud(lambda _: httpx.Response(status, text="<html>no</html>"))
    async with session_on(cloud) as session:
        (failure,) = await failures_of(session.with_options(retry=ONCE))

    assert isinstance(failure, ApiError)
    assert "IAM" in str(failure)


async def test_a_redirect_of_iam_is_named_and_not_followed():
    cloud = Cloud(lambda _: httpx.Response(302, headers={"Location": "https://login.test/"}))
    async with session_on(cloud) as session:
        (failure,) = await failures_of(session)

    assert "IAM: redirected to https://login.test/" in str(failure)


async def test_a_certificate_of_iam_that_is_not_trusted_is_tried_once():
    cloud = Cloud(lambda _: TlsError("its certificate is not trusted"))
    async with session_on(cloud) as session:
        (failure,) = await failures_of(session)

    assert not failure.retryable
    assert cloud.asked == 1


@pytest.mark.parametrize("who", [USER, KEY], ids=["password", "key"])
async def test_an_answer_of_iam_that_nobody_understands_is_asked_for_once_a_second_at_most(who):
    cloud = Cloud(lambda _: httpx.Response(200, text="<html>Please log in</html>"))
    async with session_on(cloud, who) as session:
        failures = await failures_of(session, 50)

    assert len(failures) == 50
    assert cloud.asked <= 2


async def test_an_iam_that_fails_in_passing_is_asked_again_by_all_together():
    cloud = Cloud(lambda number: httpx.ReadError("reset") if number < 5 else token())
    async with session_on(cloud) as session:
        assert not await failures_of(session, 50, timeout=None)

    assert cloud.asked == 5


@pytest.mark.parametrize("who", [USER, KEY], ids=["password", "key"])
async def test_a_wrong_password_or_key_is_tried_once_however_many_regions_there_are(who):
    cloud = Cloud(lambda _: WRONG)
    async with session_on(cloud, who, endpoints=HOSTS) as session:
        failures = await failures_of(session, 50)

    assert {type(failure) for failure in failures} == {AuthError}
    assert cloud.asked == 1
    assert not cloud.recognized


async def test_a_right_password_gets_the_tokens_of_all_regions_at_once():
    started, waiting = [], anyio.Event()

    class Slow(Cloud):
        async def handle_async_request(self, request):
            if "/ocr/" not in request.url.path:
                started.append(request)
                if len(started) == len(HOSTS):
                    waiting.set()
                if len(started) > 1:
                    await waiting.wait()
            return await super().handle_async_request(request)

    async with session_on(Slow(lambda _: token()), endpoints=HOSTS) as session:
        with anyio.fail_after(10):
            assert not await failures_of(session, 12)


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 30 Nov 2026 06:40:14 -0000",
        "Mon, 30 Nov 2026 06:40:14",
        "Mon, 30 Nov 2026 06:40:14 +99999999999999999999",
        "yesterday",
        "",
    ],
)
async def test_a_token_serves_whatever_the_form_of_the_date_beside_it(date):
    async with session_on(Cloud(lambda _: token(Date=date))) as session:
        assert not await failures_of(session)


class Vault:
    """A place that gives what it is told to, and counts how often it was asked."""

    def __init__(self, give):
        self.give = give
        self.asked = 0

    async def find(self, transport):
        self.asked += 1
        return self.give(self.asked)


async def test_a_token_that_ends_is_asked_for_again_ahead_of_its_end():
    vault = Vault(lambda number: Found(Token(f"token{number}"), "vault", project_id="p", seconds=0.6))
    cloud = Cloud(lambda _: None)
    async with session_on(cloud, vault, endpoints=HOSTS[:2]) as session:
        assert not await failures_of(session)
        await anyio.sleep(1.2)  # its life, and the second between two requests
        assert not await failures_of(session)

    first, last = (request.headers["X-Auth-Token"] for request in cloud.recognized)
    assert first != last
    assert vault.asked <= 5


async def test_a_password_that_ends_is_asked_for_again_for_the_next_token():
    vault = Vault(lambda number: Found(Password("user", f"word{number}", "domain"), "vault", seconds=0.6))
    cloud = Cloud(lambda _: token(0.6))
    async with session_on(cloud, vault) as session:
        assert not await failures_of(session)
        await anyio.sleep(1.2)  # the life of both, and the second between two requests
        assert not await failures_of(session)

    first, last = (b"".join(question.stream) for question in (cloud.questions[0], cloud.questions[-1]))
    assert b'"word1"' in first
    assert b'"word1"' not in last


@pytest.mark.parametrize("credential", [KEY, AkSk("ak", "sk", "temporary"), Token("token"), USER], ids=repr)
async def test_a_place_of_a_credential_that_ends_is_asked_once_for_the_calls_that_it_serves(credential):
    vault = Vault(lambda _: Found(credential, "vault", project_id="p", seconds=3600))
    async with session_on(Cloud(lambda _: token()), vault, endpoints=HOSTS[:2]) as session:
        assert not await failures_of(session, 20)

    assert vault.asked == 1


@pytest.mark.parametrize(
    "answer",
    [
        None,
        KEY,
        "hidden",
        NotFound("vault", "sealed"),
        ("hidden",),
        Found("hidden", "vault"),
        Found(KEY, b"vault"),
        Found(KEY, "vault", seconds="60"),
        Found(KEY, "vault", project_id=5),
    ],
    ids=repr,
)
async def test_a_place_of_ones_own_that_answers_something_else_is_told_what_to_return(answer):
    async with session_on(Cloud(token), Vault(lambda _: answer)) as session:
        (failure,) = await failures_of(session)

    assert isinstance(failure, CredentialsError)
    assert "Vault.find returned" in str(failure)
    assert "hidden" not in str(failure)


@pytest.mark.parametrize("seconds", [0, -3600, 0.001])
@pytest.mark.parametrize("credential", [KEY, Token("token"), USER], ids=repr)
async def test_a_credential_whose_life_is_over_serves_until_another_may_be_asked_for(credential, seconds):
    """The clock of the place may be wrong; the service says when it is."""
    vault = Vault(lambda _: Found(credential, "vault", project_id="p", seconds=seconds))
    cloud = Cloud(lambda _: token(seconds))
    started = time.monotonic()
    async with session_on(cloud, vault) as session:
        assert not await failures_of(session, 40)

    assert max(vault.asked, cloud.asked) <= 1 + time.monotonic() - started
