"""Identity cards of the United Arab Emirates: the front from its labels, the back from its machine readable zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from attrs import evolve

from ocr_async.local.apis import Api, one_of
from ocr_async.local.reading.confidence import confirmed, doubtful, repaired
from ocr_async.local.reading.documents.emirates_arabic import arabic_fields
from ocr_async.local.reading.page import Line, Page, around
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, field_of, first_in
from ocr_async.local.reading.script import as_digits
from ocr_async.local.reading.words.countries import nearest
from ocr_async.local.reading.zones.check_digits import has_luhn_digit
from ocr_async.local.reading.zones.dates import dates_in
from ocr_async.local.reading.zones.mrz import glance, read_zone
from ocr_async.local.reading.zones.second_look import agreed
from ocr_async.local.recognizer import Unreadable

ID_NUMBER = re.compile(
    r"(?<![A-Z0-9])7[8B]4\s*[-–. ]?\s*([\dOIBSZl]{4})\s*[-–. ]?\s*([\dOIBSZl]{7})\s*[-–. ]?\s*([\dOIBSZl])(?!\d)"
)
NAME = re.compile(r"^\W*Name\b", re.IGNORECASE)
CARD_NUMBER = re.compile(r"Card Num\w+", re.IGNORECASE)
LASER_NUMBER = re.compile(r"(?<![\w-])(?!784-)[A-Z0-9]{4}-[A-Z0-9]{8}-[A-Z0-9]{2}(?![\w-])")
ISSUER = re.compile(r"UNITED ARAB|EMIRATES", re.IGNORECASE)
SIGNS = (
    *(ID_NUMBER, NAME, CARD_NUMBER, ISSUER),
    *(re.compile(sign, re.IGNORECASE) for sign in (r"^\W*Nationalit", r"^\W*S[eo]x\b", r"Exp\w+ Date")),
)
LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z .,'-]*")
"""Older cards part the names of a person with commas."""

LABELS = ("Name", "Nationality", "Date of Birth", "Expiry Date", "Issuing Date", "Sex", "Card Number", "Signature")


def likeness(page: Page) -> float:
    """Return how sure it is that the page is a side of an Emirates ID card, 0 to 1."""
    zone = glance(page)
    if zone is not None and zone.mrz.layout == "TD1":
        return 0.99 if zone.mrz.issuer == "ARE" else 0.2
    shown = sum(page.first(sign) is not None for sign in SIGNS)
    if page.first(ID_NUMBER):
        return 0.95 if shown >= 3 else 0.6
    issued = page.first(ISSUER) or not page.first(NAME)  # the side with the name also says whose card it is
    return 0.7 if issued and shown >= 3 and not page.search(r"PASSPORT|PASSEPORT|护照") else 0.0


def read(page: Page, options: Options) -> Reading:
    """Read the side that the option `side` names, or the one that the page shows."""
    zone = glance(page)
    has_zone = zone is not None and zone.mrz.layout == "TD1"
    shown = "back" if has_zone or (page.first(CARD_NUMBER) and not page.first(ID_NUMBER)) else "front"
    return _front(page) if (options.get("side") or shown) == "front" else _back(page)


def _front(page: Page) -> Reading:
    number = _id_number(page)
    name, nationality = _name(page), _nationality(page)
    if not number and not (name and nationality):
        raise Unreadable
    fields = {
        "side": Field("front", 1.0),
        "id_number": number,
        "name": name,
        "nationality": nationality,
        **arabic_fields(page, name, nationality),
        **_dates_by_number(page, number, _labelled_fields(page)),
    }
    return Reading(fields, {name: "" for name in ("name_arabic", "nationality_arabic") if not fields[name]})


def _id_number(page: Page) -> Field:
    """Return the identity number; its last digit is a Luhn check digit over the rest."""
    for line, match in page.search(ID_NUMBER):
        digits, changes = as_digits("784" + "".join(match.groups()))
        number = "-".join((digits[:3], digits[3:7], digits[7:14], digits[14:]))
        judge = confirmed if has_luhn_digit(digits) else doubtful
        return field_of(line, number, repaired(line.score, changes)).judged(judge)
    return MISSING


def _labelled(page: Page, label: str) -> Iterator[Line]:
    """Yield what stands after each such label: in its own line, to the right of it, or below."""
    for line in page.lines:
        own = _after_label(line, label)
        if own:
            yield from [own] if own.text else []
            near = [*page.right_of(line, within=6 * line.box.height), *page.below(line, within=line.box.height)]
            yield from (other for other in near if not _is_labelled(other))


def _is_labelled(line: Line) -> bool:
    return any(_after_label(line, label) for label in LABELS)


def _after_label(line: Line, label: str) -> Line | None:
    """Return what follows a label, which may be misread by a quarter of its letters; None if the line has another."""
    plain = line.text.lstrip(" .:/")
    scored = [(SequenceMatcher(None, plain[:end], label).ratio(), end) for end in range(len(label) - 2, len(label) + 3)]
    likeness, end = max(scored)
    rest = plain[end:].lstrip(" .:：;,")
    return line.part(len(line.text) - len(rest), len(line.text)) if likeness > 0.75 else None


def _name(page: Page) -> Field:
    """Return the name in Latin letters, with the line below it that goes on with it."""
    for line in _labelled(page, "Name"):
        if LATIN_NAME.fullmatch(line.text):
            more = [it for it in page.below(line, within=0.8 * line.box.height)[:1] if _goes_on(it, line)]
            parts = [_second_look(page, it) for it in (line, *more)]
            return Field(
                " ".join(it.text for it in parts).replace(", ", ","), min(it.confidence for it in parts), line.box
            )
    return MISSING


def _second_look(page: Page, line: Line) -> Field:
    """Return a line of the name as several looks have it; its label begins the strip, so as not to cut a letter."""
    known = next((it for it in page.lines if it.box.is_over(line.box)), line)
    name = field_of(line, _spelled(line.text))
    labelled = _after_label(known, "Name") is not None

    def said(text: str) -> str:
        look = evolve(known, text=text)
        found = _after_label(look, "Name") if labelled else look
        return _spelled(found.text) if found and LATIN_NAME.fullmatch(found.text) else ""

    return agreed(page, name, known.box, said)


def _spelled(name: str) -> str:
    """Return a name with a capital I and a small l where each was read as the other: Ibrahim, Al."""
    name = re.sub(r"\bl(?=[^aeiou\W])", "I", name)
    if not name.isupper():
        name = re.sub(r"(?<=\bA)I\b|(?<=[a-z])I", "l", name)
    return " ".join(name.split())


def _goes_on(line: Line, name: Line) -> bool:
    """Tell whether a line below the name is more of it: letters alone, about as large."""
    alike = 0.7 < line.box.height / name.box.height < 1.4
    other = line.score < 0.9 or _is_labelled(line) or ISSUER.search(line.text)
    return alike and not other and LATIN_NAME.fullmatch(line.text) is not None


def _nationality(page: Page) -> Field:
    """Return the nationality, put right by the names of countries: the less sure the engine is, the more freely."""
    for line in _labelled(page, "Nationality"):
        country = nearest(line.text, 0.8 if line.score > 0.9 else 0.6)
        if country is not None:
            capitals = line.text == country.name.upper()
            return field_of(line, None if capitals else country.name).judged(confirmed)
        if LATIN_NAME.fullmatch(line.text.replace(",", "")):
            return field_of(line)
    return MISSING


def _labelled_fields(page: Page) -> dict[str, Field]:
    """Return the sex and the dates where they are printed with a label."""
    return {
        "sex": first_in(_labelled(page, "Sex"), r"^([MFmf])(?:ale|emale)?\W*$", 1).spelled(str.upper),
        "date_of_birth": next(dates_in(_labelled(page, "Date of Birth")), MISSING),
        "expiry_date": next(dates_in(_labelled(page, "Expiry Date")), MISSING),
    }


def _dates_by_number(page: Page, number: Field, fields: dict[str, Field]) -> dict[str, Field]:
    """Return the fields with the dates whose labels were not read: the number holds the year of birth.

    The last of the other dates, of issue and of expiry, is that of expiry.
    """
    dates = list(dates_in(page.lines))
    born = [it for it in dates if it.text[:4] == number.text[4:8]]
    others = sorted((it for it in dates if it not in born), key=lambda it: it.text)
    known = {
        "date_of_birth": fields["date_of_birth"] or (_unlabelled(born[0]) if born else MISSING),
        "expiry_date": fields["expiry_date"] or (_unlabelled(others[-1]) if len(others) > 1 else MISSING),
    }
    return fields | known


def _unlabelled(it: Field) -> Field:
    """Return a field whose label was not read."""
    return it.judged(lambda score: repaired(score, 1))


def _back(page: Page) -> Reading:
    zone = read_zone(page)
    numbers = (evolve(line, text=as_digits(line.text)[0]) for line in _labelled(page, "Card Number"))
    fields = {
        "side": Field("back", 1.0),
        **_labelled_fields(page),
        "card_number": first_in(numbers, r"^[\d-]{6,}$"),
        "laser_number": first_in(page.lines, LASER_NUMBER),
    }
    if zone is None or zone.mrz.layout != "TD1":
        if not fields["card_number"]:
            raise Unreadable
        return Reading(fields)
    held = zone.fields(page)
    lines = {
        f"machinecode{place}": Field(text, zone.confidence("names"), around([box]))
        for place, (text, box) in enumerate(zip(zone.lines, zone.boxes, strict=True), start=1)
    }
    fields |= {name: held[name] for name in ("sex", "date_of_birth", "country_code")}
    return Reading(fields | lines | {"card_number": held["number"], "expiry_date": held["date_of_expiry"]})


PRINTED = (
    *("id_number", "name", "name_arabic", "nationality", "nationality_arabic", "sex", "date_of_birth", "expiry_date"),
    *("card_number", "laser_number", "country_code", "machinecode1", "machinecode2", "machinecode3"),
)
EMIRATES_ID_CARD = Reader(
    api="emirates-id-card",
    # An empty side counts like an absent one: the service finds out.
    versions={"v2": Api(8192, parameters={"side": one_of("front", "back", "")})},
    layout=Layout.CARD,
    fields=("side", *PRINTED),
    likeness=likeness,
    read=read,
    confidence_names={"card_number": "id_number"},
    optional=frozenset(PRINTED),
)
