"""Dates as documents print them: 22 JUL 1993, 25 2月/FEB 2019, 12 AUGUST/AOUT 74, 01.07.2009, 2020-01-31."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches

from ocr_async.local.reading.page import Line
from ocr_async.local.reading.reader import Field, field_of

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

NAMED = re.compile(
    r"(?<!\d)(\d{1,2})(?:(?:\s+|(?<=\d\d))(\d{1,2})\D.{0,3}?)?[\s/.-]*([A-Z]{3})[A-Z]*[\s./A-Z]*?\s*(\d{4}|\d{2})(?![\d/])"
)
DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})(?!\d)")
YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s*[/.年-]\s*(\d{1,2})\s*[/.月-]\s*(\d\d(?=\d\d:\d\d)|\d{1,2}(?!\d))")
"""Also where a time of day follows without a blank."""


def printed_date(text: str) -> date | None:
    """Return the first date in a line of text, None if there is none. Day before month where both are numbers."""
    if named := NAMED.search(text.upper().replace("0CT", "OCT").replace("N0V", "NOV")):
        day, number, name, year = named.groups()
        return _date(_in_full(year), _month(number, name), int(day))
    if numbers := DAY_FIRST.search(text):
        day, month, year = map(int, numbers.groups())
        return _date(year, month, day)
    if numbers := YEAR_FIRST.search(text):
        return _date(int(numbers[1]), int(_in_calendar(numbers[2])), int(_in_calendar(numbers[3])))
    return None


def _in_calendar(number: str) -> str:
    """Return a month or a day whose first figure is none of the calendar as that of 0, which is read as 6, 8 or 9."""
    return re.sub("^[689](?=.)", "0", number)


def iso(text: str) -> str:
    """Return the first date in a text as YYYY-MM-DD, also of eight digits in a row; "" if there is none."""
    day = printed_date(text)
    if day is None and (digits := re.search(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)", text)):
        day = _date(*map(int, digits.groups()))
    return day.isoformat() if day else ""


def dates_in(lines: Iterable[Line]) -> Iterator[Field]:
    """Yield the first date of each line that holds one, as YYYY-MM-DD."""
    return (field_of(line, day.isoformat()) for line in lines if (day := printed_date(line.text)))


def _month(number: str | None, name: str) -> int:
    """Return the month from its number or its name, give or take one letter; 0 if it is none."""
    known = get_close_matches(name, MONTHS, n=1, cutoff=0.6)
    return MONTHS.index(known[0]) + 1 if known else int(number or 0)


def _in_full(year: str) -> int:
    """Return the year of a date of issue or expiry or birth: two digits below 50 are those of this century."""
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) < 50 else 1900)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
