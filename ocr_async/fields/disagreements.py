"""What contradicts itself in a document, as values: a misread digit seldom passes a check digit or a sum.

Each function makes a check for `Result.checks` out of names of fields. A check is silent about what is missing, or
does not have the form that it knows; its sentences name fields and never what they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ocr_async.fields import numbers, readings
from ocr_async.fields.mrz import Mrz, differ

if TYPE_CHECKING:
    from ocr_async.fields.base import Check


@frozen
class Disagreement:
    """Fields that cannot all be right, and a sentence that says why."""

    fields: tuple[str, ...]
    sentence: str

    def __str__(self) -> str:
        return self.sentence

    def inside(self, name: str) -> Disagreement:
        """Return it with the dotted names that its fields have from outside."""
        return Disagreement(tuple(f"{name}.{each}" for each in self.fields), f"{name}: {self.sentence}")


def check_digit(is_right: Callable[[str | None], bool | None], *names: str) -> Check:
    """Check the check digit of each of these fields."""

    def check(result: Any) -> Iterator[Disagreement]:
        for name in names:
            if is_right(getattr(result, name)) is False:
                yield Disagreement((name,), f"The check digit of {name} is wrong.")

    return check


def same_amount(one: str, other: str) -> Check:
    """Compare two amounts, such as one in words and one in figures."""

    def check(result: Any) -> Iterator[Disagreement]:
        first, second = readings.amount(getattr(result, one)), readings.amount(getattr(result, other))
        if first is not None and second is not None and first != second:
            yield Disagreement((one, other), f"{one} and {other} are different amounts.")

    return check


def adds_up(total: str, *parts: str) -> Check:
    """Compare a total with the sum of its parts, all of which have to be there."""

    def check(result: Any) -> Iterator[Disagreement]:
        whole = readings.amount(getattr(result, total))
        if whole is not None and _differs(whole, [getattr(result, part) for part in parts]):
            yield Disagreement((total, *parts), f"{total} is not the sum of {' and '.join(parts)}.")

    return check


def items_add_up(total: str, items: str, name: str) -> Check:
    """Compare a total with the sum over the lines of an invoice, each of which has to have an amount."""

    def check(result: Any) -> Iterator[Disagreement]:
        whole, lines = readings.amount(getattr(result, total)), getattr(result, items)
        if whole is not None and lines and _differs(whole, [getattr(line, name) for line in lines]):
            yield Disagreement((total, items), f"{total} is not the sum of {name} over {items}.")

    return check


def in_order(first: str, last: str) -> Check:
    """Compare two dates: the first may not be after the last."""

    def check(result: Any) -> Iterator[Disagreement]:
        start, end = getattr(result, f"{first}_value"), getattr(result, f"{last}_value")
        if start is not None and end is not None and start > end:
            yield Disagreement((first, last), f"{first} is after {last}.")

    return check


def chinese_id(number: str, birth: str | None = None, sex: str | None = None) -> Check:
    """Check a Chinese ID number: its check digit, and the day of birth and the sex that are part of it."""

    def check(result: Any) -> Iterator[Disagreement]:
        text = getattr(result, number)
        if numbers.chinese_id(text) is False:
            yield Disagreement((number,), f"The check digit of {number} is wrong.")
            return
        born, gender = numbers.birth_in_chinese_id(text), numbers.sex_in_chinese_id(text)
        if birth and born and (printed := readings.calendar_date(getattr(result, birth))) and printed != born:
            yield Disagreement((birth, number), f"{birth} is not the day in {number}.")
        if sex and gender and (stated := readings.sex(getattr(result, sex))) and stated != gender:
            yield Disagreement((sex, number), f"{sex} is not the sex in {number}.")

    return check


def zone(**fields: str) -> Check:
    """Compare printed fields with the machine-readable zone, `result.mrz`, and check the zone's own digits.

    `fields` names the field that is printed for each part of an `Mrz`; `optional` stands for its first free part.
    """

    def check(result: Any) -> Iterator[Disagreement]:
        found: Mrz | None = result.mrz
        if found is None:
            return
        wrong = [name for name, right in found.checks.items() if not right]
        if wrong:
            yield Disagreement(("mrz",), f"Check digits of the machine-readable zone are wrong: {', '.join(wrong)}.")
        for part, name in fields.items():
            said = found.optional[0] if part == "optional" else getattr(found, part)
            if differ(_as_in_zone(result, part, name), said, cut=part == "given_names" and found.names_cut):
                yield Disagreement((name, "mrz"), f"{name} is not what the machine-readable zone says.")

    return check


def _as_in_zone(result: Any, part: str, name: str) -> str | None:
    """Return a printed field as a zone would have it: dates as YYMMDD, a sex as `M` or `F`."""
    if part.startswith("date_"):
        day: date | None = getattr(result, f"{name}_value")
        return day.strftime("%y%m%d") if day else None
    text: str | None = getattr(result, name)
    return readings.sex(text) if part == "sex" else text


def _differs(whole: Decimal, parts: Sequence[str | None]) -> bool:
    amounts = [readings.amount(part) for part in parts]
    known = [amount for amount in amounts if amount is not None]
    return len(known) == len(parts) and sum(known, Decimal(0)) != whole
