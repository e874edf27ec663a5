"""Generated pictures of passports and Emirates ID cards and the real engine: seconds each."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("rapidocr")

from ocr_async.local.reading.answers import answer
from ocr_async.local.reading.engine import Engine
from ocr_async.local.reading.zones import arabic, tesseract
from ocr_async.local.recognizer import Unreadable

pytestmark = pytest.mark.engine

PICTURES = Path(__file__).parent / "pictures"


@pytest.fixture(scope="module")
def engine():
    return Engine()


def read(engine, api, name, **options):
    return answer(engine, api, (PICTURES / f"{name}.jpg").read_bytes(), options)


def test_a_tilted_chinese_passport_is_read_in_both_languages(engine):
    result = read(engine, "passport", "passport_chinese")

    assert (result["passport_number"], result["surname"], result["given_name"]) == ("E89442851", "LI", "XIUYING")
    assert (result["date_of_birth"], result["date_of_issue"], result["date_of_expiry"]) == (
        "1958-12-27",
        "2018-05-21",
        "2028-05-20",
    )
    assert result["extra_info"]["local_language"] == {
        "name": "李秀英",
        "sex": "男",
        "place_of_birth": "新疆",
        "place_of_issue": "河南",
        "issuing_authority": "国家移民管理局",
        "nationality": "中国",
    }


def test_the_machine_readable_lines_of_a_foreign_passport_are_read_whole(engine):
    result = read(engine, "passport", "passport_foreign", country_code="GENERAL")

    assert result["machine_code"] == "P<NLDTESTPERSON<<KLAUS<K<<<<<<<<<<<<<<<<<<<<"
    assert result["machine_code2"] == "1866792472NLD0602264M1602283<<<<<<<<<<<<<<00"


def test_the_back_of_an_emirates_id_card_is_read_under_a_watermark(engine):
    result = read(engine, "emirates-id-card", "emirates_back")

    assert (result["side"], result["card_number"], result["expiry_date"]) == ("back", "537914450", "2029-08-04")
    assert result["machinecode1"] == "ILARE5379144504784196350162697"


def test_the_front_of_an_emirates_id_card_is_read_without_tesseract(engine, monkeypatch):
    monkeypatch.setattr(tesseract, "way", lambda: "")
    result = read(engine, "emirates-id-card", "emirates_front")

    assert (result["id_number"], result["name"]) == ("784-1988-8075514-9", "Mohammed Salem Layla Namudhaj")
    assert (result["name_arabic"], result["nationality_arabic"]) == ("", "")


@pytest.mark.skipif(not arabic.available(), reason="needs the extra `arabic`")
def test_the_arabic_of_an_emirates_id_card_is_read_with_tesseract(engine):
    result = read(engine, "emirates-id-card", "emirates_front")

    assert (result["name_arabic"], result["nationality_arabic"]) == ("محمد سالم ليلى نموذج", "اليمن")


def test_a_passport_is_no_emirates_id_card(engine):
    with pytest.raises(Unreadable):
        read(engine, "emirates-id-card", "passport_foreign")
