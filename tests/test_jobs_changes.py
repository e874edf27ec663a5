"""Files that change: between a look and the send, between two runs, in the middle of a job."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from job_fixtures import by_key, fill, run
from PIL import Image

from ocr_async.batch import Item
from ocr_async.documents import TrainTicket
from ocr_async.jobs import Stop
from ocr_async.jobs.content import to_send
from ocr_async.testing import ScriptedService, picture, picture_number


def write(path, content):
    Path(path).write_bytes(content)


def pdf(*greys):
    sheets = [Image.new("L", (200, 300), grey) for grey in greys]
    target = io.BytesIO()
    sheets[0].save(target, "PDF", save_all=True, append_images=sheets[1:])
    return target.getvalue()


def exchanging(monkeypatch, path, content, *, times=1):
    """Have the content of a file exchanged just before it is read to be sent."""
    left = [content] * times

    def exchange(entry, drawing, *rest):
        if entry.origin == str(path) and left:
            new = left.pop()
            Path(path).unlink() if new is None else write(path, new)
        return to_send(entry, drawing, *rest)

    monkeypatch.setattr("ocr_async.jobs.content.to_send", exchange)


def numbers(out):
    return {key: line["result"]["ticket_id"] for key, line in by_key(out).items() if line["status"] == "done"}


@pytest.mark.parametrize("twins", [1, 3])
@pytest.mark.parametrize("new", ["another", "that of a third file", "that of one that was read before"])
async def test_each_file_gets_the_result_of_its_own_content(tmp_path, monkeypatch, twins, new):
    folder, out, service = tmp_path / "scans", tmp_path / "out.jsonl", ScriptedService()
    folder.mkdir()
    write(folder / "0.png", picture(0))
    await run(folder, out, service)
    write(folder / "1.png", picture(1))
    for number in range(twins):
        write(folder / f"twin {number}.png", picture(1))
    write(folder / "third.png", picture(3))
    content = {"another": picture(9), "that of a third file": picture(3)}.get(new, picture(0))
    exchanging(monkeypatch, folder / "1.png", content)
    await run([folder / "1.png", folder], out, service)
    expected = {str(path): picture_number(path.read_bytes()) for path in folder.iterdir()}
    assert numbers(out) == expected
    assert service.ledger.calls == len(set(expected.values())) or new == "another"
    assert max(service.ledger.processed.values()) == 1


async def test_an_answer_is_found_though_those_beside_it_have_other_content_by_now(tmp_path):
    folder, out, service = tmp_path / "scans", tmp_path / "out.jsonl", ScriptedService()
    folder.mkdir()
    names = [folder / f"{number}.png" for number in range(6)]
    for name in names:
        write(name, picture(0))
    await run(names, out, service)
    for number, name in enumerate(names[:3], 1):
        write(name, picture(number, size=200))
    write(folder / "new.png", picture(0))
    items = [*names, folder / "new.png"]
    dry = await run(items, out, service, dry_run=True)
    summary = await run(items, out, service)
    assert (dry.sent, summary.sent, service.ledger.calls) == (3, 3, 4)
    assert numbers(out) == {str(path): picture_number(path.read_bytes()) for path in items}


async def test_a_file_that_is_gone_before_it_is_sent_fails_and_its_twin_is_read(tmp_path, monkeypatch):
    folder, out, service = fill(tmp_path / "scans", [1, 2]), tmp_path / "out.jsonl", ScriptedService()
    write(folder / "twin.png", picture(1))
    exchanging(monkeypatch, folder / "1.png", None)
    summary = await run([folder / "1.png", folder / "twin.png", folder / "2.png"], out, service)
    assert (summary.done, summary.failed, service.ledger.calls) == (2, 1, 2)
    assert numbers(out)[f"{folder}/twin.png"] == picture_number(picture(1))


async def test_a_file_that_changes_each_time_is_read_once_it_holds_still(tmp_path, monkeypatch):
    folder, out, service = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl", ScriptedService()
    contents = [picture(number) for number in (5, 6, 7)]

    def exchange(entry, drawing, *rest):
        if contents:
            write(entry.origin, contents.pop())
        return to_send(entry, drawing, *rest)

    monkeypatch.setattr("ocr_async.jobs.content.to_send", exchange)
    await run(folder, out, service)
    assert (list(numbers(out).values()), service.ledger.calls) == ([picture_number(picture(5))], 1)


async def test_a_document_that_changes_while_its_pages_are_read_gives_no_page_of_the_old_one(tmp_path, monkeypatch):
    path, out, service = tmp_path / "a.pdf", tmp_path / "out.jsonl", ScriptedService()
    path.write_bytes(pdf(10, 20))
    write(tmp_path / "twin.pdf", pdf(10, 20))
    exchanging(monkeypatch, path, pdf(100, 200))
    await run([path, tmp_path / "twin.pdf"], out, service, concurrency=1)
    found = by_key(out)
    assert {line["status"] for line in found.values()} == {"done"}
    digests = {key.partition("#")[0]: line["sha256"] for key, line in found.items()}
    assert len(set(digests.values())) == 2
    assert len(set(numbers(out).values())) == service.ledger.calls == 4


async def test_changed_content_is_read_again_whatever_it_was_before(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(4)), tmp_path / "out.jsonl", ScriptedService()
    write(folder / "broken.png", b"no picture")
    await run(folder, out, service)
    write(folder / "broken.png", picture(10))
    write(folder / "1.png", b"now this one is broken")
    write(folder / "2.png", picture(11, size=77))
    summary = await run(folder, out, service)
    assert (summary.done, summary.failed, service.ledger.calls) == (4, 1, 6)
    assert by_key(out)[f"{folder}/1.png"]["status"] == "failed"


CHANGES = ["delete", "rename", "delete all", "take off the list"]


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_gone_after_an_interruption_does_not_wait(tmp_path, change):
    folder, out, service, stop = fill(tmp_path / "scans", range(20)), tmp_path / "out.jsonl", ScriptedService(), Stop()
    manifest = tmp_path / "m.csv"
    manifest.write_text("path\n" + "".join(f"{path}\n" for path in sorted(folder.iterdir())))

    def watch(progress):
        if progress.done:
            stop.ask()

    service.recognizer.seconds = 0.02
    given = manifest if change == "take off the list" else folder
    first = await run(given, out, service, stop=stop, on_progress=watch, concurrency=1)
    assert first.stopped
    unread = [path for path in sorted(folder.iterdir()) if str(path) not in by_key(out)]
    if change == "delete":
        unread[0].unlink()
        unread[1].unlink()
    elif change == "rename":
        unread[0].rename(folder / "new name.png")
    elif change == "delete all":
        for path in unread:
            path.unlink()
    else:
        manifest.write_text(
            "path\n" + "".join(f"{path}\n" for path in sorted(folder.iterdir()) if path not in unread[:5])
        )
    summary = await run(given, out, service)
    assert summary.is_complete
    assert (summary.waiting, summary.failed, summary.held) == (0, 0, 0)
    left = {"delete": 18, "rename": 20, "delete all": first.done, "take off the list": 15}[change]
    assert summary.done == left
    assert summary.gone == {"delete": 2, "rename": 1, "delete all": len(unread), "take off the list": 0}[change]
    assert max(service.ledger.processed.values()) == 1


async def test_a_file_that_comes_back_is_not_gone_any_more(tmp_path):
    folder, out, service = fill(tmp_path / "scans", [1, 2]), tmp_path / "out.jsonl", ScriptedService()
    await run(folder, out, service)
    (folder / "1.png").unlink()
    assert (await run(folder, out, service)).gone == 1
    fill(folder, [1])
    summary = await run(folder, out, service)
    assert (summary.gone, summary.done, service.ledger.calls) == (0, 2, 2)


async def test_the_same_path_under_two_keys_is_two_items_with_one_call(tmp_path):
    fill(tmp_path, [1])
    service, out = ScriptedService(), tmp_path / "out.jsonl"
    items = [Item(tmp_path / "1.png", TrainTicket, key=key) for key in ("a", "b")]
    for _ in range(2):
        summary = await run(items, out, service)
        assert summary.failed == 0
        assert service.ledger.calls == 1
