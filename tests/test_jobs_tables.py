from __future__ import annotations

import csv
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest
from job_fixtures import fill, run

import ocr_async.testing
from ocr_async.batch import Item
from ocr_async.documents import Passport, TrainTicket, registry
from ocr_async.errors import JobError
from ocr_async.jobs import tables
from ocr_async.jobs.tables import worksheet
from ocr_async.testing import ScriptedService, Unreadable, sample_result

TICKET = {
    "ticket_id": "007",
    "departure_station": "长沙南",
    "departure_time": "2017年12月12日20:39",
    "ticket_price": "￥1164.50元",
    "confidence": {"ticket_id": 0.99, "departure_station": 0.8, "departure_time": 0.5, "ticket_price": 0.97},
}

DEPARTURE = datetime.fromisoformat("2017-12-12 20:39")

SAMPLES = Path(ocr_async.testing.__file__).parent / "samples"


def done(key, result, api="train-ticket", **more):
    line = {"key": key, "source": key, "type": api, "status": "done", "attempts": 1, "request_id": "r-1"}
    return line | {"seconds": 0.5, "endpoint": "cn-north-4", "result": result} | more


def failed(key, message="The image is not supported.", **more):
    error = {
        "kind": "DocumentError",
        "code": "AIS.0104",
        "status": 400,
        "message": message,
        "remedy": "another picture",
    }
    line = {"key": key, "source": key, "type": "train-ticket", "status": "failed", "attempts": 2, "request_id": None}
    return line | {"seconds": 0.5, "endpoint": "cn-north-4", "error": error} | more


@pytest.fixture
def output(tmp_path):
    def make(*lines):
        path = tmp_path / "results.jsonl"
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        return path

    return make


@pytest.fixture
def book(output):
    def make(*lines):
        path = output(*lines)
        (written,) = tables.write(path, path.with_suffix(".xlsx"))
        return openpyxl.load_workbook(written)

    return make


def column(sheet, title):
    (place,) = (cell.column for cell in sheet[1] if cell.value == title)
    return [sheet.cell(row, place) for row in range(2, sheet.max_row + 1)]


def classified(*items):
    return {"items": list(items), "confidence": {}}


def found(kind, content, code="AIS.0000"):
    status = {"error_code": code, "error_msg": "said by the service"}
    return {"status": status, "type": kind, "location": [[0, 0], [1, 0], [1, 1], [0, 1]], "content": content}


def test_a_spreadsheet_has_a_sheet_for_each_type_one_for_failures_and_one_that_explains(book):
    made = book(done("a.jpg", TICKET), done("b.jpg", {"number": "1"}, "quota-invoice"), failed("c.jpg"))
    assert made.sheetnames == ["train-ticket", "quota-invoice", "failures", "about"]


def test_cells_are_typed_and_identifiers_stay_text(book):
    sheet = book(done("a.jpg", TICKET))["train-ticket"]
    (time,), (price,), (ticket,) = (column(sheet, name) for name in ("Departure time", "Ticket price", "Ticket id"))
    assert (time.value, time.number_format) == (DEPARTURE, "yyyy-mm-dd hh:mm")
    assert (price.value, price.number_format) == (1164.5, "#,##0.00##")
    assert (ticket.value, ticket.data_type, ticket.number_format) == ("007", "s", "@")


def test_columns_are_in_the_order_of_the_reference_pages_and_empty_ones_left_out(book):
    sheet = book(done("a.jpg", {"ticket_price": "1", "seal_mark": None, "ticket_id": "2"}))["train-ticket"]
    assert [cell.value for cell in sheet[1]] == [
        "Key",
        "Ticket id",
        "Ticket price",
        "Lowest confidence",
        "Read at (UTC)",
        "Run",
        "Request id",
        "SHA-256",
    ]


def test_the_header_row_is_frozen_and_filters_the_whole_sheet(book):
    sheet = book(done("a.jpg", TICKET), done("b.jpg", TICKET))["train-ticket"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:J3"


def test_columns_are_as_wide_as_what_they_hold_within_reason(book):
    sheet = book(done("a.jpg", TICKET | {"departure_station": "站" * 10, "sale_location": "x" * 500}))["train-ticket"]
    widths = {cell.value: sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]}
    assert widths["Departure station"] == pytest.approx(22, abs=1)
    assert widths["Sale location"] == pytest.approx(46, abs=1)


def test_low_confidences_are_marked_and_the_marks_explained(book):
    made = book(done("a.jpg", TICKET))
    sheet = made["train-ticket"]
    fills = {
        name: column(sheet, name)[0].fill.fgColor.rgb for name in ("Ticket id", "Departure station", "Departure time")
    }
    legend = {row[0].value: row[0].fill.fgColor.rgb for row in made["about"].iter_rows() if row}
    assert fills["Ticket id"] == "00000000"
    assert (fills["Departure station"], fills["Departure time"]) == (legend["yellow"], legend["red"])
    (lowest,) = column(sheet, "Lowest confidence")
    assert (lowest.value, lowest.number_format, lowest.fill.fgColor.rgb) == (0.5, "0%", legend["red"])


