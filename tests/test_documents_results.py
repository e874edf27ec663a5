from __future__ import annotations

import pickle
from datetime import date, datetime
from decimal import Decimal

import pytest
from attrs import evolve

from ocr_async.documents import (
    BankcardResult,
    EmiratesIdCardResult,
    PassportResult,
    QuotaInvoiceResult,
    TrainTicketResult,
)
from ocr_async.fields import Fields, Meta, Result, document
from ocr_async.fields.decoding import decode
from ocr_async.fields.mismatch import ProblemsError


def problems(result_class, value):
    with pytest.raises(ProblemsError) as caught:
        decode(result_class, value)
    return set(caught.value.problems)


def test_missing_fields_are_none():
    assert decode(QuotaInvoiceResult, {"number": "1"}).code is None


def test_null_is_none_and_never_the_word():
    ticket = decode(TrainTicketResult, {"name": None, "seal_mark": None, "confidence": None, "text_location": None})
    assert (ticket.name, ticket.seal_mark, ticket.confidence, ticket.text_location) == (None, None, {}, None)


def test_unknown_fields_are_kept_at_every_level():
    page = decode(PassportResult, {"chip": {"a": 1}, "extra_info": {"x": [2], "local_language": {"y": "z"}}})
    assert page.unknown_fields == {"chip": {"a": 1}}
    assert page.extra_info is not None
    assert page.extra_info.unknown_fields == {"x": [2]}
    assert page.extra_info.local_language is not None
    assert page.extra_info.local_language.unknown_fields == {"y": "z"}


def test_unknown_fields_are_in_the_plain_data():
    assert decode(QuotaInvoiceResult, {"number": "1", "chip": [True]}).to_dict() == {
        "number": "1",
        "code": None,
        "location": None,
        "amount": None,
        "chip": [True],
        "confidence": {},
    }


@pytest.mark.parametrize("name", ["raw", "meta", "unknown_fields", "to_dict"])
def test_a_field_of_the_reply_cannot_take_the_place_of_a_part_of_the_result(name):
    result = decode(QuotaInvoiceResult, {name: "x", "number": "1"})
    assert result.raw == {name: "x", "number": "1"}
    assert result.meta is None
    assert result.unknown_fields == {name: "x"}
    assert result.to_dict()[name] == "x"


def test_confidences_stand_under_the_names_of_the_fields():
    ticket = decode(TrainTicketResult, {"departure_time": "x", "confidence": {"starting_time": 0.5, "name": 1}})
    assert ticket.confidence == {"departure_time": 0.5, "name": 1.0}


def test_the_confidence_of_the_id_number_belongs_to_the_card_number_on_the_back():
    back = decode(EmiratesIdCardResult, {"card_number": "1", "confidence": {"id_number": 0.9, "laser_number": 0.8}})
    assert back.confidence == {"card_number": 0.9, "laser_number": 0.8}


def test_the_confidence_of_the_id_number_stays_on_the_front():
    front = decode(EmiratesIdCardResult, {"id_number": "1", "confidence": {"id_number": 0.9}})
    assert front.confidence == {"id_number": 0.9}


def test_corners_are_points():
    sent = {"text_location": {"card_number": [[1, 2], [3, 2], [3, 4], [1, 4]]}}
    assert decode(BankcardResult, sent).text_location == {"card_number": ((1, 2), (3, 2), (3, 4), (1, 4))}


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"name": 3}, "expected a string, not a number @ $.result.name"),
        ({"name": ["x"]}, "expected a string, not a list @ $.result.name"),
        ({"seal_mark": "false"}, "expected true or false, not a string @ $.result.seal_mark"),
        ({"seal_mark": 1}, "expected true or false, not a number @ $.result.seal_mark"),
        ({"confidence": {"name": "0.9"}}, "expected a number, not a string @ $.result.confidence['name']"),
        ({"confidence": {"name": True}}, "expected a number, not true or false @ $.result.confidence['name']"),
        ({"confidence": [0.9]}, "expected an object, not a list @ $.result.confidence"),
        ({"text_location": {"name": [[1]]}}, "expected points of two integers @ $.result.text_location['name']"),
        ({"text_location": {"name": 1}}, "expected a list of points, not a number @ $.result.text_location['name']"),
        ([], "expected an object, not a list @ $.result"),
        (None, "expected an object, not null @ $.result"),
        ("x", "expected an object, not a string @ $.result"),
    ],
)
def test_nothing_is_coerced(sent, problem):
    assert problems(TrainTicketResult, sent) == {problem}


def test_every_problem_is_listed_not_only_the_first():
    sent = {"surname": 1, "extra_info": {"local_language": {"name": 2}}}
    assert problems(PassportResult, sent) == {
        "expected a string, not a number @ $.result.surname",
        "expected a string, not a number @ $.result.extra_info.local_language.name",
    }


