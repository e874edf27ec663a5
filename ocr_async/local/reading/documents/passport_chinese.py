"""Chinese passports: everything that is printed on their data page, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from types import MappingProxyType

from attrs import evolve, frozen

from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.documents.passport_page import LABELS, TITLE, date_under, under, zone_fields
from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.local.reading.reader import MISSING, Field, Reading, field_of, first_in
from ocr_async.local.reading.words.chinese_places import known_place
from ocr_async.local.reading.zones.dates import dates_in
from ocr_async.local.reading.zones.mrz import MachineReadable
from ocr_async.local.reading.zones.mrz_repair import AS_LETTER
from ocr_async.local.recognizer import Unreadable
from ocr_async.model import Json

AUTHORITIES = MappingProxyType(
    {
        "公安部出入境管理局": "MPS Exit & Entry Administration",
        "国家移民管理局": "National Immigration Administration",
        "中华人民共和国国家移民管理局": "National Immigration Administration, PRC",
        "中华人民共和国外交部": "Ministry of Foreign Affairs",
    }
)
AUTHORITY = re.compile(r"[一-鿿]{3,}(?:管理局|公安厅|公安局|外交部|办公室|办事处|公署|使馆|领事馆|事务部)")
TYPE_OF_CODE = MappingProxyType({"PD": "W", "PS": "G"})
SEXES = MappingProxyType({"M": "男", "F": "女"})
PAIR = re.compile(r"([一-鿿]{2,})\s*[/／|\\]?\s*([A-Z][A-Z .]+)$")
SPECIAL_REGION = re.compile("香港|澳门|澳門|HONG ?KONG|MACAO|MACAU|特别行政区|特別行政區", re.IGNORECASE)
LATIN_NAME = r"^([A-Z]{2,}),\s*([A-Z]{2,})$"


def chinese(page: Page, zone: MachineReadable | None) -> Reading:
    """Read all that the data page of a Chinese passport says, in both languages.

    Its number begins with a letter; the check digit is blind to a G that was read as 6.
    """
    fields = zone_fields(zone, page) if zone else _labelled_fields(page)
    number = fields["passport_number"]
    if not number:
        raise Unreadable
    name = _name_line(page, fields)
    born, issued = _places(page)
    authority, authority_english = _authority(page)
    fields |= {
        "passport_number": evolve(number, text=AS_LETTER.get(number.text[0], number.text[0]) + number.text[1:]),
        "passport_type": _passport_type(page, zone),
        "nationality": Field("CHINESE", 0.98),
        "date_of_issue": _date_of_issue(page, fields),
        "place_of_birth": born.english,
        "place_of_issue": issued.english,
        "issuing_authority": authority_english,
    }
    local: dict[str, Json] = {
        "name": name,
        "sex": SEXES.get(fields["sex"].text, ""),
        "place_of_birth": born.chinese,
        "place_of_issue": issued.chinese,
        "issuing_authority": authority.text,
        "nationality": "中国",
    }
    return Reading(fields, {"extra_info": {"local_language": local}})


def _labelled_fields(page: Page) -> dict[str, Field]:
    """Return the fields of the machine readable zone from the rest of a Chinese page, where the zone is lost."""
    return {
        "country_code": Field("CHN", 0.9),
        "surname": first_in(page.lines, LATIN_NAME, 1),
        "given_name": first_in(page.lines, LATIN_NAME, 2),
        "passport_number": first_in(page.lines, r"\b[A-Z][A-Z0-9]\d{7}\b"),
        "date_of_birth": date_under(page, "date_of_birth"),
        "sex": first_in(page.lines, r"[男女]\s*/?\s*([MF])$", 1),
        "date_of_expiry": date_under(page, "date_of_expiry"),
    }


def _passport_type(page: Page, zone: MachineReadable | None) -> Field:
    """Return the printed type: P, or the W and G of diplomatic and service passports."""
    for line in under(page, LABELS["passport_type"]):
        if line.text in {"P", "W", "G"}:
            return field_of(line)
    return zone.field("type", TYPE_OF_CODE.get(zone.mrz.document_code, "P")) if zone else MISSING


def _name_line(page: Page, fields: Mapping[str, Field]) -> str:
    """Return the name in Chinese characters: the line above the one in Latin letters, or the one under its label."""
    letters = (fields["surname"].text + fields["given_name"].text).replace(" ", "")
    alike = [it for it in page.lines if get_close_matches(re.sub("[^A-Z]", "", it.text), [letters], 1, 0.85)]
    above = [
        line
        for line in page.lines
        for latin in alike[:1]
        if line.box.overlap_along(latin.box) > 0.3
        and 0 < latin.box.middle[1] - line.box.middle[1] < 2 * latin.box.height
    ]
    named = sorted(above, key=lambda line: -line.box.top) + list(under(page, re.compile("姓名|^姓")))
    return first_in(named, "^[一-鿿·]{2,6}$").text


@frozen
class _Place:
    """A place in both languages."""

    chinese: str = ""
    english: Field = MISSING


def _places(page: Page) -> tuple[_Place, _Place]:
    """Return the places of birth and of issue, under their labels."""
    named = _named_places(page)
    if len(named) == 1:  # without the one that was missed, the one found may be either
        middle = Box(0.25 * page.width, 0.3 * page.height, 0.75 * page.width, 0.8 * page.height)
        closer = evolve(page, lines=page.look(middle))
        page, named = max((page, named), (closer, _named_places(closer)), key=lambda one: len(one[1]))
    born, issued = (
        next((named[id(line)] for line in under(page, LABELS[label]) if id(line) in named), _Place())
        for label in ("place_of_birth", "place_of_issue")
    )
    return born, issued


def _named_places(page: Page) -> dict[int, _Place]:
    return {id(line): place for line in page.lines if (place := _place(line))}


def _place(line: Line) -> _Place | None:
    """Return the place that a line such as 湖南/HUNAN names in both languages, put right by the list of provinces."""
    if TITLE.search(line.text) or "中国" in line.text or "CHINE" in line.text:
        return None
    if known := known_place(line.text):
        return _Place(known[0], field_of(line, known[1]))
    pair = PAIR.search(line.text)
    return _Place(pair[1], field_of(line, pair[2].strip(), line.score * 0.9)) if pair else None


def _authority(page: Page) -> tuple[Field, Field]:
    """Return the issuing authority in Chinese and English, each put right if it is nearly one that is known."""
    chinese = first_in(page.lines, AUTHORITY).spelled(_known_authority)
    lines = list(under(page, LABELS["issuing_authority"]))
    for line in (*lines, *page.lines):
        if known := get_close_matches(line.text, AUTHORITIES.values(), 1, 0.8):
            return chinese, field_of(line, known[0])
    latin = next((field_of(it) for it in reversed(lines) if re.fullmatch(r"[A-Za-z ,.&'()-]{8,}", it.text)), MISSING)
    likely = AUTHORITIES.get(chinese.text, "")
    if latin and likely.startswith(latin.text):
        return chinese, evolve(latin, text=likely).judged(doubtful)
    return chinese, latin


def _known_authority(text: str) -> str:
    """Return the known authority that a text ends with, give or take a character; else the text."""
    likely = [name for name in AUTHORITIES if get_close_matches(text[-len(name) :], [name], 1, 0.8)]
    return max(likely, key=len, default=text)


def _date_of_issue(page: Page, fields: Mapping[str, Field]) -> Field:
    """Return the date of issue: under its label, else the date on the page that is neither birth nor expiry.

    A passport of the mainland ends five or ten years after its issue, one day earlier; those of Hong Kong and Macau end
    on the day itself. A reading that misses all of these by one digit is put right, but is a guess.
    """
    known = {fields["date_of_birth"].text, fields["date_of_expiry"].text}
    others = [date_under(page, "date_of_issue"), *(it for it in dates_in(page.lines) if it.text not in known)]
    ends = date.fromisoformat(fields["date_of_expiry"].text) if fields["date_of_expiry"] else None
    likely = _ten_or_five_years_before(ends + timedelta(days=1)) if ends else []
    exact = [*likely, *(_ten_or_five_years_before(ends) if ends else [])]
    fitting = next((it for it in others if it.text in exact), MISSING)
    if not fitting and not SPECIAL_REGION.search(page.text):
        pairs = ((it, day) for it in others for day in likely)
        near = next(((it, day) for it, day in pairs if it and sum(map(str.__ne__, it.text, day)) == 1), None)
        fitting = evolve(near[0], text=near[1], confidence=min(near[0].confidence, 0.58)) if near else MISSING
    return fitting or next(filter(None, others), MISSING)


def _ten_or_five_years_before(day: date) -> list[str]:
    return [f"{day.year - years}-{day.month:02}-{day.day:02}" for years in (10, 5)]
