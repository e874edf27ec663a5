from __future__ import annotations

import csv
import json
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import pytest
from job_fixtures import by_key, fill, run

from ocr_async.batch import Item
from ocr_async.documents import Passport, TrainTicket
from ocr_async.errors import JobError
from ocr_async.jobs.pages import looked_at
from ocr_async.jobs.sources import Sources
from ocr_async.sources import Url
from ocr_async.testing import ScriptedService, picture

TICKET = TrainTicket()


def found(items, document_type=TICKET):
    return list(Sources(items, document_type))


def keys(items):
    return sorted(entry.key for entry in found(items))


def manifest(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def problems(path):
    return {entry.key: entry.problem for entry in found(path, None) if entry.problem}


def test_a_folder_is_read_with_all_that_is_in_it(tmp_path):
    fill(tmp_path / "a" / "b", [1])
    fill(tmp_path / "c", [2])
    assert keys(tmp_path) == [f"{tmp_path}/a/b/1.png", f"{tmp_path}/c/2.png"]


def test_hidden_files_are_passed_by_and_other_files_counted(tmp_path):
    fill(tmp_path, [1])
    (tmp_path / ".thumb.png").touch()
    (tmp_path / "notes.txt").write_text("these are notes")
    (tmp_path / "UPPER.JPG").touch()
    sources = Sources(tmp_path, TICKET)
    entries = [entry for found in sources for entry in looked_at(found, sources.left)]
    assert sorted(entry.key for entry in entries) == [f"{tmp_path}/1.png", f"{tmp_path}/UPPER.JPG"]
    assert sources.left.counts == {"hidden": 1, "text": 1}


def test_nothing_is_listed_before_it_is_asked_for(tmp_path):
    fill(tmp_path, range(3))
    walk = iter(Sources([tmp_path, tmp_path / "gone.jsonl"], TICKET))
    assert [next(walk).problem for _ in range(3)] == [None] * 3


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ["0.png", "1.png"]),
        ("?.png", ["0.png", "1.png"]),
        ("[1-9].png", ["1.png"]),
        ("**/*.png", ["0.png", "1.png", "in/5.png", "in/deep/6.png"]),
        ("in/**/*.png", ["in/5.png", "in/deep/6.png"]),
        ("*/5.png", ["in/5.png"]),
        ("i*", ["in/5.png", "in/deep/6.png"]),
    ],
)
def test_a_glob_finds_what_a_shell_would(tmp_path, pattern, expected):
    fill(tmp_path, [0, 1])
    fill(tmp_path / "in", [5])
    fill(tmp_path / "in" / "deep", [6])
    assert keys(f"{tmp_path}/{pattern}") == [f"{tmp_path}/{name}" for name in expected]


def test_a_glob_relative_to_the_working_folder_is_found(tmp_path, monkeypatch):
    fill(tmp_path / "scans", [1])
    monkeypatch.chdir(tmp_path)
    assert keys("scans/*.png") == keys("*/1.png") == ["scans/1.png"]


def test_a_glob_without_a_match_is_an_item_that_fails(tmp_path):
    (entry,) = found(f"{tmp_path}/*.png")
    assert entry.problem == "no file matches"


def test_a_file_whose_name_has_brackets_is_a_file(tmp_path):
    (tmp_path / "scan [1].png").touch()
    assert keys(str(tmp_path / "scan [1].png")) == [f"{tmp_path}/scan [1].png"]


def test_addresses_stay_addresses():
    entries = found(["https://example.com/a.jpg", Item(Url("obs://bucket/b.jpg"), key="b")])
    assert [(entry.key, entry.origin, entry.is_address) for entry in entries] == [
        ("https://example.com/a.jpg", "https://example.com/a.jpg", True),
        ("b", "obs://bucket/b.jpg", True),
    ]


def test_a_csv_manifest_names_path_key_type_and_options(tmp_path):
    text = 'Path,key,type,options,department\na.png,one,passport,"{""country_code"": ""CHN""}",sales\n/b.png,,TrainTicket,,\n'
    first, second = found(manifest(tmp_path / "m.csv", text), None)
    assert (first.key, first.origin, first.type) == ("one", f"{tmp_path}/a.png", Passport(country_code="CHN"))
    assert (second.key, second.origin, second.type) == ("/b.png", "/b.png", TICKET)


