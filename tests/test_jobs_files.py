"""The two files of a job on a bad day: torn, deleted, of somebody else, on a full disk, locked."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import anyio
import pytest
from job_fixtures import by_key, fill, lines, run, session_on

from ocr_async.documents import TrainTicket
from ocr_async.errors import ConflictError, JobError
from ocr_async.jobs import look, read_results, run_job
from ocr_async.jobs.settling import Settling
from ocr_async.testing import ScriptedService, picture, serve


async def finished_job(tmp_path, count=20):
    folder, out, service = fill(tmp_path / "scans", range(count)), tmp_path / "out.jsonl", ScriptedService()
    await run(folder, out, service)
    return folder, out, service


async def test_a_torn_last_line_is_repaired_from_the_ledger(tmp_path):
    folder, out, service = await finished_job(tmp_path)
    whole = out.read_bytes()
    out.write_bytes(whole[:-100])
    await run(folder, out, service)
    assert out.read_bytes() == whole
    assert service.ledger.calls == 20


async def test_a_piece_of_a_line_at_the_end_is_taken_off(tmp_path):
    folder, out, service = await finished_job(tmp_path)
    whole = out.read_bytes()
    out.write_bytes(whole + b'{"key": "ha')
    await run(folder, out, service)
    assert out.read_bytes() == whole


async def test_a_deleted_output_is_written_again_and_nothing_is_sent(tmp_path):
    folder, out, service = await finished_job(tmp_path)
    whole = out.read_bytes()
    out.unlink()
    await run(folder, out, service)
    assert out.read_bytes() == whole
    assert service.ledger.calls == 20


async def test_the_output_of_another_job_is_refused_and_left_as_it_is(tmp_path):
    folder, out, _ = await finished_job(tmp_path)
    other = tmp_path / "other.jsonl"
    other.write_bytes(out.read_bytes())
    with pytest.raises(JobError, match=r"other\.jsonl: its lines are not those of the job in .*other\.ledger"):
        await run(folder, other)
    assert other.read_bytes() == out.read_bytes()
    assert not other.with_suffix(".ledger").exists()


async def test_an_output_that_was_exchanged_is_refused_and_left_as_it_is(tmp_path):
    folder, out, _ = await finished_job(tmp_path)
    out.write_bytes(b'{"key": "of something else"}\n')
    with pytest.raises(JobError, match="its lines are not those of the job"):
        await run(folder, out)
    assert out.read_bytes() == b'{"key": "of something else"}\n'


async def test_a_ledger_of_another_version_is_refused(tmp_path):
    folder, out, _ = await finished_job(tmp_path)
    with closing(sqlite3.connect(out.with_suffix(".ledger"))) as ledger, ledger:
        ledger.execute("pragma user_version = 99")
    ledger.close()
    with pytest.raises(JobError, match=r"out\.ledger is a ledger of version 99, this ocr_async writes version 2"):
        await run(folder, out)


async def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    folder, notes = fill(tmp_path / "scans", [1]), tmp_path / "notes.txt"
    notes.write_text("these are notes, and more than a hundred bytes of them\n" * 10)
    with pytest.raises(JobError, match=r"notes\.txt: it is not a ledger"):
        await run(folder, tmp_path / "out.jsonl", ledger=notes)


async def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path):
    folder, path = fill(tmp_path / "scans", [1]), tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table t(x)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(JobError, match=r"other\.db is not a ledger of ocr_async"):
        await run(folder, tmp_path / "out.jsonl", ledger=path)
    assert path.read_bytes() == before


async def test_a_job_goes_on_whose_first_run_was_killed_as_it_made_its_ledger(tmp_path):
    folder, out = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl"
    with closing(sqlite3.connect(tmp_path / "out.ledger")) as begun:
        begun.execute("pragma journal_mode = wal")  # the first thing that is written
    assert (tmp_path / "out.ledger").stat().st_size
    with pytest.raises(JobError, match="is empty: its first run was ended"):
        look.open_ledger(out)
    await run(folder, out)
    assert len(lines(out)) == 1


async def test_two_runs_of_one_job_at_the_same_time_are_refused(tmp_path):
    folder, out = fill(tmp_path / "scans", range(5)), tmp_path / "out.jsonl"
    service, begun = ScriptedService(seconds=0.5), anyio.Event()
    async with session_on(service) as session, anyio.create_task_group() as tasks:
        first = partial(run_job, session, TrainTicket, folder, out=out, on_progress=lambda _: begun.set())
        tasks.start_soon(first)
        await begun.wait()
        with pytest.raises(JobError, match="another process is working on this job"):
            await run_job(session, TrainTicket, folder, out=out)
    assert len(by_key(out)) == 5


async def test_a_missing_output_folder_is_named(tmp_path):
    with pytest.raises(JobError, match=r"nowhere/out\.ledger: it cannot be written; check that the folder exists"):
        await run(fill(tmp_path / "scans", [1]), tmp_path / "nowhere" / "out.jsonl")


JOB = """
import sys, anyio
from ocr_async.auth import AkSk
from ocr_async.documents import TrainTicket
from ocr_async.jobs import read_results, run_job
from ocr_async.session import OcrSession
url, folder, out, unknown, ak, sk, project = sys.argv[1:]
async def main():
    async with OcrSession(AkSk(ak, sk), endpoint=url, project_id=project) as session:
        await run_job(session, TrainTicket, folder, out=out, unknown=unknown, concurrency=8)
