"""Jobs that read from buckets of a real S3 server."""

from __future__ import annotations

import json
import subprocess

import pytest
from command_line import COMMAND, CommandLine, environment
from job_fixtures import by_key, run, session_on
from object_store import SECRET, ObjectStore

from ocr_async import Item, TrainTicket, Url
from ocr_async.errors import ConflictError, JobError
from ocr_async.jobs import read_results, run_job
from ocr_async.jobs.stored import Object
from ocr_async.testing import ACCOUNT, ScriptedService, picture, picture_number, serve

pytest.importorskip("obstore")


@pytest.fixture(scope="module")
def server():
    store = ObjectStore()
    store.start()
    yield store
    store.stop()


@pytest.fixture
def store(server, monkeypatch, request):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.bucket = f"bucket{abs(hash(request.node.name))}"
    server.client.create_bucket(Bucket=server.bucket)
    return server


def fill(store, numbers, prefix="scans/"):
    for number in numbers:
        store.put(f"{prefix}{number}.png", picture(number))
    return f"s3://{store.bucket}/{prefix}"


async def test_a_prefix_is_read_each_object_once(store, tmp_path):
    prefix, service, out = fill(store, range(20)), ScriptedService(), tmp_path / "out.jsonl"
    store.put("scans/deep/er.png", picture(20))
    store.put("scans/notes.txt", b"no picture")
    store.put("scans/.hidden.png", picture(21))
    first = await run(prefix, out, service)
    again = await run(prefix, out, service)
    found = by_key(out)

    assert (first.done, first.left_alone, again.done, again.already) == (21, {"hidden": 1, "text": 1}, 21, 21)
    assert found[f"{prefix}7.png"]["result"]["ticket_id"] == picture_number(picture(7))
    assert f"{prefix}deep/er.png" in found
    assert max(service.ledger.processed.values()) == 1


async def test_an_object_that_was_changed_in_place_is_read_again_alone(store, tmp_path):
    prefix, service, out = fill(store, range(5)), ScriptedService(), tmp_path / "out.jsonl"
    await run(prefix, out, service)
    store.put("scans/3.png", picture(33))
    summary = await run(prefix, out, service)

    assert (summary.done, summary.sent, service.ledger.calls) == (5, 1, 6)
    assert by_key(out)[f"{prefix}3.png"]["result"]["ticket_id"] == picture_number(picture(33))


async def test_single_objects_and_those_of_a_manifest_are_read_too(store, tmp_path):
    prefix, out = fill(store, range(4)), tmp_path / "out.jsonl"
    manifest = tmp_path / "list.csv"
    manifest.write_text(f"key,path\nfirst,{prefix}1.png\n,{prefix}2.png\ngone,{prefix}9.png\n")
    summary = await run([f"{prefix}0.png", manifest, Item(f"{prefix}3.png", key="third")], out)
    found = by_key(out)

    assert (summary.done, summary.failed) == (4, 1)
    assert found["first"]["source"] == f"{prefix}1.png"
    assert found["gone"]["error"]["message"].endswith("there is no such object (404 Not Found)")
    assert set(found) == {f"{prefix}0.png", "first", f"{prefix}2.png", "gone", "third"}


async def test_a_manifest_in_a_bucket_names_what_is_beside_it(store, tmp_path):
    prefix, out = fill(store, range(2)), tmp_path / "out.jsonl"
    store.put("scans/list.csv", f"path\n0.png\n{prefix}1.png\nnone.png\n\n\n".encode())
    first = await run(f"{prefix}list.csv", out)
    again = await run(f"{prefix}list.csv", out)

    assert (first.done, first.failed, again.sent) == (2, 1, 0)
    assert set(by_key(out)) == {"0.png", f"{prefix}1.png", "none.png"}
    assert by_key(out)["0.png"]["source"] == f"{prefix}0.png"


async def test_a_line_has_the_digest_of_the_bytes_that_were_sent(store, tmp_path):
    prefix, out = fill(store, [1]), tmp_path / "out.jsonl"
    await run(prefix, out)

    assert by_key(out)[f"{prefix}1.png"]["sha256"].startswith(picture_number(picture(1)))


