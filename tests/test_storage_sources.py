"""Pictures in buckets, of a real S3 server: read from here, or handed to the service as signed addresses."""

from __future__ import annotations

import http.server
import logging
import subprocess
import sys
import threading
from base64 import b64encode
from functools import partial
from hashlib import sha256
from typing import ClassVar

import pytest
from command_line import environment
from object_store import SECRET, ObjectStore

from ocr_async import AkSk, Done, Failed, OcrSession, Stored, Token, TrainTicket, Url
from ocr_async.errors import CredentialsError, SourceError
from ocr_async.jobs import run_job
from ocr_async.sources import open_source
from ocr_async.sources.picture import WHOLE_BYTES
from ocr_async.sources.storage import About
from ocr_async.sources.storage.addresses import joined, taken_apart
from ocr_async.sources.stored import fetch
from ocr_async.testing import ACCOUNT, ScriptedService, picture, picture_number, serve

pytest.importorskip("obstore")


@pytest.fixture(scope="module")
def server():
    store = ObjectStore()
    store.start()
    yield store
    store.stop()


@pytest.fixture
def store(server, monkeypatch):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server


def session_on(url, credentials=None, **settings):
    key = AkSk(ACCOUNT.ak, ACCOUNT.sk)
    return OcrSession(credentials or key, endpoint=url, project_id=ACCOUNT.project_id, **settings)


KEYS = ["1.png", "folder/a b.png", "ü/票.png", "100%.png", "x%20y.png", "q?a=1#f.png", "+&=.png"]


@pytest.mark.parametrize("key", KEYS)
async def test_an_object_is_read_by_its_key_as_it_stands(store, key):
    store.put(key, picture(1))
    async with OcrSession.local(ScriptedService()) as session:
        ticket = await session.recognize(TrainTicket, f"s3://scans/{key}")

    assert ticket.ticket_id == picture_number(picture(1))


@pytest.mark.parametrize("size", [5, WHOLE_BYTES + 1])
def test_an_object_that_ends_before_its_size_is_an_error(size):
    class Short:
        def read(self):
            return About("s3://scans/1.png", size, "1"), iter([memoryview(b"half")])

    with pytest.raises(SourceError, match=f"ended after 4 B of {size:,} B"):
        fetch(Short())


async def test_a_large_object_is_sent_from_a_file_and_not_from_memory(store):
    content = picture(2, size=6_000_000)
    store.put("large.png", content)
    service = ScriptedService()
    with serve(service) as url:
        async with session_on(url) as session:
            ticket = await session.recognize(TrainTicket, "s3://scans/large.png")
    opened = await open_source("s3://scans/large.png", TrainTicket().limits)

    assert ticket.ticket_id == picture_number(content)
    assert (opened.size, opened.memory < 1_000_000) == (6_000_000, True)
    body = await opened.body(b"", b"")
    assert await body.sha256() == sha256(b64encode(content)).hexdigest()


async def test_a_run_reads_paths_and_objects_alike(store):
    for number in range(5):
        store.put(f"many/{number}.png", picture(number))
    keys = [f"s3://scans/many/{number}.png" for number in range(6)]
    async with OcrSession.local(ScriptedService()) as session:
        async with session.recognize_many(TrainTicket, keys) as run:
            found = {item.key: item async for item in run}

    assert [type(found[key]) for key in keys] == [Done] * 5 + [Failed]
    assert "there is no such object" in str(found[keys[5]].error)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("s3://scans/none.png", "no such object"),
        ("s3://no-such-bucket/a.png", "no such object"),
        ("s3:///a.png", "names no bucket"),
        ("s3://scans/a//b.png", "empty segment"),
        ("az://container/a.png", "cannot be used"),
    ],
)
async def test_what_cannot_be_read_is_told(store, address, problem):
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(SourceError, match=problem) as caught:
            await session.recognize(TrainTicket, address)

    assert caught.value.source == address
    assert SECRET not in str(caught.value)


async def test_an_object_outside_the_limits_is_not_read(store):
    store.put("huge.png", picture(1, size=12_000_000))
    store.put("text.png", b"no picture")
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(SourceError, match="the limit is"):
            await session.recognize(TrainTicket, "s3://scans/huge.png")
        with pytest.raises(SourceError, match="accepted are"):
            await session.recognize(TrainTicket, "s3://scans/text.png")


async def test_a_url_of_an_object_is_signed_for_each_send_and_shown_nowhere(store, caplog):
    caplog.set_level(logging.DEBUG)
    store.put("handed over.png", picture(7))
    service = ScriptedService(url_allow_list=["127.0.0.1", store.url.removeprefix("http://")])
    source = Url("s3://scans/handed over.png")
    async with OcrSession.local(service) as session:
        ticket = await session.recognize(TrainTicket, source)
        async with session.recognize_many(TrainTicket, [source]) as run:
            (item,) = [item async for item in run]

    assert ticket.ticket_id == item.result.ticket_id == picture_number(picture(7))
    assert (source.name, item.key) == ("s3://scans/handed over.png",) * 2
    told = "".join(record.getMessage() for record in caplog.records if record.name.startswith("ocr_async"))
    assert "Signature" not in told + repr(source) + repr(item) + repr(ticket.meta)


