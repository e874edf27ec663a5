"""Typed readings of the strings that the service returns: dates, amounts, months, card numbers.

Each returns None when the text does not fit, and never raises. Full-width digits and signs count like plain ones.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime
from decimal import Decimal

from ocr_async.documents.chinese_amounts import amount_in_words

_YEAR_FIRST = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_DAY_FIRST = r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})"
_CLOCK = r"[T\s]*(?<=[日T\s])(\d{1,2})[:时](\d{2})(?:[:分](\d{2})?)?秒?\s*开?"
_MONTH = r"(\d{2})\s*/\s*(\d{2}|\d{4})"
_AMOUNT = r"¥?(-?)¥?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?元?"
_PERCENT = r"(\d+(?:\.\d+)?)%"


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


def luhn(text: str | None) -> bool | None:
    """Check a card number with the Luhn algorithm of ISO/IEC 7812-1; None when it is masked or no number."""
    digits = re.sub(r"[\s-]", "", _plain(text))
    if not re.fullmatch(r"[0-9]{12,19}", digits):
        return None
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _plain(text: str | None) -> str:
    return unicodedata.normalize("NFKC", text or "").strip()


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
