"""Jobs as processes that start in milliseconds and may be killed: forked by a process that has imported everything."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import traceback
from contextlib import contextmanager

import anyio
from attrs import define, field
from command_line import environment

from ocr_async.auth import AkSk
from ocr_async.documents import registry
from ocr_async.jobs import run_job
from ocr_async.session import OcrSession


@define
class Nursery:
    """Starts one job after the other."""

    process: subprocess.Popen
    pid: int = field(default=0, init=False)

    def start(self, service, urls, *, folder, api, items, out, **settings):
        """Start a job in its folder; `api` is the document type, None where the items name theirs."""
        account = service.account
        session = {"urls": urls, "keys": [account.ak, account.sk]}
        said = session | {"folder": str(folder), "api": api, "items": items, "out": out, "settings": settings}
        self.process.stdin.write(json.dumps(said) + "\n")
        self.process.stdin.flush()
        self.pid = int(self.process.stdout.readline())

    @property
    def has_ended(self):
        """True when the job has ended by itself."""
        return bool(select.select([self.process.stdout], [], [], 0)[0])

    def kill(self):
        """Kill the job as `kill -9` does; tell whether it was still running."""
        os.kill(self.pid, 9)
        return self.wait() == -9

    def wait(self):
        """Wait until the job has ended, and return its exit code."""
        code = int(self.process.stdout.readline())
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return code


@contextmanager
def nursery():
    """Give a nursery, and end it."""
    command = [sys.executable, __file__]
    with subprocess.Popen(
        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        try:
            yield Nursery(process)
        finally:
            process.kill()


async def _run(said):
    os.chdir(said["folder"])
    document_type = registry.find(said["api"]) if said["api"] else None
    async with OcrSession(AkSk(*said["keys"]), endpoints=said["urls"]) as session:
        await run_job(session, document_type, said["items"], out=said["out"], **said["settings"])


def _run_in_child(line):
    code = 1
    try:
        anyio.run(_run, json.loads(line))
        code = 0
    except BaseException:  # noqa: BLE001  nothing of the parent is to run in the child
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _main():
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run_in_child(line)
        print(child, flush=True)  # noqa: T201  read by the test
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        print(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status, flush=True)  # noqa: T201
        sys.stdin.readline()  # its number stays its own until nobody kills it any more
        os.waitpid(child, 0)


if __name__ == "__main__":
    _main()
