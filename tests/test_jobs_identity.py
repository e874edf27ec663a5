from __future__ import annotations

import os
from pathlib import Path

import pytest
from job_fixtures import by_key, fill, run

from ocr_async.batch import Item
from ocr_async.documents import Bankcard, Passport
from ocr_async.jobs import look
from ocr_async.jobs.content import to_send
from ocr_async.testing import ScriptedService, picture, picture_number


def write(path, content):
    Path(path).write_bytes(content)


@pytest.mark.parametrize("spelling", ["scans", "./scans", "scans/", "scans/*.png", "linked", "absolute"])
async def test_a_path_in_another_spelling_is_one_entry(tmp_path, monkeypatch, spelling):
    fill(tmp_path / "scans", range(20))
    (tmp_path / "linked").symlink_to(tmp_path / "scans")
    monkeypatch.chdir(tmp_path)
    manifest, service = tmp_path / "m.csv", ScriptedService()
    manifest.write_text("path\nscans/1.png\n")
    given = str(tmp_path / "scans") if spelling == "absolute" else spelling
    for _ in range(3):
        summary = await run([manifest, given], tmp_path / "out.jsonl", service)
        assert (summary.done, summary.failed, service.ledger.calls) == (20, 0, 20)


async def test_one_file_as_two_types_is_two_entries(tmp_path):
    fill(tmp_path, [1])
    items = [Item(tmp_path / "1.png", Passport), Item(tmp_path / "1.png", Bankcard)]
    service = ScriptedService()
    for _ in range(2):
        await run(items, tmp_path / "out.jsonl", service, document_type=None)
    assert {line["type"] for line in by_key(tmp_path / "out.jsonl").values()} == {"passport", "bankcard"}
    assert service.ledger.calls == 2


async def test_names_with_dots_have_ledgers_of_their_own(tmp_path):
    fill(tmp_path / "scans", [1])
    ledgers = {(await run(tmp_path / "scans", tmp_path / f"invoices.2024-0{month}")).ledger for month in (1, 2)}
    assert len(ledgers) == 2


async def test_the_files_of_the_job_are_no_input(tmp_path):
    folder, service = fill(tmp_path / "scans", range(3)), ScriptedService()
    for _ in range(3):
        summary = await run(f"{folder}/*", folder / "r.jsonl", service)
        assert {line["status"] for line in by_key(folder / "r.jsonl").values()} == {"done"}, by_key(
            folder / "r.jsonl"
        ).keys()
        assert (summary.done, summary.failed, service.ledger.calls) == (3, 0, 3)


async def test_a_pipe_and_an_odd_name_fail_or_pass_alone(tmp_path):
    folder = fill(tmp_path / "scans", range(3))
    os.mkfifo(folder / "x.png")
    odd = os.fsencode(folder) + b"/\xb7\xa2.png"
    write(os.fsdecode(odd), (folder / "1.png").read_bytes() + b" ")
    summary = await run([folder, "a\0b.png"], tmp_path / "out.jsonl")
    found = by_key(tmp_path / "out.jsonl")
    assert (summary.done, summary.failed) == (4, 2)
    assert odd in {os.fsencode(key) for key, line in found.items() if line["status"] == "done"}


async def test_a_signature_is_no_part_of_an_address_but_other_parameters_are(tmp_path):
    out, service = tmp_path / "out.jsonl", ScriptedService()
    for week in (1, 2):
        await run([f"https://a.example/i?id=7&X-Amz-Signature=secret{week}&Expires={week}"], out, service)
    assert list(by_key(out)) == ["https://a.example/i?id=7"]
    assert "secret" not in out.read_text()


async def test_a_budget_holds_over_all_runs(tmp_path):
    folder, out, service = fill(tmp_path / "scans", range(20)), tmp_path / "out.jsonl", ScriptedService()
    for _ in range(3):
        await run(folder, out, service, budget=7)
    assert service.ledger.calls == 7
    assert (await run(folder, out, service, limit=4)).sent == 4
    dry = await run(folder, out, service, dry_run=True)
    assert (dry.to_send, service.ledger.calls) == ({"train-ticket": 9}, 11)


async def test_what_is_gone_does_not_wait_and_can_be_pruned(tmp_path):
    folder, out = fill(tmp_path / "scans", range(5)), tmp_path / "out.jsonl"
    await run(folder, out, limit=3)
    for path in list(folder.iterdir()):
        if str(path) not in by_key(out):
            path.unlink()
    summary = await run(folder, out)
    assert (summary.is_complete, summary.gone, summary.done) == (True, 2, 3)
    assert (await run(folder, out, prune=True)).pruned == 2
    ledger = look.open_ledger(out)
    assert (look.status(ledger).gone, len(list(look.runs(ledger))), len(list(look.lines(ledger)))) == (0, 3, 3)
    ledger.close()


async def test_content_that_is_exchanged_before_the_send_gives_each_its_own_result(tmp_path, monkeypatch):
    folder, out, service = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl", ScriptedService()
    write(folder / "twin.png", picture(1))
    exchanged = []

    def exchange(entry, drawing, *rest):
        if not exchanged:
            exchanged.append(entry.key)
            write(entry.key, picture(2))
        return to_send(entry, drawing, *rest)

    monkeypatch.setattr("ocr_async.jobs.content.to_send", exchange)
    await run(folder, out, service)
    for key, line in by_key(out).items():
        assert line["result"]["ticket_id"] == picture_number(picture(2 if key in exchanged else 1))
    assert service.ledger.calls == 2
