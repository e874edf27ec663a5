"""Passports: any from its machine readable zone, the data page of Chinese ones with everything that is printed."""

from __future__ import annotations

import re

from ocr_async.local.apis import Api, one_of
from ocr_async.local.reading.documents.passport_chinese import chinese
from ocr_async.local.reading.documents.passport_page import LABELS, TITLE, date_under, under, zone_fields
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import MISSING, Layout, Options, Reader, Reading, field_of
from ocr_async.local.reading.zones.mrz import glance, read_zone
from ocr_async.local.recognizer import Unreadable

CHINESE_ONLY = re.compile(r"类型|国家码|护照号|出生地|签发地|签发机|有效期至|持照人")


def likeness(page: Page) -> float:
    """Return how sure it is that the page is the data page of a passport, 0 to 1."""
    zone = glance(page)
    if zone is not None and zone.mrz.layout != "TD1" and zone.mrz.document_code.startswith("P"):
        return 0.99
    if len({label for _, found in page.search(CHINESE_ONLY) for label in [found[0]]}) >= 3:
        return 0.9
    labels = sum(page.first(label) is not None for label in LABELS.values())
    return 0.6 if TITLE.search(page.text) and labels >= 4 else 0.0


def read(page: Page, options: Options) -> Reading:
    """Read a page; the option `country_code` asks for the machine readable lines alone (GENERAL) or for all (CHN)."""
    asked = options.get("country_code")
    zone = read_zone(page)
    issued_here = zone.mrz.issuer == "CHN" if zone else len(page.search(CHINESE_ONLY)) >= 3
    if asked == "CHN" or (asked != "GENERAL" and issued_here):
        return chinese(page, zone)
    if zone is None:
        raise Unreadable
    fields = zone_fields(zone, page)
    if asked != "GENERAL":
        for name in ("nationality", "place_of_birth", "issuing_authority"):
            capitals = (field_of(line) for line in under(page, LABELS[name]) if line.text.isupper())
            fields[name] = next(capitals, MISSING)
        fields["date_of_issue"] = date_under(page, "date_of_issue")
    return Reading(fields, {"machine_code": zone.lines[0], "machine_code2": zone.lines[1], "extra_info": {}})


PRINTED = ("date_of_issue", "place_of_birth", "place_of_issue", "issuing_authority")
PASSPORT = Reader(
    api="passport",
    fields=(
        *("passport_type", "country_code", "passport_number", "nationality", "surname", "given_name", "sex"),
        *("date_of_birth", "date_of_expiry", *PRINTED),
    ),
    likeness=likeness,
    read=read,
    item_type="passport",
    versions=dict.fromkeys(("v2", "v1.0"), Api(4096, parameters={"country_code": one_of("GENERAL", "CHN")})),
    layout=Layout.CARD,
    optional=frozenset({"passport_type", "nationality", *PRINTED}),
)
