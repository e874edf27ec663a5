"""One boundary around each entry: whatever a name, a folder or a document is, it fails alone and the rest is read."""

from __future__ import annotations

import builtins
import io
import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pypdfium2
import pytest
from job_fixtures import by_key, fill, run
from PIL import Image
from pyarrow import parquet

from ocr_async.batch import Item
from ocr_async.documents import Bankcard, Passport, TrainTicket
from ocr_async.jobs import read_results
from ocr_async.testing import ScriptedService, picture

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
NAMES = {"gbk": "发票".encode("gbk"), "latin-1": "Müller".encode("latin-1"), "stray": b"a\xff\xfe", "newline": b"a\nb"}


def write(path, content):
    Path(path).write_bytes(content)


def pdf(pages=1):
    sheets = [Image.new("RGB", (200, 300), (40 * number, 90, 200)) for number in range(pages)]
    target = io.BytesIO()
    sheets[0].save(target, "PDF", save_all=True, append_images=sheets[1:])
    return target.getvalue()


@LINUX
@pytest.mark.parametrize("how", ["folder", "glob", "item", "manifest", "json", "list of failed items"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_a_name_of_any_bytes_is_read_and_comes_back_byte_for_byte(tmp_path, name, how):
    folder, out = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl"
    path = os.fsdecode(os.fsencode(folder) + b"/" + name + b".png")
    write(path, picture(2))
    is_line = b"\n" in name
    if how == "manifest":
        quoted = b'"' + os.fsencode(path) + b'"'
        (tmp_path / "m.csv").write_bytes(b"path\nscans/1.png\n" + quoted + b"\n")
    elif how == "json":
        rows = [{"path": "scans/1.png"}, {"path": path}]
        (tmp_path / "m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    given = {"folder": folder, "glob": f"{folder}/*", "item": [folder / "1.png", path]}
    given |= {"manifest": tmp_path / "m.csv", "json": tmp_path / "m.jsonl", "list of failed items": folder}
    if how == "list of failed items":
        os.truncate(path, 3)
        summary = await run(folder, out)
        assert summary.failed == 1
        write(path, picture(2))
        if is_line:
            return  # a path of several lines is refused in a manifest
        summary = await run(summary.failed_list, out, retry_failed=True)
    else:
        summary = await run(given[how], out)
    if is_line and how in {"manifest", "json"}:
        assert (summary.done, summary.failed) == (1, 1)
        return
    assert (summary.done, summary.failed) == (2, 0)
    assert os.fsencode(path) in {os.fsencode(line["source"]) for line in by_key(out).values()}
    assert os.fsencode(path) in {os.fsencode(item.source) for item in read_results(out)}


@pytest.mark.parametrize(
    "odd", ["a\0b.png", "\0", "a\ud800b.png", "", "x" * 5000 + ".png", "a\nb.png", "no/such/1.png"]
)
@pytest.mark.parametrize("how", ["named", "item", "manifest"])
async def test_a_path_that_cannot_be_one_fails_alone(tmp_path, odd, how):
    fill(tmp_path, [1])
    out, given = tmp_path / "out.jsonl", [tmp_path / "1.png", odd]
    if how == "item":
        given = [Item(path, TrainTicket, key=str(number)) for number, path in enumerate(given)]
    elif how == "manifest":
        (tmp_path / "m.jsonl").write_text("".join(json.dumps({"path": str(path)}) + "\n" for path in given))
        given = tmp_path / "m.jsonl"
    for _ in range(2):
        summary = await run(given, out)
        assert (summary.done, summary.failed) == (1, 1)


@pytest.mark.parametrize("odd", [picture(2), 5, None, 1.5, ("a", "b"), [], object, bytearray(b"x")], ids=str)
async def test_what_names_nothing_fails_alone(tmp_path, odd):
    fill(tmp_path, [1, 3])
    summary = await run([tmp_path / "1.png", odd, tmp_path / "3.png"], tmp_path / "out.jsonl")
    assert (summary.done, summary.failed) == (2, 1)
    assert by_key(tmp_path / "out.jsonl")["item 2"]["status"] == "failed"


@pytest.mark.parametrize("key", ["a\0b", "a\nb", "a\tb", " ", "0", "=1+1", "发票", "a\ud800", "x" * 3000])
async def test_a_key_may_be_any_text(tmp_path, key):
    fill(tmp_path, [1])
    out = tmp_path / "out.jsonl"
    for _ in range(2):
        summary = await run([Item(tmp_path / "1.png", TrainTicket, key=key)], out)
        assert (summary.done, summary.failed, summary.is_complete) == (1, 0, True)
    assert list(by_key(out)) == [key]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"key": 0}, "0"),
        ({"key": ""}, None),
        ({"key": None}, None),
        ({"key": float("nan")}, None),
        ({"key": 12.0}, "12"),
        ({"key": 2**63}, str(2**63)),
        ({"options": None}, None),
        ({"options": ""}, None),
        ({"options": {}}, None),
        ({"type": None}, None),
        ({"page": None}, None),
        ({"type": "", "options": None, "key": None, "page": ""}, None),
    ],
)
async def test_empty_cells_of_a_manifest_say_nothing(tmp_path, row, expected):
    fill(tmp_path, [1, 2])
    out, manifest = tmp_path / "out.jsonl", tmp_path / "m.jsonl"
    manifest.write_text(json.dumps({"path": "1.png"} | row) + "\n" + json.dumps({"path": "2.png"}) + "\n")
    summary = await run(manifest, out)
    assert (summary.done, summary.failed) == (2, 0)
    assert (expected or "1.png") in by_key(out)


async def test_empty_cells_of_parquet_say_nothing(tmp_path):
    fill(tmp_path, [1, 2])
    table = pa.table(
        {
            "path": ["1.png", "2.png"],
            "options": [None, '{"country_code": "CHN"}'],
            "type": ["passport", "passport"],
            "key": [float("nan"), 7.0],
            "page": pa.array([None, None], pa.float64()),
        }
    )
    parquet.write_table(table, tmp_path / "m.parquet")
    await run(tmp_path / "m.parquet", tmp_path / "out.jsonl", document_type=None)
    found = by_key(tmp_path / "out.jsonl")
    assert {key: line.get("options") for key, line in found.items()} == {"1.png": None, "7": {"country_code": "CHN"}}


DOCUMENTS = {
    "empty": b"",
    "not one": b"%PDF-1.7 and then nothing",
    "cut": pdf(3)[:400],
    "no pages": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF",
    "encrypted": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj 4 0 obj<</Filter/Standard/V 1/R 2/P -4/O("
    + b"o" * 32
    + b")/U("
    + b"u" * 32
    + b")>>endobj\ntrailer<</Root 1 0 R/Encrypt 4 0 R/ID[(a)(b)]>>\n%%EOF",
    "no size": pdf().replace(b"/MediaBox", b"/MediaBoX").replace(b"MediaBox", b"MediaBoX"),
}


@pytest.mark.parametrize("content", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("how", ["folder", "named"])
async def test_an_odd_document_fails_alone(tmp_path, content, how):
    folder, out = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl"
    (folder / "odd.pdf").write_bytes(content)
    (folder / "good.pdf").write_bytes(pdf(2))
    summary = await run(folder if how == "folder" else [*folder.iterdir()], out)
    done = {key.rpartition("/")[2] for key, line in by_key(out).items() if line["status"] == "done"}
    assert {"1.png", "good.pdf#page=1", "good.pdf#page=2"} <= done
    assert summary.done + summary.failed == 4


async def test_a_document_that_asks_for_a_password_says_so(tmp_path):
    (tmp_path / "a.pdf").write_bytes(DOCUMENTS["encrypted"])
    await run(tmp_path / "a.pdf", tmp_path / "out.jsonl")
    (line,) = by_key(tmp_path / "out.jsonl").values()
    assert "asks for a password" in line["error"]["message"]


async def test_pages_that_a_document_has_lost_are_gone(tmp_path):
    path, out = tmp_path / "a.pdf", tmp_path / "out.jsonl"
    path.write_bytes(pdf(3))
    await run(path, out)
    path.write_bytes(pdf(2))
    summary = await run(path, out, prune=True)
    assert (summary.pruned, summary.is_complete, sorted(by_key(out))) == (1, True, [f"{path}#page=1", f"{path}#page=2"])


@pytest.mark.parametrize(
    ("page", "said"),
    [("1", None), ("1.0", None), ("01", None), ("", None), ("2", "no page 2"), ("0", "page '0'"), ("-1", "page '-1'")],
)
@pytest.mark.parametrize("name", ["1.png", "a.pdf", "a.tif"])
async def test_a_page_of_a_picture_or_of_a_document_of_one_page(tmp_path, page, said, name):
    fill(tmp_path, [1])
    (tmp_path / "a.pdf").write_bytes(pdf(1))
    Image.new("L", (60, 60), 90).save(tmp_path / "a.tif")
    (tmp_path / "m.csv").write_text(f"path,page\n{name},{page}\n")
    summary = await run(tmp_path / "m.csv", tmp_path / "out.jsonl")
    (line,) = by_key(tmp_path / "out.jsonl").values()
    assert (summary.done, summary.failed) == ((1, 0) if said is None else (0, 1)), line
    assert said is None or said in line["error"]["message"]


@pytest.mark.parametrize(("key", "expected"), [(0, "0"), ("", None), (None, None), (float("nan"), None), (7.0, "7")])
async def test_the_key_of_an_item_may_be_a_number(tmp_path, key, expected):
    fill(tmp_path, [1])
    await run([Item(tmp_path / "1.png", key=key)], tmp_path / "out.jsonl")
    assert list(by_key(tmp_path / "out.jsonl")) == [expected or f"{tmp_path}/1.png"]


BOXES = ["[900 900 1200 1400]", "[0 0 0 0]", "[300 400 10 20]", "[-500 -500 -400 -400]", "[0 0 9e9 9e9]", "[1 2]"]


@pytest.mark.parametrize("box", BOXES)
async def test_a_page_with_an_odd_crop_box_is_read_or_fails_alone(tmp_path, box):
    out, document = tmp_path / "out.jsonl", pypdfium2.PdfDocument(pdf(2))
    target = io.BytesIO()
    document.save(target)
    content = target.getvalue()
    at = content.index(b"/MediaBox")
    (tmp_path / "a.pdf").write_bytes(content[:at] + f"/CropBox {box} ".encode() + content[at:])
    (tmp_path / "b.pdf").write_bytes(pdf(1))
    summary = await run([tmp_path / "a.pdf", tmp_path / "b.pdf"], out)
    found = by_key(out)
    assert found[f"{tmp_path}/b.pdf#page=1"]["status"] == "done"
    assert summary.done + summary.failed == len(found) >= 2


async def test_without_the_extra_documents_fail_and_pictures_are_read(tmp_path, monkeypatch):
    folder, out, real = fill(tmp_path / "scans", [1, 2]), tmp_path / "out.jsonl", builtins.__import__
    (folder / "a.pdf").write_bytes(pdf(2))

    def missing(name, *arguments, **options):
        if name == "pypdfium2":
            raise ImportError(name)
        return real(name, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(builtins, "__import__", missing)
        summary = await run(folder, out)
    assert (summary.done, summary.failed) == (2, 1)
    assert "pip install 'ocr-async[pdf]'" in by_key(out)[f"{folder}/a.pdf"]["error"]["message"]
    summary = await run(folder, out, retry_failed=True)
    assert (summary.done, summary.failed) == (4, 0)
    assert f"{folder}/a.pdf" not in by_key(out) or summary.gone


@contextmanager
def closed_folder(path):
    """Make a folder unreadable for everybody but the one who may read everything."""
    path.chmod(0o000)
    try:
        yield
    finally:
        path.chmod(0o700)


@pytest.mark.parametrize("pattern", ["", "/*", "/**/*.png", "/**", "/*/*.png", "/closed/*.png"])
async def test_an_unreadable_folder_is_one_item_that_fails(tmp_path, monkeypatch, pattern):
    folder, out, scandir = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl", os.scandir
    fill(folder / "open", [2])
    closed = fill(folder / "closed", [3])

    def refusing(path="."):
        if os.path.realpath(path) == str(closed):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with closed_folder(closed):
        summary = await run(f"{folder}{pattern}", out)
    found = by_key(out)
    readable = {"": 2, "/*": 2, "/**/*.png": 2, "/**": 2, "/*/*.png": 1, "/closed/*.png": 0}[pattern]
    assert summary.done == readable
    (failed,) = [line for line in found.values() if line["status"] == "failed"]
    assert failed["key"].endswith("closed")
    assert "the folder cannot be read: Permission denied" in failed["error"]["message"]


@pytest.mark.parametrize("pattern", ["", "/**/*.png", "/**", "/*"])
async def test_links_in_circles_are_named_and_every_picture_is_read_once(tmp_path, pattern):
    folder, out, service = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl", ScriptedService()
    fill(folder / "a" / "b", [2])
    (folder / "a" / "b" / "up").symlink_to(folder)
    (folder / "a" / "b" / "self").symlink_to(folder / "a" / "b" / "self")
    fill(tmp_path / "elsewhere", [3])
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(folder)
    for _ in range(2):
        summary = await run(f"{folder}{pattern}", out, service)
        assert (summary.done, summary.failed, service.ledger.calls) == (3, 0, 3)
        assert summary.repeated == 0
    assert summary.left_alone["a link back to a folder that it is in"] >= 1


async def test_names_of_a_manifest_and_of_a_folder_are_one_item_in_every_spelling(tmp_path, monkeypatch):
    fill(tmp_path / "scans", range(5))
    (tmp_path / "linked").symlink_to("scans")
    monkeypatch.chdir(tmp_path)
    service, out = ScriptedService(), tmp_path / "out.jsonl"
    spellings = ["scans/0.png", "./scans/1.png", "scans//2.png", "scans/../scans/3.png", "linked/4.png"]
    (tmp_path / "m.csv").write_text("path\n" + "\n".join([*spellings, str(tmp_path / "scans" / "0.png")]) + "\n")
    for given in (["m.csv", "scans"], ["scans/", "m.csv"], ["./scans", "m.csv", "linked", "scans/*.png"], "m.csv"):
        summary = await run(given, out, service)
        assert (summary.done, summary.failed, service.ledger.calls) == (5, 0, 5)
    assert summary.is_complete


@pytest.mark.parametrize(
    "kinds", [(Passport, Bankcard), (Passport, Passport(country_code="CHN")), (Bankcard, TrainTicket)]
)
@pytest.mark.parametrize("how", ["items", "manifest"])
async def test_one_file_is_an_item_for_each_type_and_option(tmp_path, kinds, how):
    fill(tmp_path, [1])
    out, service = tmp_path / "out.jsonl", ScriptedService()
    items = [Item(tmp_path / "1.png", kind) for kind in kinds]
    if how == "manifest":
        made = [kind() if isinstance(kind, type) else kind for kind in kinds]
        rows = [{"path": "1.png", "type": kind.api, "options": kind.options()} for kind in made]
        (tmp_path / "m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        items = tmp_path / "m.jsonl"
    for _ in range(3):
        summary = await run(items, out, service, document_type=None)
        assert (summary.done, service.ledger.calls, len(by_key(out))) == (2, 2, 2)


OWN = ["r.jsonl", "r", "r.out", "r.2024-01", "r.csv.jsonl"]


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("how", ["folder", "glob", "names", "deep glob"])
async def test_the_files_of_the_job_are_no_input(tmp_path, name, how):
    folder, service = fill(tmp_path / "scans", range(3)), ScriptedService()
    (folder / "broken.png").write_bytes(b"no picture")
    out = folder / name
    for number in range(3):
        given = {
            "folder": folder,
            "glob": f"{folder}/*",
            "deep glob": f"{tmp_path}/**/*",
            "names": [str(path) for path in folder.iterdir() if not path.name.startswith(".")],
        }[how]
        if number == 1:
            with out.open("ab") as file:
                file.write(b"foreign")
        summary = await run(given, out, service, to=["csv", "xlsx", "parquet"])
        assert (summary.done, summary.failed, service.ledger.calls) == (3, 1, 3), by_key(out)
        assert len(by_key(out)) == 4
    made = {path.name for path in folder.iterdir()} - {"0.png", "1.png", "2.png", "broken.png"}
    assert len(made) >= 7


@pytest.mark.parametrize("name", ["r.ledger-wal", "r.ledger-shm", ".r.jsonl.abc.part", "r.foreign-2"])
async def test_what_a_killed_run_leaves_is_no_input(tmp_path, name):
    folder = fill(tmp_path / "scans", [1])
    (folder / name).write_bytes(picture(5))
    for given in (folder, f"{folder}/*", [folder / "1.png", folder / name]):
        if name.startswith("r.ledger-") and (folder / "r.ledger").exists():
            (folder / name).unlink(missing_ok=True)
            break
        summary = await run(given, folder / "r.jsonl")
        assert (summary.done, summary.failed) == (1, 0)


async def test_a_picture_whose_name_begins_like_the_output_is_read(tmp_path):
    folder = fill(tmp_path / "scans", [1])
    for name in ("r.1.png", "r.jsonl.png", "r.ledger.png", "r.foreign.png", "rest.png"):
        (folder / name).write_bytes(picture(len(name) + ord(name[2])))
    assert (await run(folder, folder / "r.jsonl")).done == 6


async def test_another_manifest_of_the_user_beside_the_output_is_read(tmp_path):
    fill(tmp_path, [1, 2])
    for name in ("r.csv", "r.items.jsonl", "r.2.csv"):
        text = '{"path": "1.png"}\n' if name.endswith("l") else "path\n1.png\n"
        (tmp_path / name).write_text(text)
        assert (await run(tmp_path / name, tmp_path / "r.jsonl")).done == 1
