from __future__ import annotations

import csv
import gzip
import json
import os
import stat
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from job_fixtures import by_key, fill, run

from ocr_async.documents import Passport, TrainTicket
from ocr_async.errors import JobError
from ocr_async.jobs import manifest
from ocr_async.jobs.tables.text import guarded, unguarded

TICKET = TrainTicket()
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="names are text there")


def read(path, document_type=TICKET):
    return list(manifest.entries(path, document_type))


def of(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def keys(path):
    return [(entry.key, entry.problem) for entry in read(path)]


NAME = st.text(
    st.characters(
        codec="gb18030", exclude_categories=["Cc", "Cs", "Cn", "Co", "Zl", "Zp", "Zs"], exclude_characters="/:\\"
    ),
    min_size=1,
    max_size=12,
)
ROWS = st.lists(st.tuples(NAME, NAME), min_size=1, max_size=8)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@QUICK
@example(rows=[("'=", "''@")])
@given(rows=ROWS)
def test_whatever_csv_writes_in_any_encoding_is_read_back(tmp_path, encoding, delimiter, rows):
    path = tmp_path / "m.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["path", "key", "note"])
        writer.writerows([f"{guarded(name)}.png", guarded(key), "发票"] for name, key in rows)
    assert [(entry.origin, entry.key, entry.problem) for entry in read(path)] == [
        (str(tmp_path / f"{name}.png"), key, None) for name, key in rows
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["ā" * 60, "票" * 60, "𐐁" * 60])
def test_utf_16_without_a_mark_is_known_though_hardly_a_sign_is_ascii(tmp_path, encoding, name):
    path = of(tmp_path / "m.csv", f"path,key\r\n{name}.png,{name}\r\n", encoding)
    assert keys(path) == [(name, None)]


def test_a_zero_byte_in_a_line_does_not_change_the_encoding_of_the_others(tmp_path):
    path = of(tmp_path / "m.csv", "path,key\n票.png,一\nb\0.png,二\n发票.png,三\n")
    assert [key for key, _ in keys(path)][::2] == ["一", "三"]


@pytest.mark.parametrize("name", ["m.csv", "m.csv.gz", "m.tsv", "m.jsonl", "m.ndjson.gz", "m.parquet"])
@QUICK
@given(rows=ROWS)
def test_whatever_pandas_writes_is_read_back(tmp_path, name, rows):
    path = tmp_path / name
    table = pd.DataFrame([{"path": f"{one}.png", "key": guarded(key), "page": None} for one, key in rows])
    if ".json" in name or ".ndjson" in name:
        table.to_json(path, orient="records", lines=True, force_ascii=False)
    elif ".parquet" in name:
        table.to_parquet(path)
    else:
        table.to_csv(path, sep="\t" if "tsv" in name else ",", index=False)
    assert [(Path(entry.origin).name, entry.key, entry.problem) for entry in read(path)] == [
        (f"{one}.png", key, None) for one, key in rows
    ]


def test_what_a_spreadsheet_holds_is_read_back_as_its_program_saves_it(tmp_path):
    book = openpyxl.Workbook()
    for row in [[None, None], ["Path ", "KEY", None], ["1.png", 0, None], [None, None, None], ["2.png", "b", None]]:
        book.active.append(row)
    rows = [["" if value is None else value for value in row] for row in book.active.iter_rows(values_only=True)]
    with (tmp_path / "m.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    assert keys(tmp_path / "m.csv") == [("0", None), ("b", None)]


@pytest.mark.parametrize("beginning", ["", "\r\n\r\n", ",,,\r\n", ";;\r\n\r\n", "\r\nTickets of May,,\r\n"])
@pytest.mark.parametrize("ending", ["", ",,\r\n", "\r\n\r\n"])
def test_empty_rows_and_columns_around_the_list_are_passed_by(tmp_path, beginning, ending):
    path = of(tmp_path / "m.csv", f"{beginning}path,key,,\r\n1.png,a,,\r\n,,,\r\n2.png,b,,\r\n{ending}")
    assert keys(path) == [("a", None), ("b", None)]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=,", "sep=|", "sep=\t"])
def test_the_line_that_tells_excel_the_separator_is_heeded(tmp_path, first):
    separator = first.strip('"')[4]
    path = of(tmp_path / "m.csv", f"{first}\r\npath{separator}key\r\n1.png{separator}a,b;c\r\n".replace("a,b;c", "a"))
    assert keys(path) == [("a", None)]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_bad_line_fails_alone_in_every_encoding(tmp_path, encoding):
    path = of(tmp_path / "m.csv", "path,type\n发票.png,\n2.png,pasport\n3.png,,x\n4.png,\n", encoding)
    assert [bool(entry.problem) for entry in read(path)] == [False, True, True, False]
    assert read(path)[2].place == f"{path} line 4"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_lines_are_read_in_every_encoding(tmp_path, encoding):
    text = json.dumps({"path": "发票.png", "key": "乙"}, ensure_ascii=False) + "\n"
    assert keys(of(tmp_path / "m.jsonl", text, encoding)) == [("乙", None)]


@pytest.mark.parametrize("line", ["\udcff\udcfe.png", "M\udcfcller.png", "\udc80"])
def test_a_line_in_no_encoding_fails_alone(tmp_path, line):
    (tmp_path / "m.csv").write_bytes(b"path\n" + "发票.png".encode() + b"\n" + os.fsencode(line) + b"\n2.png\n")
    problems = [entry.problem for entry in read(tmp_path / "m.csv")]
    assert problems == [None, "is not UTF-8: save the file as CSV UTF-8", None]


@POSIX
@pytest.mark.parametrize("name", [os.fsdecode(b"\xb7\xa2\xc6\xb1.png"), "M\udcfcller.png"])
def test_a_name_that_is_not_utf_8_is_found_by_its_bytes(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    (tmp_path / "m.csv").write_bytes(b"path\n" + "发票.png\n发票.png\n".encode() + os.fsencode(name) + b"\n")
    entry = read(tmp_path / "m.csv")[2]
    assert (entry.problem, Path(entry.origin).name) == (None, name)


@POSIX
@pytest.mark.parametrize("name", [os.fsdecode(b"\xb7\xa2\xc6\xb1.png"), "=1+1.png", "-x.png", 'a,"b.png', " 1.png"])
def test_the_list_of_failed_items_leads_back_to_every_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    rows = [{"key": name, "path": str(tmp_path / name), "status": "failed"}]
    manifest.write(tmp_path / "x.failed.csv", rows)
    (entry,) = read(tmp_path / "x.failed.csv")
    assert entry.origin.rpartition("/")[2].strip() == name.strip()
    assert stat.S_IMODE((tmp_path / "x.failed.csv").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "'x", "x", "＝1", "\tx", " =1", "' =1"])
def test_an_apostrophe_that_guards_is_taken_off_again(text):
    assert unguarded(guarded(text)) == (text if guarded(text) != text else unguarded(text))


@pytest.mark.parametrize("line", [2, 5, 30])
@pytest.mark.parametrize("quoted", ['"{}.png', '{}.png,"note', '{}.png,"a ""b"'])
def test_an_open_quote_is_an_error_that_names_its_line(tmp_path, line, quoted):
    rows = [quoted.format(n) if n == line else f"{n}.png,x" for n in range(2, 51)]
    path = of(tmp_path / "m.csv", "path,note\n" + "\n".join(rows) + "\n")
    if quoted.endswith('b"'):
        assert len(read(path)) == 49
        return
    with pytest.raises(JobError, match=rf"m\.csv line {line}: a quote is opened and never closed"):
        read(path)


@pytest.mark.parametrize("after", ['40.png,"y"', '"40.png",y', '40.png,"a, b"'])
def test_an_open_quote_that_meets_a_later_one_names_the_line_where_it_opened(tmp_path, after):
    rows = ['5.png,"x' if n == 5 else after if n == 40 else f"{n}.png,x" for n in range(2, 51)]
    path = of(tmp_path / "m.csv", "path,note\n" + "\n".join(rows) + "\n")
    with pytest.raises(JobError, match=r"line 5: a quote"):
        read(path)


def test_a_note_of_several_lines_is_no_open_quote(tmp_path):
    path = of(tmp_path / "m.csv", 'path,note,key\n1.png,"two\nlines ""quoted""",a\n2.png,,b\n')
    assert keys(path) == [("a", None), ("b", None)]
    assert read(of(tmp_path / "n.csv", 'path,note,type\n1.png,"two\nlines",\n2.png,,pasport\n'))[1].place.endswith(
        "line 4"
    )


def test_a_quote_amid_a_cell_fails_alone_or_is_part_of_it(tmp_path):
    path = of(tmp_path / "m.csv", 'path\n"1"x.png\n2".png\n3.png\n')
    assert [bool(entry.problem) for entry in read(path)] == [True, False, False]


@pytest.mark.parametrize("columns", ["path,path", "key,path,KEY", "url,type,path,Type"])
def test_a_column_that_is_there_twice_is_refused(tmp_path, columns):
    with pytest.raises(JobError, match=r"m\.csv line 1: two columns are called (path|key|type)"):
        read(of(tmp_path / "m.csv", f"{columns}\na,b,c\n"))


def test_a_column_without_a_meaning_may_be_there_twice(tmp_path):
    assert keys(of(tmp_path / "m.csv", "path,note,note\n1.png,a,b\n")) == [("1.png", None)]


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n", "name,file\n1,2\n"])
def test_a_manifest_without_a_header_is_refused(tmp_path, text):
    with pytest.raises(JobError, match=r"is empty|no column is called"):
        read(of(tmp_path / "m.csv", text))


@pytest.mark.parametrize(
    ("page", "expected"), [("1", 1), ("1.0", 1), (" 3 ", 3), ("2e0", 2), ("", None), ("nan", None)]
)
def test_a_page_is_read_as_a_spreadsheet_leaves_it(tmp_path, page, expected):
    (entry,) = read(of(tmp_path / "m.csv", f"path,page\n1.pdf,{page}\n"))
    assert (entry.problem, entry.page) == (None, expected)


@pytest.mark.parametrize("page", ["0", "0.0", "-1", "1.5", "one", "inf"])
def test_a_page_that_no_document_has_is_refused(tmp_path, page):
    (entry,) = read(of(tmp_path / "m.csv", f"path,page\n1.pdf,{page}\n"))
    assert f"page '{page}'" in entry.problem


@pytest.mark.parametrize("page", [0, -1, 1.5, True, "x", [1], 10**400])
def test_a_page_in_json_that_no_document_has_is_refused(tmp_path, page):
    (entry,) = read(of(tmp_path / "m.jsonl", json.dumps({"path": "1.pdf", "page": page}) + "\n"))
    assert "page" in entry.problem


@pytest.mark.parametrize(("key", "expected"), [(0, "0"), (7.0, "7"), ("0", "0"), (None, "1.png"), ("", "1.png")])
def test_a_key_may_be_a_number(tmp_path, key, expected):
    assert keys(of(tmp_path / "m.jsonl", json.dumps({"path": "1.png", "key": key}) + "\n")) == [(expected, None)]


@pytest.mark.parametrize("key", [True, [1], {"a": 1}])
def test_a_key_that_is_no_text_fails_alone(tmp_path, key):
    (entry,) = read(of(tmp_path / "m.jsonl", json.dumps({"path": "1.png", "key": key}) + "\n"))
    assert "neither a text nor a number" in entry.problem


@POSIX
@pytest.mark.parametrize("written", ["scans\\1.png", ".\\scans\\1.png", "scans/1.png"])
def test_windows_separators_lead_to_the_file(tmp_path, written):
    fill(tmp_path / "scans", [1])
    (entry,) = read(of(tmp_path / "m.csv", f"path\n{written}\n"))
    assert Path(entry.origin).exists()
    assert "\\" not in entry.key


@POSIX
def test_a_backslash_in_a_name_stays_one(tmp_path):
    (tmp_path / "a\\b.png").write_bytes(b"x")
    (entry,) = read(of(tmp_path / "m.csv", "path\na\\b.png\n"))
    assert entry.key == "a\\b.png"


@pytest.mark.parametrize("source", ["file:///data/1.png", "https://example.com/1.png", "obs://bucket/1.png"])
def test_an_address_is_not_relative_to_the_manifest(tmp_path, source):
    (entry,) = read(of(tmp_path / "m.csv", f"url\n{source}\n"))
    assert entry.origin == source.removeprefix("file://")


@pytest.mark.parametrize("name", ["m.csv.gz", "m.jsonl.gz", "m.csv"])
def test_a_packed_manifest_is_read_and_a_damaged_one_refused(tmp_path, name):
    text = b'{"path": "1.png"}\n' if "json" in name else b"path\n1.png\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(text))
    assert keys(path) == [("1.png", None)]
    path.write_bytes(gzip.compress(text * 500)[:-20])
    with pytest.raises(JobError, match=r"manifest .*m\."):
        read(path)


def test_parquet_has_options_and_keys_of_any_type(tmp_path):
    rows = [{"PATH": "1.png", "key": 0, "type": "passport", "options": {"country_code": "CHN"}, "page": 1.0}]
    pd.DataFrame(rows).to_parquet(tmp_path / "m.parquet")
    (entry,) = read(tmp_path / "m.parquet", None)
    assert (entry.key, entry.type, entry.page) == ("0", Passport(country_code="CHN"), 1)
    packed = tmp_path / "m.parquet.gz"
    packed.write_bytes(gzip.compress((tmp_path / "m.parquet").read_bytes()))
    assert keys(packed) == [("0", None)]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all"])
def test_what_is_no_parquet_is_refused(tmp_path, content):
    (tmp_path / "m.parquet").write_bytes(content)
    with pytest.raises(JobError, match=r"m\.parquet"):
        read(tmp_path / "m.parquet")


@POSIX
@pytest.mark.parametrize("name", ["m.csv", "m.jsonl", "m.parquet"])
def test_a_pipe_is_no_manifest(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(JobError, match="is not a regular file"):
        read(tmp_path / name)


async def test_a_manifest_from_windows_in_gbk_is_read_to_its_end(tmp_path):
    fill(tmp_path / "扫描", range(3))
    text = "序号;path;key\r\n" + "".join(f"{n};扫描\\{n}.png;票{n}\r\n" for n in range(3))
    out = tmp_path / "out.jsonl"
    summary = await run(of(tmp_path / "m.csv", text, "gbk"), out)
    assert (summary.done, summary.failed) == (3, 0)
    assert sorted(by_key(out)) == ["票0", "票1", "票2"]


@pytest.mark.parametrize("content", ["name,amount\nx,1\n", "", "key,path\n"])
def test_a_file_that_is_no_list_of_failed_items_stays(tmp_path, content):
    path = of(tmp_path / "x.failed.csv", content)
    with pytest.raises(JobError, match="is no list of failed items"):
        manifest.write(path, [])
    assert path.read_text() == content
