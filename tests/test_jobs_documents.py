"""Documents of several pages, and pictures that are known by what they are and not by their name."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from job_fixtures import by_key, fill, run
from PIL import Image

from ocr_async.batch import Item
from ocr_async.documents import TrainTicket
from ocr_async.documents.base import ImageLimits
from ocr_async.jobs import tiff
from ocr_async.testing import ScriptedService, picture, picture_number


def sheets(pages, mode="RGB", size=(60, 80)):
    return [Image.new("L", size, number).convert(mode) for number in pages]


def tiff_bytes(pages, mode="RGB", size=(60, 80), **options):
    first, *others = sheets(pages, mode, size)
    target = io.BytesIO()
    first.save(target, "TIFF", save_all=True, append_images=others, **options)
    return target.getvalue()


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {}),
        ("L", {"compression": "tiff_lzw"}),
        ("1", {"compression": "group4"}),
        ("CMYK", {"compression": "jpeg"}),
        ("RGBA", {}),
        ("I;16", {}),
    ],
)
async def test_a_tiff_file_is_read_page_by_page(tmp_path, mode, options):
    path, out, service = tmp_path / "fax.tif", tmp_path / "out.jsonl", ScriptedService()
    path.write_bytes(tiff_bytes([0, 130, 255], mode, **options))
    await run(path, out, service)
    found = by_key(out)
    assert [found[f"{path}#page={page}"]["page"] for page in (1, 2, 3)] == [1, 2, 3]
    assert {line["status"] for line in found.values()} == {"done"}
    assert service.ledger.calls == len(service.ledger.processed) >= 2


@pytest.mark.parametrize("name", ["fax.tiff", "fax.TIF", "fax.png", "fax", "fax.dat"])
async def test_a_tiff_file_is_known_by_its_content(tmp_path, name):
    folder, out = tmp_path / "scans", tmp_path / "out.jsonl"
    folder.mkdir()
    (folder / name).write_bytes(tiff_bytes([0, 130, 255]))
    assert (await run(folder, out)).done == 3


async def test_a_tiff_file_of_one_page_is_sent_as_it_is(tmp_path):
    content = tiff_bytes([9])
    (tmp_path / "one.tif").write_bytes(content)
    await run(tmp_path / "one.tif", tmp_path / "out.jsonl")
    (line,) = by_key(tmp_path / "out.jsonl").values()
    assert (line["key"], line["result"]["ticket_id"]) == (f"{tmp_path}/one.tif", picture_number(content))


async def test_pages_of_bytes_and_of_a_manifest_are_read_too(tmp_path):
    (tmp_path / "fax.tif").write_bytes(tiff_bytes([0, 100]))
    (tmp_path / "m.csv").write_text("path,page\nfax.tif,2\nfax.tif,3\n")
    summary = await run([Item(tiff_bytes([30, 60]), key="memory"), tmp_path / "m.csv"], tmp_path / "out.jsonl")
    found = by_key(tmp_path / "out.jsonl")
    assert (summary.done, summary.failed) == (3, 1)
    assert {"memory#page=1", "memory#page=2"} <= found.keys()
    (failed,) = [line for line in found.values() if line["status"] == "failed"]
    assert "there is no page 3, it has 2" in failed["error"]["message"]


def test_thumbnails_and_masks_are_no_pages():
    content = bytearray(tiff_bytes([0, 100, 200]))
    file = io.BytesIO(content)
    assert tiff.pages_of(file) == [0, 1, 2]
    reduced = io.BytesIO()
    first, second = sheets([1, 2])
    first.save(reduced, "TIFF", save_all=True, append_images=[second], tiffinfo={254: 1})
    assert tiff.pages_of(reduced) == []


@pytest.mark.parametrize("cut", [8, 60, 2000, -30])
async def test_a_damaged_tiff_file_fails_alone(tmp_path, cut):
    folder = fill(tmp_path / "scans", [1])
    (folder / "fax.tif").write_bytes(tiff_bytes([0, 100, 200])[:cut])
    summary = await run(folder, tmp_path / "out.jsonl")
    assert by_key(tmp_path / "out.jsonl")[f"{folder}/1.png"]["status"] == "done"
    assert summary.failed >= 1


def test_a_chain_of_pages_that_leads_back_ends():
    content = bytearray(tiff_bytes([0, 100]))
    at = int.from_bytes(content[4:8], "little")
    count = int.from_bytes(content[at : at + 2], "little")
    content[at + 2 + 12 * count : at + 6 + 12 * count] = content[4:8]
    assert tiff.pages_of(io.BytesIO(content)) == [0]


def test_a_large_page_is_made_smaller_for_its_type():
    page = tiff.extracted(tiff_bytes([9, 200], "1", (3000, 2000)), 2, ImageLimits(max_side=500), "fax")
    assert max(Image.open(io.BytesIO(page)).size) == 500


@pytest.mark.parametrize("name", ["1.jfif", "1.jpe", "1", "1.dat", "1.txt", "scan.2024-01", "1.JFIF"])
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "BMP"])
async def test_a_picture_in_a_folder_is_known_by_its_content(tmp_path, name, format_):
    folder = tmp_path / "scans"
    folder.mkdir()
    sheets([90])[0].save(folder / name, format_)
    for given in (folder, f"{folder}/*", f"{tmp_path}/**/{name}"):
        assert (await run(given, tmp_path / "out.jsonl")).done == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "1.png: is empty"), (picture(1) + bytes(20_000_000), "has 20,000,0"), (b"text", "it is")],
)
async def test_a_file_that_is_no_picture_for_its_type_is_described_as_it_is(tmp_path, content, said):
    (tmp_path / "1.png").write_bytes(content)
    await run([tmp_path / "1.png"], tmp_path / "out.jsonl")
    (line,) = by_key(tmp_path / "out.jsonl").values()
    assert said in line["error"]["message"]


async def test_what_is_left_alone_is_counted_and_told_by_reason(tmp_path):
    folder, told = fill(tmp_path / "scans", [1]), {}
    others = {
        "notes.txt": b"hello",
        "a.gif": b"GIF89a",
        "b.docx": b"PK\x03\x04" + bytes(40),
        "empty": b"",
        ".hidden.png": picture(2),
        "BMW.txt": b"BM is how this text begins",
        "noise": bytes(range(256)),
    }
    for name, content in others.items():
        (folder / name).write_bytes(content)
    (folder / "in").mkdir()
    (folder / "in" / "back").symlink_to(folder)
    (folder / "again").symlink_to(folder / "in")
    summary = await run(folder, tmp_path / "out.jsonl", on_left_alone=lambda path, reason: told.update({path: reason}))
    assert (summary.done, summary.failed, summary.ignored) == (1, 0, len(told))
    assert {Path(path).name: reason for path, reason in told.items()} == {
        "notes.txt": "text",
        "a.gif": "a GIF",
        "b.docx": "a ZIP archive (Office or similar)",
        "empty": "empty",
        ".hidden.png": "hidden",
        "BMW.txt": "it starts as a BMP but its header is damaged",
        "noise": "of no known picture format",
        "back": "a link back to a folder that it is in",
        **({"again": "a folder that was read under another name"} if f"{folder}/again" in told else {}),
    }
    assert summary.left_alone["a link back to a folder that it is in"] == 1
    assert sum(summary.left_alone.values()) in {8, 9}  # a link that comes before its folder is read in its place


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices")
@pytest.mark.parametrize("how", ["folder", "glob", "named", "manifest", "item"])
@pytest.mark.parametrize("suffix", [".png", ".pdf", ".tif", ""])
async def test_what_is_no_regular_file_fails_and_nothing_hangs(tmp_path, how, suffix):
    folder, out = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl"
    odd = [folder / f"pipe{suffix}", folder / f"device{suffix}"]
    os.mkfifo(odd[0])
    odd[1].symlink_to("/dev/zero")
    (tmp_path / "m.csv").write_text("path\n" + "".join(f"{path}\n" for path in [folder / "1.png", *odd]))
    given = {
        "folder": folder,
        "glob": f"{folder}/*",
        "named": [folder / "1.png", *odd],
        "manifest": tmp_path / "m.csv",
        "item": [Item(path, TrainTicket, key=path.name) for path in [folder / "1.png", *odd]],
    }
    summary = await run(given[how], out)
    is_left = not suffix and how in {"folder", "glob"}
    assert (summary.done, summary.failed) == (1, 0 if is_left else 2)
    assert summary.ignored == (2 if is_left else 0)