async def test_an_object_of_obs_is_read_with_the_key_of_the_session(store, monkeypatch):
    store.put("obs.png", picture(8))
    monkeypatch.setenv("HUAWEICLOUD_SDK_OBS_ENDPOINT", store.url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name)
    service = ScriptedService(url_allow_list=["127.0.0.1", store.url.removeprefix("http://")])
    async with OcrSession.local(service) as session:
        read = await session.recognize(TrainTicket, "obs://scans/obs.png")
        signed = await session.recognize(TrainTicket, Url("obs://scans/obs.png"))

    assert read.ticket_id == signed.ticket_id == picture_number(picture(8))


async def test_a_session_without_an_access_key_says_so_of_obs(store):
    async with session_on("http://127.0.0.1:1", Token("a-token")) as session:
        with pytest.raises(CredentialsError, match="access key"):
            await session.recognize(TrainTicket, "obs://scans/obs.png")


async def test_obs_is_where_the_region_is():
    async with OcrSession(AkSk("ak", "sk"), region="cn-north-4") as session:
        found = await session._caller.buckets.find("obs://scans/a.png")
    assert found.store.config["endpoint"] == "https://scans.obs.cn-north-4.myhuaweicloud.com"
    async with OcrSession(AkSk("ak", "sk"), region="ae-ad-1") as session:
        found = await session._caller.buckets.find("obs://scans/a.png")
    assert found.store.config["endpoint"] == "https://scans.obs.ae-ad-1.g42cloud.com"


async def test_an_object_of_the_web_is_read_from_here_when_it_is_said(tmp_path):
    (tmp_path / "a b.png").write_bytes(picture(9))
    handler = partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{web.server_port}/a b.png"
        async with OcrSession.local(ScriptedService()) as session:
            ticket = await session.recognize(TrainTicket, Stored(address))
        web.shutdown()

    assert ticket.ticket_id == picture_number(picture(9))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class Asked(Quiet):
    """Notes what it is asked for, and has one picture at every address but those that end with `gone`."""

    paths: ClassVar[list[str]] = []

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self.paths.append(self.path)
        if self.path.partition("?")[0].endswith("gone"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(picture(9))))
        self.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(picture(9))


@pytest.fixture
def web():
    """Return the address of a web server."""
    Asked.paths.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("/a.png?X-Amz-Signature=a%2Bb%2F&n=1", "/a.png?X-Amz-Signature=a%2Bb%2F&n=1"),
        ("/a%20b.png", "/a%20b.png"),
        ("/100%25/%E4%B8%AD.png", "/100%25/%E4%B8%AD.png"),
        ("/中/a b.png#page=2", "/%E4%B8%AD/a%20b.png"),
        ("/a.png?", "/a.png"),
    ],
)
async def test_an_address_of_the_web_is_asked_for_as_a_browser_does(web, given, asked):
    async with OcrSession.local(ScriptedService()) as session:
        ticket = await session.recognize(TrainTicket, Stored(web + given))

    assert ticket.ticket_id == picture_number(picture(9))
    assert set(Asked.paths) == {asked}


@pytest.mark.parametrize("address", ["https://h/a/%E4%B8%AD%20b.png?sig=x&n=1", "s3://b/a%20b?c#d", "http://h:8080/"])
def test_an_address_is_put_together_again_as_it_was_taken_apart(address):
    assert joined(*taken_apart(address)) == address


async def test_a_job_reads_signed_addresses_from_here_once_and_keeps_no_signature(web, tmp_path):
    out, service = tmp_path / "out.jsonl", ScriptedService()
    async with OcrSession.local(service) as session:
        first = await run_job(
            session, TrainTicket, [f"{web}/a.png?n=1&sig=secret1", f"{web}/gone?sig=secret2"], out=out, url=False
        )
        again = await run_job(session, TrainTicket, [f"{web}/a.png?n=1&sig=secret3"], out=out, url=False)

    assert (first.done, first.failed, again.already, service.ledger.calls) == (1, 1, 1, 1)
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.iterdir())


async def test_what_signs_an_address_of_the_web_is_in_no_error(web):
    async with OcrSession.local(ScriptedService()) as session:
        with pytest.raises(SourceError) as raised:
            await session.recognize(TrainTicket, Stored(f"{web}/gone?sig=secret"))

    assert "secret" not in f"{raised.value} {raised.value!r} {raised.value.source}"
    assert "gone" in str(raised.value.source)


async def test_a_file_address_is_a_path(tmp_path):
    (tmp_path / "a b.png").write_bytes(picture(9))
    async with OcrSession.local(ScriptedService()) as session:
        ticket = await session.recognize(TrainTicket, (tmp_path / "a b.png").as_uri())

    assert ticket.ticket_id == picture_number(picture(9))


@pytest.mark.parametrize("given", ["/a/path.png", "ftp://host/a", "", None, b"bytes"])
def test_what_is_no_address_is_not_stored(given):
    with pytest.raises(SourceError, match="no address"):
        Stored(given)


def test_a_session_reads_files_without_loading_storage():
    script = """
import sys
from ocr_async import OcrSession, TrainTicket, Url, Stored
OcrSession(endpoint="http://localhost"); Stored("s3://a/b"); Url("s3://a/b")
print([name for name in ("obstore", "ray", "redis") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment())

    assert ran.stdout.strip() == "[]"
