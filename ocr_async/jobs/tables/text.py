"""Cells and names that no spreadsheet, file system or program takes for anything but what they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

Cell: TypeAlias = str | bool | int | float | Decimal | date | None
"""What stands in a cell; a datetime is a date too."""

_FORMULA = re.compile("'*(?:[\t\r\n]| *[=+\\-@＝＋－＠])")
"""What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection"), apostrophes before it included."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML 1.0 has no place for."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def shown(value: Cell) -> str:
    """Return a value as text: dates as in ISO 8601, amounts with a point."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes" if value.second == value.microsecond == 0 else "auto")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def encodable(text: str) -> str:
    """Return a text without lone surrogates, as a file name that is not UTF-8 has them."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def printable(text: str) -> str:
    """Return a text that XML can hold."""
    return _UNPRINTABLE.sub(_REPLACEMENT, encodable(text))


def harmless(text: str) -> str:
    """Return a text that a spreadsheet takes for one when it opens a CSV file, and that it can show."""
    return guarded(printable(text))


def guarded(text: str) -> str:
    """Return a text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return a text without the apostrophe that `guarded` puts before it."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text, 1) else text


def distinct(names: Iterable[str], taken: Iterable[str] = ()) -> Iterator[str]:
    """Yield the names with a number after each that another one has already, whatever the case of its letters."""
    seen = {name.casefold() for name in taken}
    for name in names:
        number, free = 1, name or "unnamed"
        while free.casefold() in seen:
            number += 1
            free = f"{name or 'unnamed'}_{number}"
        seen.add(free.casefold())
        yield free


def text_width(text: str) -> int:
    """Return the width of a text in narrow characters; Chinese ones take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
