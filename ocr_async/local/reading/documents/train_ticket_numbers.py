"""Reads the two numbers of a train ticket, and the office that sold it.

The number at the top left ends with a letter and six digits, and so does the code at the bottom: the same ones.
"""

from __future__ import annotations

import re

from ocr_async.local.reading import confidence
from ocr_async.local.reading.page import Line, Page
from ocr_async.local.reading.reader import Field, field_of
from ocr_async.local.reading.script import as_digits

TICKET_ID = re.compile(r"^(?P<head>[A-Z]?[0-9A-Z]{0,4}?)(?P<tail>[A-Z0-9][0-9OQDISBZ]{6})$")
LOG_ID = re.compile(r"(?P<office>[0-9OQDISBZ]{14})(?P<tail>[A-Z0-9][0-9OQDISBZ]{6})[^一-鿿]*(?P<place>.*)$")
ROUGH_LOG_ID = re.compile(r"[0-9OQDISBZ]{10,17}[A-Z0-9][0-9OQDISBZ]{5,7}")


def numbers(page: Page) -> dict[str, Field]:
    """Read the number at the top left and the code of the sale at the bottom; each repairs and confirms the other."""
    fields: dict[str, Field] = {}
    number = _number(page)
    if number:
        line, head, (tail, changes) = number
        fields["ticket_id"] = field_of(line, head + tail, confidence.repaired(line.score, changes))
    code = _code(page, fields["ticket_id"].text if number else "")
    if code:
        line, office, (tail, changes) = code
        fields["log_id"] = field_of(line, office + tail, confidence.repaired(line.score, changes))
    if number and code:
        fields |= _agreed(fields["ticket_id"], fields["log_id"])
    return fields | _sale_office(page)


def _number(page: Page) -> tuple[Line, str, tuple[str, int]] | None:
    for line in page.inside(0, 0, 0.7, 0.4):
        match = TICKET_ID.match(line.text)
        if match and sum(character.isdigit() for character in line.text) > 4:
            return line, match["head"], _tail(match["tail"])
    return None


def _code(page: Page, number: str) -> tuple[Line, str, tuple[str, int]] | None:
    for row in reversed(page.rows):
        match = LOG_ID.search(row.text)
        if match:
            return _parts(row.part(match.start("office"), match.end("tail")), match)
        rough = ROUGH_LOG_ID.search(row.text)
        if rough:
            again = page.reread_for(row.group(rough).box, LOG_ID)
            return _parts(*again) if again else _completed(row.group(rough), number)
    return None


def _parts(line: Line, match: re.Match[str]) -> tuple[Line, str, tuple[str, int]]:
    return line, as_digits(match["office"])[0], _tail(match["tail"])


def _completed(line: Line, number: str) -> tuple[Line, str, tuple[str, int]] | None:
    """Return a code that lost its letter, with the ending of the ticket's number where the digits of both agree."""
    ending = number[-7:]
    if len(ending) == 7 and line.text.endswith(ending[1:]) and line.text[:14].isdigit():
        return line, line.text[:14], (ending, 1)
    return None


def _tail(text: str) -> tuple[str, int]:
    """Return a letter and six digits with the number of characters that had to be taken for their look-alikes."""
    letter = (
        text[0]
        if text[0].isalpha()
        else {"0": "O", "1": "I", "2": "Z", "5": "S", "8": "B", "6": "G"}.get(text[0], text[0])
    )
    digits, changes = as_digits(text[1:])
    return letter + digits, changes + (letter != text[0])


def _agreed(number: Field, code: Field) -> dict[str, Field]:
    """Return both fields, confirmed if they end alike, else with the ending of the surer one."""
    if number.text[-7:] == code.text[-7:]:
        sure = confidence.confirmed(max(number.confidence, code.confidence))
        return {
            "ticket_id": Field(number.text, sure, number.box),
            "log_id": Field(code.text, sure, code.box),
        }
    ending = max(number, code, key=lambda it: it.confidence).text[-7:]
    return {
        "ticket_id": Field(number.text[:-7] + ending, confidence.doubtful(number.confidence), number.box),
        "log_id": Field(code.text[:-7] + ending, confidence.doubtful(code.confidence), code.box),
    }


def _sale_office(page: Page) -> dict[str, Field]:
    for row in reversed(page.rows):
        match = LOG_ID.search(row.text)
        if match and match["place"]:
            place = row.group(match, "place")
            name = re.sub(r"[售倍]$", "", place.text)
            sure = place.score if place.text.endswith("售") else confidence.doubtful(place.score)
            return {"sale_location": field_of(place, name, sure)}
    for row in reversed(page.rows):
        match = re.search(r"(?P<place>[一-鿿]{1,7}[A-Z]?\d?)售$", row.text)
        if match:
            return {"sale_location": field_of(row.group(match, "place"))}
    return {}
