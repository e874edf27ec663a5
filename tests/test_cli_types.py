from __future__ import annotations

import pytest
from command_line import CommandLine

from ocr_async.documents import registry


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    return CommandLine(capsys)


def test_every_document_type_is_listed(run):
    out = run("types").out
    assert all(api in out for api in registry.apis())


def test_the_list_fits_80_columns(run):
    assert max(map(len, run("types").out.splitlines())) <= 80


def test_a_type_without_a_picture_says_so(run):
    assert "none: the options are all that is sent" in run("types", "invoice-verification").out


@pytest.mark.parametrize("api", sorted({*registry.apis()} - {"invoice-verification"}))
def test_one_type_is_shown_with_all_about_it(run, api):
    ended = run("types", api)
    assert ended.code == 0
    assert all(word in ended.out for word in (api, "JPEG", "base64", "fields"))


def test_the_values_of_an_option_are_listed_with_its_default(run):
    assert "version = v2, v1.0 (default v2)" in run("types", "QuotaInvoice").out
    assert "type_list = one or more of id_card_portrait_side" in run("types", "auto_classification").out


def test_an_unknown_type_is_wrong_usage(run):
    ended = run("types", "nothing")
    assert ended.code == 2
    assert "Known:" in ended.err
