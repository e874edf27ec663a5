"""Plain text: every line with its place, in the order in which a person reads."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.local.reading.documents.general_text import GENERAL_TEXT, WEB_IMAGE
from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

TWO_COLUMNS = """
            A title over both of the columns
    the first column has          the second column goes
    lines of about the same       on beside it, and is
    width, as running text        read when the first
    has, from top to bottom       one has come to its end
    and to its end                which is here
"""
RECEIPT = """
    Noodles      2     23.00
    Tea          1      4.00
    Cake         1     12.00
    Water        3      9.00
    Total              48.00
"""


def words(page, **options):
    return [block["words"] for block in GENERAL_TEXT.result(page, options)["words_block_list"]]


def test_columns_are_read_one_after_the_other_and_titles_before_them():
    read = words(written(TWO_COLUMNS))

    assert read[0] == "A title over both of the columns"
    assert read[1:6] == [
        "the first column has",
        "lines of about the same",
        "width, as running text",
        "has, from top to bottom",
        "and to its end",
    ]
    assert read[-1] == "which is here"


def test_labels_and_prices_are_read_row_by_row():
    assert words(written(RECEIPT))[:6] == ["Noodles", "2", "23.00", "Tea", "1", "4.00"]


def test_each_line_has_its_place_and_confidence():
    (block,) = GENERAL_TEXT.result(written("Word"))["words_block_list"]

    assert block["confidence"] == 0.99
    assert block["location"] == [[0, 0], [48, 0], [48, 40], [0, 40]]
    assert "char_list" not in block


def test_characters_are_located_when_asked_for():
    (block,) = GENERAL_TEXT.result(written("Wo"), {"character_mode": True})["words_block_list"]

    assert [each["char"] for each in block["char_list"]] == ["W", "o"]
    assert block["char_list"][1]["char_location"][0] == [12, 0]


def test_the_direction_is_told_when_asked_for():
    turned = evolve(written("Word"), to_picture=lambda box: ((0, 90), (0, 10), (40, 10), (40, 90)))

    assert GENERAL_TEXT.result(turned)["direction"] == -1
    assert GENERAL_TEXT.result(turned, {"detect_direction": True})["direction"] == 90.0


def test_rows_are_joined_by_tabs():
    result = GENERAL_TEXT.result(written(RECEIPT), {"return_markdown_result": True})

    assert result["markdown_result"].splitlines()[0] == "Noodles\t2\t23.00"


def test_grain_is_no_text():
    with pytest.raises(Unreadable):
        GENERAL_TEXT.result(Page((Line("~", 0.2, Box(0, 0, 9, 9)),), 10, 10))


def test_the_size_of_a_web_image_is_extracted_when_asked_for():
    page = evolve(written("Sale"), size=(640, 480))

    assert WEB_IMAGE.result(page)["extracted_data"] == {}
    asked = WEB_IMAGE.result(page, {"extract_type": ["image_size"]})
    assert asked["extracted_data"] == {"image_size": {"height": 480, "width": 640}}


def test_a_traditional_form_on_a_simplified_page_is_the_engines_mistake():
    assert words(written("溫馨提示\n各位住户请准时参加会议\n图像经过缩放旋转与模糊处理"))[0] == "温馨提示"
    assert words(written("溫馨提示請準時參加會議"))[0] == "溫馨提示請準時參加會議"


def test_lines_that_run_up_or_down_are_read_too():
    side = Line("样本印刷厂", 0.95, Box(900.0, 0.0, 930.0, 200.0))
    page = evolve(written(RECEIPT), standing=lambda _: (side,))

    found = GENERAL_TEXT.result(page)["words_block_list"]
    assert "样本印刷厂" in [block["words"] for block in found]
