"""Reads the journey on a train ticket: train and stations with their pinyin, time and seat."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

from attrs import evolve

from ocr_async.local.reading import confidence
from ocr_async.local.reading.page import Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, field_of
from ocr_async.local.reading.script import as_digits
from ocr_async.local.reading.words.stations import (
    DIRECTIONS,
    corrected,
    in_pinyin,
    is_pinyin,
    nearest,
    spelled,
    stations,
)

STATIONS = re.compile(
    r"^站?(?P<departure>[一-鿿]{0,8}?)站?(?P<train>[GDCZTKYLSP]?[0-9OI]{1,5})(?:次|[^一-鿿]{0,2})(?P<destination>[一-鿿]{0,8}?)(?:站[A-Z\d]{0,2})?$"
)
OF_STATIONS = re.compile(r"[一-鿿]|^[GDCZTKYLSP]?[0-9OI]{1,5}\W{0,2}$")
STATION = re.compile(r"^(?P<name>[一-鿿]{2,8}?)站?$")
TRAIN = re.compile(r"[GDCZTKYLSP]?\d{1,4}")
TIME = re.compile(
    r"(?P<year>(?:19|20)\d\d)\D?(?P<month>\d\d?)\D?(?P<day>\d\d)\D?(?P<hour>[012]?\d)[:.;]?(?P<minute>\d\d)(?:$|[^\d:.;])"
)
CLOCK = re.compile(
    r"(?P<year>(?:19|20)\d\d)\D?(?P<month>\d\d)\D?(?P<day>\d\d).{0,2}?(?P<hour>[012]\d):(?P<minute>\d\d)(?:$|[^\d:.;])"
)
"""A time that its colon tells though the character before it was read as digits."""

SEAT = re.compile(r"(?P<car>加?\d{1,2})车(?P<place>无座|不对号入座|[0-9A-Z]{1,4}号?[上中下]?[铺舖]?)")
SEAT_PLACE = re.compile(r"(?P<number>\d{1,3})(?P<letter>[A-F]?)号?(?P<berth>[上中下]?)[铺舖]?")
BARE_SEAT = re.compile(
    r"(?P<car>加\d|\d\d)(?:4\D?|[^\d车]{0,2})(?:(?P<number>\d{3}|\d{2}[A-F])(?:[号昌]?(?P<berth>[上中下])\D?|\D?)|无座)"
)
"""A seat without 车, which is read as 年 or 4 where it is small, and perhaps without what is printed as small."""

UNREADABLE, GUESSED = 0.85, 0.55
"""The confidence below which pinyin is rather what the station in Chinese is spelled, and the most that is said of that."""

LETTERS = str.maketrans("048", "DAB")
"""The digits that are read for the letters of seats."""


def journey(page: Page) -> dict[str, Field]:
    """Read where the train goes, when, and the seat."""
    found = _stations(page)
    return {**found, **_lettered(_time_and_seat(page), found)}


def _stations(page: Page) -> dict[str, Field]:
    """Read the train and the stations beside it; one of these may have been missed where the other is called so."""
    rows = chain.from_iterable((row, own) for row in page.rows if (own := _of_stations(row)))
    for row in rows:
        match = STATIONS.match(row.text)
        names = [match["departure"], match["destination"]] if match else []
        if match and any(names) and ("站" in row.text or (all(names) and TRAIN.fullmatch(match["train"]))):
            train, changes = _train(match["train"])
            line = row.group(match, "train")
            fields = {
                "train_number": field_of(line, train, confidence.repaired(line.score, changes)),
                "departure_station": _station(page, row, match.span("departure"), (0, match.start("train"))),
                "destination_station": _station(
                    page, row, match.span("destination"), (match.end("train"), len(row.text))
                ),
            }
            return fields | _pinyin(page, row, fields)
    return {}


def _of_stations(row: Row) -> Row:
    """Return a row without what is neither Chinese nor a train: print beside the ticket stands in its rows, too."""
    return Row(tuple(line for line in row.lines if OF_STATIONS.search(line.text)))


def _station(page: Page, row: Row, name: tuple[int, int], around: tuple[int, int]) -> Field:
    """Read one station; a single character has lost another, so all beside the train is read again as one strip."""
    line = row.part(*name)
    if len(line.text) == 1:
        again = page.reread_for(row.part(*around).box, STATION)
        if again:
            return field_of(again[0].part(*again[1].span("name")))
        return field_of(line, confidence=confidence.doubtful(line.score))
    return field_of(line)


def _train(text: str) -> tuple[str, int]:
    head, number = (text[0], text[1:]) if text[0].isalpha() else ("", text)
    digits, changes = as_digits(number)
    return head + digits, changes


def _pinyin(page: Page, names: Row, fields: dict[str, Field]) -> dict[str, Field]:
    """Read the Latin names under the stations, and compare their points of the compass with those in Chinese."""
    bottom = max(line.box.bottom for line in names.lines)
    height = max(line.box.height for line in names.lines)
    under = [
        line
        for line in map(_without_accents, page.lines)
        if re.fullmatch(r"[A-Z]?[A-Za-z']{2,24}", line.text) and -0.5 * height < line.box.top - bottom < 1.2 * height
    ]
    found: dict[str, Field] = {}
    for name in ("departure_station", "destination_station"):
        place = fields[name].box
        near = [line for line in under if place and abs(line.box.middle[0] - place.middle[0]) < 0.2 * page.width]
        if near:
            line = min(near, key=lambda line: abs(line.box.top - bottom))
            found |= _agreed_names(name, fields[name], field_of(line, line.text.capitalize()))
        if under and (guess := _known_pinyin(fields[name], found.get(f"{name}_en", MISSING))):
            found[f"{name}_en"] = guess
    return found


def _known_pinyin(station: Field, read: Field) -> Field | None:
    """Return the pinyin of a station that is known where it was missed or hardly read, a guess: it is tiny print."""
    if stations(read.text) or not read.confidence < UNREADABLE < station.confidence:
        return None
    known = in_pinyin(station.text)
    return Field(known, min(station.confidence, GUESSED), read.box) if known else None


def _without_accents(line: Line) -> Line:
    """Return a line without the marks over its letters: tickets print none, grain looks like them."""
    plain = "".join(it for it in unicodedata.normalize("NFD", line.text) if not unicodedata.combining(it))
    return line if plain == line.text else evolve(line, text=plain, score=confidence.repaired(line.score, 1))


def _agreed_names(name: str, chinese: Field, pinyin: Field) -> dict[str, Field]:
    """Return a station's two names: they confirm each other, or the Latin one puts the Chinese one right."""
    spelling = spelled(chinese.text, pinyin.text)
    if spelling:
        return {name: chinese, f"{name}_en": Field(spelling, confidence.repaired(pinyin.confidence, 1), pinyin.box)}
    if both := nearest(chinese.text, pinyin.text):
        found = zip(both, (chinese, pinyin), strict=True)
        station, latin = (Field(it, confidence.repaired(read.confidence, 2), read.box) for it, read in found)
        return {name: station, f"{name}_en": latin}
    if not is_pinyin(pinyin.text, len(chinese.text)):
        pinyin = evolve(pinyin, confidence=confidence.doubtful(pinyin.confidence))
    known = corrected(chinese.text, pinyin.text)
    if known == chinese.text:
        sure = [Field(it.text, confidence.confirmed(it.confidence), it.box) for it in (chinese, pinyin)]
        return {name: sure[0], f"{name}_en": sure[1]}
    if known:
        return {name: Field(known, confidence.repaired(chinese.confidence, 1), chinese.box), f"{name}_en": pinyin}
    if not pinyin.text.endswith(DIRECTIONS.get(chinese.text[-1:], "")):
        pinyin = Field(pinyin.text, confidence.doubtful(pinyin.confidence), pinyin.box)
    return {name: chinese, f"{name}_en": pinyin}


