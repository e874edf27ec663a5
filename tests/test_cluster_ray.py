"""Jobs on a real Ray of this machine: one limit for all workers, and what the death of one costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import anyio
import pytest
from job_fixtures import fill

import ocr_async
from ocr_async import TrainTicket
from ocr_async.cluster import SharedLimits
from ocr_async.cluster.ray import Recognize, read_on_ray
from ocr_async.errors import AuthError
from ocr_async.gates import Limits
from ocr_async.local.service import ServiceLimits
from ocr_async.testing import ACCOUNT, ScriptedService, picture, picture_number, serve

ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytest.importorskip("obstore")
pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

CAP = 8


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Ray of this machine, with the credentials in the environment of its workers."""
    variables = {
        "HUAWEICLOUD_SDK_AK": ACCOUNT.ak,
        "HUAWEICLOUD_SDK_SK": ACCOUNT.sk,
        "OCR_ASYNC_METADATA": "off",
        "PYTHONPATH": os.pathsep.join([str(Path(ocr_async.__file__).parent.parent), str(Path(__file__).parent)]),
        "RAY_AUTH_MODE": "disabled",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        settings = {"include_dashboard": False, "object_store_memory": 100_000_000, "log_to_driver": False}
        ray.init(num_cpus=4, **settings, configure_logging=False)
        yield
        ray.shutdown()


@pytest.fixture
def service(cluster):
    service = ScriptedService(seconds=0.02, limits=ServiceLimits(concurrency=CAP))
    with serve(service) as service.url:
        service.session = {"endpoint": service.url, "project_id": ACCOUNT.project_id}
        yield service


def lines(out):
    return [json.loads(line) for path in out.glob("*/*.jsonl") for line in path.read_text("utf-8").splitlines()]


def read(folder, out, service, **settings):
    settings = {"workers": 3, "session": service.session, "limits": Limits(concurrency=CAP), "size": 20} | settings
    return read_on_ray(folder, TrainTicket, out=out, **settings)


def test_workers_keep_to_one_limit_and_read_everything_once(service, tmp_path):
    folder, out = fill(tmp_path / "scans", range(150)), tmp_path / "out"
    first, again = read(folder, out, service), read(folder, out, service)
    keys = [line["key"] for line in lines(out)]

    assert (first.done, first.sent, first.is_complete) == (150, 150, True)
    assert (again.done, again.sent, again.already, service.ledger.calls) == (150, 0, 150, 150)
    assert len(set(keys)) == len(keys) == 150
    assert service.limiter.peak <= CAP


def test_a_dataset_of_rows_is_read_too(service, tmp_path):
    folder = fill(tmp_path / "scans", range(10))
    rows = ray.data.from_items([{"path": str(folder / f"{number}.png"), "key": str(number)} for number in range(10)])
    summary = read(rows, tmp_path / "out", service)

    assert (summary.done, {line["key"] for line in lines(tmp_path / "out")}) == (10, set(map(str, range(10))))


def test_a_worker_that_is_killed_costs_what_was_in_flight(service, tmp_path):
    folder, out = fill(tmp_path / "scans", range(300)), tmp_path / "out"
    killed = []

    def kill():
        while service.ledger.processed.total() < 80:
            time.sleep(0.01)
        found = subprocess.run(["pgrep", "-f", "ray::ShardReader"], capture_output=True, text=True, check=False)
        victim = int(found.stdout.split()[0])
        os.kill(victim, 9)
        killed.append(victim)

    killer = threading.Thread(target=kill)
    killer.start()
    summary = read(folder, out, service)
    killer.join()
    keys = [line["key"] for line in lines(out)]

    assert len(killed) == 1
    assert (summary.done, len(keys), len(set(keys))) == (300, 300, 300)
    assert service.ledger.processed.total() - 300 <= 2 * CAP + 16  # what a job has given to its session at most


DRIVER = """
import sys, json, ray
from ocr_async import TrainTicket
from ocr_async.gates import Limits
from ocr_async.cluster import SharedLimits
from ocr_async.cluster.ray import read_on_ray
settings = {"include_dashboard": False, "object_store_memory": 100_000_000, "log_to_driver": False}
ray.init(address="local", num_cpus=4, **settings)
read_on_ray(sys.argv[1], TrainTicket, out=sys.argv[2], workers=3, session=json.loads(sys.argv[3]),
            limits=Limits(concurrency=8), size=20)
"""


def test_after_everything_was_killed_the_same_call_goes_on(service, tmp_path):
    folder, out = fill(tmp_path / "scans", range(300)), tmp_path / "out"
    command = [sys.executable, "-c", DRIVER, folder, out, json.dumps(service.session)]
    driver = subprocess.Popen(list(map(str, command)), start_new_session=True)
    while len(list(out.glob("*/*.json"))) < 3:
        assert driver.poll() is None
        time.sleep(0.05)
    kill_tree(driver.pid)
    driver.wait()
    finished = {path: path.stat().st_mtime_ns for path in out.glob("*/*.json*")}
    processed = service.ledger.processed.total()
    summary = read(folder, out, service)
    keys = [line["key"] for line in lines(out)]

    assert finished
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert (summary.done, len(keys), len(set(keys))) == (300, 300, 300)
    assert processed < 300
    assert service.ledger.processed.total() - 300 <= 6 * (2 * CAP + 16)


def kill_tree(pid):
    """Kill a process and all that it started, whatever session they are in."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    os.kill(pid, 9)
    for child in map(int, found.stdout.split()):
        kill_tree(child)


async def test_without_the_actor_a_process_keeps_to_its_share_until_there_is_another_one(cluster):
    with SharedLimits("ray://gone", Limits(concurrency=6), share=3) as limits:
        gate = limits.gate("a", "x")
        (await gate.acquire()).admitted()
        ray.kill(ray.get_actor("gone", namespace="ocr-async"))
        alone = await gate.acquire()
        assert (alone.__class__.__name__, gate.stats().window) == ("Slot", 2)
        alone.admitted()
        with anyio.fail_after(30):
            while (slot := await gate.acquire()).__class__.__name__ == "Slot":
                slot.admitted()
                await anyio.sleep(0.05)
        slot.admitted()


def test_a_refused_credential_is_the_error_of_the_summary(cluster, tmp_path):
    other = ScriptedService(account=type(ACCOUNT)(ak="OTHER", sk="other"))
    with serve(other) as url:
        session = {"endpoint": url, "project_id": ACCOUNT.project_id}
        folder = fill(tmp_path / "scans", range(3))
        summary = read_on_ray(folder, TrainTicket, out=tmp_path / "out", workers=1, session=session)

    assert isinstance(summary.error, AuthError)
    assert not summary.is_complete


def test_a_pipeline_maps_batches_with_arrow_in_and_out(service):
    rows = [{"id": number, "bytes": picture(number)} for number in range(20)] + [{"id": 20, "bytes": b"no picture"}]
    settings = {"session": service.session, "limits": Limits(concurrency=2)}
    read_rows = ray.data.from_items(rows, override_num_blocks=4).map_batches(
        Recognize,
        fn_constructor_args=["train-ticket"],
        fn_constructor_kwargs=settings,
        batch_format="pyarrow",
        batch_size=8,
        concurrency=2,
    )
    found = {row["id"]: row for row in read_rows.take_all()}

    assert found[7]["result"]["ticket_id"] == picture_number(picture(7))
    assert (found[20]["result"], "accepted are" in found[20]["error"]) == (None, True)
    assert (len(found), "bytes" in found[0]) == (21, False)
