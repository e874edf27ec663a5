"""A document type of one's own: two small classes in a module of one's own, and it works wherever a built-in one does."""

from __future__ import annotations

import json
import sys
from importlib import import_module

import openpyxl
import pytest
from command_line import CommandLine

from ocr_async import AutoClassification, Done, OcrSession, read_results, run_job
from ocr_async.documents import registry
from ocr_async.testing import ScriptedService, picture, serve

MODULE = '''
"""The tickets of our car parks, which a model of our own reads behind the same HTTP contract."""

from typing import Annotated, Literal

from attrs import frozen
from ocr_async.fields import DocumentType, ImageLimits, Quad, Reading, Result, document, readings


@document
class ParkingTicketResult(Result):
    """What is printed on a ticket."""

    plate: Annotated[str | None, "The plate of the car."] = None
    paid: str | None = None
    arrived: str | None = None
    barcode: Quad | None = None

    plate_value = Reading(readings.plate)
    paid_value = Reading(readings.amount)
    arrived_value = Reading(readings.timestamp)


@frozen
class ParkingTicket(DocumentType[ParkingTicketResult]):
    """A ticket of a car park."""

    api = "parking-ticket"
    picture = ImageLimits(max_side=2000)

    floor: Literal["street", "cellar"] = "street"
    detect_barcode: Annotated[bool, "Whether the bar code is looked for."] = False
'''
REPLY = {
    "plate": "京A·12345",
    "paid": "￥5.00",
    "arrived": "2024-03-01 08:15",
    "barcode": [[1, 2], [3, 2], [3, 4], [1, 4]],
    "confidence": {"plate": 0.98},
}


@pytest.fixture
def parking(tmp_path, monkeypatch):
    """Import the module, and forget it afterwards."""
    (tmp_path / "parking.py").write_text(MODULE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("parking")
    del sys.modules["parking"]


@pytest.fixture
def service():
    return ScriptedService({"parking-ticket": REPLY})


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "1.png").write_bytes(picture(1))
    return folder


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the module is
    return CommandLine(capsys)


async def test_it_is_recognized_one_by_one_and_many_at_a_time(parking, service):
    async with OcrSession.local(service) as session:
        ticket = await session.recognize(parking.ParkingTicket(floor="cellar"), picture(1))
        async with session.recognize_many(parking.ParkingTicket, [picture(1), picture(2)]) as batch:
            outcomes = [outcome async for outcome in batch]

    assert (ticket.plate_value, str(ticket.paid_value), ticket.barcode.box) == ("京A12345", "5.00", (1, 2, 3, 4))
    assert ticket.confidence == {"plate": 0.98}
    assert [type(each) for each in outcomes] == [Done, Done]


async def test_its_options_are_checked_here_and_by_the_service(parking, service):
    with pytest.raises(ValueError, match="floor='roof' is not one of 'street', 'cellar'"):
        parking.ParkingTicket(floor="roof")
    asked = []
    service.recognizer.replies = lambda task: asked.append(dict(task.options)) or REPLY
    async with OcrSession.local(service) as session:
        await session.recognize(parking.ParkingTicket(floor="cellar", detect_barcode=True), picture(1))
    assert asked == [{"floor": "cellar", "detect_barcode": True}]


async def test_it_is_a_document_of_a_picture_with_several(parking):
    item = {"type": "parking_ticket", "content": REPLY, "status": {"error_code": "AIS.0000"}}
    async with OcrSession.local(ScriptedService({"auto-classification": [item]})) as session:
        found = await session.recognize(AutoClassification, picture(1))

    (ticket,) = found.of(parking.ParkingTicketResult)
    assert ticket.plate == "京A·12345"


async def test_a_typed_result_is_a_reply_of_the_scripted_service(parking):
    service = ScriptedService({"parking-ticket": parking.ParkingTicketResult(plate="京A12345")})
    async with OcrSession.local(service) as session:
        assert (await session.recognize(parking.ParkingTicket, picture(1))).plate == "京A12345"


async def test_its_jobs_have_tables_with_typed_columns_and_results_that_are_read_back(
    parking, service, scans, tmp_path
):
    async with OcrSession.local(service) as session:
        summary = await run_job(
            session, parking.ParkingTicket, scans, out=tmp_path / "out.jsonl", to=["csv", "xlsx", "parquet"]
        )

    assert summary.done == 1
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    heading, row = ([cell.value for cell in each] for each in sheet.iter_rows(max_row=2))
    values = dict(zip(heading, row, strict=True))
    assert (values["Plate"], values["Paid"]) == ("京A12345", 5)
    assert values["Arrived"].isoformat() == "2024-03-01T08:15:00"
    (read,) = read_results(tmp_path / "out.jsonl")
    assert isinstance(read.result, parking.ParkingTicketResult)


def test_the_command_line_takes_it_as_module_and_class(parking, service, scans, run, tmp_path):
    account = service.account
    with serve(service) as url:
        there = ["--endpoint", url, "--project-id", account.project_id, "--ak", account.ak, "--sk", account.sk]
        shown = run("recognize", "parking:ParkingTicket", scans / "1.png", "-o", "floor=cellar", "--json", *there)
        batch = run("batch", "parking:ParkingTicket", scans, "--out", tmp_path / "out.jsonl", "--to", "csv", *there)

    assert json.loads(shown.out)["result"]["plate"] == "京A·12345"
    assert batch.code == 0
    assert "京A12345" in (tmp_path / "out.csv").read_text("utf-8-sig")


def test_the_command_line_tells_all_about_it(parking, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert "parking-ticket" in run("types").out
    about = run("types", "parking:ParkingTicket").out
    assert all(word in about for word in ("street, cellar", "Whether the bar code", "The plate of the car.", "2000 px"))
    schema = json.loads(run("types", "parking-ticket", "--schema").out)
    assert schema["properties"]["plate"] == {"description": "The plate of the car.", "type": ["string", "null"]}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere:Ticket", "No module named 'nowhere'"),
        ("parking:Nothing", "has no attribute 'Nothing'"),
        ("parking:Quad", "is no document type"),
        (":", "no document type"),
    ],
)
def test_what_cannot_be_imported_is_wrong_usage(parking, run, name, said):
    ended = run("types", name)
    assert ended.code == 2
    assert said in " ".join(ended.err.replace("│", " ").split())


async def test_a_card_with_two_sides_is_one_result(parking, tmp_path):
    sides = 'api = "parking-card"\n    content_types = ("stub", "counterfoil")'
    (tmp_path / "cards.py").write_text(MODULE.replace('api = "parking-ticket"', sides), "utf-8")
    import_module("cards")
    items = [{"type": "stub", "content": {"plate": "京A12345"}}, {"type": "counterfoil", "content": {"paid": "5.00"}}]
    async with OcrSession.local(ScriptedService({"auto-classification": items})) as session:
        found = await session.recognize(AutoClassification, picture(1))

    (card,) = found.cards()
    assert (card.plate_value, str(card.paid_value)) == ("京A12345", "5.00")
    del sys.modules["cards"]


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_type_is_known_as_long_as_the_test_that_defines_it(parking, time):
    assert registry.find("parking-ticket") is parking.ParkingTicket
