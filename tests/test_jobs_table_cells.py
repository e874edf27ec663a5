from __future__ import annotations

import csv
import json
import math
import stat
import sys
import warnings
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from job_fixtures import fill, run
from test_jobs_tables import TICKET, done, failed

from ocr_async.errors import JobError
from ocr_async.jobs import tables
from ocr_async.jobs.atomic import replacing
from ocr_async.jobs.scores import lowest
from ocr_async.jobs.tables.text import distinct
from ocr_async.jobs.tables.worksheet import fitting
from ocr_async.testing import ScriptedService

TEXT = st.text(st.characters(), max_size=40)
"""Any text, lone surrogates and control characters included."""

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(lines, name):
    """Return the cells of the field `x` as a program reads them back from a table of this format."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "results.jsonl")
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        (made,) = tables.write(path, path.with_suffix(f".{name}"))
        return READERS[name](made)


def from_xlsx(path):
    sheet = openpyxl.load_workbook(path).worksheets[0]
    (place,) = [cell.column for cell in sheet[1] if cell.value == "X"] or [0]
    cells = [sheet.cell(row, place) for row in range(2, sheet.max_row + 1)] if place else []
    assert all(cell.data_type in "snb" for cell in cells)
    return [cell.value for cell in cells]


def from_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row.get("x", "") for row in csv.DictReader(file)]


def from_parquet(path):
    table = pyarrow.parquet.read_table(path)
    return table["x"].to_pylist() if "x" in table.column_names else []


READERS = {"xlsx": from_xlsx, "csv": from_csv, "parquet": from_parquet}


def foreign(place, **content):
    """A line of a type that this package does not have, whose cells are what the service sent."""
    return done(place, content, "stamp-card")


def encoded(text):
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@FEW
@given(st.lists(TEXT | st.none(), min_size=1, max_size=5))
@example(["<r>markup</r>", "_x0041_", "=1+1", "＝1", "\x00", "\ud800"])
def test_any_text_goes_through_a_table_and_comes_back_as_a_text(values):
    lines = [foreign(f"{index}.png", x=value) for index, value in enumerate(["first", *values])]
    texts = [encoded(value or "") for value in values]
    assert [value or "" for value in written(lines, "parquet")] == ["first", *texts]
    for text in filter(str.strip, written(lines, "csv")):
        assert text[0] not in "=+-@＝＋－＠\t\r\n"
    assert all(isinstance(value, str | None) for value in written(lines, "xlsx"))


@FEW
@given(st.lists(st.integers(-(2**70), 2**70) | st.floats() | st.booleans() | st.none(), min_size=1, max_size=5))
@example([2**63, 1])
@example([2**53 + 1, 0.5])
@example([math.nan, math.inf])
def test_any_number_goes_through_a_table_and_comes_back_equal_or_as_its_text(values):
    lines = [foreign(f"{index}.png", x=value) for index, value in enumerate(values)]
    for name in READERS:
        for before, after in zip(json.loads(json.dumps(values)), written(lines, name), strict=False):
            assert is_same(before, after), name


def is_same(before, after):
    if before is None or before != before:  # noqa: PLR0124
        return after in (None, "", "nan", "None") or after != after  # noqa: PLR0124
    if isinstance(after, str):
        return after in {str(before), str(float(before)), "yes" if before else "no"}
    return math.isclose(before, after, rel_tol=1e-14)


@FEW
@given(st.decimals() | st.datetimes() | st.dates() | st.integers() | st.floats() | TEXT | st.none())
def test_whatever_excel_cannot_hold_becomes_a_text(value):
    held = fitting(value)
    assert type(held) in {type(value), str}
    if isinstance(held, date):
        assert str(held)[:10] >= "1900-03-01"
    if isinstance(held, Decimal | int | float):
        assert abs(held) < 1e308


@pytest.mark.parametrize("amount", ["1" * 47, "0." + "1" * 39, "12345678901234567890.12", "1E+60"])
@pytest.mark.parametrize("name", ["xlsx", "csv", "parquet"])
def test_an_amount_beyond_the_format_is_written_as_text(tmp_path, amount, name):
    path = tmp_path / "results.jsonl"
    path.write_text(
        "".join(json.dumps(done(f"{i}", TICKET | {"ticket_price": v})) + "\n" for i, v in enumerate(["2.50", amount]))
    )
    (made,) = tables.write(path, path.with_suffix(f".{name}"))
    assert made.exists()
    if name == "parquet":
        assert amount[:20] in str(pyarrow.parquet.read_table(made)["ticket_price"].to_pylist()[1])


@pytest.mark.parametrize("whole", [2**63, 2**63 + 5, 2**64 - 1])
def test_a_whole_number_beyond_64_bits_is_written_as_text(whole):
    lines = [foreign("a", x=1), foreign("b", x=whole)]
    assert written(lines, "parquet") == ["1", str(whole)]
    assert written(lines, "csv") == ["1", str(whole)]
    assert written(lines, "xlsx") == [1, str(whole)]


def test_whole_numbers_and_fractions_share_a_column_of_numbers():
    assert written([foreign("a", x=1), foreign("b", x=0.5)], "parquet") == [1.0, 0.5]


@pytest.mark.parametrize("empty", [None, "", "  ", "　"])
@pytest.mark.parametrize("name", ["departure_station", "ticket_price", "ticket_id"])
def test_an_empty_field_is_neither_least_certain_nor_marked(tmp_path, empty, name):
    result = TICKET | {name: empty, "confidence": dict.fromkeys(TICKET["confidence"], 0.95) | {name: 0.0}}
    assert lowest(result)[1] == 0.95
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(done("a.jpg", result)) + "\n" + json.dumps(done("b.jpg", TICKET)) + "\n")
    (made,) = tables.write(path, path.with_suffix(".xlsx"))
    sheet = openpyxl.load_workbook(made)["train-ticket"]
    assert {cell.fill.fgColor.rgb for cell in sheet[2]} == {"00000000"}
    (made,) = tables.write(path, path.with_suffix(".csv"))
    with made.open(encoding="utf-8-sig") as file:
        assert next(csv.DictReader(file))["lowest_confidence"] == "0.95"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"a": {"b": "", "confidence": {"b": 0.1}}, "c": {"d": "x", "confidence": {"d": 0.7}}}, ("c.d", 0.7)),
        ({"items": [{"content": {"n": "1", "confidence": {"n": 0.4}}}], "confidence": {}}, ("items.1.content.n", 0.4)),
        ({"extra": {"born": "x"}, "confidence": {"extra.born": 0.3, "extra.gone": 0.1}}, ("extra.born", 0.3)),
        ({"rows": [{"a": ""}], "confidence": {"rows": 0.1}}, (None, None)),
        ({"a": "x", "confidence": {"a": math.nan}}, (None, None)),
        ({"a": "x", "confidence": "none"}, (None, None)),
    ],
)
def test_the_least_certain_field_is_found_among_inner_ones_that_are_not_empty(result, expected):
    assert lowest(result) == expected


async def test_the_summary_names_no_field_that_is_empty(tmp_path):
    def reply(task):
        return {"ticket_id": "1", "check_port": "", "confidence": {"ticket_id": 0.9, "check_port": 0.0}}

    folder = fill(tmp_path / "scans", [1])
    summary = await run(folder, tmp_path / "out.jsonl", ScriptedService(reply))
    assert [(each.field, each.confidence) for each in summary.unsure] == [("ticket_id", 0.9)]


@pytest.mark.parametrize("name", ["key", "Document", "run", "source", "", "a\ud800", "=cmd()"])
@pytest.mark.parametrize("made", ["xlsx", "csv", "parquet"])
def test_a_field_may_be_called_like_any_column(tmp_path, name, made):
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(foreign("a.png", **{name: "value"})) + "\n")
    (table,) = tables.write(path, path.with_suffix(f".{made}"))
    if made == "csv":
        with table.open(encoding="utf-8-sig", newline="") as file:
            (row,) = csv.DictReader(file)
        assert row["key"] == "a.png"
        assert "value" in row.values()
    if made == "parquet":
        (row,) = pyarrow.parquet.read_table(table).to_pylist()
        assert row["key"] == "a.png"
        assert "value" in row.values()


@pytest.mark.parametrize("api", ["../../x", "a/b:c*?", "Failures", "ABOUT", "history", "'", "x" * 60, "名" * 40])
@pytest.mark.parametrize("made", ["xlsx", "csv", "parquet"])
def test_a_type_may_be_called_anything(tmp_path, api, made):
    path = tmp_path / "in" / "results.jsonl"
    path.parent.mkdir()
    path.write_text("".join(json.dumps(done(kind, {"x": "1"}, kind)) + "\n" for kind in (api, api + "?", "plain")))
    found = tables.write(path, path.with_suffix(f".{made}"))
    assert {each.parent for each in found} == {path.parent}
    assert len(found) == (1 if made == "xlsx" else 3)


def test_distinct_names_differ_whatever_their_case():
    assert list(distinct(["a", "A", "a_2", "", ""], ["B"])) == ["a", "A_2", "a_2_2", "unnamed", "unnamed_2"]


def test_a_walk_for_the_shape_and_one_for_the_cells_serve_all_types(tmp_path, monkeypatch):
    path, walks = tmp_path / "results.jsonl", []
    path.write_text("".join(json.dumps(done(str(n), {"x": "1"}, f"kind-{n}")) + "\n" for n in range(20)))
    for name in ("columns", "write"):
        module = import_module(f"ocr_async.jobs.tables.{name}")
        original = module.rows
        monkeypatch.setattr(module, "rows", lambda lines, original=original: walks.append(1) or original(lines))
    for made in ("csv", "parquet", "xlsx"):
        walks.clear()
        tables.write(path, path.with_suffix(f".{made}"))
        assert len(walks) == 2


def test_lines_that_join_while_a_table_is_written_are_left_to_the_next(tmp_path):
    from ocr_async.jobs.lines import opened  # noqa: PLC0415

    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(done("a", TICKET)) + "\n")
    with opened(path) as lines:
        assert len(list(lines())) == 1
        with path.open("a") as file:
            file.write(json.dumps(done("b", TICKET)) + "\n")
        assert len(list(lines())) == 1


@pytest.mark.parametrize("name", ["xlsx", "csv", "parquet"])
@pytest.mark.parametrize("content", [b"key,path\n1,a.png\n", b"", b"PK\x03\x04 no spreadsheet", b"\xff\xfe"])
async def test_a_file_that_is_no_table_of_the_job_stays_and_nothing_is_sent(tmp_path, name, content):
    service, folder = ScriptedService(), fill(tmp_path / "scans", [1])
    other = tmp_path / f"tickets.{name}"
    other.write_bytes(content)
    with pytest.raises(JobError, match="is no table of this package and stays as it is"):
        await run(folder, tmp_path / "tickets.jsonl", service, to=[name])
    assert other.read_bytes() == content
    assert service.ledger.calls == 0
    assert not (tmp_path / "tickets.jsonl").exists()


async def test_the_manifest_of_a_job_is_not_replaced_by_its_table(tmp_path):
    fill(tmp_path, [1])
    manifest = tmp_path / "tickets.csv"
    manifest.write_text("path,key\n1.png,one\n")
    with pytest.raises(JobError, match=r"tickets\.csv"):
        await run(manifest, tmp_path / "tickets.jsonl", to=["csv"])
    assert manifest.read_text() == "path,key\n1.png,one\n"


@pytest.mark.parametrize("name", ["xlsx", "csv", "parquet"])
async def test_the_tables_of_an_earlier_run_are_replaced(tmp_path, name):
    folder, out = fill(tmp_path / "scans", [1]), tmp_path / "out.jsonl"
    (first,) = (await run(folder, out, to=[name])).tables
    before = first.read_bytes()
    fill(folder, [2])
    (second,) = (await run(folder, out, to=[name])).tables
    assert second == first
    assert first.read_bytes() != before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes there")
@pytest.mark.parametrize("name", ["xlsx", "csv", "parquet"])
def test_a_table_is_for_its_owner_alone_and_keeps_the_mode_and_the_link_that_it_was_given(tmp_path, name):
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(done("a", TICKET)) + "\n")
    (made,) = tables.write(path, path.with_suffix(f".{name}"))
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    elsewhere = tmp_path / f"elsewhere.{name}"
    made.rename(elsewhere)
    made.symlink_to(elsewhere)
    elsewhere.chmod(0o640)
    tables.write(path, made)
    assert made.is_symlink()
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([elsewhere.name, made.name, "results.jsonl"])


def test_a_file_that_could_not_be_finished_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a.csv", "old")]


def test_names_of_tables_come_from_the_whole_name_of_the_output(tmp_path):
    for month in ("2024-01", "2024-02"):
        (tmp_path / f"invoices.{month}").write_text(json.dumps(done("a", TICKET)) + "\n")
        assert [path.name for path in tables.write_all(tmp_path / f"invoices.{month}", ["csv"])] == [
            f"invoices.{month}.csv"
        ]


def test_a_table_is_made_of_a_file_name_that_is_not_utf_8(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(done("\udcb7\udca2.png", TICKET)) + "\n")
    for name in ("xlsx", "csv", "parquet"):
        assert tables.write(path, path.with_suffix(f".{name}"))


def test_the_sheet_that_explains_tells_every_column_and_colour(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(done("a", TICKET, sha256="ab", run=3, read_at="2024-05-06T07:08:09.123Z")) + "\n")
    (made,) = tables.write(path, path.with_suffix(".xlsx"))
    book = openpyxl.load_workbook(made)
    said = {row[0].value for row in book["about"].iter_rows() if row[0].value}
    assert {"yellow", "red", "Key", "Lowest confidence", "SHA-256", "Request id", "failures"} <= said
    sheet = book["train-ticket"]
    values = dict(zip((cell.value for cell in sheet[1]), (cell.value for cell in sheet[2]), strict=True))
    assert values["Read at (UTC)"] == datetime(2024, 5, 6, 7, 8, 9, 123000)  # noqa: DTZ001
    assert (values["Run"], values["SHA-256"]) == (3, "ab")


def test_a_page_is_printed_with_the_fields_and_without_what_is_about_the_run(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(done("a", TICKET)) + "\n" + json.dumps(failed("b")) + "\n")
    (made,) = tables.write(path, path.with_suffix(".xlsx"))
    sheet = openpyxl.load_workbook(made)["train-ticket"]
    assert sheet.print_area == "'train-ticket'!$A$1:$F$2"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)


def test_nothing_is_warned_of_when_links_are_long_or_many(tmp_path, monkeypatch):
    from ocr_async.jobs.tables import worksheet  # noqa: PLC0415

    monkeypatch.setattr(worksheet, "MOST_LINKS", 4)
    path = tmp_path / "results.jsonl"
    sources = ["https://example.com/" + "a" * 5000, "b.png", "c#1.png", "d.png"]
    path.write_text("".join(json.dumps(done(source[:50], TICKET) | {"source": source}) + "\n" for source in sources))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (made,) = tables.write(path, path.with_suffix(".xlsx"))
    sheet = openpyxl.load_workbook(made)["train-ticket"]
    assert [bool(sheet.cell(row, 1).hyperlink) for row in range(2, 6)] == [False, True, True, False]
