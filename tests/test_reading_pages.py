from __future__ import annotations

import re

import pytest

from ocr_async.local.reading import confidence
from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.local.reading.script import as_digits, normal, tight
from tests.written_pages import written

FORM = written("""
    Name        Sex
    ZHANG SAN   F
    Place of birth
    HUNAN
""")


def test_lines_beside_each_other_are_a_row_from_left_to_right():
    assert [[line.text for line in row.lines] for row in FORM.rows] == [
        ["Name", "Sex"],
        ["ZHANG SAN", "F"],
        ["Place of birth"],
        ["HUNAN"],
    ]


def test_what_stands_below_a_label_comes_nearest_first():
    label = FORM.first("Name")

    assert label
    assert FORM.below(label)[0].text == "ZHANG SAN"


def test_what_stands_right_of_a_label_is_in_its_row():
    label = FORM.first("Name")

    assert label
    assert [line.text for line in FORM.right_of(label)] == ["Sex"]


def test_lines_are_found_by_their_part_of_the_page():
    assert [line.text for line in FORM.inside(0, 0.7, 1, 1)] == ["HUNAN"]


def test_a_part_of_a_line_takes_its_share_of_the_place():
    line = Line("12车A", 0.9, Box(0, 0, 50, 10))

    assert line.part(2, 3).text == "车"
    assert line.part(2, 3).box == Box(20, 0, 40, 10)


def test_a_part_of_a_row_spans_its_lines_and_is_as_sure_as_the_least_sure():
    (row,) = Page((Line("温", 0.7, Box(0, 0, 20, 10)), Line("岭站", 0.9, Box(30, 0, 70, 10))), 100, 10).rows

    part = row.part(0, 2)
    assert (part.text, part.score) == ("温岭", 0.7)
    assert part.box == Box(0, 0, 50, 10)


def test_a_strip_is_read_again_stretched_until_it_has_the_form():
    def reread(box, stretch=1.0):
        return Line("12****34" if stretch > 1.5 else "12**4", 0.9, box)

    page = Page((), 100, 100, reread=reread)
    found = page.reread_for(Box(0, 0, 50, 10), re.compile(r"\d\d\*{4}\d\d"))

    assert found
    assert found[0].text == "12****34"
    assert page.reread_for(Box(0, 0, 50, 10), re.compile("never")) is None


def test_a_page_in_another_spelling_spells_its_rereadings_too():
    page = Page((Line("車 號", 1, Box(0, 0, 1, 1)),), 1, 1, reread=lambda box, _=1.0: Line("檢票", 1, box))

    spelled = page.spelled(tight)
    assert spelled.lines[0].text == "车号"
    assert spelled.reread(Box(0, 0, 1, 1)).text == "检票"


@pytest.mark.parametrize(
    ("written_as", "spelled"), [("￥５０．００", "¥50.00"), ("發票號碼：", "发票号码:"), ("a  b", "a b")]
)
def test_texts_have_one_spelling(written_as, spelled):
    assert normal(written_as) == spelled


def test_look_alikes_of_digits_are_counted():
    assert as_digits("1O5B") == ("1058", 2)


def test_a_fitting_check_raises_confidence_and_repair_lowers_it():
    assert confidence.confirmed(0.9) > 0.9 > confidence.repaired(0.9, 1) > confidence.repaired(0.9, 2)
    assert confidence.doubtful(1.0) < 0.7


def test_lines_of_one_row_stay_together_though_their_grown_boxes_touch():
    name, train = Line("齐齐哈尔北", 1, Box(400, 60, 640, 110)), Line("T706", 1, Box(300, 62, 380, 110))
    other, mark = Line("贵阳东站", 1, Box(40, 68, 280, 118)), Line("站", 1, Box(620, 70, 660, 112))

    (row,) = Page((name, train, other, mark), 700, 400).rows
    assert row.text == "贵阳东站T706齐齐哈尔北站"
