"""Amounts of money: figures as ￥ with two decimals, and Chinese words, 贰佰伍拾元整 is 250."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from attrs import evolve

from ocr_async.local.reading.confidence import confirmed, doubtful
from ocr_async.local.reading.reader import Field

DIGITS = {
    character: value
    for value, pair in enumerate(("零", "壹一", "贰二", "叁三", "肆四", "伍五", "陆六", "柒七", "捌八", "玖九"))
    for character in pair
}
LOOK_ALIKES = str.maketrans(
    "参叄弎萱宣臺搭抬捨恰伯什任肄染扒玫致园圓无陸貳垒圃国",
    "叁叁叁壹壹壹拾拾拾拾佰仟伍肆柒捌玖玖圆圆元陆贰叁圆圆",
)
"""Characters that are read for those of an amount, where only an amount can stand."""

UNITS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
MYRIADS = {"万": 10_000, "亿": 100_000_000}
IN_WORDS = r"[零壹贰叁肆伍陆柒捌玖拾佰仟万亿圆元角分整正参叁弎]{3,}"
"""An amount in words, or what is read for one."""

AMOUNT = r"-?\d[\d,]*\.\d\d(?!\d)"


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


def words_value(text: str) -> Decimal | None:
    """Return the amount that words such as 壹仟零陆拾柒万贰拾玖圆玖角壹分 say; None when they are not one."""
    words = re.sub(r"^[^零壹贰叁肆伍陆柒捌玖拾]*", "", text.translate(LOOK_ALIKES)).rstrip("整正")
    match = re.fullmatch(r"(?P<yuan>[^圆元角分]*)[圆元]?零?(?:(?P<tenths>.)角)?零?(?:(?P<cents>.)分)?", words)
    if not words or not match or not set(words) <= {*DIGITS, *UNITS, *MYRIADS, *"圆元角分"}:
        return None
    total = group = digit = 0
    for character in match["yuan"]:
        if character in MYRIADS:
            total, group, digit = (total + group + digit) * MYRIADS[character], 0, 0
        elif character in UNITS:
            group, digit = group + (digit or 1) * UNITS[character], 0
        else:
            digit = DIGITS[character]
    cents = 10 * DIGITS.get(match["tenths"] or "", 0) + DIGITS.get(match["cents"] or "", 0)
    return Decimal(100 * (total + group + digit) + cents).scaleb(-2)


def figures_value(text: str) -> Decimal | None:
    """Return the amount in figures that a text holds; None when it holds none."""
    found = re.search(r"-?\d[\d,]*(?:\.\d+)?", text)
    try:
        return Decimal(found[0].replace(",", "")) if found else None
    except InvalidOperation:
        return None


def yuan(text: str) -> str:
    """Return the amount in a text as ￥ with two decimals, "" where there is none."""
    value = figures_value(text.replace("·", "."))
    return f"￥{value:.2f}" if value is not None else ""


def agreed(figures: Field, words: Field) -> tuple[Field, Field]:
    """Return an amount in figures and in words: what says the same twice is sure, what does not is doubtful."""
    one, other = figures_value(figures.text), words_value(words.text)
    whole = f"{words.text}分"
    if one is not None and words.text and one != other and words_value(whole) == one:
        return figures, evolve(words, text=whole, confidence=min(words.confidence, 0.8))  # the edge of the paper cut it
    if one is None or other is None:
        return figures, words
    judge = confirmed if one == other else _contradicted
    return figures.judged(judge), words.spelled(lambda text: text.translate(LOOK_ALIKES)).judged(judge)


def _contradicted(score: float) -> float:
    return min(doubtful(score), 0.59)