def test_a_key_opens_its_picture(book, tmp_path):
    sheet = book(done(f"{tmp_path}/in/发票 1.jpg", TICKET))["train-ticket"]
    assert sheet["A2"].hyperlink.target == "in/%E5%8F%91%E7%A5%A8%201.jpg"


def test_a_text_that_looks_like_a_formula_stays_a_text(book):
    sheet = book(done("=1+1", TICKET | {"ticket_id": '=HYPERLINK("x")'}))["train-ticket"]
    assert sheet["A2"].data_type == column(sheet, "Ticket id")[0].data_type == "s"


def test_a_text_that_no_spreadsheet_can_hold_is_cut_and_cleaned(book):
    sheet = book(done("a.jpg", TICKET | {"ticket_id": "\x01" + "9" * 40_000}))["train-ticket"]
    assert column(sheet, "Ticket id")[0].value == "\ufffd" + "9" * 32_766


def test_a_date_before_the_calendar_of_excel_is_text(book):
    sheet = book(done("a.jpg", {"date_of_birth": "1899-05-06"}, "passport"))["passport"]
    assert column(sheet, "Date of birth")[0].value == "1899-05-06"


def test_a_reading_that_does_not_fit_stays_as_it_was_printed(book):
    sheet = book(done("a.jpg", TICKET), done("b.jpg", TICKET | {"ticket_price": "164,X"}))["train-ticket"]
    assert [cell.value for cell in column(sheet, "Ticket price")] == [1164.5, "164,X"]


def test_inner_fields_have_columns_of_their_own(book):
    passport = sample_result("passport", b"picture")
    sheet = book(done("a.jpg", passport, "passport"))["passport"]
    assert any(str(cell.value).startswith("Extra info: local language: ") for cell in sheet[1])


def test_each_document_of_a_picture_is_a_row_on_the_sheet_of_its_type(book):
    ticket, invoice = (
        found("train_ticket", TICKET),
        found("quota_invoice", {"number": "0001", "confidence": {"number": 0.4}}),
    )
    made = book(
        done("a.jpg", classified(ticket, invoice, ticket, found("passport", {}, "AIS.0104")), "auto-classification")
    )
    assert [row[:2] for row in made["train-ticket"].iter_rows(2, values_only=True)] == [("a.jpg", 1), ("a.jpg", 3)]
    assert column(made["quota-invoice"], "Number")[0].value == "0001"
    assert [cell.value for cell in made["failures"][2]][:6] == [
        "a.jpg",
        4,
        "passport",
        "failed",
        "DocumentError",
        "AIS.0104",
    ]


def test_documents_without_a_class_have_their_fields_as_they_came(book):
    toll = found("something_new", {"code": "01", "total": 3.5, "items": [{"name": "x"}], "confidence": {"code": 0.2}})
    sheet = book(done("a.jpg", classified(toll), "auto-classification"))["something-new"]
    assert [cell.value for cell in sheet[2]][2:5] == ["01", 3.5, "x"]
    assert [cell.value for cell in sheet[1]][2:5] == ["Code", "Total", "Items: 1: name"]


def test_failures_say_what_to_do(book):
    sheet = book(failed("a.jpg"), failed("b.jpg", status="held"))["failures"]
    assert column(sheet, "What to do")[0].value == "another picture"
    assert [cell.value for cell in column(sheet, "Status")] == ["failed", "held"]


def test_a_sheet_goes_on_in_another_one_where_the_rows_of_excel_end(book, monkeypatch):
    monkeypatch.setattr(worksheet, "MOST_ROWS", 4)
    made = book(*(done(f"{number}.jpg", TICKET) for number in range(7)))
    parts = ["train-ticket", "train-ticket 2", "train-ticket 3"]
    assert [made[name].max_row for name in parts] == [4, 4, 2]
    assert [made[name].auto_filter.ref for name in parts] == ["A1:J4", "A1:J4", "A1:J2"]


def test_an_output_with_nothing_in_it_makes_an_empty_spreadsheet(book):
    assert book().sheetnames == ["failures", "about"]


def test_csv_has_the_mark_that_excel_asks_for_and_plain_values(output):
    path = output(done("a.jpg", TICKET), failed("b.jpg"))
    (written,) = tables.write(path, path.with_suffix(".csv"))
    assert written.read_bytes().startswith(b"\xef\xbb\xbf")
    with written.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["key"], row["ticket_id"], row["departure_station"]) == ("a.jpg", "007", "长沙南")
    assert (row["departure_time"], row["ticket_price"]) == ("2017-12-12 20:39", "1164.50")
    assert row["lowest_confidence"] == "0.5"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "  =1"])
def test_csv_hides_formulas_behind_an_apostrophe(output, text):
    path = output(done("a.jpg", TICKET | {"ticket_id": text}))
    (written,) = tables.write(path, path.with_suffix(".csv"))
    with written.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["ticket_id"] == f"'{text}"


