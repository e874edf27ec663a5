"""Labels and values: wherever a form puts them."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.local.apis import Api
from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.local.reading.reader import Reader
from ocr_async.local.reading.zones.amounts import words_value
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.forms import anywhere, label, names, part, whole
from ocr_async.local.reading.zones.key_value import read_form, reads, says
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

LABELS = (
    label("name", "名称", english="Name"),
    label("sex", "性别"),
    label("people", "民族", inside=True),
    label("address", "住址", wraps=True),
    label("plate", "号牌号码", english="Plate No."),
)


def values(text):
    form = read_form(written(text), LABELS)
    return {name: row.text for name, row in form.values.items()}


def test_a_value_stands_beside_its_label_or_behind_it_in_the_same_line():
    assert values("名称  张三\n住址:中山路1号") == {"name": "张三", "address": "中山路1号"}


def test_two_labels_may_share_a_line():
    assert values("性别女民族回") == {"sex": "女", "people": "回"}


def test_a_label_that_is_spread_over_its_line_is_one():
    assert values("名    称  张三") == {"name": "张三"}


def test_a_value_goes_on_below_where_its_field_may():
    assert values("住址  四川省示例区和平\n      街135号") == {"address": "四川省示例区和平街135号"}
    assert values("名称  张三\n      李四") == {"name": "张三"}


def test_english_below_a_label_is_no_value():
    assert values("号牌号码  京A12345\nPlate No.") == {"plate": "京A12345"}


def test_a_label_is_known_though_a_character_of_it_was_misread():
    assert values("号脾号码  京A12345") == {"plate": "京A12345"}
    assert values("任址  中山路1号") == {"address": "中山路1号"}


def test_the_value_of_the_next_label_is_not_taken_for_a_missing_one():
    assert values("名称          性别  男") == {"sex": "男"}


def test_what_stands_far_from_a_label_is_not_its_value():
    assert values("名称" + " " * 80 + "样张") == {}


def test_a_label_without_its_value_is_looked_at_again():
    seen = Line("女", 0.9, Box(0, 0, 1, 1))
    page = Page(written("性别").lines, 400.0, 200.0, reread=lambda box, stretch=1.0: seen)

    found = read_form(page, LABELS).again("sex", "[男女]")

    assert found.text == "女"
    assert found.confidence < 0.7


def test_values_may_stand_under_their_labels():
    form = read_form(written("名称      性别\n张三      男"), LABELS, below=True)

    assert (form.text("name"), form.text("sex")) == ("张三", "男")


FIELDS = (
    label("serial_number", find=anywhere(r"第(\d+)号", 1)),
    label("plate", "号牌号码", find=part("[A-Z0-9]{6}", elsewhere="[A-Z]-?[A-Z0-9]{5}")),
    label("issue_date", "发证日期", find=whole(iso)),
    label("", "备注"),
)
PERMIT = Reader(
    api="permit",
    versions={"v2": Api(max_side=4096)},
    fields=names(FIELDS),
    needs=("serial_number", "plate"),
    likeness=says({0.5: ("通行证",), 0.3: ("号牌",)}, only_with="通行证"),
    read=reads(FIELDS),
)


def test_the_labels_of_a_form_declare_its_fields():
    permit = PERMIT.result(written("通行证  第0042号\n号牌号码:京A12345\n发证日期:2021年03月04日\n备注:无"))

    assert (permit["serial_number"], permit["plate"], permit["issue_date"]) == ("0042", "A12345", "2021-03-04")
    assert [name for name in permit if name != "confidence"] == ["serial_number", "plate", "issue_date"]


def test_a_value_without_its_form_is_looked_for_elsewhere_then_taken_as_it_is():
    assert PERMIT.result(written("号牌号码:京\nA-12345"))["plate"] == "A-12345"
    assert PERMIT.result(written("号牌号码:京"))["plate"] == "京"


def test_a_form_without_a_field_that_it_needs_is_unreadable():
    with pytest.raises(Unreadable):
        PERMIT.result(written("通行证\n发证日期:2021年03月04日"))


def test_a_form_is_known_by_what_it_says_but_not_without_what_all_of_them_say():
    assert PERMIT.likeness(written("通行证\n号牌号码")) == 0.8
    assert PERMIT.likeness(written("号牌号码")) == 0.3


def test_amounts_in_words_have_their_value():
    assert str(words_value("壹仟零陆拾柒万柒仟陆佰贰拾玖圆玖角壹分")) == "10677629.91"
    assert str(words_value("叁拾贰万柒仟肆佰圆整")) == "327400.00"
    assert str(words_value("肆佰圆零捌分")) == "400.08"
    assert words_value("价税合计") is None


def test_half_a_label_that_begins_a_line_in_the_column_of_labels_is_one():
    assert values("住址  中山路1号\n性男男") == {"address": "中山路1号", "sex": "男"}
    assert values("住址  中山路1号\n          性男男") == {"address": "中山路1号"}


def test_english_that_cannot_be_read_is_no_value():
    page = written("住址  中山路1号")
    tiny = Line("Adlacss", 0.5, Box(0.0, 45.0, 60.0, 60.0))

    form = read_form(evolve(page, lines=(*page.lines, tiny)), LABELS)
    assert form.text("address") == "中山路1号"


def test_a_day_that_a_stamp_covers_is_looked_for_right_of_its_label_and_not_sure():
    day = Line("1988-01-20", 0.99, Box(100.0, 0.0, 220.0, 40.0))
    page = evolve(written("出生日期  测试有限公司"), look=lambda box: (day,) if box.left >= 40 else ())
    labels = (label("birth", "出生日期", find=whole(iso, closer=True)),)

    found = read_form(page, labels).fields(labels)["birth"]

    assert (found.text, found.confidence < 0.6) == ("1988-01-20", True)


@pytest.mark.parametrize("stamp", ["已报销", "现金付讫", "作废"])
def test_what_is_stamped_on_a_form_is_no_part_of_a_value(stamp):
    assert values(f"住址  四川省示例区和平\n      {stamp}") == {"address": "四川省示例区和平"}
