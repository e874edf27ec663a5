"""Amounts in the words that Chinese receipts use: `伍拾元整`, `壹佰贰拾叁元肆角伍分`."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = dict(zip("零壹贰叁肆伍陆柒捌玖", range(10), strict=True)) | {"〇": 0, "貳": 2, "陸": 6}
_UNITS = {"仟": 1000, "佰": 100, "拾": 10}
_DIGIT = f"[{''.join(_DIGITS)}]"
_GROUP = rf"(?:{_DIGIT}仟)?零?(?:{_DIGIT}佰)?零?(?:{_DIGIT}?拾)?零?{_DIGIT}?"
_WORDS = (
    rf"(?:人民币)?(?:(?P<myriads>{_GROUP})万)?(?P<ones>{_GROUP})[元圆圓]"
    rf"(?:零?(?P<tenths>{_DIGIT})角)?(?:零?(?P<hundredths>{_DIGIT})分)?[整正]?"
)
_AMBIGUOUS = r"[万仟佰][^零〇万仟佰拾][元圆圓万]"
"""Without a zero between them, 壹佰伍元 is 105 to some and 150 to others."""


def amount_in_words(text: str) -> Decimal | None:
    """Read an amount below 100 million yuan; None when the text is not one amount in words."""
    match = re.fullmatch(_WORDS, text)
    if not match or not (match["myriads"] or match["ones"]) or re.search(_AMBIGUOUS, text):
        return None
    yuan = 10_000 * _group(match["myriads"] or "") + _group(match["ones"])
    cents = 10 * _group(match["tenths"] or "") + _group(match["hundredths"] or "")
    return Decimal(100 * yuan + cents).scaleb(-2)


def _group(text: str) -> int:
    """Return the value of up to four digits in words; a 拾 without a digit before it is ten."""
    total, digit = 0, None
    for word in text:
        if word in _DIGITS:
            digit = _DIGITS[word]
        else:
            total += (1 if digit is None else digit) * _UNITS[word]
            digit = None
    return total + (digit or 0)
