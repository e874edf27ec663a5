"""Reads the two numbers of a train ticket, and the office that sold it.

The number at the top left ends with a letter and six digits, and so does the code at the bottom: the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from attrs import evolve

from ocr_async.local.reading import confidence
from ocr_async.local.reading.page import STRETCHES, Line, Page
from ocr_async.local.reading.reader import Field, field_of
from ocr_async.local.reading.script import as_digits
from ocr_async.local.reading.words.stations import in_pinyin

TICKET_ID = re.compile(r"^(?P<head>[A-Z]?[0-9A-Z]{0,4}?)(?P<tail>[A-Z0-9][0-9OQDISBZ]{6})$")
CLEAR_ID = re.compile(r"[A-Z0-9]{0,4}(?P<tail>[A-Z]\d{6})")
LOG_ID = re.compile(r"(?P<office>[0-9OQDISBZ]{14})(?P<tail>[A-Z0-9][0-9OQDISBZ]{6})[^一-鿿]*(?P<place>.*)$")
CROSS = str.maketrans("×χ✕", "XXX")
DAY_OF_SALE = re.compile(r"\d{10}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
"""The office in a code, which ends with month and day."""

UNCONFIRMED = 3
"""The power to which the score of a long number is raised: one of its digits is wrong more often than a word is."""

SOLD, OFFICE = re.compile(r"[售倍].*$"), re.compile(r"(?P<name>[一-鿿]{2,8})售")
UNKNOWN = 0.85
"""The most that is said of an office that is no station in the list: others sell tickets, too."""

ENDING, GUESSED = 7, 0.55
"""The characters in which number and code end alike, and the most that is said of a number that only the code tells."""

ROUGH_LOG_ID = re.compile(r"[0-9OQDISBZ]{10,17}[A-Z0-9][0-9OQDISBZ]{5,7}")


def numbers(page: Page) -> dict[str, Field]:
    """Read the number at the top left and the code of the sale at the bottom; that they end alike confirms both.

    Where they do not, a number or code of a neighbouring slip may be on the page: neither is changed, both are doubtful.
    """
    found = list(_numbers(page.inside(0, 0, 0.7, 0.4))) or list(_standing_numbers(page))
    codes = [_again(page, _with_letter(code, found), found) for code in _codes(page)]
    pairs = [(one, other) for one in found for other in codes if _end(one) == _end(other)]
    if pairs:
        return {**_fields(*pairs[0], confidence.confirmed), **_sale_office(page)}
    sure = [one for one in found if one[2][1] == 0 and one[2][0][0].isalpha()] or found
    if sure and codes:
        return {**_fields(sure[0], codes[0], confidence.doubtful), **_sale_office(page)}
    if sure and (code := _completed(page, sure[0])):
        return {**_fields(sure[0], code, confidence.doubtful), **_sale_office(page)}
    fields = {"ticket_id": _unconfirmed(sure[0])} if sure else {}
    return fields | ({"log_id": _alone(codes[0])} if codes else {}) | _sale_office(page)


def number_in_code(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return what the code of a sale tells of the ticket's number, a guess: more characters may stand before it."""
    code = fields.get("log_id")
    guess = code and Field(code.text[-ENDING:], min(confidence.doubtful(code.confidence), GUESSED))
    return {"ticket_id": guess} if guess else {}


def are_of_two(page: Page) -> bool:
    """Whether two numbers of tickets are on the page, so that its lines may be of both: one lies over the other."""
    found = (CLEAR_ID.fullmatch(line.text) for line in page.lines)
    return len({match["tail"] for match in found if match}) > 1


Number: TypeAlias = tuple[Line, str, tuple[str, int]]
"""The line, what stands before its ending, and the ending with the number of its characters that were repaired."""


def _end(number: Number) -> str:
    return number[2][0]


def _field(number: Number) -> Field:
    line, head, (tail, changes) = number
    return field_of(line, head + tail, confidence.repaired(line.score, changes))


def _with_letter(code: Number, found: Iterable[Number]) -> Number:
    """Return a code whose letter was read as a digit with that of the number which ends in the same digits."""
    line, head, (tail, changes) = code
    twins = [_end(it) for it in found if it[2][1] == 0 and _end(it)[1:] == tail[1:]]
    return (line, head, (twins[0], changes)) if twins and not line.text[-7].isalpha() else code