def test_csv_of_several_types_is_a_file_for_each(output):
    path = output(done("a.jpg", TICKET), done("b.jpg", {"number": "1"}, "quota-invoice"))
    written = tables.write(path, path.with_suffix(".csv"))
    assert [each.name for each in written] == ["results.train-ticket.csv", "results.quota-invoice.csv"]


def test_parquet_has_typed_columns_and_the_confidences(output):
    path = output(done("a.jpg", TICKET), done("b.jpg", TICKET | {"ticket_price": "2"}))
    (written,) = tables.write(path, path.with_suffix(".parquet"))
    first, second = pyarrow.parquet.read_table(written).to_pylist()
    assert (first["ticket_price"], second["ticket_price"]) == (Decimal("1164.50"), Decimal("2.00"))
    assert (first["departure_time"], first["ticket_id"]) == (DEPARTURE, "007")
    assert dict(first["confidence"])["departure_time"] == 0.5


def test_a_parquet_column_of_mixed_readings_is_of_text(output):
    path = output(done("a.jpg", TICKET), done("b.jpg", TICKET | {"ticket_price": "164,X"}))
    (written,) = tables.write(path, path.with_suffix(".parquet"))
    assert pyarrow.parquet.read_table(written)["ticket_price"].to_pylist() == ["1164.50", "164,X"]


def test_parquet_keeps_dates_as_dates(output):
    path = output(done("a.jpg", {"date_of_birth": "1899-05-06"}, "passport"))
    (written,) = tables.write(path, path.with_suffix(".parquet"))
    assert pyarrow.parquet.read_table(written)["date_of_birth"].to_pylist() == [date(1899, 5, 6)]


def test_a_torn_last_line_is_left_out(output):
    path = output(done("a.jpg", TICKET))
    path.write_bytes(path.read_bytes() + b'{"key": "b')
    (written,) = tables.write(path, path.with_suffix(".csv"))
    assert len(written.read_text(encoding="utf-8-sig").splitlines()) == 2


def test_a_table_that_cannot_be_written_names_the_file_and_leaves_nothing_behind(output, tmp_path):
    path = output(done("a.jpg", TICKET))
    with pytest.raises(JobError, match=r"table .*nowhere/a\.xlsx: No such file or directory; the results are safe"):
        tables.write(path, tmp_path / "nowhere" / "a.xlsx")
    assert [each.name for each in tmp_path.iterdir()] == ["results.jsonl"]


@pytest.mark.parametrize("api", sorted(path.stem for path in SAMPLES.iterdir()))
async def test_a_job_writes_its_tables_beside_its_output(tmp_path, api):
    folder, out = fill(tmp_path / "scans", range(3)), tmp_path / "out.jsonl"
    summary = await run(folder, out, document_type=registry.find(api), to=["xlsx", "csv", "parquet"])
    assert all(path.exists() for path in summary.tables)
    assert {path.suffix for path in summary.tables} == {".xlsx", ".csv", ".parquet"}


async def test_a_job_in_which_everything_failed_writes_the_failures(tmp_path):
    def refuse(task):
        raise Unreadable

    folder, out = fill(tmp_path / "scans", range(3)), tmp_path / "out.jsonl"
    summary = await run(folder, out, ScriptedService(refuse), to=["xlsx", "csv"])
    (written,) = summary.tables
    assert openpyxl.load_workbook(written)["failures"].max_row == 4


def tables_of(folder):
    return {path.name for path in folder.iterdir() if path.suffix in {".csv", ".parquet"}}


async def test_a_table_goes_with_the_last_document_in_it(tmp_path):
    folder, out = fill(tmp_path / "scans", range(3)), tmp_path / "out.jsonl"
    await run(folder, out, to=["csv", "parquet"])
    for picture in folder.iterdir():
        picture.unlink()
    summary = await run(folder, out, to=["csv", "parquet"], prune=True)
    assert (summary.pruned, summary.tables, tables_of(tmp_path)) == (3, (), set())


async def test_a_further_type_leaves_no_older_table_behind(tmp_path):
    folder, out = fill(tmp_path / "scans", range(2)), tmp_path / "out.jsonl"
    ticket, passport = (Item(folder / f"{n}.png", kind) for n, kind in enumerate((TrainTicket, Passport)))
    await run([ticket], out, document_type=None, to=["csv"])
    await run([ticket, passport], out, document_type=None, to=["csv"])
    assert tables_of(tmp_path) == {"out.train-ticket.csv", "out.passport.csv"}
    (folder / "1.png").unlink()
    await run([ticket], out, document_type=None, to=["csv"], prune=True)
    assert tables_of(tmp_path) == {"out.csv"}


async def test_the_table_of_a_job_with_a_name_like_it_stays(tmp_path):
    folder = fill(tmp_path / "scans", range(2))
    await run(folder, tmp_path / "out.passport.jsonl", document_type=Passport, to=["csv"])
    await run(folder, tmp_path / "out.jsonl", to=["csv"])
    assert tables_of(tmp_path) == {"out.csv", "out.passport.csv"}
