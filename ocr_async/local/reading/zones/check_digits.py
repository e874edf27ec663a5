"""Numbers that check themselves: by their last digit, and the repair of what was misread in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from ocr_async.fields.numbers import chinese_id, social_credit_code, vin
from ocr_async.local.reading.confidence import confirmed, doubtful, repaired
from ocr_async.local.reading.reader import Field
from ocr_async.local.reading.script import as_digits

ALIKE = (
    "0OQD",
    "1ILT7",
    "2Z",
    "5S",
    "8B3",
    "6G",
    "4A",
    "U0",
    "VY",
    "CG",
    "EF",
    "PR",
    "MN",
    "HN",
    "KX",
    "9G",
    "69",
    "38",
)
FOREIGN = str.maketrans("IOSZ", "1052")
"""Letters that a social credit code does not have, as the digits that they look like."""


def has_luhn_digit(number: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def id_number(it: Field) -> Field:
    """Return the number of a Chinese resident, of 18 characters, put right and judged by its check digit."""
    text = it.text.upper().replace(" ", "")
    if len(text) != 18:
        return _changed(it, text, doubtful(it.confidence))
    body, changes = as_digits(text[:17])
    last = "X" if text[17] in "XKx×" else as_digits(text[17])[0]
    return checked(_changed(it, body + last, repaired(it.confidence, changes)), lambda one: bool(chinese_id(one)))


def credit_code(it: Field) -> Field:
    """Return a unified social credit code, put right and judged by its check digit; older tax numbers as they are."""
    text = "".join(character for character in it.text.upper() if character.isalnum())
    if len(text) != 18:
        return _changed(it, text, it.confidence if len(text) in {15, 20} else doubtful(it.confidence))
    spelled = text.translate(FOREIGN)
    return checked(_changed(it, spelled, it.confidence), lambda one: bool(social_credit_code(one)))


def tax_number(it: Field) -> Field:
    """Return the number of a taxpayer: the credit code of a company, or the identity number of a person."""
    company, person = credit_code(it), id_number(it)
    return person if bool(chinese_id(person.text)) and not social_credit_code(company.text) else company


def vehicle_number(it: Field) -> Field:
    """Return a vehicle identification number: it has neither I nor O nor Q, and a check digit in the middle."""
    text = "".join(character for character in it.text.upper() if character.isalnum())
    spelled = text.translate(str.maketrans("IOQ", "100"))
    changes = sum(map(str.__ne__, text, spelled))
    if len(spelled) != 17:
        return _changed(it, spelled, doubtful(it.confidence))
    return checked(_changed(it, spelled, repaired(it.confidence, changes)), lambda one: bool(vin(one)))


def checked(it: Field, fits: Callable[[str], bool]) -> Field:
    """Return a field confirmed when it fits; else with the one exchange of look-alikes that makes it fit, if one does."""
    if fits(it.text):
        return _changed(it, it.text, confirmed(it.confidence))
    likely = {text for text in _variants(it.text) if fits(text)}
    if len(likely) == 1:
        return _changed(it, likely.pop(), repaired(it.confidence, 2))
    return _changed(it, it.text, min(doubtful(it.confidence), 0.55))


def judged_by(fits: bool | None, *fields: Field) -> tuple[Field, ...]:  # noqa: FBT001  the outcome of a check
    """Return fields confirmed where a check fits, doubtful where it does not, as they are where it cannot be made."""
    return fields if fits is None else tuple(it.judged(confirmed if fits else doubtful) for it in fields)


def same(one: Field, other: Field) -> tuple[Field, ...]:
    """Return two fields that should say the same, judged by whether they do."""
    return judged_by(one.text == other.text if one and other else None, one, other)


def _variants(text: str) -> Iterator[str]:
    for place, character in enumerate(text):
        for one, other in (pair for group in ALIKE for pair in combinations(group, 2)):
            for before, after in ((one, other), (other, one)):
                if character == before:
                    yield text[:place] + after + text[place + 1 :]


def _changed(it: Field, text: str, confidence: float) -> Field:
    return Field(text, confidence, it.box)