anyio.run(main)
"""


def job(url, folder, out, account, before=""):
    arguments = [url, folder, out, "retry", account.ak, account.sk, account.project_id]
    program = [sys.executable, "-c", before + JOB, *map(str, arguments)]
    return subprocess.run(program, capture_output=True, text=True, check=False)


FILE_LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("limit", [60_000, 100_000, 250_000])
def test_on_a_full_disk_the_job_ends_with_advice_and_goes_on_once_there_is_room(tmp_path, limit):
    folder, out, service = fill(tmp_path / "scans", range(200)), tmp_path / "out.jsonl", ScriptedService()
    with serve(service) as url:
        full = job(url, folder, out, service.account, FILE_LIMIT.format(limit))
        assert full.returncode == 1
        assert "JobError" in full.stderr
        assert "make room and run the same command again" in full.stderr
        finished = {line["key"] for line in lines_that_are_whole(out)}
        again = job(url, folder, out, service.account)
    assert again.returncode == 0
    assert len(by_key(out)) == 200
    assert finished <= by_key(out).keys()


async def test_with_room_for_the_ledger_only_everything_that_was_under_way_is_kept(tmp_path, monkeypatch):
    folder, out, service = fill(tmp_path / "scans", range(100)), tmp_path / "out.jsonl", ScriptedService()
    write = os.write

    def full(file, content):
        if os.fstat(file).st_size > 20_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, content[:1000])

    with monkeypatch.context() as patch:
        patch.setattr("ocr_async.jobs.output.os.write", full)
        with pytest.raises(
            JobError, match=r"output .*out\.jsonl: no room left; make room and run the same command again"
        ):
            await run(folder, out, service)
    summary = await run(folder, out, service)
    assert summary.done == len(by_key(out)) == service.ledger.calls == 100


async def test_answers_that_a_full_disk_keeps_out_of_the_ledger_are_counted(tmp_path, monkeypatch):
    folder, out = fill(tmp_path / "scans", range(10)), tmp_path / "out.jsonl"
    keep = Settling.keep

    def full(settling, outcomes, sends=()):
        if list(outcomes):
            raise JobError(f"ledger {settling.journal.ledger.path}: the disk is full")
        keep(settling, outcomes, sends)

    with monkeypatch.context() as patch:
        patch.setattr(Settling, "keep", full)
        with pytest.raises(JobError, match=r"the disk is full\. \d answers could not be kept"):
            await run(folder, out)
    summary = await run(folder, out, unknown="retry")
    assert summary.done == len(by_key(out)) == 10


async def test_an_output_that_is_a_folder_is_named_and_leaves_no_ledger(tmp_path):
    folder = fill(tmp_path / "scans", [1])
    with pytest.raises(JobError, match="it is a folder; name a file in it"):
        await run(folder, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["scans"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes")
async def test_an_output_that_is_no_file_is_refused_before_anything_is_sent(tmp_path):
    folder, service, pipe = fill(tmp_path / "scans", [1]), ScriptedService(), tmp_path / "pipe"
    os.mkfifo(pipe)
    for out in (pipe, Path(os.devnull)):
        with pytest.raises(ConflictError, match=f"output {out}: it is no regular file"):
            await run(folder, out, service)
    assert service.ledger.calls == 0
    assert not (tmp_path / "pipe.ledger").exists()


def lines_that_are_whole(out):
    out.write_bytes(out.read_bytes()[: out.read_bytes().rfind(b"\n") + 1])
    return lines(out)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_may_not_be_written_to_is_named(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(JobError, match=r"closed/out\.ledger: it cannot be written"):
        await run(fill(tmp_path / "scans", [1]), closed / "out.jsonl")


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
async def test_what_a_job_writes_is_for_its_owner_alone(tmp_path):
    folder, out = fill(tmp_path / "scans", range(2)), tmp_path / "out.jsonl"
    await run(folder, out, to=["csv"])
    made = [path for path in tmp_path.iterdir() if path.is_file()]
    assert {path.suffix for path in made} >= {".jsonl", ".ledger", ".csv"}
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in made} == {path.name: 0o600 for path in made}


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links")
async def test_an_output_keeps_its_mode_and_stays_a_link_when_it_is_written_again(tmp_path):
    folder, out, real = fill(tmp_path / "scans", range(2)), tmp_path / "out.jsonl", tmp_path / "real.jsonl"
    real.touch()
    real.chmod(0o640)
    out.symlink_to(real)
    await run(folder, out)
    (folder / "0.png").write_bytes(picture(9))
    await run(folder, out)
    assert out.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert len(lines(out)) == 2


@pytest.mark.parametrize("formats", [("csv",), ("xlsx",), ("parquet",), ("csv", "xlsx")])
async def test_a_job_that_wrote_tables_leaves_one_ledger_file(tmp_path, formats):
    scans = fill(tmp_path / "scans", range(3))
    await run(scans, tmp_path / "out.jsonl", to=formats)
    for _ in read_results(tmp_path / "out.jsonl"):
        pass
    assert [path.name for path in tmp_path.iterdir() if "ledger" in path.name] == ["out.ledger"]
