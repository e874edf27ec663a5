"""Jobs in shards: which keys are in which, that each is published once and whole, and the recipes of other engines."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from functools import partial

import pytest
from command_line import environment
from job_fixtures import fill
from object_store import ObjectStore

from ocr_async import Item, Passport, TrainTicket
from ocr_async.cluster import SharedLimits, plan, read_shard
from ocr_async.errors import AuthError, JobError
from ocr_async.gates import Limits
from ocr_async.testing import ACCOUNT, ScriptedService, picture, picture_number, serve

pytest.importorskip("obstore")


@pytest.fixture
def credentials(monkeypatch):
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", ACCOUNT.ak)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", ACCOUNT.sk)


@pytest.fixture
def service(credentials):
    service = ScriptedService()
    with serve(service) as service.url:
        service.session = {"endpoint": service.url, "project_id": ACCOUNT.project_id}
        yield service


def lines(out):
    """All lines of a folder of shards."""
    return [json.loads(line) for path in sorted(out.glob("*/*.jsonl")) for line in path.read_text("utf-8").splitlines()]


def total(counts, name="done"):
    return sum(one[name] for one in counts)


def test_every_key_is_in_one_shard_whatever_the_order(tmp_path, credentials):
    rows = [{"path": f"s3://bucket/{number}.png"} for number in range(500)]
    shards = plan(rows, TrainTicket, out=tmp_path / "out", size=100)
    again = plan(reversed(rows), TrainTicket, out=tmp_path / "out", size=7)
    more = plan([*rows, {"path": "s3://bucket/new.png"}], TrainTicket, out=tmp_path / "out")

    assert sorted(json.loads(line)["source"] for shard in shards for line in shard.lines) == sorted(
        row["path"] for row in rows
    )
    assert again == shards
    assert [shard.name for shard in shards] == [f"0000{number}-of-00005" for number in range(5)]
    assert sum(new != old for new, old in zip(more, shards, strict=True)) == 1


def test_shards_are_read_once_and_what_is_new_or_changed_alone_is_read_again(tmp_path, service):
    folder, out = fill(tmp_path / "scans", range(60)), tmp_path / "out"
    read = partial(read_shard, session=service.session)
    first = [read(shard) for shard in plan(folder, TrainTicket, out=out, size=20)]
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.jsonl")}
    again = [read(shard) for shard in plan(folder, TrainTicket, out=out)]
    after = {path: path.stat().st_mtime_ns for path in out.rglob("*.jsonl")}
    (folder / "7.png").write_bytes(picture(77))
    (folder / "8.png").unlink()
    fill(folder, [60])
    later = [read(shard) for shard in plan(folder, TrainTicket, out=out)]
    found = {line["key"]: line for line in lines(out)}

    assert (total(first), total(first, "sent"), total(again), total(again, "sent")) == (60, 60, 60, 0)
    assert before == after
    assert (total(later), total(later, "sent"), service.ledger.calls) == (60, 2, 62)
    assert (len(found), len(lines(out))) == (60, 60)
    assert found[str(folder / "7.png")]["result"]["ticket_id"] == picture_number(picture(77))


def test_rows_bring_types_options_keys_and_pages_of_their_own(tmp_path, service):
    folder = fill(tmp_path / "scans", range(3))
    rows = [
        {"path": str(folder / "0.png"), "key": "zero"},
        {"path": str(folder / "1.png"), "type": "passport", "options": '{"country_code": "CHN"}'},
        {"path": str(folder / "none.png")},
    ]
    (shard,) = plan(rows, TrainTicket, out=tmp_path / "out")
    counts = read_shard(shard, session=service.session)
    found = {line["key"]: line for line in lines(tmp_path / "out")}

    assert (counts["done"], counts["failed"]) == (2, 1)
    assert found["zero"]["type"] == "train-ticket"
    assert found[str(folder / "1.png")]["options"] == {"country_code": "CHN"}
    assert [failure["kind"] for failure in counts["failures"]] == ["SourceError"]


def test_a_shard_is_of_plain_values_and_small(tmp_path, credentials):
    (shard,) = plan([{"path": "/a.png"}], Passport(country_code="CHN"), out=tmp_path)

    assert tuple(json.loads(json.dumps(shard))) == (shard.out, shard.name, list(shard.lines))
    assert len(pickle.dumps(shard)) < 1000


def test_an_output_of_something_else_is_refused(tmp_path, credentials):
    plan(fill(tmp_path / "a", [1]), TrainTicket, out=tmp_path / "out")
    with pytest.raises(JobError, match="holds the results of"):
        plan(fill(tmp_path / "b", [1]), TrainTicket, out=tmp_path / "out")


def test_bytes_cannot_be_named_to_another_machine(tmp_path, credentials):
    with pytest.raises(JobError, match="not bytes"):
        plan([Item(picture(1), key="a")], TrainTicket, out=tmp_path / "out")


def test_a_refused_credential_is_raised_and_nothing_is_published(tmp_path, service):
    (shard,) = plan(fill(tmp_path / "scans", [1]), TrainTicket, out=tmp_path / "out")
    wrong = ScriptedService(account=type(ACCOUNT)(ak="OTHER", sk="other"))
    with serve(wrong) as url, pytest.raises(AuthError):
        read_shard(shard, session=service.session | {"endpoint": url})

    assert lines(tmp_path / "out") == []
    assert read_shard(shard, session=service.session)["done"] == 1


def test_shards_are_published_to_a_bucket(tmp_path, service, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    store = ObjectStore()
    store.start()
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    for number in range(20):
        store.put(f"scans/{number}.png", picture(number))
    session = service.session | {"timeout": 77.0}  # a worker of its own, with the variables of this store
    read = partial(read_shard, session=session)
    counts = [
        read(shard) for shard in plan("s3://scans/scans/", TrainTicket, out="s3://scans/out", size=10, session=session)
    ]
    store.put("scans/3.png", picture(33))
    later = [read(shard) for shard in plan("s3://scans/scans/", TrainTicket, out="s3://scans/out/", session=session)]
    published = [key for key in store.keys("out/") if key.endswith(".jsonl")]
    said = [json.loads(line) for key in published for line in store.get(key).splitlines()]
    store.stop()

    assert (total(counts), total(later), total(later, "sent")) == (20, 20, 1)
    assert len({line["key"] for line in said}) == len(said) == 20


# recipes


def test_dask_maps_over_shards(tmp_path, service):
    distributed = pytest.importorskip("distributed")
    shards = plan(fill(tmp_path / "scans", range(30)), TrainTicket, out=tmp_path / "out", size=10)
    read = partial(read_shard, session=service.session)
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=3, dashboard_address=None) as client:
        counts = client.gather(client.map(read, shards, retries=3, pure=False))

    assert (total(counts), len(lines(tmp_path / "out"))) == (30, 30)


def test_spark_maps_partitions_of_shards(tmp_path, service):
    shards = plan(fill(tmp_path / "scans", range(30)), TrainTicket, out=tmp_path / "out", size=10)
    read = partial(read_shard, session=service.session)
    partitions = [map(pickle.loads, map(pickle.dumps, shards[at::2])) for at in range(2)]
    counts = [one for part in partitions for one in map(read, part)]

    assert (total(counts), len(lines(tmp_path / "out"))) == (30, 30)


TASK = """
import json, sys
from ocr_async.cluster import read_shard
print(json.dumps(read_shard(json.loads(sys.argv[1]), session=json.loads(sys.argv[2]))))
"""


def test_a_task_of_a_scheduler_is_a_shard_in_json_in_a_process_of_its_own(tmp_path, service):
    shards = plan(fill(tmp_path / "scans", range(20)), TrainTicket, out=tmp_path / "out", size=10)
    limits = SharedLimits(f"unix://{tmp_path}/s", Limits(concurrency=2), share=2)
    counts = []
    for shard in shards:
        command = [sys.executable, "-c", TASK, json.dumps(list(shard)), json.dumps(service.session)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
        counts.append(json.loads(ran.stdout))

    assert (total(counts), len(lines(tmp_path / "out"))) == (20, 20)
    assert pickle.loads(pickle.dumps(limits)).share == 2
