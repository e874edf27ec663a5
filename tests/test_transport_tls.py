from __future__ import annotations

import asyncio
import gc
import os
import ssl
from contextlib import suppress

import pytest
from wire_server import CERTIFICATES, server_tls, serving

from ocr_async.errors import TransportError
from ocr_async.transport import NetworkTransport, new_request, send

CA = CERTIFICATES / "ca.pem"


async def post(server, body=b"x" * 100, **settings):
    wire = NetworkTransport(trust_env=False, **settings)
    try:
        return await send(wire, new_request("POST", server.url, (), body), seconds=5)
    finally:
        await wire.aclose()


@pytest.mark.parametrize("verify", [CA, str(CA), ssl.create_default_context(cafile=CA)], ids=["path", "str", "context"])
async def test_a_certificate_of_the_given_authority_is_trusted(verify):
    async with serving(tls=server_tls()) as server:
        assert (await post(server, verify=verify)).status_code == 200


async def test_a_large_body_goes_through_tls(tmp_path):
    async with serving(tls=server_tls()) as server:
        assert (await post(server, b"x" * 3_000_000, verify=CA)).status_code == 200


async def test_a_certificate_of_nobody_we_know_is_refused_by_default():
    async with serving(tls=server_tls()) as server:
        with pytest.raises(TransportError, match="not trusted") as caught:
            await post(server)
        assert not caught.value.sent
        assert not caught.value.retryable
        assert server.heads == []


async def test_a_certificate_for_another_host_is_refused():
    async with serving(tls=server_tls()) as server:
        wire = NetworkTransport(trust_env=False, verify=CA)
        request = new_request("GET", server.url.replace("localhost", "127.0.0.2"))
        with pytest.raises(TransportError):
            await send(wire, request, seconds=5)
        assert server.heads == []


async def test_a_service_that_speaks_plain_http_is_not_asked_for_tls_again():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        wire = NetworkTransport(trust_env=False)
        with pytest.raises(TransportError, match="is it plain HTTP") as caught:
            await send(wire, new_request("GET", f"https://localhost:{port}"), seconds=5)
        await wire.aclose()
    assert not caught.value.retryable


async def test_verification_can_be_switched_off():
    async with serving(tls=server_tls()) as server:
        assert (await post(server, verify=False)).status_code == 200


async def test_the_environment_names_the_authorities(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CA))
    async with serving(tls=server_tls()) as server:
        assert (await post(server)).status_code == 200


VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture
def no_authorities(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_authorities")
async def test_the_environment_names_several_directories(monkeypatch, tmp_path):
    (tmp_path / "a6d29351.0").symlink_to(CA)  # by the digest of its name, as OpenSSL looks for it
    monkeypatch.setenv("SSL_CERT_DIR", os.pathsep.join(("/no/such", str(tmp_path))))
    async with serving(tls=server_tls()) as server:
        assert (await post(server)).status_code == 200


@pytest.mark.usefixtures("no_authorities")
@pytest.mark.parametrize("variable", VARIABLES)
async def test_a_variable_that_holds_the_certificate_itself_is_named(variable, monkeypatch):
    monkeypatch.setenv(variable, CA.read_text() * 10)
    async with serving(tls=server_tls()) as server:
        with pytest.raises(TransportError, match=f"{variable} names .*not there") as caught:
            await post(server)
    assert not caught.value.retryable
    assert len(str(caught.value)) < 400


@pytest.mark.usefixtures("no_authorities")
@pytest.mark.parametrize("variable", VARIABLES)
async def test_the_variable_that_says_whom_to_trust_is_named_where_it_trusts_nobody(variable, monkeypatch, tmp_path):
    monkeypatch.setenv(variable, str(tmp_path))
    async with serving(tls=server_tls()) as server:
        with pytest.raises(TransportError, match=f"not trusted by {variable}"):
            await post(server)


@pytest.mark.usefixtures("no_authorities")
@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("content", ["", "no certificate"], ids=["empty", "text"])
async def test_a_variable_that_names_no_authorities_is_named(variable, content, monkeypatch, tmp_path):
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(content)
    monkeypatch.setenv(variable, str(bundle))
    async with serving(tls=server_tls()) as server:
        with pytest.raises(TransportError, match=f"{variable}.*bundle.pem") as caught:
            await post(server)
        assert not caught.value.retryable
        assert (await post(server, verify=False)).status_code == 200


async def test_a_client_certificate_is_shown():
    async with serving(tls=server_tls(ask_for_client=True)) as server:
        assert (await post(server, verify=CA, cert=str(CERTIFICATES / "client.pem"))).status_code == 200
        with pytest.raises(TransportError):
            await post(server, verify=CA)


@pytest.mark.parametrize("settings", [{"verify": "/no/such.pem"}, {"cert": "/no/such.pem"}])
async def test_files_that_are_missing_are_named(settings):
    async with serving(tls=server_tls()) as server:
        with pytest.raises(TransportError, match="TLS cannot be set up") as caught:
            await post(server, **settings)
        assert not caught.value.sent


async def test_the_context_is_made_once(monkeypatch):
    made = []
    make = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda **options: made.append(options) or make(**options))
    wire = NetworkTransport(trust_env=False, verify=CA)
    assert made == []
    async with serving(tls=server_tls()) as server:
        for _ in range(3):
            await send(wire, new_request("POST", server.url, (), b"x"), seconds=5)
        await wire.aclose()
    assert len(made) == 1


@pytest.mark.parametrize("turns", range(0, 60, 3))
async def test_a_call_that_is_cancelled_while_it_connects_leaves_no_connection(turns):
    async with serving(tls=server_tls()) as server:
        wire = NetworkTransport(trust_env=False, verify=CA)
        call = asyncio.ensure_future(send(wire, new_request("POST", server.url, (), b"x"), seconds=5))
        for _ in range(turns):
            await asyncio.sleep(0)
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
        assert (await send(wire, new_request("POST", server.url, (), b"x"), seconds=5)).status_code == 200
        await wire.aclose()
        del call
        gc.collect()  # a connection that nobody closed warns, and a warning is an error here
