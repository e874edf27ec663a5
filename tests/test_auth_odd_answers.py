"""What IAM, the metadata service, a profile file and the environment give that cannot be, or do not give at all."""

from __future__ import annotations

import os
import time

import anyio
import certifi
import httpx
import pytest

from ocr_async import AkSk, Chain, Env, Metadata, OcrSession, Password, Profile, Token, TrainTicket
from ocr_async.auth import Found, NotFound
from ocr_async.auth.providers import region_from_env
from ocr_async.errors import CredentialsError, DeadlineError, DecodeError
from ocr_async.testing import ACCOUNT, picture
from ocr_async.transport import NetworkTransport, new_request
from ocr_async.transport.origin import Origin
from ocr_async.transport.proxies import Proxies
from ocr_async.transport.tls import Tls, TlsError

pytestmark = pytest.mark.anyio

KEY = AkSk(ACCOUNT.ak, ACCOUNT.sk)
VARIABLE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"


@pytest.fixture
def pipe(tmp_path):
    """A path whose opening hangs, as one on a disk of the network may."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    yield path
    os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))  # lets the threads that hang in it end


async def refusal_of(iam_reply, who, kind=DecodeError):
    """Return what is said of an answer of IAM."""
    recognized = []

    def answer(request):
        if "/ocr/" in request.url.path:
            recognized.append(request.url.path)
            return httpx.Response(200, json={"result": {}})
        return iam_reply

    transport = httpx.MockTransport(answer)
    settings = {"endpoint": "http://ocr.test", "iam_endpoint": "http://iam.test", "region": "cn-north-4"}
    async with OcrSession(who, http_client=transport, **settings) as session:
        with pytest.raises(kind) as caught:
            await session.recognize(TrainTicket, picture(1))
    assert not recognized
    assert not caught.value.retryable
    return str(caught.value)


@pytest.mark.parametrize("token", [b"a b", b"a\x00b", "令牌".encode(), b'"quoted"'])
async def test_a_token_that_no_request_can_carry_is_named_as_that_of_iam(token):
    reply = httpx.Response(201, json={"token": {"project": {"id": "p"}}}, headers=[(b"X-Subject-Token", token)])
    assert "IAM answered with what cannot be: token holds" in await refusal_of(reply, Password("u", "p", "d"))


@pytest.mark.parametrize("project_id", ["a b", "../q", "..", "p\r\nX: y", "项"])
@pytest.mark.parametrize("who", [Password("u", "p", "d"), KEY])
async def test_a_project_id_that_no_path_can_hold_is_named_as_that_of_iam(project_id, who):
    body = {"token": {"project": {"id": project_id}}, "projects": [{"id": project_id}]}
    reply = httpx.Response(201, json=body, headers={"X-Subject-Token": "token"})
    assert "IAM answered with what cannot be: project_id=" in await refusal_of(reply, who)


async def test_an_empty_project_id_is_none():
    reply = httpx.Response(200, json={"projects": [{"id": ""}]})
    assert "Pass project_id=" in await refusal_of(reply, KEY, CredentialsError)


async def test_a_nested_answer_of_iam_is_no_json():
    reply = httpx.Response(200, content=b"[" * 100_000)
    assert "not JSON" in await refusal_of(reply, KEY)


def metadata(token=b"token", **key):
    """Return a metadata service whose answers are those."""
    credential = {"access": "ak", "secret": "sk", **key}

    def answer(request):
        if request.method == "PUT":
            return httpx.Response(200, content=token)
        return httpx.Response(200, json={"credential": credential})

    return httpx.MockTransport(answer)


@pytest.mark.parametrize("token", [b"<html>\n</html>", b"\xff\xfe", b"a\r\nX: y"])
async def test_what_answers_for_the_metadata_service_and_is_none_is_said_to_be(token, monkeypatch):
    monkeypatch.delenv("OCR_ASYNC_METADATA")
    (missing,) = await Metadata().find(metadata(token))
    assert "it is something else" in missing.reason


@pytest.mark.parametrize("token", [b"", b"token\n"])
async def test_a_session_of_the_metadata_service_may_be_empty_or_end_in_a_line_break(token, monkeypatch):
    monkeypatch.delenv("OCR_ASYNC_METADATA")
    found = await Metadata().find(metadata(token))
    assert found.credential == AkSk("ak", "sk")


@pytest.mark.parametrize("key", [{"access": "a b"}, {"secret": "密"}, {"securitytoken": "a\nb"}])
async def test_a_key_of_the_metadata_service_that_cannot_be_is_named(key, monkeypatch):
    monkeypatch.delenv("OCR_ASYNC_METADATA")
    (missing,) = await Metadata().find(metadata(**key))
    assert "no key that can be" in missing.reason


@pytest.mark.parametrize("seconds", [float("nan"), -float("inf"), 10**400])
async def test_a_life_that_is_no_time_is_named(seconds):
    class Vault:
        async def find(self, transport):
            return Found(KEY, "vault", seconds=seconds)

    async with OcrSession(Vault(), endpoint="http://ocr.test", project_id="p") as session:
        with pytest.raises(CredentialsError, match=r"Vault\.find returned Found with seconds that are no time"):
            await session.recognize(TrainTicket, picture(1))


async def test_a_profile_file_that_a_variable_names_and_that_is_not_there_leads_to_no_other_account(
    monkeypatch, tmp_path
):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing"))
    missing = await Chain(Env({}), Profile(), KEY).find(httpx.MockTransport(lambda _: None))
    assert f"there is no such file, which {VARIABLE} names" in missing[-1].reason


def nothing_else():
    return httpx.MockTransport(lambda _: None)


@pytest.mark.parametrize("content", ["", "[other]\nak = a\nsk = s", "[basic]", "~nobody"])
async def test_a_profile_file_that_a_variable_names_and_that_has_no_credential_leads_to_no_other_account(
    content, monkeypatch, tmp_path
):
    file = tmp_path / "credentials"
    file.write_text(content)
    monkeypatch.setenv(VARIABLE, "~nobody/credentials" if content == "~nobody" else str(file))
    missing = await Chain(Env({}), Profile(), KEY).find(nothing_else())
    assert missing[-1].broken


@pytest.mark.parametrize(
    "given",
    [
        {"AK": "a", "TOKEN": "t"},
        {"SK": "s", "USER": "u", "PASSWORD": "p", "DOMAIN": "d"},
        {"USER": "u", "TOKEN": "t"},
        {"SECURITY_TOKEN": "x", "TOKEN": "t"},
    ],
    ids=" and ".join,
)
async def test_half_a_credential_leads_to_no_other_one_of_the_same_place(given, tmp_path):
    (missing,) = await Env({f"HUAWEICLOUD_SDK_{name}": value for name, value in given.items()}).find(nothing_else())
    assert missing.broken

    file = tmp_path / "credentials"
    file.write_text("\n".join(["[basic]", *(f"{name} = {value}" for name, value in given.items())]))
    (missing,) = await Profile(path=file).find(nothing_else())
    assert missing.broken


async def test_a_section_of_other_keys_leads_to_no_other_account(tmp_path):
    file = tmp_path / "credentials"
    file.write_text("[basic]\naccess_key = a\nsecret_key = s")
    (missing,) = await Chain(Profile(path=file), KEY).find(nothing_else())
    assert "ak and sk are not both given" in missing.reason


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n", "\u2028"])
async def test_lines_of_a_profile_file_end_as_they_like(end, tmp_path):
    file = tmp_path / "credentials"
    file.write_bytes(end.join(["[basic]", "ak = a", "sk = s", ""]).encode())
    found = await Profile(path=file).find(nothing_else())
    assert found.credential == AkSk("a", "s")


@pytest.mark.parametrize("content", ["[basic]\nak = a\nak = b\nsk = s", "[basic]\nak = a\n[basic]\nsk = s"])
async def test_what_a_profile_file_has_twice_is_named_by_its_line(content, tmp_path):
    file = tmp_path / "credentials"
    file.write_text(content)
    (missing,) = await Profile(path=file).find(nothing_else())
    assert missing == NotFound(
        f"profile file {file}", "has in line 3 again what it had before: leave one of the two", broken=True
    )


@pytest.mark.parametrize("home", ["/nonexistent", "/dev/null"])
async def test_a_home_that_is_none_ends_no_search(home, monkeypatch):
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv(VARIABLE, raising=False)
    found = await Chain(Env({}), Profile(), KEY).find(httpx.MockTransport(lambda _: None))
    assert found.credential == KEY


async def test_the_name_of_a_profile_file_may_end_in_a_line_break_and_begin_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(VARIABLE, "~/keys\n")
    (tmp_path / "keys").write_text("[basic]\nak = ak\nsk = sk\n")
    found = await Profile().find(httpx.MockTransport(lambda _: None))
    assert found.credential == AkSk("ak", "sk")


async def test_a_directory_in_the_place_of_a_profile_file_is_not_to_be_saved_in_another_encoding(tmp_path):
    (missing,) = await Profile(path=tmp_path).find(httpx.MockTransport(lambda _: None))
    assert missing == NotFound(f"profile file {tmp_path}", "cannot be read: Is a directory", broken=True)


async def test_a_device_in_the_place_of_a_profile_file_is_not_read_to_its_end():
    (missing,) = await Profile(path="/dev/zero").find(httpx.MockTransport(lambda _: None))
    assert missing.broken


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes_that_a_file_of_variables_kept_are_no_part_of_a_key(quote):
    with pytest.raises(ValueError, match=r"ak holds .* quotes"):
        AkSk(f"{quote}ak{quote}", "sk")
    with pytest.raises(ValueError, match=r"token holds .* quotes"):
        Token(f"{quote}token{quote}")


def test_the_region_of_the_environment_may_end_in_a_line_break(monkeypatch):
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION", "cn-east-3\n")
    assert region_from_env() == "cn-east-3"


async def test_what_switches_the_metadata_service_off_may_end_in_a_line_break(monkeypatch):
    monkeypatch.setenv("OCR_ASYNC_METADATA", "off\n")
    (missing,) = await Metadata().find(metadata())
    assert "switched off" in missing.reason


def test_the_proxy_and_the_certificates_of_the_environment_may_end_in_a_line_break(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128\r\n")
    monkeypatch.setenv("NO_PROXY", "direct.test\n")
    proxies = Proxies.of(None, trust_env=True)
    assert proxies.url_for(Origin("https", "ocr.test", 443)) == "http://proxy:3128"
    assert proxies.url_for(Origin("https", "direct.test", 443)) is None
    for name in ("SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", f"{certifi.where()}\n")
    tls = Tls()
    tls.context()
    assert tls.trusted == f"SSL_CERT_FILE ({certifi.where()})"


async def test_a_profile_file_that_hangs_is_waited_for_until_the_deadline_and_holds_up_no_end(pipe):
    session = OcrSession(Profile(path=pipe), endpoint="http://ocr.test", project_id="p")
    with anyio.fail_after(5):
        with pytest.raises(DeadlineError, match="no credential has been found"):
            await session.recognize(TrainTicket, picture(1), timeout=0.05)
        await session.aclose()


@pytest.mark.parametrize("setting", ["verify", "cert", "variable"])
async def test_certificates_that_hang_are_waited_for_until_the_deadline(setting, pipe, monkeypatch):
    if setting == "variable":
        monkeypatch.setenv("SSL_CERT_FILE", str(pipe))
    settings = {} if setting == "variable" else {setting: str(pipe)}
    session = OcrSession(KEY, endpoint="https://127.0.0.1:1", project_id="p", **settings)
    with anyio.fail_after(5):
        with pytest.raises(DeadlineError):
            await session.recognize(TrainTicket, picture(1), timeout=0.05)
        await session.aclose()


async def test_certificates_that_hang_are_given_up(pipe, monkeypatch):
    monkeypatch.setattr("ocr_async.transport.tls.SECONDS", 0.05)
    transport = NetworkTransport(verify=str(pipe))
    started = time.monotonic()
    with pytest.raises(TlsError, match="cannot be read within"):
        await transport.handle_async_request(new_request("GET", "https://127.0.0.1:1/"))
    await transport.aclose()
    assert time.monotonic() - started < 5
