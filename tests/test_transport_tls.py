from __future__ import annotations

import asyncio
import gc
import ssl
from contextlib import suppress

import pytest
from wire_server import CERTIFICATES, server_tls, serving

from ocr_async import transport
from ocr_async.errors import TransportError
from ocr_async.model import Request

TIMEOUT = transport.Timeout(connect=5, read=5, write=5)
CA = CERTIFICATES / "ca.pem"


async def send(server, body=b"x" * 100, **settings):
    wire = transport.open(trust_env=False, **settings)
    try:
        return await wire.send(Request("POST", server.url, {}, body), timeout=TIMEOUT)
    finally:
        await wire.aclose()


@pytest.mark.parametrize("verify", [CA, str(CA), ssl.create_default_context(cafile=CA)], ids=["path", "str", "context"])
async def test_a_certificate_of_the_given_authority_is_trusted(verify):
    async with serving(tls=server_tls()) as server:
        assert (await send(server, verify=verify)).status == 200


async def test_a_large_body_goes_through_tls(tmp_path):
    async with serving(tls=server_tls()) as server:
        assert (await send(server, b"x" * 3_000_000, verify=CA)).status == 200


async def test_a_certificate_of_nobody_we_know_is_refused_by_default():
    async with serving(tls=server_tls()) as server:
        with pytest.raises(TransportError, match="not trusted") as caught:
            await send(server)
        assert not caught.value.sent
        assert not caught.value.retryable
        assert server.heads == []


async def test_a_certificate_for_another_host_is_refused():
    async with serving(tls=server_tls()) as server:
        wire = transport.open(trust_env=False, verify=CA)
        request = Request("GET", server.url.replace("localhost", "127.0.0.2"))
        with pytest.raises(TransportError):
            await wire.send(request, timeout=TIMEOUT)
        assert server.heads == []


async def test_a_service_that_speaks_plain_http_is_not_asked_for_tls_again():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        wire = transport.open(trust_env=False)
        with pytest.raises(TransportError, match="is it plain HTTP") as caught:
            await wire.send(Request("GET", f"https://localhost:{port}"), timeout=TIMEOUT)
        await wire.aclose()
    assert not caught.value.retryable


async def test_verification_can_be_switched_off():
    async with serving(tls=server_tls()) as server:
        assert (await send(server, verify=False)).status == 200


async def test_the_environment_names_the_authorities(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CA))
    async with serving(tls=server_tls()) as server:
        assert (await send(server)).status == 200


async def test_a_client_certificate_is_shown():
    async with serving(tls=server_tls(ask_for_client=True)) as server:
        assert (await send(server, verify=CA, cert=str(CERTIFICATES / "client.pem"))).status == 200
        with pytest.raises(TransportError):
            await send(server, verify=CA)


@pytest.mark.parametrize("settings", [{"verify": "/no/such.pem"}, {"cert": "/no/such.pem"}])
async def test_files_that_are_missing_are_named(settings):
    async with serving(tls=server_tls()) as server:
        with pytest.raises(TransportError, match="TLS cannot be set up") as caught:
            await send(server, **settings)
        assert not caught.value.sent


async def test_the_context_is_made_once(monkeypatch):
    made = []
    make = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda **options: made.append(options) or make(**options))
    wire = transport.open(trust_env=False, verify=CA)
    assert made == []
    async with serving(tls=server_tls()) as server:
        for _ in range(3):
            await wire.send(Request("POST", server.url, {}, b"x"), timeout=TIMEOUT)
        await wire.aclose()
    assert len(made) == 1


@pytest.mark.parametrize("turns", range(0, 60, 3))
async def test_a_call_that_is_cancelled_while_it_connects_leaves_no_connection(turns):
    async with serving(tls=server_tls()) as server:
        wire = transport.open(trust_env=False, verify=CA)
        call = asyncio.ensure_future(wire.send(Request("POST", server.url, {}, b"x"), timeout=TIMEOUT))
        for _ in range(turns):
            await asyncio.sleep(0)
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
        assert (await wire.send(Request("POST", server.url, {}, b"x"), timeout=TIMEOUT)).status == 200
        await wire.aclose()
        del call
        gc.collect()  # a connection that nobody closed warns, and a warning is an error here