def test_results_are_equal_by_what_was_read_not_by_how_it_came_about():
    result = decode(QuotaInvoiceResult, {"number": "1"})
    assert evolve(result, meta=Meta(request_id="a")) == evolve(result, meta=Meta(request_id="b"))
    assert result != decode(QuotaInvoiceResult, {"number": "2"})


def test_results_of_other_documents_are_others_in_a_set():
    one, other = (decode(QuotaInvoiceResult, {"number": number}) for number in "12")
    assert len({one, other}) == 2


def test_the_facts_of_the_call_travel_with_the_result():
    meta = Meta(request_id="a", endpoint="https://ocr.example", region="cn-north-4", attempts=2, seconds=0.4)
    assert decode(QuotaInvoiceResult, {"number": "1"}, meta).meta is meta


def test_a_result_survives_pickling():
    result = decode(PassportResult, {"extra_info": {"local_language": {"name": "张三"}}}, Meta(request_id="a"))
    assert pickle.loads(pickle.dumps(result)) == result


def test_a_result_cannot_be_changed():
    with pytest.raises(AttributeError):
        decode(QuotaInvoiceResult, {}).number = "1"


def test_the_repr_counts_fields_and_shows_none():
    assert repr(decode(QuotaInvoiceResult, {"number": "secret"})) == "QuotaInvoiceResult(1 of 4 fields)"


def test_a_result_of_ones_own_is_a_class_with_fields():
    @document
    class LibraryCardResult(Result):
        number: str | None = None
        pages: int | None = None

    card = decode(LibraryCardResult, {"number": "7", "pages": 3, "confidence": {"number": 0.5}})
    assert (card.number, card.pages, card.confidence) == ("7", 3, {"number": 0.5})
    assert repr(card) == "LibraryCardResult(2 of 2 fields)"


def test_an_inner_object_may_have_fields_that_are_called_like_parts_of_a_result():
    @document
    class Word(Fields):
        text: str | None = None
        confidence: float | None = None
        meta: str | None = None

    word = decode(Word, {"text": "x", "confidence": 0.5, "meta": "y", "new": 1})
    assert (word.confidence, word.meta, word.unknown_fields) == (0.5, "y", {"new": 1})
    assert word.typed_values() == {"text": "x", "confidence": 0.5, "meta": "y"}


def test_cells_are_typed_where_the_reading_is_certain_and_text_where_it_is_not():
    cells = decode(
        TrainTicketResult,
        {
            "departure_time": "2017年12月12日20:39",
            "ticket_price": "￥164.5元",
            "issue_date": "unreadable",
            "id_number": "140227199801010012",
            "seal_mark": False,
        },
    ).typed_values()
    assert cells == {
        "departure_time": datetime.fromisoformat("2017-12-12T20:39"),
        "ticket_price": Decimal("164.5"),
        "issue_date": "unreadable",
        "id_number": "140227199801010012",
        "seal_mark": False,
    }


def test_cells_of_inner_objects_have_dotted_names():
    sent = {"extra_info": {"local_language": {"name": "张三"}}}
    assert decode(PassportResult, sent).typed_values() == {"extra_info.local_language.name": "张三"}


def test_every_typed_reading_belongs_to_a_field():
    for result_class in (TrainTicketResult, QuotaInvoiceResult, PassportResult, BankcardResult, EmiratesIdCardResult):
        readings = [name.removesuffix("_value") for name in dir(result_class) if name.endswith("_value")]
        assert readings
        assert set(readings) <= set(result_class.field_names())


@pytest.mark.parametrize(
    "result_class", [TrainTicketResult, QuotaInvoiceResult, PassportResult, BankcardResult, EmiratesIdCardResult]
)
@pytest.mark.parametrize("text", ["", " ", "?", "x" * 1000, "２０１７年", "9999999999", "0/0", "<<<", "¥"])
def test_a_reading_that_fails_is_none_and_never_an_error(result_class, text):
    result = result_class(**{name: text for name in result_class.field_names() if name not in NOT_TEXT})
    for name in dir(result_class):
        if name.endswith(("_value", "_valid")):
            value = getattr(result, name)
            assert value is None or text == "9999999999"
    assert result.typed_values()


NOT_TEXT = {"seal_mark", "text_location", "extra_info"}


def test_a_bank_card_is_valid_to_the_end_of_its_month():
    card = BankcardResult(issue_date="12/10", expiry_date="02/24", card_number="4111 1111 1111 1111")
    assert (card.issue_date_value, card.expiry_date_value) == (date(2010, 12, 1), date(2024, 2, 29))
    assert card.card_number_valid is True


def test_an_amount_may_stand_in_words():
    assert QuotaInvoiceResult(amount="伍拾元整").amount_value == Decimal(50)


@pytest.mark.parametrize("scores", [{"a": 0.5, "a.b": 0.7}, {"a.b.c": 0.5, "a.b": 0.7}, {"a": {"b": 0.5}, "a.b.c": 1}])
def test_scores_with_names_that_cannot_both_be_are_plain_data_all_the_same(scores):
    result = decode(QuotaInvoiceResult, {"confidence": scores})
    assert result.to_dict()["confidence"]
