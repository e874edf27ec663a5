"""Spans of validity: from a day to a day, for ever, or for a number of years."""

from __future__ import annotations

import re

from ocr_async.local.reading.page import Row
from ocr_async.local.reading.reader import MISSING, Field, field_of
from ocr_async.local.reading.zones.forms import Form, label

DAY = r"(?:19|20)\d\d[-.,·年]?\d\d[-.,·月]?\d\d"
PERIOD = re.compile(rf"(?P<start>{DAY})日?(?:.?至|[-一~到]*)(?:(?P<end>{DAY}|长期)|(?P<years>\d+)年)")


def _period(form: Form) -> tuple[Field, Field]:
    """Return the first and the last day of the span beside its label, else of the first span on the page."""
    for row in (*form.rows("valid_from"), *form.page.rows):
        found = PERIOD.search(row.text)
        if found:
            start = row.group(found, "start")
            return field_of(start, _iso(start.text)), _end(row, found)
    return MISSING, MISSING


def _end(row: Row, found: re.Match[str]) -> Field:
    if found["end"]:
        end = row.group(found, "end")
        return field_of(end, _iso(end.text))
    start = _iso(found["start"])
    return field_of(row.group(found, "years"), f"{int(start[:4]) + int(found['years'])}{start[4:]}", 0.8)


def _iso(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if digits else text


VALIDITY = (
    label("valid_from", "有效期限", english="Valid Period", find=lambda form, _: _period(form)[0]),
    label("valid_from", "有效起始日期", english="Valid From"),
    label("valid_to", find=lambda form, _: _period(form)[1]),
)
