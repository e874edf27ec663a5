"""A job on Ray: three workers within one limit, undisturbed, with one killed, and after everything was killed at half.

python benchmarks/cluster_ray.py [KEYS] [RATE] [undisturbed|kill_worker|kill_all]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent)]  # also from a checkout that is not installed

from ocr_async.testing import ACCOUNT, picture  # noqa: E402

WORKERS, CAP, SECONDS_A_PICTURE = 3, 32, 0.1
DRIVER = f"""
import json, sys, time, ray
from ocr_async import TrainTicket
from ocr_async.cluster.ray import read_on_ray
from ocr_async.gates import Limits
folder, out, session, rate = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), float(sys.argv[4])
ray.init(address="local", num_cpus=4, include_dashboard=False, object_store_memory=100_000_000, log_to_driver=False)
limits = Limits(concurrency={CAP}, rate=rate)
done = read_on_ray(folder, TrainTicket, out=out, workers={WORKERS}, session=session, limits=limits)
print(json.dumps([done.done, done.failed, done.sent]))
"""


def ledger(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/testing/ledger") as reply:
        return json.load(reply)


def started(url: str, folder: Path, out: Path, rate: float) -> subprocess.Popen[str]:
    variables = {"HUAWEICLOUD_SDK_AK": ACCOUNT.ak, "HUAWEICLOUD_SDK_SK": ACCOUNT.sk, "RAY_AUTH_MODE": "disabled"}
    session = json.dumps({"endpoint": url, "project_id": ACCOUNT.project_id})
    command = [sys.executable, "-c", DRIVER, str(folder), str(out), session, str(rate)]
    environment = os.environ | variables | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    direct = list(map(int, found.stdout.split()))
    return direct + [below for child in direct for below in children(child)]


def workers(pid: int) -> list[int]:
    return [child for child in children(pid) if b"ray::ShardReader" in Path(f"/proc/{child}/cmdline").read_bytes()]


def kill_worker(driver: subprocess.Popen[str]) -> None:
    os.kill(workers(driver.pid)[0], 9)


def kill_all(driver: subprocess.Popen[str]) -> None:
    for pid in [*children(driver.pid), driver.pid]:
        os.kill(pid, 9)


def run(keys: int, folder: Path, rate: int, at_half: Callable[[subprocess.Popen[str]], None] | None) -> None:
    """Read all keys, with a mishap at half, and print what came of it."""
    limits = ["--concurrency", str(CAP), "--rate", str(rate), "--burst", str(max(1, rate // 10))]
    command = [sys.executable, "-m", "ocr_async.testing", "--seconds", str(SECONDS_A_PICTURE), *limits]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with service, tempfile.TemporaryDirectory() as out:
        try:
            url = service.stdout.readline().strip()
            driver, first, last = started(url, folder, Path(out), rate), 0.0, 0.0
            finished: dict[Path, int] = {}
            while driver.poll() is None:
                calls = ledger(url)["processed"]
                first = first or (time.time() if calls else 0.0)
                last = last or (time.time() if calls >= keys else 0.0)
                if at_half is not None and calls > keys / 2:
                    in_flight = ledger(url)["in_flight"]
                    at_half(driver)
                    if at_half is kill_all:
                        driver.wait()
                        finished = {path: path.stat().st_mtime_ns for path in Path(out).glob("*/*.json*")}
                        driver = started(url, folder, Path(out), rate)
                    print(f"killed with {in_flight} in flight")
                    at_half = None
                time.sleep(0.1)
            said, seconds = ledger(url), (last or time.time()) - first
            lines = [json.loads(line) for path in Path(out).glob("*/*.jsonl") for line in path.open()]
            untouched = all(path.stat().st_mtime_ns == when for path, when in finished.items())
            sent = sum(said["answers"].values())
            print(
                f"{driver.stdout.read().strip()} done, failed, sent; {len(lines):,} lines, {len({x['key'] for x in lines}):,} keys"
            )
            print(
                f"used {said['processed'] / seconds / rate:.1%} of the rate, refused {1 - said['answers']['200'] / sent:.2%}, paid again {said['processed'] - keys}"
            )
            if finished:
                print(f"{len(finished) // 2} finished shards untouched: {untouched}")
        finally:
            service.kill()


MISHAPS = {"undisturbed": None, "kill_worker": kill_worker, "kill_all": kill_all}


def main(keys: int, rate: int, mishaps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(keys):
            (folder / f"{number:06}.png").write_bytes(picture(number))
        for mishap in mishaps:
            print(f"{keys:,} keys, {WORKERS} workers, {rate}/s: {mishap}", flush=True)
            run(keys, folder, rate, MISHAPS[mishap])


if __name__ == "__main__":
    keys, rate = [*sys.argv[1:3], *("20000", "100")[len(sys.argv[1:3]) :]]
    main(int(keys), int(rate), sys.argv[3:] or list(MISHAPS))
