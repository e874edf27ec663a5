"""A job on a bucket: `ocr-async batch train-ticket s3://...` on a real S3 server that answers 503 in 5 % of the requests.

python benchmarks/cluster_storage.py [OBJECTS]
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

sys.path[:0] = [str(Path(__file__).parent.parent)]  # also from a checkout that is not installed

from ocr_async.testing import ACCOUNT, picture  # noqa: E402

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
BUSY = 0.05


def store(objects: int) -> None:
    """Serve a bucket of so many pictures; the time of the first page of a listing goes to the output."""
    backend = s3_backends["123456789012"]["aws"]
    backend.create_bucket("scans", "us-east-1")
    for number in range(objects):
        backend.put_object("scans", f"in/{number:06}.png", picture(number))
    app, dice, told = DomainDispatcherApplication(create_backend_app), random.Random(1), []

    def busy(environ, start_response):
        if environ["REQUEST_METHOD"] in ("GET", "HEAD") and dice.random() < BUSY:
            start_response("503 Slow Down", [("Content-Length", "0")])
            return [b""]
        page = app(environ, start_response)
        if "list-type" in environ["QUERY_STRING"] and not told:
            told.append(print(f"listed {time.time()}", flush=True))
        return page

    server = make_server("127.0.0.1", 0, busy, threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def calls(url: str) -> int:
    with urllib.request.urlopen(f"{url}/testing/ledger") as reply:
        return json.load(reply)["calls"]


def resident(pid: int) -> float:
    """Return the memory of a process in MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmRSS")), 0.0)


def read(url: str, folder: str, environment: dict[str, str]) -> tuple[float, float | None, list[float]]:
    """Run the command; return its seconds, the time of its first send, and its memory as it went."""
    command = ["-m", "ocr_async", "batch", "train-ticket", "s3://scans/in/", "--endpoint", url, "--quiet"]
    began, before, first, memory = time.time(), calls(url), None, []
    process = subprocess.Popen(
        [sys.executable, *command, "--project-id", ACCOUNT.project_id], cwd=folder, env=environment
    )
    while process.poll() is None:
        if first is None and calls(url) > before:
            first = time.time()
        if first is not None:
            memory.append(resident(process.pid))
        time.sleep(0.02 if first is None else 1)
    assert process.returncode == 0, process.returncode
    return time.time() - began, first, memory


def main(objects: int) -> None:
    bucket = started(__file__, "store", str(objects))
    service = started("-m", "ocr_async.testing", "--seconds", "0.05", "--concurrency", "32")
    try:
        address, url = bucket.stdout.readline().strip(), service.stdout.readline().strip()
        variables = {"AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
        variables |= {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
        variables |= {"HUAWEICLOUD_SDK_AK": ACCOUNT.ak, "HUAWEICLOUD_SDK_SK": ACCOUNT.sk}
        environment = os.environ | variables | {"PYTHONPATH": str(Path(__file__).parent.parent)}
        with tempfile.TemporaryDirectory() as folder:
            seconds, first, memory = read(url, folder, environment)
            listed = float(bucket.stdout.readline().split()[1])
            parts = [memory[len(memory) * part // 5] for part in range(1, 5)]
            print(f"{objects:,} objects in {seconds:.0f} s, {calls(url):,} calls, 503 in {BUSY:.0%} of the requests")
            print(f"first send {first - listed:.2f} s after the first page of the listing")
            print(f"memory after each fifth: {', '.join(f'{size:.0f}' for size in parts)}, {memory[-1]:.0f} MB")
            lines = [json.loads(line) for line in Path(folder, "results.jsonl").read_text().splitlines()]
            print(
                f"{len(lines):,} lines, {len({line['key'] for line in lines}):,} keys, all done: {all(line['status'] == 'done' for line in lines)}"
            )
            boto3.client("s3", endpoint_url=address, **KEYS).put_object(
                Bucket="scans", Key="in/000007.png", Body=picture(objects)
            )
            before = calls(url)
            seconds, _, _ = read(url, folder, environment)
            print(f"one changed in place: {calls(url) - before} call in {seconds:.0f} s")
    finally:
        bucket.kill()
        service.kill()


if __name__ == "__main__":
    if sys.argv[1:2] == ["store"]:
        store(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 20_000)
