"""How a value may be printed: a reply spells dates and amounts in its own way, a document in another."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date

from attrs import frozen

from ocr_async.fields import readings

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SEXES = {"M": ("M", "男", "MALE", "男/M"), "F": ("F", "女", "FEMALE", "女/F")}
_KEPT = "*%.<"


@frozen
class Text:
    """A text without what is printed in many ways: blanks, signs, width and case; with the way back."""

    plain: str
    places: tuple[int, ...]
    """Of each character, its place in the original."""


def plain(text: str) -> Text:
    """Return a text as it is compared."""
    found = [
        (character, place)
        for place, original in enumerate(text)
        for character in unicodedata.normalize("NFKC", original).casefold()
        if character.isalnum() or character in _KEPT
    ]
    kept = [
        (character, place)
        for at, (character, place) in enumerate(found)
        if character != "." or (0 < at < len(found) - 1 and found[at - 1][0].isdigit() and found[at + 1][0].isdigit())
    ]
    return Text("".join(character for character, _ in kept), tuple(place for _, place in kept))


def spellings(value: object) -> list[str]:
    """Return how a value may be printed, compared texts, the likeliest first."""
    text = str(value)
    found = [text, *_dates(text), *_amounts(text), *_SEXES.get(text.strip().upper(), ())]
    known = dict.fromkeys(plain(spelling).plain for spelling in found)
    return [spelling for spelling in known if spelling]


def _dates(text: str) -> Iterator[str]:
    day = readings.day_first_date(text) or readings.compact_date(text)
    if day is None:
        return
    yield from _numeric(day)
    name = _MONTHS[day.month - 1]
    for month in (name, f"{name} {name}", f"{day.month}月 {name}"):
        for year in (f"{day:%Y}", f"{day:%y}"):
            yield f"{day:%d} {month} {year}"
    yield f"{name} {day:%d} {day:%Y}"
    yield f"{day:%y%m%d}"


def _numeric(day: date) -> Iterator[str]:
    yield f"{day:%Y%m%d}"
    yield f"{day:%Y}年{day.month}月{day.day}日"
    yield f"{day:%Y}年{day:%m}月{day:%d}日"
    yield f"{day:%d%m%Y}"
    yield f"{day:%m%d%Y}"
    yield f"{day:%d.%m.%Y}"
    yield f"{day:%Y.%m.%d}"


def _amounts(text: str) -> Iterator[str]:
    amount = readings.amount(text)
    if amount is not None:
        yield f"{amount}"
        yield f"{amount:.2f}"
        if amount == amount.to_integral_value():
            yield from (f"{amount:.0f}",) if abs(amount) >= 10 else ()  # one digit is found everywhere
            yield f"{amount:.1f}"
            yield from _in_words(int(amount))


_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def _in_words(amount: int) -> Iterator[str]:
    """Yield the words of the round amounts that are printed in words alone, such as 伍拾元整."""
    for factor, unit in ((1, ""), (10, "拾"), (100, "佰"), (1000, "仟")):
        count, rest = divmod(amount, factor)
        if not rest and 1 <= count <= 9:
            yield f"{_DIGITS[count]}{unit}元"
            yield f"{_DIGITS[count]}{unit}圆"
