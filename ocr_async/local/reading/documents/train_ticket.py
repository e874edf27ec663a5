"""Reads train tickets of China Railway: the blue and the red paper ones, which share their layout.

From top to bottom: number and gate; stations around the train number; their pinyin; time and seat; price, way of
sale and class; remarks; holder; the code of the sale with its office. The code ends with the last seven characters
of the number, which serves as a check of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median

from attrs import evolve

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading import confidence
from ocr_async.local.reading.documents.train_ticket_numbers import LOG_ID, numbers
from ocr_async.local.reading.page import Box, Line, Page, Row, in_reading_order
from ocr_async.local.reading.reader import Field, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.script import as_digits
from ocr_async.local.reading.words.stations import DIRECTIONS, corrected, is_pinyin, spelled
from ocr_async.local.recognizer import Unreadable

STATIONS = re.compile(
    r"^(?P<departure>[一-鿿]{0,8}?)站?(?P<train>[GDCZTKYLSP]?[0-9OI]{1,5})[^一-鿿]{0,2}(?P<destination>[一-鿿]{0,8}?)(?:站[A-Z\d]{0,2})?$"
)
STATION = re.compile(r"^(?P<name>[一-鿿]{2,8}?)站?$")
TRAIN = re.compile(r"[GDCZTKYLSP]?\d{1,4}")
TIME = re.compile(
    r"(?P<year>(?:19|20)\d\d)\D?(?P<month>\d\d?)\D?(?P<day>\d\d)\D?(?P<hour>[012]?\d)[:.;]?(?P<minute>\d\d)(?:开|$|\D)"
)
SEAT = re.compile(r"(?P<car>加?\d{1,2})车(?P<place>无座|不对号入座|[0-9A-Z]{1,4}号?[上中下]?铺?)")
SEAT_PLACE = re.compile(r"(?P<number>\d{1,3})(?P<letter>[A-F]?)号?(?P<berth>[上中下]?)铺?")
BARE_SEAT = re.compile(r"(?P<car>\d\d)\D?(?:(?P<number>\d{3}|\d{2}[A-F]).?|无座)")
LETTERS = str.maketrans("048", "DAB")
"""The digits that are read for the letters of seats."""

PRICE = re.compile(r"^[¥Y￥]?(?P<whole>\d{1,5})(?P<point>[.,·]?)(?P<tenth>\d\d?)\D?$")
CLASS = re.compile(r"(?:新空调|空调)?(?:[^\d车号]{0,4})(?:座|卧|软包|包厢)")
WHOLE_CLASS = re.compile(r"(?<!等)[一二特]等[座卧软包厢]+|[^等]{1,4}(?:座|卧|软包|包厢)")
MARKS = ("始发改签", "变更到站", "退票费", "改签", "退票", "挂失补")
CHANGES = re.compile(r"^(始发改.|变更到.|退票费|改签|退票|挂失补)(?!改签时|凭证)")
"""What is said of a ticket that was changed; of the long ones the last character is given by the others."""

HOLDER = re.compile(r"(?P<id>\d{10}\*{4}\d{3}[0-9X])(?P<name>[一-鿿][一-鿿·]*|[A-Za-z]*)")
ROUGH_HOLDER = re.compile(
    r"(?P<id>[0-9A-Z]{5,14}\*{1,8}[0-9X]{1,5}|(?<!\d)\d{13}[\dX](?=[一-鿿]{2}))(?P<name>[一-鿿][一-鿿·]*|[A-Za-z]*)"
)
"""A number with some of its stars, or without any where a name follows."""
NAME = re.compile("[一-鿿·]{2,8}")
SURE_AGAIN = 0.95
"""The score of a second look whose longer name is believed: ink beside the name is read as characters too."""

GATE = re.compile(
    r"(?:检票|候车)口?[::]?(?P<gate>(?:[一二三四地下负]{1,2}[层楼])?[A-Z]?\d{1,2}[A-Z]?(?:[,、/][A-Z]?\d{1,2}[A-Z]?)*)"
)
GATE_ALONE = re.compile(r"[A-Z]\d{1,2}[A-Z]?|\d{1,2}[A-Z]")
"""A gate whose label was not read."""

SALE = re.compile(r"^[网惠折学孩残军微支现卡电团优半互农工误换]{1,4}$")
SALE_ALIKE = str.maketrans("息患恵", "惠惠惠")
MUDDLED, TALL = 0.9, 1.6
"""The score below which, and the height in usual ones from which on, a line is two that run into each other."""

RAILWAY = re.compile(
    r"(?:^|[一-鿿])[GDCZTKYLSP]\d{1,4}(?:次|$|[一-鿿])|\d{14}[A-Z]\d{6}|^[A-Z]\d{2}[A-Z]?\d{4,6}$|中国铁路|95306|12306"
    r"|\d车\d{1,3}[A-F号]",
    re.MULTILINE,
)
"""What only tickets of the railway have: train number, codes, seat in a carriage, the railway's name and telephone."""

