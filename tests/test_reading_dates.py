from __future__ import annotations

from datetime import date

import pytest

from ocr_async.local.reading.zones.dates import iso, printed_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("22 JUL 1993", date(1993, 7, 22)),
        ("25 2月/FEB 2019", date(2019, 2, 25)),
        ("13 10//OCT 2021", date(2021, 10, 13)),
        ("04 7F8./JUL 1974", date(1974, 7, 4)),
        ("12 AUGUST/AOUT 74", date(1974, 8, 12)),
        ("16 APR/AVR 07", date(2007, 4, 16)),
        ("01.07.2009", date(2009, 7, 1)),
        ("Date of Birth: 13/12/1981", date(1981, 12, 13)),
        ("2020-01-31", date(2020, 1, 31)),
        ("18JAN1974", date(1974, 1, 18)),
        ("2611月/NOV 2016", date(2016, 11, 26)),
        ("08 10月/0CT 2014", date(2014, 10, 8)),
    ],
)
def test_a_date_is_read_in_every_usual_form(text, day):
    assert printed_date(text) == day


@pytest.mark.parametrize("text", ["G41102196", "31.02.2009", "18 JAN 19/4", "PASSPORT OFFICE"])
def test_what_is_no_date_is_none(text):
    assert printed_date(text) is None


@pytest.mark.parametrize(("text", "day"), [("2015-01-81", "2015-01-01"), ("2015-81-61", "2015-01-01")])
def test_a_first_figure_that_no_month_or_day_has_is_nought(text, day):
    assert iso(text) == day


def test_a_time_of_day_may_follow_a_date_without_a_blank():
    assert iso("2018-05-0612:34:56") == "2018-05-06"
    assert iso("2018-5-612") == ""
