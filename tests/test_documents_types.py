from __future__ import annotations

import pytest

from ocr_async.documents import (
    Bankcard,
    EmiratesIdCard,
    Passport,
    PassportResult,
    QuotaInvoice,
    TrainTicket,
    TrainTicketResult,
    registry,
)
from ocr_async.documents.classification import CONTENT_TYPES, AutoClassification
from ocr_async.fields import DocumentType, ImageLimits, instance


@pytest.mark.parametrize("wrong", ["train-ticket", None, TrainTicketResult, DocumentType], ids=repr)
def test_what_is_no_document_type_is_refused_with_what_to_pass(wrong):
    with pytest.raises(TypeError, match="is no document type: pass a class such as TrainTicket"):
        instance(wrong)


def test_the_result_class_is_the_argument_of_the_base_class():
    assert TrainTicket.result_class is TrainTicketResult
    assert Passport().result_class is PassportResult


@pytest.mark.parametrize(
    ("document_type", "path"),
    [
        (TrainTicket(), "/v2/p/ocr/train-ticket"),
        (QuotaInvoice(), "/v2/p/ocr/quota-invoice"),
        (QuotaInvoice(version="v1.0"), "/v1.0/ocr/quota-invoice"),
        (Passport(), "/v2/p/ocr/passport"),
        (EmiratesIdCard(), "/v2/p/ocr/emirates-id-card"),
        (Bankcard(), "/v2/p/ocr/bankcard"),
        (AutoClassification(), "/v2/p/ocr/auto-classification"),
    ],
)
def test_each_type_has_its_path(document_type, path):
    assert document_type.path("p") == path


@pytest.mark.parametrize(
    ("document_type", "mebibytes", "max_side"),
    [
        (TrainTicket(), 10, 8192),
        (QuotaInvoice(), 10, 4096),
        (QuotaInvoice(version="v1.0"), 12, 4096),
        (Passport(), 10, 4096),
        (EmiratesIdCard(), 10, 8192),
        (Bankcard(), 10, 8192),
        (AutoClassification(), 10, 8000),
    ],
)
def test_each_type_has_its_limits(document_type, mebibytes, max_side):
    formats = document_type.limits.formats
    assert document_type.limits == ImageLimits(mebibytes * 1024 * 1024, min_side=15, max_side=max_side, formats=formats)
    assert set(formats) >= {"JPEG", "PNG", "BMP", "TIFF"}


NEEDING = {"custom-template", "invoice-verification"}
"""The types that say nothing without options."""


@pytest.mark.parametrize("name", sorted({*registry.apis()} - NEEDING))
def test_options_that_are_not_set_are_left_out(name):
    assert registry.find(name)().options() == {}


@pytest.mark.parametrize(
    ("document_type", "options"),
    [
        (TrainTicket(return_text_location=True), {"return_text_location": True}),
        (QuotaInvoice(version="v1.0"), {}),
        (Passport(country_code="CHN"), {"country_code": "CHN"}),
        (EmiratesIdCard(side="back"), {"side": "back"}),
        (Bankcard(return_text_location=True), {"return_text_location": True}),
        (
            AutoClassification(type_list=["passport", "bankcard"], detect_seal=True),
            {"type_list": ["passport", "bankcard"], "detect_seal": True},
        ),
        (
            AutoClassification(extended_parameters={"passport": {"country_code": "CHN"}}),
            {"extended_parameters": {"passport": {"country_code": "CHN"}}},
        ),
    ],
)
def test_options_that_are_set_become_parameters(document_type, options):
    assert document_type.options() == options


@pytest.mark.parametrize(
    ("document_class", "options", "listed"),
    [
        (QuotaInvoice, {"version": "v3"}, ["'v2'", "'v1.0'"]),
        (Passport, {"country_code": "chn"}, ["'GENERAL'", "'CHN'"]),
        (EmiratesIdCard, {"side": "left"}, ["'front'", "'back'"]),
        (TrainTicket, {"return_text_location": "true"}, ["True", "False"]),
        (Bankcard, {"return_text_location": 1}, ["True", "False"]),
        (AutoClassification, {"detect_seal": "no"}, ["True", "False"]),
        (AutoClassification, {"type_list": ["passport", "visa"]}, list(CONTENT_TYPES)),
        (AutoClassification, {"type_list": []}, list(CONTENT_TYPES)),
    ],
)
def test_an_unknown_option_value_is_refused_with_the_list_of_the_known_ones(document_class, options, listed):
    with pytest.raises(ValueError, match=next(iter(options))) as caught:
        document_class(**options)
    assert [value for value in listed if value not in str(caught.value)] == []


def test_there_are_17_types_to_look_for():
    assert len(CONTENT_TYPES) == 17


@pytest.mark.parametrize("name", ["emirates-id-card", "emirates_id_card", "EmiratesIdCard"])
def test_a_type_is_found_by_each_of_its_names(name):
    assert registry.find(name) is EmiratesIdCard


def test_an_unknown_name_is_refused_with_the_list_of_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown document type 'visa'\. Known: .*auto-classification.*train-ticket"):
        registry.find("visa")


def test_every_type_says_what_it_is_for():
    for document_type in registry.document_types():
        assert document_type.__doc__ or not document_type.__module__.startswith("ocr_async.")
