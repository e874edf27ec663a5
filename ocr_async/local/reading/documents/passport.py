"""Passports: any from its machine readable zone, the data page of Chinese ones with everything that is printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from difflib import SequenceMatcher
from types import MappingProxyType

from attrs import evolve, frozen

from ocr_async.local.apis import Api, one_of
from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, field_of
from ocr_async.local.reading.words.chinese_places import known_place
from ocr_async.local.reading.zones.dates import printed_date
from ocr_async.local.reading.zones.mrz import MachineReadable, birth, expiry, glance, read_zone
from ocr_async.local.reading.zones.mrz_repair import AS_LETTER
from ocr_async.local.recognizer import Unreadable
from ocr_async.model import Json

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
CHINESE_ONLY = re.compile(r"类型|国家码|护照号|出生地|签发地|签发机|有效期至|持照人")
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
GUESSED = 0.58
NEAR = 2.2
"""How far below its label a value may begin, in heights of the label."""


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
    if asked == "CHN" or (asked != "GENERAL" and _is_chinese(page, zone)):
        return _chinese(page, zone)
    if zone is None:
        raise Unreadable
    fields = _zone_fields(zone, page)
    if asked != "GENERAL":
        fields |= _printed_fields(page)
    return Reading(fields, {"machine_code": zone.lines[0], "machine_code2": zone.lines[1], "extra_info": {}})


def _is_chinese(page: Page, zone: MachineReadable | None) -> bool:
    if zone is not None:
        return zone.mrz.issuer == "CHN"
    return len(page.search(CHINESE_ONLY)) >= 3


def _zone_fields(zone: MachineReadable, page: Page) -> dict[str, Field]:
    """Return the fields that the machine readable zone holds."""
    mrz = zone.mrz
    printed = [day for line in page.lines if (day := printed_date(line.text))]
    return {
        "country_code": zone.field("issuer", mrz.issuer),
        "surname": zone.field("names", mrz.surname),
        "given_name": zone.field("names", mrz.given_names),
        "passport_number": zone.field("number", mrz.number),
        "date_of_birth": zone.field("date_of_birth", birth(mrz, printed)),
        "sex": zone.field("sex", mrz.sex),
        "date_of_expiry": zone.field("date_of_expiry", expiry(mrz)),
    }


def _printed_fields(page: Page) -> dict[str, Field]:
    """Return what a foreign page says beside its machine readable zone, where a known label stands over it."""
    found = {name: _capitals(page, name) for name in ("nationality", "place_of_birth", "issuing_authority")}
    found["date_of_issue"] = _date_under(page, "date_of_issue")
    return {name: it for name, it in found.items() if it.text}


def _capitals(page: Page, name: str) -> Field:
    for line in _under(page, LABELS[name]):
        if line.text == line.text.upper() and any(character.isalpha() for character in line.text):
            return field_of(line)
    return MISSING


def _under(page: Page, label: re.Pattern[str]) -> Iterator[Line]:
    """Yield the lines close below each line with this label, the nearest first."""
    for line, _ in page.search(label):
        yield from page.below(line, within=NEAR * line.box.height)


def _date_under(page: Page, name: str) -> Field:
    for line in _under(page, LABELS[name]):
        if day := printed_date(line.text):
            return field_of(line, day.isoformat())
    return MISSING


def _chinese(page: Page, zone: MachineReadable | None) -> Reading:
    """Read all that the data page of a Chinese passport says, in both languages.

    Its number begins with a letter; the check digit is blind to a G that was read as 6.
    """
    fields = _zone_fields(zone, page) if zone else _labelled_fields(page)
    number = fields["passport_number"]
    if not number.text:
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
    number = next((field_of(line, match[0]) for line, match in page.search(r"\b[A-Z][A-Z0-9]\d{7}\b")), MISSING)
    latin = next(((line, match) for line, match in page.search(r"^([A-Z]{2,}),\s*([A-Z]{2,})$")), None)
    sex = next((field_of(line, match[1]) for line, match in page.search(r"[男女]\s*/?\s*([MF])$")), MISSING)
    return {
        "country_code": Field("CHN", 0.9),
        "surname": field_of(latin[0], latin[1][1]) if latin else MISSING,
        "given_name": field_of(latin[0], latin[1][2]) if latin else MISSING,
        "passport_number": number,
        "date_of_birth": _date_under(page, "date_of_birth"),
        "sex": sex,
        "date_of_expiry": _date_under(page, "date_of_expiry"),
    }


def _passport_type(page: Page, zone: MachineReadable | None) -> Field:
    """Return the printed type: P, or the W and G of diplomatic and service passports."""
    for line in _under(page, LABELS["passport_type"]):
        if line.text in {"P", "W", "G"}:
            return field_of(line)
    return zone.field("type", TYPE_OF_CODE.get(zone.mrz.document_code, "P")) if zone else MISSING


def _name_line(page: Page, fields: Mapping[str, Field]) -> str:
    """Return the name in Chinese characters: the line above the one in Latin letters, or the one under its label."""
    letters = fields["surname"].text + fields["given_name"].text
    latin = next((line for line in page.lines if _alike(_letters(line.text), letters.replace(" ", "")) > 0.85), None)
    above = [line for line in page.lines if latin and line.box.overlap_along(latin.box) > 0.3 and _rises(line, latin)]
    named = sorted(above, key=lambda line: -line.box.top) + list(_under(page, re.compile("姓名|^姓")))
    return next((line.text for line in named if re.fullmatch(r"[一-鿿·]{2,6}", line.text)), "")


def _rises(line: Line, other: Line) -> bool:
    return 0 < other.box.middle[1] - line.box.middle[1] < 2 * other.box.height


def _letters(text: str) -> str:
    return re.sub(r"[^A-Z]", "", text)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


@frozen
class _Place:
    """A place in both languages."""

    chinese: str = ""
    english: Field = MISSING
    known: bool = False


def _places(page: Page) -> tuple[_Place, _Place]:
    """Return the places of birth and of issue: under their labels, else the upper and the lower place on the page."""
    named = _named_places(page)
    if len(named) == 1:  # without the one that was missed, the one found may be either
        middle = Box(0.25 * page.width, 0.3 * page.height, 0.75 * page.width, 0.8 * page.height)
        closer = evolve(page, lines=page.look(middle))
        page, named = max((page, named), (closer, _named_places(closer)), key=lambda one: len(one[1]))
    upper, lower = (
        next((named[id(line)] for line in _under(page, LABELS[label]) if id(line) in named), None)
        for label in ("place_of_birth", "place_of_issue")
    )
    rest = [place for place in named.values() if place.known and place not in (upper, lower)]
    if upper is None and rest:
        upper = rest.pop(0)
    if lower is None and rest:
        lower = rest.pop()
    return upper or _Place(), lower or _Place()


def _named_places(page: Page) -> dict[int, _Place]:
    return {id(line): place for line in page.lines if (place := _place(line))}


def _place(line: Line) -> _Place | None:
    """Return the place that a line such as 湖南/HUNAN names in both languages, put right by the list of provinces."""
    if TITLE.search(line.text) or "中国" in line.text or "CHINE" in line.text:
        return None
    if known := known_place(line.text):
        return _Place(known[0], field_of(line, known[1]), known=True)
    pair = PAIR.search(line.text)
    return _Place(pair[1], field_of(line, pair[2].strip(), line.score * 0.9)) if pair else None


def _authority(page: Page) -> tuple[Field, Field]:
    """Return the issuing authority in Chinese and English, each put right if it is nearly one that is known."""
    lines = list(_under(page, LABELS["issuing_authority"]))
    chinese = next((field_of(line, _known_in(match[0])) for line, match in page.search(AUTHORITY)), MISSING)
    english = next((line for line in [*lines, *page.lines] if _alike_any(line.text, AUTHORITIES.values()) > 0.8), None)
    if english is None:
        return chinese, _authority_under_label(lines, AUTHORITIES.get(chinese.text, ""))
    known = max(AUTHORITIES.values(), key=lambda name: _alike(name, english.text))
    return chinese, field_of(english, known)


def _authority_under_label(lines: Iterable[Line], likely: str) -> Field:
    """Return the authority in Latin letters, completed where it is the beginning of the likely one."""
    latin = [line for line in lines if re.fullmatch(r"[A-Za-z ,.&'()-]{8,}", line.text)]
    if latin and likely.startswith(latin[-1].text):
        return field_of(latin[-1], likely, doubtful(latin[-1].score))
    return field_of(latin[-1]) if latin else MISSING


def _known_in(text: str) -> str:
    """Return the known authority that a text ends with, give or take a character; else the text."""
    likely = [name for name in AUTHORITIES if _alike(text[-len(name) :], name) > 0.8]
    return max(likely, key=len, default=text)


def _alike_any(text: str, names: Iterable[str]) -> float:
    return max(_alike(text, name) for name in names)


def _date_of_issue(page: Page, fields: Mapping[str, Field]) -> Field:
    """Return the date of issue: under its label, else the date on the page that is neither birth nor expiry.

    A passport of the mainland ends five or ten years after its issue, one day earlier; those of Hong Kong and Macau end
    on the day itself. A reading that misses all of these by one digit is put right, but is a guess.
    """
    known = {fields["date_of_birth"].text, fields["date_of_expiry"].text}
    dates = [field_of(line, day.isoformat()) for line in page.lines if (day := printed_date(line.text))]
    labelled = _date_under(page, "date_of_issue")
    others = [labelled] * bool(labelled.text) + [it for it in dates if it.text not in known]
    ends = fields["date_of_expiry"].text
    starts = _starts(date.fromisoformat(ends)) if ends else frozenset[str]()
    fitting = next((it for it in others if it.text in starts), None)
    if fitting or SPECIAL_REGION.search(page.text):
        return fitting or next(iter(others), MISSING)
    return _nearest(others, _starts(date.fromisoformat(ends), on_the_day=False) if ends else starts)


def _starts(end: date, *, on_the_day: bool = True) -> frozenset[str]:
    days = [end + timedelta(days=1), *([end] if on_the_day else [])]
    return frozenset(f"{day.year - years}-{day.month:02}-{day.day:02}" for day in days for years in (5, 10))


def _nearest(read_dates: list[Field], starts: frozenset[str]) -> Field:
    for it in read_dates:
        for start in starts:
            if sum(one != other for one, other in zip(it.text, start, strict=True)) == 1:
                return Field(start, min(it.confidence, GUESSED), it.box)
    return read_dates[0] if read_dates else MISSING


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