def _again(page: Page, code: Number, found: Sequence[Number]) -> Number:
    """Return a code that contradicts itself or all numbers as a closer look has it, where that fits both."""
    ends = {_end(it) for it in found}
    if not found or (_end(code) in ends and DAY_OF_SALE.fullmatch(code[1])):
        return code
    for stretch in STRETCHES[1:]:
        line = page.reread(code[0].box, stretch)
        match = LOG_ID.search(line.text.translate(CROSS))
        again = (
            _with_letter(_parts(line.part(match.start("office"), match.end("tail")), match), found) if match else code
        )
        if _end(again) in ends and DAY_OF_SALE.fullmatch(again[1]):
            return again
    return code


def _alone(code: Number) -> Field:
    """Return a code that no number confirms."""
    it = _field(code)
    return evolve(it, confidence=it.confidence**UNCONFIRMED)


def _unconfirmed(number: Number) -> Field:
    """Return a number that stands alone; one whose letter was read as a digit may be that of another slip."""
    it = _field(number)
    return evolve(it, confidence=confidence.doubtful(it.confidence)) if number[2][1] else it


def _fields(number: Number, code: Number, judge: Callable[[float], float]) -> dict[str, Field]:
    """Return both fields as the comparison of their endings judges; nothing confirms the office in the code."""
    one, other = _field(number), _field(code)
    office = other.confidence**UNCONFIRMED
    return {
        "ticket_id": evolve(one, confidence=judge(max(one.confidence, other.confidence))),
        "log_id": evolve(
            other,
            confidence=min(
                judge(other.confidence), office if DAY_OF_SALE.fullmatch(code[1]) else confidence.doubtful(office)
            ),
        ),
    }


def _standing_numbers(page: Page) -> Iterator[Number]:
    """Yield what may be the ticket's number where that runs down an edge."""
    return _numbers(line for line in page.standing(page.whole) if CLEAR_ID.fullmatch(line.text))


def _numbers(lines: Iterable[Line]) -> Iterator[Number]:
    """Yield what may be the ticket's number: a letter and six digits with perhaps more before them."""
    for line in lines:
        match = TICKET_ID.match(line.text)
        if match and sum(character.isdigit() for character in line.text) > 4:
            yield line, match["head"], _tail(match["tail"])


def _codes(page: Page) -> Iterator[Number]:
    for row in reversed(page.rows):
        text = row.text.translate(CROSS)
        match = LOG_ID.search(text)
        rough = None if match else ROUGH_LOG_ID.search(text)
        if match:
            yield _parts(row.part(match.start("office"), match.end("tail")), match)
        elif rough:
            again = page.reread_for(row.group(rough).box, LOG_ID)
            if again:
                yield _parts(*again)


def _completed(page: Page, number: Number) -> Number | None:
    """Return a code that lost its letter, with that of the ticket's number where the digits of both agree."""
    ending = _end(number)
    for row in reversed(page.rows):
        rough = ROUGH_LOG_ID.search(row.text.translate(CROSS))
        text = rough[0] if rough else ""
        if rough and text.endswith(ending[1:]) and text[:14].isdigit():
            return row.group(rough), text[:14], (ending, 1)
    return None


def _parts(line: Line, match: re.Match[str]) -> tuple[Line, str, tuple[str, int]]:
    return line, as_digits(match["office"])[0], _tail(match["tail"])


def _tail(text: str) -> tuple[str, int]:
    """Return a letter and six digits with the number of characters that had to be taken for their look-alikes."""
    letter = (
        text[0]
        if text[0].isalpha()
        else {"0": "O", "1": "I", "2": "Z", "5": "S", "8": "B", "6": "G"}.get(text[0], text[0])
    )
    digits, changes = as_digits(text[1:])
    return letter + digits, changes + (letter != text[0])


def _sale_office(page: Page) -> dict[str, Field]:
    for row in reversed(page.rows):
        match = LOG_ID.search(row.text.translate(CROSS))
        if match and match["place"]:
            return {"sale_location": _office(page, row.group(match, "place"))}
    for row in reversed(page.rows):
        match = re.search(r"(?P<place>[一-鿿]{1,7}[A-Z]?\d?)售$", row.text)
        if match:
            place = row.group(match, "place")
            return {"sale_location": field_of(place, confidence=confidence.doubtful(place.score))}
    return {}


def _office(page: Page, place: Line) -> Field:
    """Return the office of a line, as a second look has it where that is a station and the first one is not known."""
    name = SOLD.sub("", place.text)
    sure = place.score if "售" in place.text else confidence.doubtful(place.score)
    if in_pinyin(name):
        return field_of(place, name, sure)
    again = page.reread(place.box.grown(0.0, place.box.height))
    other = OFFICE.search(again.text)
    if other and in_pinyin(other["name"]):
        return field_of(again.group(other, "name"), confidence=confidence.repaired(again.score, 1))
    return field_of(place, name, min(sure, UNKNOWN))