def _time_and_seat(page: Page) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for row in page.rows:
        part, time = _time(row)
        seat = SEAT.search(row.text)
        if time and "departure_time" not in fields and _is_time(time):
            line = part.part(time.start("year"), time.end("minute"))
            text = "{year}年{month:0>2}月{day}日{hour:0>2}:{minute}".format(**time.groupdict())
            sure = line.score if time.re is TIME else confidence.doubtful(line.score)
            fields["departure_time"] = field_of(line, text, sure)
        if seat and "seat_number" not in fields:
            fields |= _seat(row, seat)
        if time and not seat and "seat_number" not in fields:
            fields |= _bare_seat(row.lines[-1])
    return fields


def _time(row: Row) -> tuple[Row, re.Match[str] | None]:
    """Find a time in one of the lines of a row, else in all of it: where 开 was not read, the seat's digits follow."""
    parts = [*(Row((line,)) for line in row.lines), row]
    looks = ((part, form.search(part.text)) for form in (TIME, CLOCK) for part in parts)
    return next(((part, match) for part, match in looks if match), (row, None))


def _bare_seat(line: Line) -> dict[str, Field]:
    """Read the last line in the row of the time as a seat whose small characters 车 and 号 were missed or misread."""
    match = BARE_SEAT.fullmatch(line.text)
    berth = f"{match['berth']}铺" if match and match["berth"] else ""
    place = f"{match['number']}号{berth}" if match and match["number"] else "无座"
    text = f"{match['car']}车{place}" if match else ""
    return {"seat_number": field_of(line, text, confidence.doubtful(line.score))} if text else {}


def _is_time(match: re.Match[str]) -> bool:
    month, day, hour, minute = (int(match[name]) for name in ("month", "day", "hour", "minute"))
    return 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60


def _seat(row: Row, match: re.Match[str]) -> dict[str, Field]:
    line = row.group(match)
    place = match["place"]
    number = SEAT_PLACE.fullmatch(place)
    if number is None:
        changed = place if "座" in place else place.removesuffix("号") + "号"
        score = line.score if "座" in place else confidence.doubtful(line.score)
        return {"seat_number": field_of(line, f"{match['car']}车{changed}", score)}
    berth = f"{number['berth']}铺" if number["berth"] else ""
    text = f"{match['car']}车{number['number']}{number['letter']}号{berth}"
    return {"seat_number": field_of(line, text, confidence.repaired(line.score, int(text != line.text)))}


def _lettered(fields: dict[str, Field], found: dict[str, Field]) -> dict[str, Field]:
    """Return the seat with its letter where that was read as a digit: fast trains have no seats above a hundred."""
    seat, train = fields.get("seat_number"), found.get("train_number")
    if seat is None or train is None or train.text[0] not in "GCD" or not re.search(r"车[1-9]\d[048]号$", seat.text):
        return fields
    text = f"{seat.text[:-2]}{seat.text[-2].translate(LETTERS)}号"
    return fields | {"seat_number": evolve(seat, text=text, confidence=confidence.doubtful(seat.confidence))}