async def test_with_url_the_service_fetches_signed_addresses_which_are_kept_nowhere(store, tmp_path):
    prefix, out = fill(store, range(3)), tmp_path / "out.jsonl"
    service = ScriptedService(url_allow_list=["127.0.0.1", store.url.removeprefix("http://")])
    async with session_on(service) as session:
        summary = await run_job(session, TrainTicket, prefix, out=out, url=True)
        again = await run_job(session, TrainTicket, [prefix, Item(Url(f"{prefix}0.png"))], out=out, url=True)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert (summary.done, again.done, again.sent) == (3, 3, 0)
    assert by_key(out)[f"{prefix}2.png"]["result"]["ticket_id"] == picture_number(picture(2))
    assert b"Signature" not in kept
    assert SECRET.encode() not in kept


async def test_a_bucket_that_cannot_be_listed_is_one_failure_that_says_so(store, tmp_path):
    summary = await run("s3://there-is-none/scans/", tmp_path / "out.jsonl")

    assert (summary.done, summary.failed) == (0, 1)
    assert "NoSuchBucket" in by_key(tmp_path / "out.jsonl")["s3://there-is-none/scans/"]["error"]["message"]


async def test_a_large_object_outside_the_limits_fails_unread(store, tmp_path):
    store.put("scans/huge.png", picture(1, size=12_000_000))
    summary = await run(f"s3://{store.bucket}/scans/", tmp_path / "out.jsonl")

    assert (summary.failed, summary.failures[0].kind) == (1, "SourceError")


