from __future__ import annotations

import json

import jsonschema
import pytest
from catalogue_walk import APIS, filled_result, made
from command_line import CommandLine

from ocr_async.documents import registry
from ocr_async.fields import options_of
from ocr_async.fields.decoding import decode
from ocr_async.fields.description import described
from ocr_async.testing import ScriptedService, serve


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    return CommandLine(capsys)


def words(text):
    """The words of an output, as if it had been broken nowhere."""
    return "".join(text.split())


def test_every_document_type_is_listed_under_its_family(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    lines = run("types").out.splitlines()
    listed = [line.split()[0] for line in lines if line.startswith("   ") and line.strip()]
    assert listed == [*registry.apis()]
    families = [line.strip() for line in lines if line.startswith(" ") and not line.startswith("  ")]
    assert {registry.family(each) for each in registry.document_types()} <= {*families}


def test_the_list_fits_80_columns(run):
    assert max(map(len, run("types").out.splitlines())) <= 80


@pytest.mark.parametrize("columns", ["20", "40", "60"])
def test_a_narrow_terminal_shows_every_column(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    assert "A bank card." in run("types").out
    shown = run("types", "vat-invoice").out
    assert max(map(len, shown.splitlines())) <= int(columns)
    for part in ("page_num", "The page", "total", "Decimal", "cn-north-4"):
        assert part in shown


def test_a_type_without_a_picture_says_so(run):
    assert "none: the options are all that is sent" in run("types", "invoice-verification").out


@pytest.mark.parametrize("api", APIS)
def test_one_type_is_shown_with_all_its_options_limits_regions_and_fields(run, api, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    ended = run("types", api)
    out, kind = words(ended.out), registry.find(api)
    assert ended.code == 0
    assert all(option.name in out for option in options_of(kind))
    assert all(region in out for region in kind.regions)
    assert all(format_ in out for format_ in kind.picture.formats) or not kind.source_parameter
    assert f"sidesof{kind.picture.min_side}to{kind.picture.max_side}px" in out or not kind.source_parameter
    for name in {field.name.rpartition(".")[2] for field in described(kind.result_class)}:
        assert name in out
    assert ("/v1.0/ocr/" in out) == (APIS[api]["v1_path"] is not None)


def test_the_values_of_an_option_are_listed_with_its_default(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    out = words(run("types", "IdDocument").out)
    assert "oneormoreof" in out
    assert "versionv2,v1.0v2" in words(run("types", "QuotaInvoice").out)


def test_what_a_field_means_and_its_typed_value_are_shown(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    out = run("types", "train-ticket").out
    assert ["check_port", "text", "The", "ticket", "gate."] in [line.split() for line in out.splitlines()]
    assert ["departure_time", "text", "datetime"] in [line.split()[:3] for line in out.splitlines()]


def test_an_unknown_type_is_wrong_usage(run):
    ended = run("types", "nothing")
    assert ended.code == 2
    assert "Known:" in ended.err


def test_a_schema_is_that_of_one_type(run):
    assert run("types", "--schema").code == 2


@pytest.mark.parametrize("api", APIS)
def test_the_json_schema_of_a_result_takes_every_field_and_refuses_a_wrong_kind(run, api):
    schema = json.loads(run("types", api, "--schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    if api == "custom-template":
        return
    result = decode(made(api).result_class, filled_result(api)).to_dict()
    validator.validate(result)
    wrong = {name: 7 if isinstance(value, str) else "seven" for name, value in result.items()}
    assert [name for name in result if validator.is_valid(result | {name: wrong[name]})] == []


def test_a_type_without_a_picture_is_asked_for_by_its_options_alone(run):
    service = ScriptedService({"invoice-verification": {"status": "valid", "result_code": "1000"}})
    account = service.account
    options = ["-o", "code=1", "-o", "number=2", "-o", "issue_date=2024-01-01"]
    with serve(service) as url:
        there = ["--endpoint", url, "--project-id", account.project_id, "--ak", account.ak, "--sk", account.sk]
        ended = run("recognize", "invoice-verification", "--json", *options, *there)
        with_picture = run("recognize", "invoice-verification", "a.jpg", *options, *there)
        without_options = run("recognize", "invoice-verification", *there)

    assert json.loads(ended.out)["result"]["result_code"] == "1000"
    assert (with_picture.code, without_options.code) == (2, 2)
    assert "takesnopicture" in words(with_picture.err.replace("│", ""))
    assert "needstheoptionscode,number,issue_date" in words(without_options.err.replace("│", ""))


def test_a_type_with_pictures_is_asked_for_with_one(run):
    ended = run("recognize", "train-ticket", "--local")
    assert ended.code == 2
    assert "SOURCE" in ended.err
