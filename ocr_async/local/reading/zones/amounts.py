"""Amounts of money in Chinese words: 贰佰伍拾元整 is 250."""

from __future__ import annotations

import re

DIGITS = {
    character: value
    for value, pair in enumerate(("零", "壹一", "贰二", "叁三", "肆四", "伍五", "陆六", "柒七", "捌八", "玖九"))
    for character in pair
}
LOOK_ALIKES = str.maketrans(
    "参叄弎萱宣臺搭抬捨恰伯什任肄染扒玫致园圓无陸貳", "叁叁叁壹壹壹拾拾拾拾佰仟伍肆柒捌玖玖圆圆元陆贰"
)
"""Characters that are read for those of an amount, where only an amount can stand."""

UNITS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000}


def amount_in_words(text: str) -> int | None:
    """Return the yuan that a text says; None when it says none.

    拾元 is 10; the word for yuan may be missing, as happens when a stamp covers it.
    """
    words = re.split("[元圆整正角]", text)[0]
    total, digit = 0, None
    for character in words:
        if character in UNITS:
            total += (1 if digit is None else digit) * UNITS[character]
            digit = None
        elif digit in {None, 0}:
            digit = DIGITS[character]
        else:
            return None
    return total + (digit or 0) or None
