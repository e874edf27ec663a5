"""Lines in an output that the job did not write are kept in a file beside it, never cut and never an error."""

from __future__ import annotations

import sys

import pytest
from job_fixtures import by_key, fill, lines, run

from ocr_async.errors import JobError
from ocr_async.jobs import look
from ocr_async.testing import ScriptedService, picture

FOREIGN = {
    "a line": b"this is a note\n",
    "half a line": b'{"key": "ha',
    "json of somebody else": b'{"key": "x", "status": "done"}\n',
    "several": b"one\ntwo\nthree",
    "no text": bytes(range(128, 200)) + b"\n",
    "an empty line": b"\n",
}


async def finished_job(tmp_path, count=10):
    folder, out, service = fill(tmp_path / "scans", range(count)), tmp_path / "out.jsonl", ScriptedService()
    await run(folder, out, service)
    return folder, out, service


@pytest.mark.parametrize("where", ["end", "middle", "beginning"])
@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
async def test_what_somebody_else_wrote_is_kept_aside(tmp_path, foreign, where):
    folder, out, service = await finished_job(tmp_path)
    whole = out.read_bytes()
    at = {"end": len(whole), "middle": whole.index(b"\n", len(whole) // 2) + 1, "beginning": 0}[where]
    out.write_bytes(whole[:at] + foreign + whole[at:])
    summary = await run(folder, out, service)
    assert (out.read_bytes(), service.ledger.calls) == (whole, 10)
    assert summary.foreign == tmp_path / "out.foreign"
    assert foreign.rstrip(b"\n") in summary.foreign.read_bytes()
    if sys.platform != "win32":
        assert summary.foreign.stat().st_mode & 0o777 == 0o600
    assert (await run(folder, out, service)).foreign is None


async def test_each_find_is_kept_in_a_file_of_its_own_and_none_of_the_users_is_touched(tmp_path):
    folder, out, service = await finished_job(tmp_path)
    (tmp_path / "out.foreign").write_text("mine")
    for number in (2, 3):
        with out.open("a") as file:
            file.write(f"note {number}\n")
        summary = await run(folder, out, service)
        assert summary.foreign.name == f"out.foreign-{number}"
        assert summary.foreign.read_text() == f"note {number}\n"
    assert (tmp_path / "out.foreign").read_text() == "mine"


async def test_a_line_that_somebody_changed_is_kept_aside_and_written_again(tmp_path):
    folder, out, service = await finished_job(tmp_path)
    whole = out.read_bytes()
    changed = whole.replace(b'"attempts":1', b'"attempts":9', 1)
    out.write_bytes(changed.replace(b'"seconds"', b'"secondss"', 1))
    summary = await run(folder, out, service)
    assert out.read_bytes() == whole
    assert b'"attempts":9' in summary.foreign.read_bytes()


async def test_a_line_that_somebody_removed_is_written_again(tmp_path):
    folder, out, service = await finished_job(tmp_path)
    whole = out.read_bytes()
    out.write_bytes(b"".join(whole.splitlines(keepends=True)[:4] + whole.splitlines(keepends=True)[6:]))
    summary = await run(folder, out, service)
    assert (out.read_bytes(), summary.foreign, service.ledger.calls) == (whole, None, 10)


async def test_lines_that_were_replaced_are_no_foreign_ones(tmp_path):
    folder, out, service = await finished_job(tmp_path)
    before = out.read_bytes()
    (folder / "3.png").write_bytes(picture(33, size=99))
    await run(folder, out, service)
    after = out.read_bytes()
    (folder / "4.png").write_bytes(picture(44, size=99))
    summary = await run(folder, out, service)
    assert summary.foreign is None
    assert len({before, after, out.read_bytes()}) == 3
    assert len(by_key(out)) == 10


async def test_what_is_written_while_the_job_runs_is_kept_aside_at_its_end(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(40)), tmp_path / "out.jsonl", ScriptedService(seconds=0.02)
    written = []

    def interfere(progress):
        if progress.done > 4 and not written:
            written.append(1)
            with out.open("ab") as file:
                file.write(b"half a line of another program")

    summary = await run(folder, out, service, on_progress=interfere, concurrency=2)
    assert len(lines(out)) == summary.done == 40
    assert b"half a line of another program" in summary.foreign.read_bytes()
    assert service.ledger.calls == 40


@pytest.mark.parametrize("content", [b"notes\n", b"notes", b'{"key": "of something else"}\n', b"\n\n"])
async def test_a_file_with_nothing_of_the_job_in_it_is_refused_and_stays_as_it_is(tmp_path, content):
    folder, out, _ = await finished_job(tmp_path)
    for path in (out, tmp_path / "new.jsonl"):
        path.write_bytes(content)
        with pytest.raises(JobError, match="its lines are not those of the job"):
            await run(folder, path)
        assert path.read_bytes() == content
    assert not list(tmp_path.glob("*.foreign*"))


async def test_looking_does_not_mind(tmp_path):
    _, out, _ = await finished_job(tmp_path)
    with out.open("ab") as file:
        file.write(b"a note")
    ledger = look.open_ledger(out)
    assert look.status(ledger).done == 10
    ledger.close()