def test_a_jsonl_manifest_names_path_key_type_and_options(tmp_path):
    rows = [
        {"path": "in/a.png", "key": "one", "type": "passport", "options": {"country_code": "GENERAL"}},
        {"url": "https://example.com/b.jpg"},
    ]
    first, second = found(manifest(tmp_path / "m.jsonl", "\n".join(map(json.dumps, rows)) + "\n\n"))
    assert (first.key, first.origin, first.type) == ("one", f"{tmp_path}/in/a.png", Passport(country_code="GENERAL"))
    assert (second.key, second.type) == ("https://example.com/b.jpg", TICKET)


def test_a_manifest_from_a_spreadsheet_with_semicolons_and_byte_order_mark_is_read(tmp_path):
    (tmp_path / "m.csv").write_bytes("\ufeffpath;key\r\nä.png;1\r\n".encode())
    (entry,) = found(tmp_path / "m.csv")
    assert (entry.key, entry.origin) == ("1", f"{tmp_path}/ä.png")


def test_a_line_of_a_csv_manifest_that_does_not_fit_is_named_and_fails_alone(tmp_path):
    text = 'path,type,options\n1.png,,\n2.png,pasport,\n3.png,,,x\n,passport,\n4.png,,[1]\n5.png,passport,"{""side"": 1}"\n'
    path = manifest(tmp_path / "m.csv", text)
    said = {entry.place: entry.problem for entry in found(path) if entry.problem}
    assert sorted(said) == [f"{path} line {number}" for number in (3, 4, 5, 6, 7)]
    assert "unknown document type 'pasport'" in said[f"{path} line 3"]
    assert said[f"{path} line 4"] == "has 4 columns, line 1 has 3"
    assert "names no source" in said[f"{path} line 5"]
    assert said[f"{path} line 6"] == "options '[1]' are not a JSON object"
    assert said[f"{path} line 7"] == "passport has no option 'side'. It has: version, country_code."


def test_a_line_of_a_jsonl_manifest_that_does_not_parse_is_named_and_fails_alone(tmp_path):
    path = manifest(tmp_path / "m.jsonl", '{"path": "1.png", "type": "passport"}\n{"path": \n[1]\n{"path": "2.png"}\n')
    said = problems(path)
    assert list(said) == [f"{path} line 2", f"{path} line 3", "2.png"]
    assert "is not JSON" in said[f"{path} line 2"]
    assert said[f"{path} line 3"] == "is not a JSON object"
    assert "names no type" in said["2.png"]


def test_an_unknown_option_value_lists_the_choices(tmp_path):
    path = manifest(tmp_path / "m.jsonl", '{"path": "1.png", "type": "passport", "options": {"country_code": "XXX"}}\n')
    assert "'GENERAL', 'CHN'" in problems(path)["1.png"]


def test_a_manifest_without_a_column_for_the_source_is_refused(tmp_path):
    with pytest.raises(JobError, match=r"m\.csv line 1: no column is called path or url or source; found: file, key"):
        found(manifest(tmp_path / "m.csv", "file,key\n1.png,1\n"))


def test_a_missing_manifest_is_refused(tmp_path):
    with pytest.raises(JobError, match=r"manifest .*m\.jsonl: No such file"):
        found(tmp_path / "m.jsonl")


async def test_a_bad_manifest_line_fails_alone_and_is_gone_once_it_is_mended(tmp_path):
    fill(tmp_path, [1, 2])
    path, out = tmp_path / "m.csv", tmp_path / "out.jsonl"
    manifest(path, "path,type\n1.png,\n2.png,pasport\n")
    summary = await run(path, out)
    assert (summary.done, summary.failed) == (1, 1)
    assert "unknown document type" in by_key(out)["2.png"]["error"]["message"]
    summary = await run(manifest(path, "path,type\n1.png,\n2.png,passport\n"), out)
    assert (summary.done, summary.failed) == (2, 0)


async def test_a_line_that_did_not_parse_leaves_no_trace_once_it_is_mended(tmp_path):
    fill(tmp_path, [1, 2])
    path, out = tmp_path / "m.jsonl", tmp_path / "out.jsonl"
    await run(manifest(path, '{"path": "1.png"}\n{"path"\n'), out)
    assert f"{path} line 2" in by_key(out)
    await run(manifest(path, '{"path": "1.png"}\n{"path": "2.png"}\n'), out)
    assert sorted(by_key(out)) == ["1.png", "2.png"]