ANCHORS = (
    (r"(?:19|20)\d\d年\d\d月\d\d日.*\d\d[:.]?\d\d开?", 0.35),
    (r"\d车(?:\d|无座|不对号)", 0.25),
    (r"[一-鿿]站$|[一-鿿]站[A-Z]\d", 0.2),
    (r"买票请到|发货请到|中国铁路|退票改签时|遗失不补", 0.35),
    (r"限乘当日|仅供报销", 0.15),
    (r"检票口?:?", 0.1),
    (r"\d{14}[A-Z]\d{6}", 0.35),
    (r"(?:一等|二等|商务|[软硬])[座卧]", 0.15),
)


def likeness(page: Page) -> float:
    """Return how much of what every ticket says is on the page; without anything of the railway it is of others."""
    return anchored(page.tight, ANCHORS) if RAILWAY.search(page.tight.text) else 0.0


def read(page: Page, _: Options) -> Reading:
    """Read a ticket; raises `Unreadable` when it has neither a train with its stations nor a time."""
    page = _between_codes(_parted(page.tight))
    stations = _stations(page)
    fields = {
        **numbers(page),
        **_gate(page),
        **stations,
        **_lettered(_time_and_seat(page), stations),
        **_price_row(page),
        **_remarks(page),
        **_holder(page),
    }
    if "departure_time" not in fields and "departure_station" not in fields:
        raise Unreadable
    return Reading(fields)


TRAIN_TICKET = Reader(
    api="train-ticket",
    item_type="train_ticket",
    versions={"v2": Api(8192, parameters={"return_text_location": boolean}), "v1.0": Api(4096)},
    fields=(
        *("ticket_id", "check_port", "train_number", "departure_station", "destination_station"),
        *("departure_station_en", "destination_station_en", "departure_time", "seat_number", "ticket_price"),
        *("sale_method", "seat_category", "ticket_changing", "id_number", "name", "log_id", "sale_location"),
    ),
    likeness=likeness,
    read=read,
    confidence_names={
        "departure_station": "starting_station",
        "departure_station_en": "starting_station_en",
        "departure_time": "starting_time",
        "ticket_price": "ticket_rates",
        "sale_location": "ticket_office",
    },
)


def _parted(page: Page) -> Page:
    """Return the page with what a slanting overprint was read into one line with looked at again, without the print."""
    usual = median(line.box.height for line in page.lines) if page.lines else 0.0
    muddles = [line for line in page.lines if line.score < MUDDLED and line.box.height > TALL * usual]
    clear = [line for line in page.lines if line not in muddles]
    return evolve(
        page, lines=in_reading_order([*clear, *(part for line in muddles for part in page.look(line.box) or (line,))])
    )


def _between_codes(page: Page) -> Page:
    """Return the page without what stands above the code of a ticket over this one, or below this one's own code."""
    codes = [line.box for line, _ in page.search(LOG_ID)]
    top = max((box.bottom for box in codes if box.bottom < 0.3 * page.height), default=0.0)
    bottom = min((box.bottom for box in codes if box.top > 0.6 * page.height), default=page.height)
    return evolve(page, lines=tuple(line for line in page.lines if top <= line.box.middle[1] <= bottom))


def _gate(page: Page) -> dict[str, Field]:
    for row in page.rows:
        match = GATE.search(row.text)
        if match:
            return {"check_port": field_of(row.group(match, "gate"))}
    alone = next((line for line in page.inside(0.6, 0, 1, 0.2) if GATE_ALONE.fullmatch(line.text)), None)
    return {"check_port": field_of(alone, confidence=confidence.doubtful(alone.score))} if alone else {}


