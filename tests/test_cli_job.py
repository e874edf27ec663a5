"""Looking at jobs on the command line: in every state that a ledger can be in, for people and for programs."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import COMMAND, CommandLine, environment, process
from job_fixtures import fill
from rich.cells import cell_len
from rich.console import Console
from test_cli_signals import AT_ONCE, gate  # noqa: F401  a fixture
from test_jobs_upgrade import old_job

from ocr_async.cli.job_status import status_of
from ocr_async.jobs.look import JobStatus, Run
from ocr_async.testing import ScriptedService, serve

RUN = Run(3, "2026-03-01T08:00:00.123Z", None, "running", {}, "0.1.0", ("one",), {})
COUNTS = {"done": 300, "failed": 5, "held": 1, "already": 94, "total": 1600, "is_total_final": True, "seconds": 65.0}
STATUS = JobStatus(
    ledger=Path("scans/results.ledger"),
    job="several types",
    running=False,
    done=12_873,
    failed=41,
    held=3,
    waiting=7,
    gone=2,
    spent=13_000,
    types={"train-ticket": 12_000, "passport": 873},
    codes={"AIS.0104": 30, "SourceError": 11},
    runs=3,
    last=RUN,
)
KEYS = {
    "ledger", "job", "running", "done", "failed", "held", "waiting", "gone", "spent", "types", "codes", "runs", "last", "items",
}  # fmt: skip
RUN_KEYS = {"number", "begun", "ended", "how", "arguments", "version", "endpoints", "counts"}
FAILED_KEYS = {
    "key", "source", "page", "type", "options", "status", "code", "kind", "read_at", "attempts", "request_id", "run",
}  # fmt: skip


@pytest.fixture
def look(capsys, monkeypatch):
    """Look without credentials."""
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"):
        monkeypatch.delenv(name, raising=False)
    command_line = CommandLine(capsys)
    return lambda *arguments: command_line("job", *arguments)


@pytest.fixture
def job(tmp_path, monkeypatch, capsys):
    """A job of four pictures and one that is none, in the working directory; more can be put into `scans` before it runs."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "scans", range(4))
    (tmp_path / "scans/broken.png").write_bytes(b"no picture")
    service = ScriptedService()

    def run(*options):
        keys = ["--ak", service.account.ak, "--sk", service.account.sk]
        with serve(service) as url:
            return CommandLine(capsys)(
                "batch", "train-ticket", "scans", "--out", "results.jsonl", "--endpoint", url, *keys, *options
            )

    return run


