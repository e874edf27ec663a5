"""Addresses: what of them is identity, and how it is known that what they lead to has changed."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from job_fixtures import by_key, run, session_on

from ocr_async.batch import Item
from ocr_async.documents import TrainTicket
from ocr_async.jobs import run_job
from ocr_async.jobs.source import source_of
from ocr_async.sources import Url
from ocr_async.testing import ScriptedService, picture, serve


class Store:
    """A server of objects whose answers to HEAD can be chosen."""

    def __init__(self):
        self.etags, self.asked, self.status, self.headers = {}, [], 200, {}

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        ranged = any(name == b"range" for name, _ in scope["headers"])
        if method == "GET" and not ranged:  # the service fetches the picture
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": picture(int(path[1:-4]))})
            return
        self.asked.append((method, path))
        status = self.status(method) if callable(self.status) else self.status
        headers = dict(self.headers)
        if path in self.etags:
            headers["etag"] = self.etags[path]
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b""})


def fetching():
    return ScriptedService(url_allow_list=["127.0.0.1:*"])


@contextmanager
def serving(store):
    with serve(store) as url:
        yield url


async def test_an_object_with_another_etag_is_read_again_and_no_other(tmp_path):
    out, service, store = tmp_path / "out.jsonl", fetching(), Store()
    with serving(store) as url:
        addresses = [f"{url}/{number}.jpg" for number in range(5)]
        store.etags = {f"/{number}.jpg": f'"{number}"' for number in range(5)}
        for week, calls in enumerate((5, 5, 6)):
            if week == 2:
                store.etags["/3.jpg"] = '"new"'
            summary = await run(addresses, out, service, url_version="etag")
            assert (summary.done, service.ledger.calls) == (5, calls)
    assert len(by_key(out)) == 5
    assert {method for method, _ in store.asked} == {"HEAD"}


async def test_time_and_length_stand_in_for_an_etag(tmp_path):
    out, service, store = tmp_path / "out.jsonl", fetching(), Store()
    with serving(store) as url:
        for time, calls in (("Mon, 01 Jan 2024 00:00:00 GMT", 1), ("Mon, 01 Jan 2024 00:00:00 GMT", 1), ("Tue", 2)):
            store.headers = {"last-modified": time}
            await run([f"{url}/1.jpg"], out, service, url_version="etag")
            assert service.ledger.calls == calls


@pytest.mark.parametrize("refusal", [403, 405, 501])
async def test_where_head_is_refused_a_get_is_asked(tmp_path, refusal):
    out, service, store = tmp_path / "out.jsonl", fetching(), Store()
    store.status = lambda method: refusal if method == "HEAD" else 206
    store.etags = {"/1.jpg": '"1"'}
    with serving(store) as url:
        summary = await run([f"{url}/1.jpg?X-Amz-Signature=secret"], out, service, url_version="etag")
    assert (summary.done, [method for method, _ in store.asked]) == (1, ["HEAD", "GET"])
    assert "secret" not in out.read_text()


@pytest.mark.parametrize("case", ["404", "nothing told", "no server", "obs", "no address"])
async def test_what_cannot_be_asked_fails_alone_and_says_so(tmp_path, case):
    out, service, store = tmp_path / "out.jsonl", fetching(), Store()
    store.etags = {"/1.jpg": '"1"'}
    with serving(store) as url:
        bad = {
            "404": f"{url}/2.jpg",
            "nothing told": f"{url}/2.jpg",
            "no server": "http://127.0.0.1:9/1.jpg",
            "obs": Item(Url("obs://bucket/1.jpg"), key="obs"),
            "no address": "http:///1.jpg",
        }[case]
        if case == "404":
            store.etags = {}
            store.status = 404
        summary = await run([f"{url}/1.jpg", bad], out, service, url_version="etag", timeout=5)
    failed = [line for line in by_key(out).values() if line["status"] == "failed"]
    assert len(failed) == summary.failed == (2 if case == "404" else 1)
    assert all("the version of its object cannot be asked" in line["error"]["message"] for line in failed)
    assert all(line["attempts"] == 0 for line in failed)


async def test_any_other_version_is_part_of_every_address(tmp_path):
    out, service, store = tmp_path / "out.jsonl", fetching(), Store()
    with serving(store) as url:
        addresses = [f"{url}/1.jpg", f"{url}/2.jpg?id=7"]
        for version, calls in ((None, 2), (None, 2), ("2024-01", 4), ("2024-01", 4), ("2024-02", 6), (None, 8)):
            summary = await run(addresses, out, service, url_version=version)
            assert (summary.done, service.ledger.calls) == (2, calls)
    assert store.asked == []
    assert set(by_key(out)) == set(addresses)


SIGNED = {
    "s3": ("X-Amz-Algorithm=A&X-Amz-Signature={0}&X-Amz-Expires=60", ""),
    "obs": ("AccessKeyId=AK{0}&Expires={0}&Signature={0}", ""),
    "azure": ("sv=2024&se={0}&sr=b&sp=r&sig={0}", ""),
    "oss": ("OSSAccessKeyId=x&Expires={0}&Signature={0}&versionId=3", "?versionId=3"),
    "google": ("X-Goog-Signature={0}&X-Goog-Date={0}&page=2", "?page=2"),
}


@pytest.mark.parametrize("name", SIGNED)
async def test_what_signs_an_address_is_nowhere_and_no_identity(tmp_path, name):
    query, kept = SIGNED[name]
    out, service = tmp_path / "out.jsonl", ScriptedService()
    for week in ("SECRETa", "SECRETb"):
        summary = await run([f"https://a.example/1.jpg?{query.format(week)}"], out, service)
    assert list(by_key(out)) == [f"https://a.example/1.jpg{kept}"]
    assert (summary.already, service.ledger.calls) == (1, 1)
    assert all(b"SECRET" not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


async def test_a_signature_is_in_no_list_of_failed_items(tmp_path):
    out, service = tmp_path / "out.jsonl", ScriptedService(lambda task: 1 / 0)
    async with session_on(service) as session:
        summary = await run_job(session, TrainTicket, ["https://a.example/1.jpg?sig=SECRET&se=1"], out=out)
    assert summary.failed == 1
    assert all(b"SECRET" not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


SPELLINGS = {
    "scheme and host": ("http://a.example/1.jpg", "HTTP://A.Example/1.jpg"),
    "default port": ("http://a.example/1.jpg", "http://a.example:80/1.jpg"),
    "default port, TLS": ("https://a.example/1.jpg", "https://a.example:443/1.jpg"),
    "empty port": ("https://a.example/1.jpg", "https://a.example:/1.jpg"),
    "query at once": ("http://a.example/?id=7", "http://a.example?id=7"),
    "characters outside ASCII": ("http://a.example/图 1.jpg", "http://a.example/%E5%9b%be%201.jpg"),
    "needless encoding": ("http://a.example/~a/1.jpg?id=7", "http://a.example/%7ea/%31.jpg?id=%37"),
    "case of encoding": ("http://a.example/a%2Fb.jpg", "http://a.example/a%2fb.jpg"),
    "internationalized host": ("http://xn--fsqu00a.example/1.jpg", "http://例子.example/1.jpg"),
    "dots": ("http://a.example/b/1.jpg", "http://a.example/a/../b/./1.jpg"),
    "encoded dots": ("http://a.example/b/1.jpg", "http://a.example/a/%2e%2E/b/1.jpg"),
    "fragment": ("http://a.example/1.jpg", "http://a.example/1.jpg#top"),
    "fragment and query": ("http://a.example/1.jpg?id=7", "http://a.example/1.jpg?id=7#top?id=8"),
    "user": ("http://a.example/1.jpg", "http://ada:secret@a.example/1.jpg"),
    "IPv6": ("http://[::1]/1.jpg", "http://[::1]:80/1.jpg"),
}


@pytest.mark.parametrize("name", SPELLINGS)
async def test_spellings_of_an_address_are_one_item_and_fetched_as_they_were_written(tmp_path, name):
    one, other = SPELLINGS[name]
    for number, pair in enumerate(((one, other), (other, one))):
        out, service = tmp_path / f"{number}.jsonl", ScriptedService()
        first = await run(list(pair), out, service)
        again = await run([pair[1]], out, service)
        assert (first.finished, again.already, service.ledger.calls) == (1, 1, 1)
        assert source_of(pair[0]).address == pair[0]


DIFFERENT = [
    ("http://a.example/1.jpg", "https://a.example/1.jpg"),
    ("http://a.example/1.jpg", "http://a.example:8080/1.jpg"),
    ("http://a.example/1.jpg", "http://a.example:443/1.jpg"),
    ("http://a.example/a.jpg", "http://a.example/A.jpg"),
    ("http://a.example/a/b.jpg", "http://a.example/a%2Fb.jpg"),
    ("http://a.example/a/b.jpg", "http://a.example/a//b.jpg"),
    ("http://a.example/a", "http://a.example/a/."),
    ("http://a.example/1?a=1&b=2", "http://a.example/1?b=2&a=1"),
    ("http://a.example/1?a=b+c", "http://a.example/1?a=b%2Bc"),
    ("http://a.example/1?a=../b", "http://a.example/1?a=b"),
    ("http://a.example/a%3Fb", "http://a.example/a?b"),
    ("http://a.example/a%23b", "http://a.example/a#b"),
    ("http://a.example/1%2541", "http://a.example/1A"),
]


@pytest.mark.parametrize("pair", DIFFERENT)
def test_addresses_that_may_lead_elsewhere_are_two_places(pair):
    one, other = map(source_of, pair)
    assert one.place != other.place


@pytest.mark.parametrize(
    "odd", ["http://", "http://a.example:99999/1.jpg", "http://a b/1.jpg", "ftp://A/1", "http://[::1/x"]
)
def test_what_is_no_address_is_a_place_of_its_own(odd):
    assert source_of(odd).place == odd


async def test_keys_of_two_spellings_share_one_call(tmp_path):
    out, service = tmp_path / "out.jsonl", fetching()
    with serving(Store()) as url:
        items = [Item(f"{url}/1.png", key="a"), Item(f"HTTP{url[4:]}/%31.png#top", key="b")]
        summary = await run(items, out, service)
    assert (summary.done, service.ledger.calls, set(by_key(out))) == (2, 1, {"a", "b"})


def test_the_scheme_of_a_bucket_is_no_part_of_its_name_but_its_key_is_taken_as_it_stands():
    assert source_of("S3://bucket/1.jpg").place == source_of("s3://bucket/1.jpg").place
    assert source_of("s3://bucket/a%20b").place != source_of("s3://bucket/a b").place
    assert (
        source_of("s3://bucket/a?sig=b#c").place == source_of("s3://bucket/a?sig=b#c").shown == "s3://bucket/a?sig=b#c"
    )
