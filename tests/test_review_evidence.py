from __future__ import annotations

import io
import math

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_async import BankcardResult, PassportResult, TrainTicketResult
from ocr_async.documents import GeneralTextResult
from ocr_async.documents.classification import AutoClassificationResult
from ocr_async.errors import OcrError, SourceError
from ocr_async.fields import Quad
from ocr_async.fields.decoding import decode
from ocr_async.local.reading.page import Box, Line
from ocr_async.review.alignment import Lines
from ocr_async.review.spelling import spellings

SQUARE = [[1, 2], [11, 2], [11, 8], [1, 8]]


def quad_iou(one, other):
    """Intersection over union of two convex polygons."""
    polygons = [cv2.convexHull(np.array(quad, np.float32)) for quad in (one, other)]
    shared, _ = cv2.intersectConvexConvex(*polygons)
    return shared / (sum(map(cv2.contourArea, polygons)) - shared)


def written(rows, *, turn=0.0):
    """A page with labels and values, as a PNG turned about its middle, and where each value is."""
    sheet = Image.new("RGB", (1200, 800), (236, 233, 226))
    canvas, font = ImageDraw.Draw(sheet), ImageFont.load_default(34)
    places = {}
    for number, (name, label, value) in enumerate(rows):
        x, y = 80 + 560 * (number % 2), 80 + 90 * (number // 2)
        canvas.text((x, y), label, fill=(90, 110, 130), font=font)
        x += canvas.textlength(f"{label} ", font=font)
        canvas.text((x, y), value, fill=(20, 20, 24), font=font)
        left, top, right, bottom = canvas.textbbox((x, y), value, font=font)
        places[name] = [(left, top), (right, top), (right, bottom), (left, bottom)]
    turned = sheet.rotate(-turn, expand=True, fillcolor=(60, 60, 66), resample=Image.Resampling.BICUBIC)
    sin, cos = math.sin(math.radians(turn)), math.cos(math.radians(turn))

    def moved(x, y):
        x, y = x - sheet.width / 2, y - sheet.height / 2
        return x * cos - y * sin + turned.width / 2, x * sin + y * cos + turned.height / 2

    target = io.BytesIO()
    turned.save(target, "PNG")
    return target.getvalue(), {name: [moved(*point) for point in quad] for name, quad in places.items()}


ROWS = [
    ("passport_number", "Passport No.", "XE4820175"),
    ("country_code", "Code", "UTO"),
    ("surname", "Surname", "MUSTERMANN"),
    ("given_name", "Given names", "ERIKA PAULA"),
    ("nationality", "Nationality", "UTOPIAN"),
    ("sex", "Sex", "F"),
    ("date_of_birth", "Born", "12 AUG 1974"),
    ("birth_place", "Place of birth", "EBERSTADT"),
    ("date_of_issue", "Issued", "01.03.2021"),
    ("date_of_expiry", "Expires", "28/02/2031"),
]
READ = {
    **{name: value for name, _, value in ROWS},
    "date_of_birth": "1974-08-12",
    "date_of_issue": "2021-03-01",
    "date_of_expiry": "2031-02-28",
}


@pytest.mark.engine
def test_fields_are_found_where_they_are_printed_level_and_turned():
    ious = []
    for turn in (0, 4, 90, 180):
        picture, places = written(ROWS, turn=turn)
        found = decode(PassportResult, READ).evidence(picture)
        ious += [quad_iou(found[name], places[name]) if name in found else 0.0 for name in places]
    assert sum(iou >= 0.5 for iou in ious) >= 0.95 * len(ious)


@pytest.mark.engine
def test_the_picture_is_shown_with_the_fields_drawn_on_it(tmp_path):
    picture, _ = written(ROWS[:4])
    (tmp_path / "page.png").write_bytes(picture)
    shown = decode(PassportResult, READ).show(tmp_path / "page.png")
    assert shown.size == (1200, 800)
    assert shown.tobytes() != Image.open(io.BytesIO(picture)).tobytes()


def test_places_that_the_api_gave_are_taken_without_a_look():
    result = decode(TrainTicketResult, {"train_number": "G1", "text_location": {"train_number": SQUARE}})
    assert result.evidence(b"no picture") == {"train_number": Quad(((1, 2), (11, 2), (11, 8), (1, 8)))}


def test_places_of_blocks_of_text_and_of_documents_among_several():
    blocks = {"words_block_list": [{"words": "a", "location": SQUARE, "confidence": 0.9}]}
    assert [*decode(GeneralTextResult, blocks).evidence(b"")] == ["words_block_list.0.words"]
    content = {"card_number": "1", "text_location": {"card_number": SQUARE}}
    items = [{"type": "bankcard", "location": SQUARE, "content": content}]
    assert [*decode(AutoClassificationResult, items).evidence(b"")] == ["items.0.content.card_number"]


def test_an_empty_result_needs_no_picture():
    assert decode(BankcardResult, {"card_number": "", "type": None}).evidence(b"") == {}


def test_a_picture_that_is_none_is_an_error(tmp_path):
    result = decode(BankcardResult, {"card_number": "1"})
    with pytest.raises(SourceError):
        result.evidence(tmp_path / "none.jpg")
    with pytest.raises(OcrError, match="cannot be read"):
        result.evidence(b"no picture")


def lines(*texts):
    return Lines([Line(text, 0.99, Box(0, 50 * row, 20 * len(text), 50 * row + 30)) for row, text in enumerate(texts)])


def found(page, value):
    """The texts in which a value is found."""
    spans = page.find({"field": value}).get("field", [])
    return [page.lines[span.line].text[span.start : span.end] for span in spans]


def test_values_are_found_though_they_are_spelt_otherwise():
    page = lines("Date of birth 12 AUG 1974", "总价 ¥1,234.00元", "性别 女", "伍拾元整", "发证日期 2017年8月30日")
    assert found(page, "1974-08-12") == ["12 AUG 1974"]
    assert found(page, "￥1234.00") == ["1,234.00"]
    assert found(page, "F") == ["女"]
    assert found(page, "￥50.00") == ["伍拾元"]
    assert found(page, "2017-08-30") == ["2017年8月30"] or found(page, "2017-08-30") == ["2017年8月30日"]


def test_values_are_found_though_a_character_was_misread():
    assert found(lines("No. XE482O175", "XE1111111"), "XE4820175") == ["XE482O175"]
    assert found(lines("6200 0012 6670 4173 VISA"), "6200 0012 6670 4171") == ["6200 0012 6670 4173"]
    assert found(lines("XE1111111"), "XE4820175") == []


def test_a_value_over_two_lines_is_found_in_both():
    page = lines("住址", "四川省测试市示例区和平", "街135号示例大厦C座", "公民身份号码")
    assert found(page, "四川省测试市示例区和平街135号示例大厦C座") == ["四川省测试市示例区和平", "街135号示例大厦C座"]


def test_a_short_value_is_a_word_of_its_own_and_leaves_what_another_one_has():
    page = lines("FEMALE PASSENGER", "Sex: F")
    assert found(page, "F") == ["F"]
    spans = page.find({"one": "12", "two": "12"})
    assert spans == {}
    twice = lines("12", "12").find({"one": "12", "two": "12"})
    assert {name: span[0].line for name, span in twice.items()} == {"one": 0, "two": 1}


def test_of_two_places_the_one_with_the_label_or_the_same_letters_is_taken():
    page = lines("UNITED STATES", "Nationality: United States", "Sex")
    assert [span.line for span in page.find({"nationality": "United States"})["nationality"]] == [1]
    stacked = lines("12/06/2020", "Date of birth", "12/06/2020", "Office")
    assert [span.line for span in stacked.find({"date_of_birth": "2020-06-12"})["date_of_birth"]] == [2]


def test_a_date_has_the_spellings_of_documents():
    known = spellings("1990-12-01")
    assert {"01dec1990", "19901201", "1990年12月1日", "01121990", "901201"} <= set(known)