def printed(job, width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(status_of(job))
    return console.file.getvalue()


@pytest.mark.parametrize("where", ["results.jsonl", "results.ledger", "./scans/../results.jsonl"])
def test_the_ledger_and_the_output_lead_to_the_same(job, look, where):
    job()
    status = json.loads(look("status", where, "--json").out)
    assert (status["done"], status["failed"], status["last"]["how"]) == (4, 1, "finished")
    assert "4 done   1 failed" in look("status", where).out
    assert look("export", where).out == Path("results.jsonl").read_text("utf-8")


def test_for_programs_everything_is_there_under_the_same_names(job, look):
    job()
    status = json.loads(look("status", "results.jsonl", "--json").out)
    (failed,) = map(json.loads, look("failed", "results.jsonl", "--json").out.splitlines())
    (run,) = map(json.loads, look("runs", "results.jsonl", "--json").out.splitlines())
    assert (status.keys(), status["last"].keys(), run.keys(), failed.keys()) == (KEYS, RUN_KEYS, RUN_KEYS, FAILED_KEYS)
    assert (status["items"], status["running"], status["codes"]) == (5, False, {"SourceError": 1})
    assert (failed["key"], failed["status"], failed["kind"]) == ("scans/broken.png", "failed", "SourceError")


@pytest.mark.parametrize("variables", [{"FORCE_COLOR": "1"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"COLUMNS": "20"}])
def test_what_is_for_programs_is_the_same_everywhere(job, variables):
    job()
    for command in ("status", "failed", "runs"):
        ended = process("job", command, "results.jsonl", "--json", env=environment(**variables))
        assert ended.returncode == 0
        assert ended.stdout == process("job", command, "results.jsonl", "--json").stdout
        assert b"\x1b" not in ended.stdout + ended.stderr
        assert all(map(json.loads, ended.stdout.splitlines()))


@pytest.mark.parametrize("command", ["status", "failed", "runs"])
def test_no_colour_is_no_colour(job, command):
    job()
    assert (
        b"\x1b[3" not in process("job", command, "results.jsonl", env=environment(NO_COLOR="1", FORCE_COLOR="1")).stdout
    )


@pytest.mark.parametrize("width", [40, 80, 140])
@pytest.mark.parametrize(
    "status",
    [STATUS, JobStatus(**{**{a: getattr(STATUS, a) for a in STATUS.__slots__ if a != "__weakref__"}, "running": True})],
    ids=["ended", "running"],
)
def test_a_status_fits_into_the_terminal(status, width):
    shown = printed(status, width)
    assert all(cell_len(line) <= width for line in shown.splitlines())
    for part in ("12,873 done", "41 failed", "3 held", "7 waiting", "2 gone", "13,000", "AIS.0104 30"):
        assert part in shown


def test_a_running_job_is_looked_at_with_its_progress(gate, tmp_path, look):  # noqa: F811
    fill(tmp_path / "scans", range(30))
    env = environment()
    account = gate.service.account
    arguments = ["train-ticket", "scans", "--out", "results.jsonl", "--endpoint", env["TEST_ENDPOINT"]]
    arguments += ["--ak", account.ak, "--sk", account.sk]
    command = [*COMMAND, "batch", *arguments, "--concurrency", str(AT_ONCE), "--quiet"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE) as running:
        gate.wait_for(1 + AT_ONCE)
        status = json.loads(look("status", "results.jsonl", "--json").out)
        while not status["last"]["counts"].get("done"):  # it is written down about once a second
            status = json.loads(look("status", "results.jsonl", "--json").out)
        assert (status["running"], status["last"]["how"], status["last"]["ended"]) == (True, "running", None)
        assert status["last"]["counts"] | {"done": 1, "total": 30, "is_total_final": True} == status["last"]["counts"]
        assert "Running" in look("status", "results.jsonl").out
        assert "1 of 30" in look("status", "results.ledger").out
        assert "running" in look("runs", "results.jsonl").out
        second = process("batch", *arguments)  # while the first one has the ledger
        assert second.returncode == 3
        assert b"another process is working on this job" in second.stderr
        gate.opened.set()
        running.stderr.read()
    assert running.returncode == 0
    assert json.loads(look("status", "results.jsonl", "--json").out)["last"]["how"] == "finished"


def test_progress_counts_on_while_the_total_is_not_known():
    for counts, shown in (
        (COUNTS, "400 of 1,600  25%, 1:05 min so far"),
        (COUNTS | {"is_total_final": False}, "400 of 1,600+"),
        ({}, "0 of ?"),
    ):
        run = Run(1, RUN.begun, None, "running", {}, "0.1.0", (), counts)
        names = [name for name in STATUS.__slots__ if name != "__weakref__"]
        status = JobStatus(**{**{name: getattr(STATUS, name) for name in names}, "running": True, "last": run})
        assert shown in printed(status, 80)


def foreign(path):
    path.write_text("a letter to my aunt")


def empty(path):
    path.touch()


def a_database(path):
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(path) as database:
        database.execute("create table aunt(name)")
    database.close()


def a_folder(path):
    path.mkdir()


def nothing(path):
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("command", ["status", "failed", "runs", "export"])
@pytest.mark.parametrize("make", [foreign, empty, a_database, a_folder, nothing])
@pytest.mark.parametrize("name", ["results.jsonl", "results.ledger"])
def test_what_is_no_job_is_named_and_left_as_it_is(tmp_path, look, command, make, name):
    make(tmp_path / name)
    before = (tmp_path / name).read_bytes() if (tmp_path / name).is_file() else None
    ended = look(command, tmp_path / name)
    assert ended.code == 1
    assert ended.err.startswith("error: ")
    assert "results." in ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert ((tmp_path / name).read_bytes() if (tmp_path / name).is_file() else None) == before
    assert {path.name for path in tmp_path.iterdir()} <= {name}


@pytest.mark.parametrize("command", ["status", "failed", "runs", "export"])
def test_a_ledger_of_version_1_asks_for_a_run(tmp_path, look, command):
    old_job(tmp_path)
    ended = look(command, tmp_path / "out.jsonl")
    assert ended.code == 1
    assert "version 1: run its job once" in ended.err


@pytest.mark.skipif(sys.platform != "linux", reason="names that others do not allow")
@pytest.mark.parametrize("name", ["[red]x[/].png", "[/].png", "\x1b[31mx.png", "a\nb.png", "caf\udce9.png", "票.png"])
def test_a_name_is_shown_as_a_name_whatever_is_in_it(job, look, name):
    target = Path(f"scans/{name}")
    target.parent.mkdir(exist_ok=True)
    Path("scans/broken.png").rename(target)
    ended = job("--verbose")
    assert ended.code == 1
    for said in (ended.err, look("failed", "results.jsonl").out, look("status", "results.jsonl").out):
        assert "\x1b" not in said
        assert "Traceback" not in said
    shown = look("failed", "results.jsonl").out.replace("\n", "")
    assert name.replace("\x1b", "\\x1b").replace("\n", "\\n").replace("\udce9", "\\udce9") in shown
    (line,) = look("failed", "results.jsonl", "--json").out.splitlines()
    assert json.loads(line)["key"] == f"scans/{name}"


def test_a_killed_run_is_told(job, look):
    job()
    fill(Path("scans"), range(10, 14))
    source = "import os, sys; from ocr_async.jobs import job; job.Sender.send = lambda *_: os._exit(9); "
    program = f"{source}from ocr_async.__main__ import main; main()"
    arguments = ["batch", "train-ticket", "scans", "--out", "results.jsonl", "--ak", "a", "--sk", "b"]
    arguments += ["--endpoint", "http://127.0.0.1:9"]
    subprocess.run([sys.executable, "-c", program, *arguments], env=environment(), check=False)
    status = json.loads(look("status", "results.jsonl", "--json").out)
    assert (status["running"], status["last"]["how"], status["last"]["ended"]) == (False, "killed", None)
    assert "Killed" in look("status", "results.jsonl").out


def test_what_a_killed_run_had_sent_is_held(job, look, tmp_path):
    job()
    fill(Path("scans"), range(10, 14))
    source = "import os; from ocr_async.jobs.sending import Sender; ask = Sender._ask\n"
    source += "async def dies(*given):\n    await ask(*given)\n    os._exit(9)\n"
    program = f"{source}Sender._ask = dies\nfrom ocr_async.__main__ import main; main()"
    arguments = ["batch", "train-ticket", "scans", "--out", "results.jsonl", "--ak", "a", "--sk", "b"]
    arguments += ["--endpoint", "http://127.0.0.1:9", "--project-id", "p", "--concurrency", "1"]
    before = json.loads(look("status", "results.jsonl", "--json").out)
    subprocess.run([sys.executable, "-c", program, *arguments], env=environment(), check=False)
    status = json.loads(look("status", "results.jsonl", "--json").out)
    assert (before["held"], status["held"], status["waiting"], status["spent"]) == (0, 1, 0, before["spent"] + 1)


def test_an_export_is_taken_by_other_programs(job, look):
    job()
    lines = [json.loads(line) for line in look("export", "results.ledger").out.splitlines()]
    assert {line["key"]: line["status"] for line in lines if line["status"] == "failed"} == {
        "scans/broken.png": "failed"
    }
    assert len(lines) == 5


def test_a_job_in_a_folder_that_cannot_be_written_is_looked_at(job, look):
    job()
    Path().chmod(0o500)
    try:
        assert look("status", "results.jsonl").code == 0
    finally:
        Path().chmod(0o700)