def _stations(page: Page) -> dict[str, Field]:
    """Read the train and the stations beside it; one of these may have been missed where the other is called so."""
    for row in page.rows:
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


def _pinyin(page: Page, stations: Row, fields: dict[str, Field]) -> dict[str, Field]:
    """Read the Latin names under the stations, and compare their points of the compass with those in Chinese."""
    bottom = max(line.box.bottom for line in stations.lines)
    height = max(line.box.height for line in stations.lines)
    under = [
        line
        for line in page.lines
        if re.fullmatch(r"[A-Z]?[A-Za-z']{2,24}", line.text) and -0.5 * height < line.box.top - bottom < 1.2 * height
    ]
    found: dict[str, Field] = {}
    for name in ("departure_station", "destination_station"):
        place = fields[name].box
        near = [line for line in under if place and abs(line.box.middle[0] - place.middle[0]) < 0.2 * page.width]
        if near:
            line = min(near, key=lambda line: abs(line.box.top - bottom))
            found |= _agreed_names(name, fields[name], field_of(line, line.text.capitalize()))
    return found


def _agreed_names(name: str, chinese: Field, pinyin: Field) -> dict[str, Field]:
    """Return a station's two names: they confirm each other, or the Latin one puts the Chinese one right."""
    spelling = spelled(chinese.text, pinyin.text)
    if spelling:
        return {name: chinese, f"{name}_en": Field(spelling, confidence.repaired(pinyin.confidence, 1), pinyin.box)}
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
            fields["departure_time"] = field_of(line, text)
        if seat and "seat_number" not in fields:
            fields |= _seat(row, seat)
        if time and not seat and "seat_number" not in fields:
            fields |= _bare_seat(row.lines[-1])
    return fields


def _time(row: Row) -> tuple[Row, re.Match[str] | None]:
    """Find a time in one of the lines of a row, else in all of it: where 开 was not read, the seat's digits follow."""
    parts = [*(Row((line,)) for line in row.lines), row]
    return next(((part, match) for part in parts if (match := TIME.search(part.text))), (row, None))


def _bare_seat(line: Line) -> dict[str, Field]:
    """Read the last line in the row of the time as a seat whose small characters 车 and 号 were missed or misread."""
    match = BARE_SEAT.fullmatch(line.text)
    place = f"{match['number']}号" if match and match["number"] else "无座"
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


def _lettered(fields: dict[str, Field], stations: dict[str, Field]) -> dict[str, Field]:
    """Return the seat with its letter where that was read as a digit: fast trains have no seats above a hundred."""
    seat, train = fields.get("seat_number"), stations.get("train_number")
    if seat is None or train is None or train.text[0] not in "GCD" or not re.search(r"车[1-9]\d[048]号$", seat.text):
        return fields
    text = f"{seat.text[:-2]}{seat.text[-2].translate(LETTERS)}号"
    return fields | {"seat_number": evolve(seat, text=text, confidence=confidence.doubtful(seat.confidence))}


def _price_row(page: Page) -> dict[str, Field]:
    for line in page.inside(0, 0.2, 0.6, 0.8):
        match = PRICE.match(line.text)
        if match and not (line.text.isdigit()):
            score = line.score if match["point"] == "." else confidence.doubtful(line.score)
            price = field_of(line, f"{int(match['whole'])}.{match['tenth']}", score)
            return {"ticket_price": price, **_sale_method(page, line), **_class(page, line)}
    return _class(page, None)


def _near(page: Page, price: Line) -> Iterator[Line]:
    """Yield the lines to the right of the price, at its height or a little lower."""
    for line in page.lines:
        lower = (line.box.middle[1] - price.box.middle[1]) / price.box.height
        if line.box.left > price.box.right - 0.2 * price.box.height and -0.7 < lower < 1.8:
            yield line


def _sale_method(page: Page, price: Line) -> dict[str, Field]:
    """Read the way of sale, again where the detector missed it between price and class: it may be one character."""
    near = list(_near(page, price))
    method = next((found for line in near if (found := _method(line))), None)
    if method is None and near and (gap := near[0].box.left - price.box.right) > 2 * price.box.height:
        place = evolve(price.box, left=price.box.right + 0.1 * gap, right=near[0].box.left - 0.1 * gap)
        again = page.reread_for(place, SALE)
        method = again and _method(again[0])
        method = method and evolve(method, confidence=confidence.doubtful(method.confidence))
    return {"sale_method": method} if method else {}