async def test_of_two_items_with_one_key_the_second_fails_and_names_the_first(tmp_path):
    fill(tmp_path, [1, 2])
    path, out, service = tmp_path / "m.csv", tmp_path / "out.jsonl", ScriptedService()
    manifest(path, "path,key\n1.png,same\n2.png,same\n")
    for _ in range(2):
        summary = await run(path, out, service)
        assert (summary.done, summary.failed) == (1, 1)
    message = by_key(out)[f"{path} line 3"]["error"]["message"]
    assert "'same' is already that of" in message
    assert "1.png" in message
    assert service.ledger.calls == 1


async def test_a_file_that_is_named_twice_is_read_once_and_no_failure(tmp_path):
    folder, out = fill(tmp_path / "scans", [1, 2]), tmp_path / "out.jsonl"
    summary = await run([folder, f"{folder}/*.png", f"{folder}/1.png"], out)
    assert (summary.done, summary.failed, summary.repeated) == (2, 0, 3)


async def test_the_list_of_failed_items_is_a_manifest_for_a_spreadsheet(tmp_path):
    out = tmp_path / "out.jsonl"
    summary = await run([tmp_path / "gone, 发票.png"], out, document_type=Passport(country_code="CHN"))
    with summary.failed_list.open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert row["path"] == row["key"] == f"{tmp_path}/gone, 发票.png"
    assert (row["type"], row["status"], row["code"]) == ("passport", "failed", "SourceError")
    assert json.loads(row["options"]) == {"country_code": "CHN"}
    (entry,) = found(summary.failed_list, None)
    assert (entry.key, entry.type) == (row["key"], Passport(country_code="CHN"))


async def test_one_job_mixes_types_as_the_manifest_says(tmp_path):
    fill(tmp_path, [1, 2])
    out = tmp_path / "out.jsonl"
    path = manifest(tmp_path / "m.csv", "path,type\n1.png,passport\n2.png,bankcard\n")
    await run(path, out, document_type=None)
    assert {line["type"] for line in by_key(out).values()} == {"passport", "bankcard"}


async def test_an_unreadable_picture_in_a_folder_fails_alone(tmp_path):
    folder, out = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl"
    (folder / "broken.jpg").write_bytes(b"this is no picture")
    (folder / "small.png").write_bytes(picture(1)[:20])
    summary = await run(folder, out)
    assert (summary.done, summary.failed) == (1, 2)


BASE64 = b64encode(picture(1) + bytes(300)).decode()
AS_TEXT = {
    "base64": BASE64,
    "base64 in lines": "\n".join(BASE64[at : at + 76] for at in range(0, len(BASE64), 76)),
    "base64 for addresses": urlsafe_b64encode(picture(1) + bytes(300)).decode(),
    "data": f"data:image/png;base64,{BASE64}",
    "DATA": f"DATA:image/png;base64,{BASE64}",
    "data behind a space": f" data:image/png;base64,{BASE64}",
    "several MB": BASE64 * 1000,
}


@pytest.mark.parametrize("text", AS_TEXT.values(), ids=AS_TEXT)
@pytest.mark.parametrize("way", ["alone", "in a list", "as a path", "item", "item with a key", "line"])
async def test_a_picture_as_text_gets_a_short_name_everywhere(tmp_path, text, way):
    items = {
        "alone": text,
        "in a list": [text],
        "as a path": [Path(text)],
        "item": [Item(text)],
        "item with a key": [Item(text, key="mine")],
        "line": [manifest(tmp_path / "list.jsonl", json.dumps({"source": text, "key": "mine"}))],
    }[way]
    await run(items, tmp_path / "out.jsonl")

    (line,) = by_key(tmp_path / "out.jsonl").values()
    assert line["error"]["kind"] == "SourceError"
    assert "picture as text" in line["error"]["message"] or "lines" in line["error"]["message"]
    assert BASE64[:40] not in json.dumps(line)
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "list.jsonl"]
    assert not [content for content in written if BASE64[:40].encode() in content]
