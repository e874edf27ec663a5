from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ocr_async import AkSk, Chain, Env, Metadata, OcrSession, Password, Profile, Token
from ocr_async.auth import Found
from ocr_async.documents import TrainTicket
from ocr_async.errors import CredentialsError
from ocr_async.testing import ACCOUNT, ScriptedService, picture

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def metadata_is_on(monkeypatch):
    monkeypatch.delenv("OCR_ASYNC_METADATA")


def answering(handler):
    return httpx.MockTransport(handler)


def nobody(_):
    raise httpx.ConnectError("nobody listens")


def metadata_service(expires_in=6.0 * 3600):
    """A metadata service of version 2, whose keys carry a number."""
    issued = []

    def answer(request):
        if request.method == "PUT":
            return httpx.Response(200, text="session-token")
        assert request.headers["x-metadata-token"] == "session-token"
        issued.append(request.url)
        ends = (datetime.now(UTC) + timedelta(seconds=expires_in)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        key = {"access": f"AK{len(issued)}", "secret": "SK", "securitytoken": f"ST{len(issued)}", "expires_at": ends}
        return httpx.Response(200, json={"credential": key})

    return answering(answer), issued


async def test_the_environment_gives_a_key_under_the_names_of_the_official_sdk():
    variables = {
        "HUAWEICLOUD_SDK_AK": "ak",
        "HUAWEICLOUD_SDK_SK": "sk",
        "HUAWEICLOUD_SDK_SECURITY_TOKEN": "token",
        "HUAWEICLOUD_SDK_PROJECT_ID": "project",
    }

    found = await Env(variables).find(answering(nobody))

    assert found == Found(AkSk("ak", "sk", "token"), "environment", project_id="project")


async def test_the_environment_gives_a_user_or_a_token_too():
    user = {"HUAWEICLOUD_SDK_USER": "u", "HUAWEICLOUD_SDK_PASSWORD": "p", "HUAWEICLOUD_SDK_DOMAIN": "d"}

    assert (await Env(user).find(answering(nobody))).credential == Password("u", "p", "d")
    assert (await Env({"HUAWEICLOUD_SDK_TOKEN": "t"}).find(answering(nobody))).credential == Token("t")


async def test_the_profile_file_gives_the_key_of_its_section(tmp_path):
    path = tmp_path / "credentials"
    path.write_text("[basic]\nak = ak\nsk = s%k\niam_endpoint = https://iam.example.com\n[other]\nak = x\nsk = y\n")

    basic = await Profile(path=path).find(answering(nobody))
    other = await Profile("other", path=path).find(answering(nobody))

    assert (basic.credential, basic.iam_endpoint) == (AkSk("ak", "s%k"), "https://iam.example.com")
    assert other.credential == AkSk("x", "y")


async def test_the_metadata_service_gives_a_temporary_key_and_its_life():
    service, _ = metadata_service(expires_in=3600)

    found = await Metadata().find(service)

    assert found.credential == AkSk("AK1", "SK", "ST1")
    assert found.seconds == pytest.approx(3600, abs=5)


async def test_a_chain_takes_the_first_that_has_one(tmp_path):
    chain = Chain(Env({}), Profile(path=tmp_path / "none"), AkSk("ak", "sk"), Env({"HUAWEICLOUD_SDK_TOKEN": "t"}))

    assert (await chain.find(answering(nobody))).credential == AkSk("ak", "sk")


async def test_no_credentials_anywhere_is_an_error_with_a_line_for_each_place(tmp_path):
    chain = Chain(Env({}), Profile(path=tmp_path / "credentials"), Metadata())

    async with OcrSession(chain, http_client=httpx.MockTransport(nobody)) as session:
        with pytest.raises(CredentialsError) as caught:
            await session.recognize(TrainTicket, picture(1))

    lines = str(caught.value).splitlines()[1:4]
    assert [line.split(":")[0].split()[0] for line in lines] == ["environment", "profile", "metadata"]
    assert "HUAWEICLOUD_SDK_AK" in lines[0]
    assert "credentials" in lines[1]


async def test_a_session_made_from_the_environment_finds_key_project_and_region(monkeypatch):
    service = ScriptedService()
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", ACCOUNT.ak)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", ACCOUNT.sk)
    monkeypatch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", ACCOUNT.project_id)
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION", "cn-north-4")

    async with OcrSession.from_env(http_client=httpx.ASGITransport(service)) as session:
        ticket = await session.recognize(TrainTicket, picture(1))

    assert ticket.meta.region == "cn-north-4"
    assert service.ledger.project_requests == 0


