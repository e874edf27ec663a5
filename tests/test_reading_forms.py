"""Labels and values: wherever a form puts them."""

from __future__ import annotations

from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.local.reading.zones.amounts import words_value
from ocr_async.local.reading.zones.key_value import read_form
from ocr_async.local.reading.zones.labels import label
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


def test_amounts_in_words_have_their_value():
    assert str(words_value("壹仟零陆拾柒万柒仟陆佰贰拾玖圆玖角壹分")) == "10677629.91"
    assert str(words_value("叁拾贰万柒仟肆佰圆整")) == "327400.00"
    assert str(words_value("肆佰圆零捌分")) == "400.08"
    assert words_value("价税合计") is None
