"""What many invoices have: code and number, a cipher, and the region in the title."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ocr_async.local.reading.confidence import doubtful, repaired
from ocr_async.local.reading.page import Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, field_of
from ocr_async.local.reading.script import as_digits
from ocr_async.local.reading.words.provinces import region_in

CODE = re.compile(r"发?票?代码[::]?(?P<digits>[0-9OIlSBZ]{10,12})(?![0-9])")
CIPHER = re.compile(r"(?=.*[<>*/+])[0-9<>*/+\-«»一—]{12,}")
NUMBER = re.compile(r"发?票?号码[::]?(?P<digits>[0-9OIlSBZ]{8})(?![0-9])")


def code(page: Page) -> Field:
    """Return the invoice code of 10 or 12 digits after its label."""
    return _labelled(page, CODE)


def number(page: Page) -> Field:
    """Return the invoice number of 8 digits after its label."""
    return _labelled(page, NUMBER)


def after(page: Page, label: str, pattern: str) -> Field:
    """Return what has a form right after a label in the same row, wherever that is on the page."""
    for row in page.rows:
        found = re.search(f"{label}({pattern})", row.text)
        if found:
            return field_of(row.group(found, 1))
    return MISSING


def cipher(lines: Iterable[Line]) -> Field:
    """Return the cipher that the lines which look like one make up, never sure."""
    found = [line for line in lines if CIPHER.fullmatch(line.text)]
    text = "".join(line.text for line in found).replace("«", "<<").replace("»", ">>").replace("一", "-")
    return field_of(found[0], text, doubtful(min(line.score for line in found))) if found else MISSING


def _labelled(page: Page, pattern: re.Pattern[str]) -> Field:
    for row in page.tight.rows:
        for part in (*(Row((line,)) for line in row.lines), row):
            found = pattern.search(part.text)
            if found:
                line = part.group(found, "digits")
                digits, changes = as_digits(line.text)
                return field_of(line, digits, repaired(line.score, changes))
    return MISSING


def region(page: Page, title: str) -> Field:
    """Return the region before a pattern of the title: its full name, also where the suffix is left out.

    Where the title names none, a line near it that names a region and nothing else, as seals do, is less sure.
    """
    for row in page.tight.rows[: len(page.tight.rows) // 2 + 1]:
        found = re.search(title, row.text)
        known = region_in(row.text[: found.start()]) if found and found.start() else None
        if known:
            start, end, name = known
            return field_of(row.part(start, end), name)
    for line in page.tight.inside(0, 0, 1, 0.4):
        known = region_in(line.text)
        if known and known[0] == 0 and known[1] >= len(line.text) - 1:
            return field_of(line, known[2], min(doubtful(line.score), 0.59))
    return MISSING
