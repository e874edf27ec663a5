from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from ocr_async.fields import numbers, readings


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1990-12-12", date(1990, 12, 12)),
        ("2017年12月1日", date(2017, 12, 1)),
        ("2017/1/2", date(2017, 1, 2)),
        ("２０１７．０１．０２", date(2017, 1, 2)),
        ("1990-13-12", None),
        ("1990-02-30", None),
        ("12/12/1990", None),
        ("1990-12-12 and more", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_begins_with_its_year(text, value):
    assert readings.calendar_date(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("28/02/1990", date(1990, 2, 28)), ("1990-02-28", date(1990, 2, 28)), ("02/28/1990", None), ("28/02/90", None)],
)
def test_a_date_may_begin_with_its_day(text, value):
    assert readings.day_first_date(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2017年12月12日20:39", datetime.fromisoformat("2017-12-12T20:39")),
        ("2017年12月12日 20:39开", datetime.fromisoformat("2017-12-12T20:39")),
        ("2017年12月12日20：39", datetime.fromisoformat("2017-12-12T20:39")),
        ("2017-12-12T20:39:11", datetime.fromisoformat("2017-12-12T20:39:11")),
        ("2017年12月12日", None),
        ("2017年12月12日25:39", None),
        ("2017年12月32日20:39", None),
        ("20:39", None),
        ("2017-12-120:39", None),
        (None, None),
    ],
)
def test_a_departure_is_a_date_with_a_time(text, value):
    assert readings.timestamp(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("￥50.00", "50.00"),
        ("¥164.5元", "164.5"),
        ("164.5", "164.5"),
        ("￥ 1,234.50", "1234.50"),
        ("５０．００", "50.00"),
        ("1，234元", "1234"),
        ("-5.00", "-5.00"),
        ("12,34", None),
        ("50.00.1", None),
        ("$50", None),
        ("50 or 60", None),
        ("", None),
        (None, None),
    ],
)
def test_an_amount_in_digits(text, value):
    assert readings.amount(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("伍拾元整", "50"),
        ("拾元整", "10"),
        ("壹佰元", "100"),
        ("人民币壹佰零伍圆整", "105"),
        ("壹仟零伍拾元整", "1050"),
        ("壹万零伍佰元整", "10500"),
        ("叁佰万元整", "3000000"),
        ("壹佰贰拾叁元肆角伍分", "123.45"),
        ("壹佰元零伍分", "100.05"),
        ("零仟零佰伍拾零元零角零分", "50"),
        ("壹佰伍元整", None),
        ("壹万伍元整", None),
        ("元整", None),
        ("伍拾", None),
        ("拾伍佰元整", None),
        ("五十元", None),
    ],
)
def test_an_amount_in_words(text, value):
    assert readings.amount(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(("text", "value"), [("9%", "0.09"), ("3.5%", "0.035"), ("９％", "0.09"), ("9", None)])
def test_a_rate_is_a_fraction(text, value):
    assert readings.percentage(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("12/20", date(2020, 12, 1), date(2020, 12, 31)),
        ("02/2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("13/20", None, None),
        ("00/20", None, None),
        ("1220", None, None),
        (None, None, None),
    ],
)
def test_a_month_has_a_first_and_a_last_day(text, first, last):
    assert (readings.first_of_month(text), readings.last_of_month(text)) == (first, last)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("4111 1111 1111 1111", True),
        ("4111-1111-1111-1112", False),
        ("79927398713", None),
        ("6225 **** **** 8243", None),
        ("XXXX XXXX XXXX XXXX", None),
        ("", None),
        (None, None),
    ],
)
def test_a_card_number_has_a_check_digit(text, valid):
    assert numbers.card_number(text) is valid