async def test_a_document_is_read_once_for_all_its_pages(store, tmp_path, monkeypatch):
    images = pytest.importorskip("PIL.Image")
    pages = [images.effect_noise((900, 900), 40 + number) for number in range(3)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    store.put("scans/pages.tif", (tmp_path / "pages.tif").read_bytes())
    read = []
    fetched = Object.fetched
    monkeypatch.setattr(Object, "fetched", lambda self, limits=None: read.append(self.name) or fetched(self, limits))
    summary = await run(f"s3://{store.bucket}/scans/", tmp_path / "out.jsonl")

    assert (summary.done, summary.failed) == (3, 0)
    assert len(read) <= 2  # for the count of what there is, and for all that is done with it
    assert len({line["key"] for line in by_key(tmp_path / "out.jsonl").values()}) == 3


async def test_objects_of_obs_are_read_with_the_key_of_the_session(store, tmp_path, monkeypatch):
    prefix = fill(store, range(3)).replace("s3://", "obs://")
    monkeypatch.setenv("HUAWEICLOUD_SDK_OBS_ENDPOINT", store.url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name)
    summary = await run(prefix, tmp_path / "out.jsonl")

    assert (summary.done, summary.failed) == (3, 0)


@pytest.mark.parametrize("source", [["{prefix}"], ["--manifest", "{prefix}list.csv"]])
@pytest.mark.parametrize("out", ["results.jsonl", "s3://{bucket}/results.jsonl"])
def test_the_command_reads_a_bucket_and_writes_to_one(store, tmp_path, source, out):
    prefix, out = fill(store, range(3)), out.format(bucket=store.bucket)
    store.put("scans/list.csv", b"path\n0.png\n1.png\n2.png\n")
    variables = {"HUAWEICLOUD_SDK_AK": ACCOUNT.ak, "HUAWEICLOUD_SDK_SK": ACCOUNT.sk, "XDG_CACHE_HOME": str(tmp_path)}
    with serve(ScriptedService()) as url:
        named = [part.format(prefix=prefix) for part in source]
        command = ["batch", "train-ticket", *named, "--endpoint", url, "--project-id", ACCOUNT.project_id, "--out", out]
        ran = subprocess.run([*COMMAND, *command], cwd=tmp_path, env=environment(**variables), check=False)

    assert ran.returncode == 0
    if "://" in out:
        (tmp_path / "results.jsonl").write_bytes(store.get("results.jsonl"))
    assert len(by_key(tmp_path / "results.jsonl")) == 3


# outputs in a bucket


def machine(monkeypatch, folder):
    """Be a machine with files of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))


def stored(store, folder, key="out/results.jsonl"):
    (folder / "copy.jsonl").write_bytes(store.get(key))
    return by_key(folder / "copy.jsonl")


async def test_an_output_in_a_bucket_is_gone_on_with_by_any_machine(store, tmp_path, monkeypatch):
    prefix, service, out = fill(store, range(5)), ScriptedService(), f"s3://{store.bucket}/out/results.jsonl"
    machine(monkeypatch, tmp_path / "one")
    first = await run(prefix, out, service, to=["csv"])
    fill(store, [5])
    machine(monkeypatch, tmp_path / "two")
    second = await run(prefix, out, service)
    fill(store, [6])
    machine(monkeypatch, tmp_path / "one")
    third = await run(prefix, out, service, to=["csv"])

    assert (first.done, second.done, third.done, service.ledger.calls) == (5, 6, 7, 7)
    assert (first.out, first.tables) == (out, (f"s3://{store.bucket}/out/results.csv",))
    assert third.ledger == f"s3://{store.bucket}/out/results.ledger"
    assert len(stored(store, tmp_path)) == 7
    assert store.get("out/results.csv").count(b"\n") == 8


async def test_an_output_in_a_bucket_is_looked_at_where_it_is(store, tmp_path, monkeypatch, capsys):
    machine(monkeypatch, tmp_path)
    prefix, out = fill(store, range(3)), f"s3://{store.bucket}/out/results.jsonl"
    store.put("scans/bad.png", b"no picture")
    await run(prefix, out)
    look = CommandLine(capsys)
    status = json.loads(look("job", "status", out, "--json").out)

    assert sorted(item.key for item in read_results(out)) == sorted(f"{prefix}{name}.png" for name in (0, 1, 2, "bad"))
    assert len(list(read_results(out.replace(".jsonl", ".ledger")))) == 4
    assert (status["ledger"], status["done"], status["failed"]) == (out, 3, 1)
    assert "3 done" in look("job", "status", out.replace(".jsonl", ".ledger")).out
    assert look("job", "export", out).out.encode() == store.get("out/results.jsonl")
    assert "bad.png" in look("job", "failed", out, "--json").out
    assert json.loads(look("job", "runs", out, "--json").out)["how"] == "finished"


def test_looking_at_what_is_not_in_the_bucket_says_so(store, capsys):
    out = f"s3://{store.bucket}/nothing.jsonl"
    with pytest.raises(JobError, match=r"nothing.jsonl: there is no such object"):
        next(read_results(out))
    ended = CommandLine(capsys)("job", "status", out)

    assert (ended.code, "there is no such object" in ended.err) == (1, True)


async def test_failed_items_are_listed_in_the_bucket(store, tmp_path, monkeypatch):
    machine(monkeypatch, tmp_path)
    store.put("scans/bad.png", b"no picture")
    summary = await run(f"s3://{store.bucket}/scans/", f"s3://{store.bucket}/results.jsonl")

    assert summary.failed_list == f"s3://{store.bucket}/results.failed.csv"
    assert b"bad.png" in store.get("results.failed.csv")


async def test_what_no_job_has_written_is_not_replaced(store, tmp_path, monkeypatch):
    machine(monkeypatch, tmp_path)
    service, prefix = ScriptedService(), fill(store, [1])
    store.put("results.jsonl", b"mine")
    with pytest.raises(ConflictError, match="no output of this job"):
        await run(prefix, f"s3://{store.bucket}/results.jsonl", service)

    assert (store.get("results.jsonl"), service.ledger.calls) == (b"mine", 0)


async def test_two_machines_that_read_the_same_job_at_once_notice(store, tmp_path, monkeypatch):
    prefix, out, service = fill(store, range(3)), f"s3://{store.bucket}/results.jsonl", ScriptedService()
    machine(monkeypatch, tmp_path / "one")
    await run(prefix, out, service)
    machine(monkeypatch, tmp_path / "two")
    await run(prefix, out, service)
    fill(store, range(3, 6))

    def meanwhile(progress):
        store.put("results.jsonl", b"of a third machine")

    with pytest.raises(JobError, match="another one has been written"):
        await run(prefix, out, service, on_progress=meanwhile)
    again = await run(prefix, tmp_path / "here.jsonl", service)

    assert store.get("results.jsonl") == b"of a third machine"
    assert again.done == 6
