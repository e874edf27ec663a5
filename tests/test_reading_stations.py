from __future__ import annotations

import pytest

from ocr_async.local.reading.words.stations import corrected, stations


def test_a_station_is_known_by_its_pinyin_with_its_point_of_the_compass():
    assert stations("Changshanan") == {"长沙南"}
    assert stations("Nowhere") == frozenset()


def test_towns_that_sound_alike_are_all_known():
    assert {"苏州", "宿州"} <= stations("Suzhou")


@pytest.mark.parametrize(
    ("read", "pinyin", "meant"),
    [
        ("宜昌东", "Yichangdong", "宜昌东"),
        ("且昌东", "Yichangdong", "宜昌东"),
        ("温山岭", "Wenling", "温岭"),
        ("宿州", "Suzhou", "宿州"),
        ("长沙南", "Changshaxi", None),
        ("北京", "Nanning", None),
        ("未知", "Nowhere", None),
    ],
)
def test_a_misread_name_is_put_right_by_its_pinyin_and_a_clear_one_is_not(read, pinyin, meant):
    assert corrected(read, pinyin) == meant
