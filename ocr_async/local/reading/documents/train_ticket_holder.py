"""Reads the holder of a train ticket: the masked number, and the name behind it or over it."""

from __future__ import annotations

import re

from attrs import evolve

from ocr_async.local.reading import confidence
from ocr_async.local.reading.page import Box, Line, Page, Row
from ocr_async.local.reading.reader import Field, field_of
from ocr_async.local.reading.script import as_digits

HOLDER = re.compile(r"(?P<id>\d{10}\*{4}\d{3}[0-9X])(?P<name>[一-鿿][一-鿿·]*|[A-Za-z]*)")
ROUGH_HOLDER = re.compile(
    r"(?P<id>[0-9A-Z]{5,14}\*{1,8}[0-9X]{1,5}|(?<!\d)\d{13}[\dX](?=[一-鿿]{2}))(?P<name>[一-鿿][一-鿿·]*|[A-Za-z]*)"
)
"""A number with some of its stars, or without any where a name follows."""

NAME = re.compile("(?!.*(?:报销|当日|改签|到站|票|车|检|失效|有效))[一-鿿·]{2,8}")
"""What may be a name where only its place tells: no remark of a ticket."""

SQUARES = re.compile("(?<=.{3})[回口品田区]+$")
"""Characters that corners of a code in squares are read as, behind a name of the usual length."""

UNCONFIRMED, GUESSED = 3, 0.55
"""The power to which the score of a name is raised, and the most that is said of one that only its place tells."""

SURE_AGAIN = 0.95
"""The score of a second look whose longer name is believed: ink beside the name is read as characters too."""


def holder(page: Page) -> dict[str, Field]:
    """Read the holder's row, on a closer look where it was missed or overprinted: a name has two characters or more."""
    found = _holder_among(page, page.rows)
    if "name" in found and len(found["name"].text) > 1:
        return found
    middle = Box(0.0, 0.5 * page.height, page.width, 0.85 * page.height)
    return _holder_among(page, Page(page.look(middle), page.width, page.height).rows) or found


def _holder_among(page: Page, rows: tuple[Row, ...]) -> dict[str, Field]:
    for row in rows:
        rough = ROUGH_HOLDER.search(row.text)
        if rough:
            return _holder_in(page, row, rough)
    return {}


def _holder_in(page: Page, row: Row, rough: re.Match[str]) -> dict[str, Field]:
    """Read number and name, again where the number does not have ten digits, four stars and four digits."""
    line, match = row.group(rough), HOLDER.fullmatch(rough[0])
    again = None if match else page.reread_for(line.box, HOLDER)
    if again:
        line, match = again
    if match:
        fields = {"id_number": field_of(line.part(*match.span("id")))}
        name = _unconfirmed(line.part(*match.span("name")))
        if not name.text or "·" in name.text:
            name = _longer_name(page, line, name)
    else:
        number, changes = _masked(rough["id"])
        fields = {"id_number": field_of(line, number, confidence.doubtful(confidence.repaired(line.score, changes)))}
        name = _unconfirmed(row.group(rough, "name"))
    return fields | ({"name": _without_squares(name)} if name.text else {})


def _unconfirmed(name: Line) -> Line:
    """Return a name as sure as its characters are: of many that look alike, and no other field tells which."""
    return evolve(name, score=name.score**UNCONFIRMED)


def _without_squares(name: Line) -> Field:
    """Return a name without what was read of the code in squares to its right."""
    squares = SQUARES.search(name.text)
    if squares is None:
        return field_of(name)
    return field_of(name.part(0, squares.start()), confidence=confidence.repaired(name.score, 1))


def _longer_name(page: Page, line: Line, name: Line) -> Line:
    """Return the name that stands over the number where none follows it; a name with a dot, which is often cut, whole."""
    if not name.text:
        above = [it for it in page.lines if 0 < line.box.middle[1] - it.box.middle[1] < 2 * line.box.height]
        names = [it for it in above if NAME.fullmatch(it.text) and abs(it.box.left - line.box.left) < 2 * it.box.height]
        return evolve(names[-1], score=min(names[-1].score, GUESSED)) if names else name
    wide = evolve(line.box, right=min(page.width, line.box.right + 4 * line.box.height))
    again = page.reread_for(wide, HOLDER)
    found = again[0].part(*again[1].span("name")) if again and again[0].score > SURE_AGAIN else name
    longest = max(name, found, key=lambda it: len(it.text))
    cut = len(longest.text.rpartition("·")[2]) < 2
    return evolve(longest, score=confidence.doubtful(longest.score)) if cut else longest


def _masked(text: str) -> tuple[str, int]:
    """Return an id number with four stars in place of the day and month of birth, as all 18-digit ones have."""
    head, tail = re.split(r"\*+", text) if "*" in text else (text[:10], text[10:])
    stars = text.count("*")
    if len(head) == 10 and len(tail) == 4:
        return f"{as_digits(head)[0]}****{tail}", abs(stars - 4)
    return text, 1
