"""What results are made of: corner points, text in reading order, tables, mappings, sides of a card."""

from __future__ import annotations

import json

import pytest
from catalogue_walk import CATALOGUE

from ocr_async.documents import (
    AutoClassificationResult,
    AutoIdDocClassificationResult,
    BankReceiptResult,
    DriverLicenseResult,
    FinancialStatementResult,
    GeneralTableResult,
    GeneralTextResult,
    HandwritingResult,
    HkIdCard,
    IdCardResult,
    LicensePlateResult,
    Quad,
    SealResult,
    SmartDocumentRecognizerResult,
    VehicleLicenseResult,
    WebImageResult,
)
from ocr_async.fields.decoding import decode


def sample(name):
    return json.loads((CATALOGUE / "samples" / f"{name}.json").read_text("utf-8"))["result"]


def block(words, left, top, right, bottom):
    return {"words": words, "location": [[left, top], [right, top], [right, bottom], [left, bottom]]}


def cell(words, rows, columns):
    return {"words": words, "rows": rows, "columns": columns}


def test_corners_have_a_box_and_a_center():
    corners = Quad([(10, 20), (110, 30), (100, 130), (0, 120)])
    assert corners.box == (0, 20, 110, 130)
    assert corners.center == (55, 75)
    assert corners == ((10, 20), (110, 30), (100, 130), (0, 120))


def test_every_location_of_a_reply_is_a_quad():
    plates = decode(LicensePlateResult, sample("license-plate"))
    assert [type(each.plate_location) for each in plates] == [Quad] * len(plates)


def test_blocks_beside_each_other_are_one_line_of_the_text():
    blocks = [block("total", 0, 0, 50, 10), block("5.00", 60, 2, 90, 12), block("thanks", 0, 20, 60, 30)]
    assert decode(GeneralTextResult, {"words_block_list": blocks}).text == "total 5.00\nthanks"
    assert decode(WebImageResult, {"words_block_list": blocks}).text == "total 5.00\nthanks"


def test_text_that_runs_down_the_page_is_read_along_its_own_direction():
    turned = [
        {"words": "first", "location": [[100, 0], [100, 40], [80, 40], [80, 0]]},
        {"words": "line", "location": [[100, 50], [100, 90], [80, 90], [80, 50]]},
        {"words": "second", "location": [[70, 0], [70, 40], [50, 40], [50, 0]]},
    ]
    assert decode(GeneralTextResult, {"words_block_list": turned}).text == "first line\nsecond"


def test_blocks_without_a_place_are_lines():
    assert decode(HandwritingResult, {"words_block_list": [{"words": "a"}, {"words": "b"}]}).text == "a\nb"


def test_the_text_of_the_older_handwriting_is_that_of_its_regions():
    text = decode(HandwritingResult, sample("handwriting-2")).text
    assert text == "文字区域识别文字块1\n表格区域识别文字块1\t表格区域识别文字块2"


def test_a_long_line_takes_no_longer_than_its_blocks():
    blocks = [block("x", 10 * place, 0, 10 * place + 9, 10) for place in range(20_000)]
    assert len(decode(GeneralTextResult, {"words_block_list": blocks}).text) == 39_999


def test_a_table_is_rows_of_texts_and_a_wide_cell_stands_in_the_first_of_its_columns():
    result = decode(GeneralTableResult, sample("general-table"))
    (table,) = result.tables
    assert table.rows() == [["表格区域识别文字块1", "表格区域识别文字块2"]]
    assert result.text == "文字区域识别文字块1\n表格区域识别文字块1\t表格区域识别文字块2"


TABLE = [
    cell("item", [0], [0]),
    cell("price", [0], [1]),
    cell("tea", [1], [0]),
    cell("2.00", [1], [1]),
    cell("sum 2.00", [2], [0, 1]),
]


@pytest.mark.parametrize("result_class", [GeneralTableResult, FinancialStatementResult])
def test_the_tables_of_a_page_become_data_frames(result_class):
    pandas = pytest.importorskip("pandas")
    regions = [{"type": "text", "words_block_list": [{"words": "list"}]}, {"type": "table", "words_block_list": TABLE}]
    result = decode(result_class, {"words_region_list": regions})
    expected = pandas.DataFrame([["item", "price"], ["tea", "2.00"], ["sum 2.00", ""]])
    pandas.testing.assert_frame_equal(result.tables[0].to_pandas(), expected)
    assert result.text == "list\nitem\tprice\ntea\t2.00\nsum 2.00\t"


def test_the_lines_of_a_cell_are_its_text_where_places_were_asked_for():
    result = decode(GeneralTableResult, sample("general-table-2"))
    assert all(row for table in result.tables for row in table.rows())
    cells = [{"words_list": [block("a", 0, 0, 9, 9), block("b", 0, 20, 9, 29)], "rows": [0], "columns": [0]}]
    regions = [{"type": "table", "words_block_list": cells}]
    assert decode(GeneralTableResult, {"words_region_list": regions}).tables[0].rows() == [["a\nb"]]


