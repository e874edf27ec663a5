"""What a killed run had sent is held, and is for the next run what it would be for any later one."""

from __future__ import annotations

import shutil

import pytest
from job_fixtures import by_key, fill, run

from ocr_async.batch import Item
from ocr_async.testing import ScriptedService, picture, picture_number


@pytest.fixture
def killed(tmp_path):
    """Leave the files of a job as they are while its first picture is at the service."""
    out, left = tmp_path / "job" / "out.jsonl", tmp_path / "left"
    out.parent.mkdir()

    async def begin(items):
        def reply(task):
            if not left.exists():
                shutil.copytree(out.parent, left)
            return {"ticket_id": picture_number(task.image)}

        await run(items, out, ScriptedService(reply), concurrency=1)
        return left / out.name

    return begin


async def test_a_held_file_is_not_named_twice(killed, tmp_path):
    folder = fill(tmp_path / "scans", range(3))
    summary = await run(folder, await killed(folder))
    assert (summary.done, summary.held, summary.already, summary.repeated) == (2, 1, 1, 0)


async def test_a_held_item_without_a_file_keeps_its_key(killed):
    items = [Item(picture(number), key=str(number)) for number in range(3)]
    out = await killed(items)
    summary = await run(items, out)
    assert (summary.done, summary.failed, summary.held) == (2, 0, 1)
    assert set(by_key(out)) == {"0", "1", "2"}


async def test_a_held_file_that_was_exchanged_is_read(killed, tmp_path):
    folder = fill(tmp_path / "scans", [0])
    out = await killed(folder)
    (folder / "0.png").write_bytes(picture(7))
    summary = await run(folder, out)
    assert (summary.done, summary.held) == (1, 0)
    (line,) = by_key(out).values()
    assert line["result"]["ticket_id"] == picture_number(picture(7))


async def test_a_held_file_that_is_deleted_is_gone(killed, tmp_path):
    folder = fill(tmp_path / "scans", range(2))
    out = await killed(folder / name for name in ("0.png", "1.png"))
    (folder / "0.png").unlink()
    summary = await run(folder, out, prune=True)
    assert (summary.done, summary.held, summary.gone, summary.pruned) == (1, 0, 0, 1)


async def test_a_key_of_a_held_item_may_lead_elsewhere_in_the_next_run(killed, tmp_path):
    fill(tmp_path / "scans", range(2))
    out = await killed([Item(tmp_path / "scans" / "0.png", key="a")])
    summary = await run([Item(tmp_path / "scans" / "1.png", key="a")], out)
    assert (summary.done, summary.failed, summary.held) == (1, 0, 0)


async def test_a_held_line_names_the_run_that_sent_it(killed, tmp_path):
    folder = fill(tmp_path / "scans", range(2))
    out = await killed(folder)
    await run(folder, out)
    assert sorted((line["status"], line["run"]) for line in by_key(out).values()) == [("done", 2), ("held", 1)]
