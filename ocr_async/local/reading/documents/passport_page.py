"""What every data page of a passport has: the fields of its machine readable zone, and values under labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from ocr_async.local.reading.page import Line, Page
from ocr_async.local.reading.reader import MISSING, Field
from ocr_async.local.reading.zones.dates import dates_in
from ocr_async.local.reading.zones.mrz import MachineReadable

TITLE = re.compile(r"PASSPORT|PASSEPORT|PASAPORTE|PASSAPORTO|REISEPASS|护照", re.IGNORECASE)
LABELS = MappingProxyType(
    {
        "passport_type": re.compile(r"类型|^Type"),
        "passport_number": re.compile(r"护照号|Passport ?N"),
        "nationality": re.compile(r"国籍|Nationalit"),
        "date_of_birth": re.compile(r"出生日|Da\w+ ?of ?birth", re.IGNORECASE),
        "place_of_birth": re.compile(r"出生地|Pla\w+ ?of ?birth", re.IGNORECASE),
        "date_of_issue": re.compile(r"签发日|Da\w+ ?of ?issue", re.IGNORECASE),
        "place_of_issue": re.compile(r"签发地|Pla\w+ ?of ?issue", re.IGNORECASE),
        "date_of_expiry": re.compile(r"有效期|Da\w+ ?of ?expiry", re.IGNORECASE),
        "issuing_authority": re.compile(r"签发机|Authority|Autorit", re.IGNORECASE),
    }
)
NEAR = 2.2
"""How far below its label a value may begin, in heights of the label."""


def zone_fields(zone: MachineReadable, page: Page) -> dict[str, Field]:
    """Return the fields that the machine readable zone holds."""
    fields = zone.fields(page)
    return {**fields, "passport_number": fields.pop("number")}


def under(page: Page, label: re.Pattern[str]) -> Iterator[Line]:
    """Yield the lines close below each line with this label, the nearest first."""
    for line, _ in page.search(label):
        yield from page.below(line, within=NEAR * line.box.height)


def date_under(page: Page, name: str) -> Field:
    """Return the first date under the label of a field, as YYYY-MM-DD."""
    return next(dates_in(under(page, LABELS[name])), MISSING)