def test_a_cell_far_away_makes_no_rows_between():
    cells = [cell("a", [0], [0]), cell("b", [10**8], [10**8])]
    regions = [{"type": "table", "words_block_list": cells}]
    rows = decode(GeneralTableResult, {"words_region_list": regions}).tables[0].rows()
    assert rows == [["a", ""], ["", "b"]]


def test_a_receipt_is_a_mapping_of_its_labels_and_the_first_of_two_counts():
    pairs = [{"key": "amount", "value": "5.00"}, {"key": "bank", "value": None}, {"key": "amount", "value": "6.00"}]
    (receipt,) = decode(BankReceiptResult, {"bank_receipt_list": [{"kv_pair_list": pairs}]}).bank_receipt_list
    assert receipt["amount"] == "5.00"
    assert (receipt.get("bank"), receipt.get("nothing")) == ("", None)
    assert ([*receipt], len(receipt), "amount" in receipt) == (["amount", "bank"], 2, True)


def test_a_smart_document_has_text_tables_and_pairs_of_all_its_pages():
    pages = [
        {"ocr_result": {"words_block_list": [{"words": "one"}]}},
        {"kv_result": {"kv_block_list": [{"key": "date", "value": "today"}]}},
        {"table_result": {"table_list": [{"words_block_list": TABLE}]}},
        {"ocr_result": {"words_block_list": [{"words": "two"}]}},
        {"kv_result": {"kv_block_list": [{"key": "date", "value": "tomorrow"}, {"key": "to", "value": "us"}]}},
    ]
    result = decode(SmartDocumentRecognizerResult, pages)
    assert result.text == "one\ntwo"
    assert result.key_values == {"date": "today", "to": "us"}
    assert result.tables[0].rows()[1] == ["tea", "2.00"]


def test_a_seal_has_its_texts():
    (seal,) = decode(
        SealResult, {"seal_list": [{"words_block_list": [{"words": "bank"}, {"words": "paid"}]}]}
    ).seal_list
    assert seal.text == "bank\npaid"


def test_the_kind_of_an_identity_document_is_a_type_to_recognize_it_with():
    assert decode(AutoIdDocClassificationResult, {"type": "hongkong_id_card"}).document_type is HkIdCard
    assert decode(AutoIdDocClassificationResult, {"type": "something_new"}).document_type is None


def found(*documents):
    items = [{"type": name, "content": content, "status": {"error_code": "AIS.0000"}} for name, content in documents]
    return decode(AutoClassificationResult, items)


FRONT = ("id_card_portrait_side", {"name": "张三", "number": "11010519491231002X", "confidence": {"name": 0.9}})
BACK = ("id_card_emblem_side", {"issue": "公安局", "valid_from": "2010-01-01", "confidence": {"issue": 0.8}})


@pytest.mark.parametrize("documents", [[FRONT, BACK], [BACK, FRONT]])
def test_both_sides_of_a_card_are_one_result(documents):
    (card,) = found(*documents).cards()
    assert isinstance(card, IdCardResult)
    assert (card.name, card.issue) == ("张三", "公安局")
    assert card.confidence == {"name": 0.9, "issue": 0.8}
    assert card.raw["name"] == "张三"
    assert card.raw["issue"] == "公安局"


@pytest.mark.parametrize(
    ("kind", "front", "back"),
    [
        (VehicleLicenseResult, "vehicle_license_front", "vehicle_license_back"),
        (DriverLicenseResult, "driver_license_front", "driver_license_back"),
    ],
)
def test_sides_of_several_cards_go_together_by_their_number(kind, front, back):
    cards = found(
        (back, {"number": "2", "record": "b"}),
        (front, {"number": "1", "name": "a"}),
        (front, {"number": "2", "name": "b"}),
        (back, {"number": "1", "record": "a"}),
    ).cards()
    assert [type(card) for card in cards] == [kind, kind]
    assert [(card.number, card.name) for card in cards] == [("2", "b"), ("1", "a")]


@pytest.mark.parametrize(
    "documents",
    [
        [FRONT, FRONT, BACK],
        [("driver_license_front", {"number": "1"}), ("driver_license_back", {"number": "2"})],
        [
            ("driver_license_front", {"number": "1"}),
            ("driver_license_back", {"number": "1"}),
            ("driver_license_back", {"number": "1"}),
        ],
    ],
    ids=["three sides", "other numbers", "a number twice"],
)
def test_sides_of_which_nobody_can_say_whose_they_are_stay_apart(documents):
    assert len(found(*documents).cards()) == len(documents)


def test_other_documents_keep_their_place_among_the_cards():
    cards = found(("train_ticket", {"name": "x"}), FRONT, ("bankcard", {"type": "y"}), BACK).cards()
    assert [type(card).__name__ for card in cards] == ["TrainTicketResult", "IdCardResult", "BankcardResult"]
