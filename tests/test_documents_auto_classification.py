from __future__ import annotations

from pathlib import Path

import pytest
from replies import reply_of

from ocr_async.documents import BankcardResult, PassportResult, QuotaInvoiceResult, TrainTicketResult, VatInvoiceResult
from ocr_async.documents.classification import (
    CONTENT_TYPES,
    AutoClassification,
    AutoClassificationResult,
    content_class,
)
from ocr_async.errors import DocumentError
from ocr_async.fields.decoding import decode
from ocr_async.fields.mismatch import ProblemsError
from ocr_async.protocol import read

SAMPLE = Path(__file__).parent / "samples" / "auto-classification" / "200-three-invoices.json"
READ = {"error_code": "AIS.0000", "error_msg": "Succeeded."}


def decoded(*items) -> AutoClassificationResult:
    return decode(AutoClassificationResult, list(items))


@pytest.fixture
def picture() -> AutoClassificationResult:
    return read(AutoClassification(), reply_of(200, {}, SAMPLE.read_bytes()))


def test_a_result_is_a_sequence_of_its_items(picture):
    assert len(picture) == 3
    assert list(picture) == [picture[0], picture[1], picture[2]]


def test_an_item_has_its_corners_and_its_content_in_the_class_of_its_type(picture):
    item = picture[1]
    assert item.type == "quota_invoice"
    assert item.location == ((621, 605), (1328, 605), (1328, 1094), (621, 1094))
    assert isinstance(item.content, QuotaInvoiceResult)
    assert item.content.number == "40XXXX00"
    assert item.content.confidence["amount"] == 0.9917
    assert item.error is None


def test_corners_that_the_service_does_not_know_are_none():
    assert decoded({"type": "passport", "location": [[None, None]] * 4})[0].location is None


def test_an_item_that_failed_has_an_error_as_a_value_and_no_content(picture):
    error = picture[2].error
    assert isinstance(error, DocumentError)
    assert (error.code, error.retryable) == ("AIS.0104", False)
    assert picture[2].content is None
    assert picture.failed == (picture[2],)


def test_contents_are_picked_by_their_class(picture):
    assert [each.amount for each in picture.of(QuotaInvoiceResult)] == ["￥50.00", "￥100.00"]
    assert picture.of(PassportResult) == ()


@pytest.mark.parametrize("name", ["something_new", "visa"])
def test_a_type_without_a_class_keeps_its_content_as_it_came(name):
    content = {"total": "12", "confidence": {"total": 0.5}}
    (item,) = decoded({"status": READ, "type": name, "content": content})
    assert item.content == content
    assert decoded({"type": name, "content": content}).to_dict()["items"][0]["content"] == content


@pytest.mark.parametrize(
    ("name", "result_class"),
    [
        ("train_ticket", TrainTicketResult),
        ("passport", PassportResult),
        ("bankcard", BankcardResult),
        ("vat_roll_invoice", VatInvoiceResult),
        (None, None),
        (3, None),
    ],
)
def test_the_type_decides_the_class_of_the_content(name, result_class):
    assert content_class(name) is result_class


@pytest.mark.parametrize("name", CONTENT_TYPES)
def test_every_type_can_be_an_item(name):
    (item,) = decoded({"status": READ, "type": name, "location": [[1, 2]], "content": {"confidence": {}}})
    assert item.content is not None
    assert item.error is None


def test_the_seal_mark_is_read():
    assert decoded({"type": "passport", "seal_mark": True})[0].seal_mark is True


def test_a_picture_without_documents_is_an_empty_result_that_is_still_true():
    assert len(decoded()) == 0
    assert decoded()


def test_unknown_fields_of_an_item_and_of_its_status_are_kept():
    (item,) = decoded({"status": {**READ, "hint": 1}, "angle": 90})
    assert item.unknown_fields == {"angle": 90}
    assert item.status is not None
    assert item.status.unknown_fields == {"hint": 1}


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ({}, "expected a list, not an object @ $.result"),
        ([1], "expected an object, not a number @ $.result[0]"),
        ([{"location": [1, 2]}], "expected points of two integers @ $.result[0].location"),
        ([{}, {"type": 1}], "expected a string, not a number @ $.result[1].type"),
        (
            [{"type": "passport", "content": {"surname": 1}}],
            "expected a string, not a number @ $.result[0].content.surname",
        ),
        ([{"type": "taxi_invoice", "content": "x"}], "expected an object, not a string @ $.result[0].content"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(items, problem):
    with pytest.raises(ProblemsError) as caught:
        decode(AutoClassificationResult, items)
    assert caught.value.problems == [problem]


def test_cells_are_numbered_by_item(picture):
    cells = picture.typed_values()
    assert cells["0.type"] == "quota_invoice"
    assert str(cells["1.content.amount"]) == "100.00"
    assert cells["2.status.error_code"] == "AIS.0104"