def _method(line: Line) -> Field | None:
    text = line.text.translate(SALE_ALIKE)
    return field_of(line, text, confidence.repaired(line.score, int(text != line.text))) if SALE.match(text) else None


def _class(page: Page, price: Line | None) -> dict[str, Field]:
    """Read the class of the seat, again where the thin stroke of first, second or special class was lost."""
    for line in list(_near(page, price)) if price else page.inside(0.4, 0.3, 1, 0.7):
        match = CLASS.search(line.text)
        if match and WHOLE_CLASS.search(match[0]):
            return {"seat_category": field_of(line.part(*match.span()))}
        if match:
            again = page.reread_for(line.box, WHOLE_CLASS)
            part = again[0].part(*again[1].span()) if again else line.part(*match.span())
            return {"seat_category": field_of(part, confidence=confidence.doubtful(part.score))}
    return {}


def _remarks(page: Page) -> dict[str, Field]:
    for line in page.inside(0, 0.3, 1, 0.9):
        match = CHANGES.match(line.text)
        if match:
            said = next(mark for mark in MARKS if mark[:3] == match[1][:3])
            return {
                "ticket_changing": field_of(
                    line.part(*match.span(1)), said, confidence.repaired(line.score, said != match[1])
                )
            }
    return {}


def _holder(page: Page) -> dict[str, Field]:
    """Read the holder's row, on a closer look where it was missed or overprinted: a name has two characters or more."""
    found = _holder_among(page, page.rows)
    if "name" in found and len(found["name"].text) > 1:
        return found
    middle = Box(0.0, 0.5 * page.height, page.width, 0.85 * page.height)
    return _holder_among(page, Page(page.look(middle), page.width, page.height).rows) or found


def _holder_among(page: Page, rows: tuple[Row, ...]) -> dict[str, Field]:
    for row in rows:
        rough = ROUGH_HOLDER.search(row.text)
        if rough:
            return _holder_in(page, row, rough)
    return {}


def _holder_in(page: Page, row: Row, rough: re.Match[str]) -> dict[str, Field]:
    """Read number and name, again where the number does not have ten digits, four stars and four digits."""
    line, match = row.group(rough), HOLDER.fullmatch(rough[0])
    again = None if match else page.reread_for(line.box, HOLDER)
    if again:
        line, match = again
    if match:
        fields = {"id_number": field_of(line.part(*match.span("id")))}
        name = line.part(*match.span("name"))
        if not name.text or "·" in name.text:
            name = _longer_name(page, line, name)
    else:
        number, changes = _masked(rough["id"])
        fields = {"id_number": field_of(line, number, confidence.doubtful(confidence.repaired(line.score, changes)))}
        name = row.group(rough, "name")
    return fields | ({"name": field_of(name)} if name.text else {})


def _longer_name(page: Page, line: Line, name: Line) -> Line:
    """Return the name that stands over the number where none follows it; a name with a dot, which is often cut, whole."""
    if not name.text:
        above = [it for it in page.lines if 0 < line.box.middle[1] - it.box.middle[1] < 2 * line.box.height]
        names = [it for it in above if NAME.fullmatch(it.text) and abs(it.box.left - line.box.left) < 2 * it.box.height]
        return evolve(names[-1], score=min(names[-1].score, 0.85)) if names else name
    wide = evolve(line.box, right=min(page.width, line.box.right + 4 * line.box.height))
    again = page.reread_for(wide, HOLDER)
    found = again[0].part(*again[1].span("name")) if again and again[0].score > SURE_AGAIN else name
    longest = max(name, found, key=lambda it: len(it.text))
    cut = len(longest.text.rpartition("·")[2]) < 2
    return evolve(longest, score=confidence.doubtful(longest.score)) if cut else longest


def _masked(text: str) -> tuple[str, int]:
    """Return an id number with four stars in place of the day and month of birth, as all 18-digit ones have."""
    head, tail = re.split(r"\*+", text) if "*" in text else (text[:10], text[10:])
    stars = text.count("*")
    if len(head) == 10 and len(tail) == 4:
        return f"{as_digits(head)[0]}****{tail}", abs(stars - 4)
    return text, 1
