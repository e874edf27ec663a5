"""The classes against the catalogue of the HTTP API: nothing of it is missing, and nothing is made up."""

from __future__ import annotations

import json
import re
from pathlib import Path

import attrs
import pytest
from attrs import frozen
from PIL import Image
from replies import reply_of

from ocr_async import Done, OcrSession, run_job
from ocr_async.documents import InvoiceVerification, registry
from ocr_async.errors import SourceError
from ocr_async.fields import DocumentType, Fields, Result, document
from ocr_async.protocol import read
from ocr_async.testing import ScriptedService, picture

CATALOGUE = Path(__file__).parent / "catalogue"
APIS = {each["id"]: each for each in json.loads((CATALOGUE / "apis.json").read_text("utf-8"))["apis"]}
SAMPLES = sorted((CATALOGUE / "samples").glob("*.json"))
PICTURE = Image.new("RGB", (200, 200), "white")
NEEDED = {
    "custom-template": {"template_id": "t"},
    "invoice-verification": {"code": "1", "number": "2", "issue_date": "2024-01-01"},
}


def made(api):
    """An instance of the type of an API, with the options that it needs."""
    return registry.find(api)(**NEEDED.get(api, {}))


def test_every_api_has_a_type_and_no_type_is_made_up():
    own = {each.api for each in registry.document_types() if each.__module__.startswith("ocr_async.")}
    assert own == APIS.keys()


@pytest.mark.parametrize("api", APIS)
def test_the_path_is_that_of_the_catalogue(api):
    path = made(api).path("{project_id}")
    assert path in {APIS[api]["v2_path"], APIS[api]["v1_path"]}


@pytest.mark.parametrize("api", APIS)
def test_the_options_are_those_of_the_catalogue(api):
    listed = {each["name"] for each in APIS[api]["params"] if each.get("one_of") != "source"}
    own = {attribute.name for attribute in attrs.fields(registry.find(api))} - {"version"}
    assert own <= listed | {"text_type"}
    assert listed - {"image", "url", "data"} <= own | {"classifier_mode"}


@pytest.mark.parametrize("api", [api for api, each in APIS.items() if each.get("limits_strictest_v2")])
def test_the_limits_are_the_strictest_of_the_catalogue(api):
    strictest, limits = APIS[api]["limits_strictest_v2"], made(api).limits
    told = {
        "max_base64_bytes": limits.max_base64_bytes,
        "min_side_px": limits.min_side,
        "max_side_px": limits.max_side,
    }
    assert {name: told[name] for name in strictest if name in told} == {
        name: value for name, value in strictest.items() if name in told and value is not None
    }


@pytest.mark.parametrize(
    "api",
    [
        api
        for api, each in APIS.items()
        if each["result"].get("type") == "object" and "fields" in each["result"] and api != "custom-template"
    ],
)
def test_the_fields_are_those_of_the_catalogue(api):
    listed = {each["name"] for each in APIS[api]["result"]["fields"]} - {"confidence"}
    own = {name.rstrip("_") for name in registry.find(api).result_class.field_names()}
    assert listed <= own
    assert len(own - listed) <= 6  # what version 1.0 adds


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_documented_reply_is_read_with_no_unknown_field(path):
    kind = made(re.sub(r"-\d$", "", path.stem))
    body = json.loads(path.read_text("utf-8"))
    body = body if "result" in body else {"result": body}
    result = read(kind, reply_of(200, {}, json.dumps(body).encode()))

    assert [each.unknown_fields for each in _objects(result) if each.unknown_fields] == []
    assert json.loads(json.dumps(result.to_dict(), ensure_ascii=False, default=str))


def _objects(value):
    if isinstance(value, Fields):
        yield value
        for attribute in attrs.fields(type(value)):
            yield from _objects(getattr(value, attribute.name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _objects(inner)


@pytest.mark.parametrize("api", APIS)
async def test_every_type_can_be_asked_for_at_the_scripted_service(api):
    kind = made(api)
    async with OcrSession.local(ScriptedService()) as session:
        result = await session.recognize(kind, PICTURE if kind.source_parameter else None)

    assert isinstance(result, kind.result_class)


async def test_a_verification_of_an_invoice_takes_no_picture():
    asked = []

    def reply(task):
        asked.append(dict(task.options))
        return {"status": "valid"}

    async with OcrSession.local(ScriptedService(reply)) as session:
        kind = InvoiceVerification(code="1", number="2", issue_date="2024-01-01")
        result = await session.recognize(kind, None)
        with pytest.raises(SourceError, match="is no picture, which passport takes"):
            await session.recognize(registry.find("passport"), None)

    assert (result.status, asked) == ("valid", [{"code": "1", "number": "2", "issue_date": "2024-01-01"}])


# a document type of one's own, for an API that this package does not know


@document
class ParkingTicketResult(Result):
    """What is printed on a parking ticket."""

    plate: str | None = None
    paid: str | None = None


@frozen
class ParkingTicket(DocumentType[ParkingTicketResult]):
    """A ticket of a car park."""

    api = "parking-ticket"

    country: str | None = None


async def test_a_type_of_ones_own_works_wherever_a_built_in_one_does(tmp_path):
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "1.png").write_bytes(picture(1))
    service = ScriptedService({"parking-ticket": {"plate": "京A12345", "paid": "5.00"}})
    async with OcrSession.local(service) as session:
        ticket = await session.recognize(ParkingTicket(country="CN"), picture(1))
        async with session.recognize_many(ParkingTicket, [picture(1)]) as run:
            (item,) = [item async for item in run]
        summary = await run_job(
            session, registry.find("parking-ticket"), tmp_path / "scans", out=tmp_path / "out.jsonl", to=["csv"]
        )

    assert isinstance(item, Done)
    assert item.result == ticket == ParkingTicketResult(plate="京A12345", paid="5.00", raw=ticket.raw)
    assert (summary.done, len(summary.tables)) == (1, 1)
    assert "京A12345" in summary.tables[0].read_text("utf-8-sig")
