"""Typed readings of the strings that the service returns: dates, times, amounts, rates, plates.

Each returns None when the text does not fit, and never raises. Full-width digits and signs count like plain ones.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Generic, TypeVar, overload

from ocr_async.fields.chinese_amounts import amount_in_words

_YEAR_FIRST = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_DAY_FIRST = r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})"
_CLOCK = r"[T\s]*(?<=[日T\s])(\d{1,2})[:时](\d{2})(?:[:分](\d{2})?)?秒?\s*开?"
_MONTH = r"(\d{2})\s*/\s*(\d{2}|\d{4})"
_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2}))?"
_AMOUNT = r"(?:¥|CNY|CN)?\s*(-?)¥?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?元?"
_PERCENT = r"(\d+(?:\.\d+)?)%"
_PLATE = r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{4,5}[A-Z0-9挂学警港澳]"
_SEXES = {"M": "M", "F": "F", "MALE": "M", "FEMALE": "F", "男": "M", "女": "F"}

T = TypeVar("T")


def calendar_date(text: str | None) -> date | None:
    """Read a date that begins with its year: `1990-12-12`, `2017年12月12日`."""
    match = re.fullmatch(_YEAR_FIRST, _plain(text))
    return _date(match[1], match[2], match[3]) if match else None


def day_first_date(text: str | None) -> date | None:
    """Read a date that begins with its day, `28/02/1990`, or with its year."""
    match = re.fullmatch(_DAY_FIRST, _plain(text))
    return _date(match[3], match[2], match[1]) if match else calendar_date(text)


def timestamp(text: str | None) -> datetime | None:
    """Read a date with a time of day, `2017年12月12日20:39`; local time, without a zone."""
    match = re.fullmatch(_YEAR_FIRST + _CLOCK, _plain(text))
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  tickets print local time
    except ValueError:
        return None


def first_of_month(text: str | None) -> date | None:
    """Read a month, `12/10` or `12/2010`, as its first day; two digits are a year after 2000."""
    match = re.fullmatch(_MONTH, _plain(text))
    return _date(f"20{match[2]}"[-4:], match[1], "1") if match else None


def last_of_month(text: str | None) -> date | None:
    """Read a month, `12/20` or `12/2020`, as its last day: a card is valid to the end of that month."""
    first = first_of_month(text)
    return first.replace(day=monthrange(first.year, first.month)[1]) if first else None


def amount(text: str | None) -> Decimal | None:
    """Read an amount in digits, `￥50.00`, `¥164.5元`, `1,234.00`, or in the words of Chinese receipts, `伍拾元整`."""
    plain = re.sub(r"\s", "", _plain(text))
    match = re.fullmatch(_AMOUNT, plain)
    return Decimal(match[1] + match[2].replace(",", "") + (match[3] or "")) if match else amount_in_words(plain)


def percentage(text: str | None) -> Decimal | None:
    """Read a rate: `9%` is Decimal("0.09")."""
    match = re.fullmatch(_PERCENT, _plain(text))
    return Decimal(match[1]) / 100 if match else None


def clock(text: str | None) -> time | None:
    """Read a time of day, `18:45:10` or `13:00`."""
    match = re.fullmatch(_TIME, _plain(text))
    try:
        return time(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None
    except ValueError:
        return None


def compact_date(text: str | None) -> date | None:
    """Read a date without signs, `20200809`, or one that begins with its year."""
    match = re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", _plain(text))
    return _date(match[1], match[2], match[3]) if match else calendar_date(text)


def sex(text: str | None) -> str | None:
    """Read a sex as `M` or `F`."""
    return _SEXES.get(_plain(text).upper())


def plate(text: str | None) -> str | None:
    """Read a Chinese licence plate without separators and colours: `京A·12345（黄）` is `京A12345`."""
    plain = re.sub(r"[\s·.-]|\(.*\)$", "", _plain(text)).upper()
    return plain if re.fullmatch(_PLATE, plain) else None


def whole(text: str | None) -> int | None:
    """Read a whole number, `7`, `7人`."""
    match = re.fullmatch(r"(\d{1,9})[人位座]?", _plain(text))
    return int(match[1]) if match else None


class Reading(Generic[T]):
    """The typed reading of a field, as the attribute of the name of the field with `_value` after it.

    One may be given to several fields: `fare_value = total_value = Reading(readings.amount)`.
    """

    def __init__(self, read: Callable[[str | None], T | None], field: str = "") -> None:
        self._read = read
        self._field = field
        self.__doc__ = read.__doc__

    @property
    def kind(self) -> str:
        """The name of the type of the values, such as `date`."""
        return str(self._read.__annotations__["return"]).partition(" | ")[0]

    def __set_name__(self, owner: type, name: str) -> None:
        field = name.removesuffix("_value")
        if self._field in ("", field):
            self._field = field
        else:
            setattr(owner, name, Reading(self._read, field))

    @overload
    def __get__(self, result: None, owner: type) -> Reading[T]: ...
    @overload
    def __get__(self, result: object, owner: type) -> T | None: ...
    def __get__(self, result: object, owner: type) -> Reading[T] | T | None:
        """Return what the field means; None when its text does not fit."""
        return self if result is None else self._read(getattr(result, self._field))


def _plain(text: str | None) -> str:
    return unicodedata.normalize("NFKC", text or "").strip()


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
