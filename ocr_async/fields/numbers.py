"""Numbers with a check digit: each check is True, False, or None for what is masked or no such number.

The digits are python-stdnum's; that of the VIN is ISO 3779's, as GB 16735 and 49 CFR 565 require it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from importlib import import_module

_CARD = r"[0-9]{12,19}"
_CHINESE_ID = r"[0-9]{17}[0-9X]"
_SOCIAL_CREDIT_CODE = r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
_CHILEAN_ID = r"[0-9]{7,8}[0-9K]"
_THAI_ID = r"[1-8][0-9]{12}"
_VIN = r"[1-5L][0-9A-HJ-NPR-Z]{7}[0-9X][0-9A-HJ-NPR-Z]{8}"
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def card_number(text: str | None) -> bool | None:
    """Check the number of a bank card (ISO/IEC 7812-1, Luhn)."""
    return _check("luhn", _CARD, text)


def chinese_id(text: str | None) -> bool | None:
    """Check the number of a Chinese resident identity card (GB 11643)."""
    return _check("cn.ric", _CHINESE_ID, text)


def social_credit_code(text: str | None) -> bool | None:
    """Check a Chinese unified social credit code (GB 32100)."""
    return _check("cn.uscc", _SOCIAL_CREDIT_CODE, text)


def chilean_id(text: str | None) -> bool | None:
    """Check a Chilean RUN."""
    return _check("cl.rut", _CHILEAN_ID, text)


def thai_id(text: str | None) -> bool | None:
    """Check the number of a Thai identity card."""
    return _check("th.pin", _THAI_ID, text)


def vin(text: str | None) -> bool | None:
    """Check a vehicle identification number of China or North America; elsewhere the digit is free."""
    number = _compact(text)
    if not re.fullmatch(_VIN, number):
        return None
    values = (_VIN_VALUES.get(sign) or int(sign) for sign in number[:8] + "0" + number[9:])
    weighted = sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[weighted % 11] == number[8]


def birth_in_chinese_id(text: str | None) -> date | None:
    """Return the day of birth in a Chinese ID number with a right check digit."""
    if not chinese_id(text):
        return None
    number = _compact(text)
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_in_chinese_id(text: str | None) -> str | None:
    """Return `M` or `F`, as the digit before the check digit says."""
    return "FM"[int(_compact(text)[16]) % 2] if chinese_id(text) else None


def _check(module: str, pattern: str, text: str | None) -> bool | None:
    number = _compact(text)
    if not re.fullmatch(pattern, number):
        return None
    calc_check_digit = import_module(f"stdnum.{module}").calc_check_digit
    whole = module in ("cn.ric", "cn.uscc", "th.pin")  # these take the number with its last digit
    return bool(calc_check_digit(number if whole else number[:-1]) == number[-1])


def _compact(text: str | None) -> str:
    return re.sub(r"[\s.-]", "", unicodedata.normalize("NFKC", text or "")).upper()