@pytest.mark.parametrize("credential", [AkSk("ak", "hidden", "hidden"), Password("u", "hidden", "d"), Token("hidden")])
async def test_no_secret_shows_in_a_repr(credential):
    assert "hidden" not in repr(credential)


@pytest.mark.parametrize("wrong", ["hidden:hidden", b"hidden", ("hidden", "hidden"), AkSk, Env], ids=repr)
def test_what_is_no_credential_is_refused_when_the_session_is_made(wrong):
    with pytest.raises(TypeError, match="pass AkSk") as caught:
        OcrSession(wrong)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["secret", ["secret"], Env, 5])
def test_what_is_no_place_is_refused_when_the_chain_is_made(wrong):
    with pytest.raises(TypeError, match="pass AkSk") as caught:
        Chain(Env(), wrong)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["hidden\n", "hid den", "hidden\r\nX-Other: 1", "hidden\u200b", ""])
def test_a_key_that_was_not_copied_well_is_refused_at_once_and_not_shown(text):
    for make in (lambda: AkSk("ak", text), lambda: AkSk(text, "sk"), lambda: Token(text)):
        with pytest.raises(ValueError, match=r"sk|ak|token") as caught:
            make()
        assert "hid" not in str(caught.value)


async def test_a_key_in_the_environment_that_was_not_copied_well_is_named():
    variables = {"HUAWEICLOUD_SDK_AK": "a\nk", "HUAWEICLOUD_SDK_SK": "sk"}

    async with OcrSession(Env(variables), http_client=httpx.MockTransport(nobody)) as session:
        with pytest.raises(CredentialsError, match="environment: ak holds a line break"):
            await session.recognize(TrainTicket, picture(1))


async def test_an_empty_key_is_refused_at_once():
    with pytest.raises(ValueError, match="ak"):
        AkSk("", "sk")


@pytest.mark.parametrize("name", ["AK", "SK", "SECURITY_TOKEN", "USER", "PASSWORD", "DOMAIN"])
async def test_a_part_of_a_credential_ends_the_chain(name):
    chain = Chain(Env({f"HUAWEICLOUD_SDK_{name}": "part"}), AkSk("another", "account"))

    async with OcrSession(chain, http_client=httpx.MockTransport(nobody)) as session:
        with pytest.raises(CredentialsError, match=f"only {name.lower()} given"):
            await session.recognize(TrainTicket, picture(1))


async def test_an_address_of_iam_in_the_environment_that_is_none_is_named():
    variables = {
        "HUAWEICLOUD_SDK_AK": "ak",
        "HUAWEICLOUD_SDK_SK": "sk",
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://user:hidden@iam.test",
    }

    async with OcrSession(
        Env(variables), endpoint="http://ocr.test", http_client=httpx.MockTransport(nobody)
    ) as session:
        with pytest.raises(CredentialsError, match="environment: iam_endpoint holds a user") as caught:
            await session.recognize(TrainTicket, picture(1))
    assert "hidden" not in str(caught.value)


async def test_a_project_id_of_two_lines_in_the_profile_file_is_named(tmp_path):
    (tmp_path / "credentials").write_text("[basic]\nak = A\nsk = S\nproject_id = p\n  q\n")

    async with OcrSession(Profile(path=tmp_path / "credentials"), http_client=httpx.MockTransport(nobody)) as session:
        with pytest.raises(CredentialsError, match=r"credentials: project_id="):
            await session.recognize(TrainTicket, picture(1))


async def test_a_path_of_the_profile_file_that_is_none_is_named():
    async with OcrSession(Profile(path="a\0b"), http_client=httpx.MockTransport(nobody)) as session:
        with pytest.raises(CredentialsError, match="profile file"):
            await session.recognize(TrainTicket, picture(1))
