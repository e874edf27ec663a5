"""What many invoices have: code and number, a cipher, and the region in the title."""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import evolve

from ocr_async.local.reading.confidence import doubtful, repaired
from ocr_async.local.reading.page import Line, Page
from ocr_async.local.reading.reader import MISSING, Field, field_of, first_in
from ocr_async.local.reading.script import as_digits
from ocr_async.local.reading.words.provinces import region_in
from ocr_async.local.reading.zones.check_digits import tax_number
from ocr_async.local.reading.zones.forms import Form, label

CODE = re.compile(r"发?票?代码[::]?(?P<digits>[0-9OIlSBZ]{10,12})(?![0-9])")
CIPHER = re.compile(r"(?=.*[<>*/+])[0-9<>*/+\-«»一—]{12,}")
NUMBER, STRUCK = (
    re.compile(rf"发?票?号码[::]?{stroke}(?P<digits>[0-9OIlSBZ]{{8}})(?![0-9])") for stroke in ("", "[^0-9]")
)
"""The number after its label; a stroke of a pen between them is read as a sign or a letter."""


def code(page: Page) -> Field:
    """Return the invoice code of 10 or 12 digits after its label."""
    return _labelled(page, CODE)


def number(page: Page) -> Field:
    """Return the invoice number of 8 digits after its label."""
    return _labelled(page, NUMBER) or _labelled(page, STRUCK).judged(doubtful)


def after(page: Page, before: str, pattern: str) -> Field:
    """Return what has a form right after a label in the same row, wherever that is on the page."""
    return first_in(page.rows, f"{before}({pattern})", 1)


def cipher(lines: Iterable[Line]) -> Field:
    """Return the cipher that the lines which look like one make up, never sure."""
    found = [line for line in lines if CIPHER.fullmatch(line.text)]
    text = "".join(line.text for line in found).replace("«", "<<").replace("»", ">>").replace("一", "-")
    return field_of(found[0], text, doubtful(min(line.score for line in found))) if found else MISSING


def without_cipher(page: Page) -> Page:
    """Return a page without the lines that look like a cipher."""
    return evolve(page, lines=tuple(line for line in page.lines if not CIPHER.fullmatch(line.text)))


def taxpayer(form: Form, name: str) -> Field:
    """Return `buyer_id` or `seller_id`, whose labels are the same: each belongs to the name that stands above it."""
    found: dict[str, Field] = {}
    above = ""
    for entry in form.entries:
        if entry.name in {"buyer_name", "seller_name"}:
            above = entry.name.replace("name", "id")
        elif entry.name in {"buyer_id", "seller_id"} and entry.value:
            found.setdefault(above or entry.name, first_in([entry.value], r"[0-9A-Z]{15,20}"))
    return tax_number(found.get(name, MISSING))


def _labelled(page: Page, pattern: re.Pattern[str]) -> Field:
    found = first_in((part for row in page.rows for part in row.parts), pattern, "digits")
    digits, changes = as_digits(found.text)
    return evolve(found, text=digits, confidence=repaired(found.confidence, changes))


def region(page: Page, title: str) -> Field:
    """Return the region before a pattern of the title: its full name, also where the suffix is left out.

    Where the title names none, the seal of a tax office or a line that names a region and nothing else is less sure.
    """
    for row in page.rows[: len(page.rows) // 2 + 1]:
        found = re.search(title, row.text)
        known = region_in(row.text[: found.start()]) if found and found.start() else None
        if known:
            start, end, name = known
            return field_of(row.part(start, end), name)
    for line in page.inside(0, 0, 1, 0.4):
        seal = re.search(r"(?P<place>[一-鿿]{2,})税务局", line.text)
        known = region_in(seal["place"] if seal else line.text)
        if known and (seal or (known[0] == 0 and known[1] >= len(line.text) - 1)):
            return field_of(line, known[2], min(doubtful(line.score), 0.59))
    return MISSING


LABELS = (
    label("code", "发票代码", find=lambda form, _: code(form.page)),
    label("number", "发票号码", find=lambda form, _: number(form.page)),
)
