"""Reads itineraries of electronic air tickets: the paper receipt, and the fully digital invoice of the same form.

Labels in two languages stand over their values; the legs of the journey are a table that is read by the form of what
stands in it, since the small words at its head are the first to be misread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from attrs import evolve

from ocr_async.local.apis import Api
from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.page import Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, field_of, first_in
from ocr_async.local.reading.zones.check_digits import tax_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.forms import Find, Form, anywhere, label, names, part, whole
from ocr_async.local.reading.zones.key_value import read_form, says

FROM_TO = r"(?:FR[O0]M|From|[TtrI1][Oo0])"
STATION = re.compile(rf"^(?:[自至]\W?{FROM_TO}?|{FROM_TO})[:.;,]*(?P<name>.*)$")
UNLABELLED = re.compile(r"^[^一-鿿]{0,6}?(?P<name>(?:T\d)?[一-鿿]{2,})$")
"""A station whose small label was misread: in the row of a flight, or in the row after one."""

NEXT = 2.5
"""Heights of a station from one row to the next at most."""

HEADS = re.compile(
    "承运人|航班|座位等级|客票级别|客票生效|有效截止|免费行李|CARRIER|FLIGHT|^CLASS|FAREBASIS|NOTVALID|^ALLOW"
)
DAY = r"20\d\d-?\d\d-?\d\d"
MONEY = r"[A-Z]{2,3}\d+\.\d\d|EXEMPT|[A-Z]{2}EXEMPT"
PREFIXES = {"caac_development_fund": "CN", "fuel_surcharge": "YQ"}
LEG = {
    "carrier": r"[一-鿿]{1,6}|[A-Z]{2}(?!.)",
    "flight": r"[A-Z0-9]{2}\d{3,4}[A-Z]?",
    "cabin_class": r"[A-Z]\d?",
    "date": DAY,
    "time": r"\d\d:?\d\d",
    "fare_basis": rf"(?!{DAY}|\d+(?:K|PC)G?$)[A-Z][A-Z0-9]{{0,11}}(?:/[A-Z0-9]+)?",
    "effective_date": DAY,
    "expiry_date": DAY,
    "baggage_allowance": r"\d{1,2}(?:K|PC|KG)",
}
"""The fields of a leg beside its stations, with the forms that tell them, in the order of their columns."""


def _else_right_of(other: str, pattern: str) -> Find:
    """Take what of the value has a form, else what has it right of another field's value: a guess."""

    def find(form: Form, name: str) -> Field:
        values = form.lines(other)
        right = form.page.right_of(values[-1]) if values else []
        return form.match(name, pattern) or first_in(right, f"^(?:{pattern})$").judged(lambda score: min(0.55, score))

    return find


def _amount_alone(page: Page, name: str) -> Field:
    """Return an amount whose label was lost: by its prefix, or a fare or total as the outermost of its row."""
    if name in PREFIXES:
        found = [line for line, _ in page.search(rf"^{PREFIXES[name]}\d+\.\d\d$")]
        return field_of(found[0]) if len(found) == 1 else MISSING
    for row in page.rows:
        amounts = [line for line in row.lines if re.fullmatch(r"CNY\d+\.\d\d", line.text)]
        if len(amounts) > 1:
            return field_of(amounts[0 if name == "fare" else -1])
    return MISSING


def _spaced(text: str) -> str:
    return re.sub(r"^([A-Z]{2,3})(\d+\.\d)|^([A-Z]{3}\d{3})(\d{8})$", r"\1\3 \2\4", text)


AMOUNT = part(MONEY, _spaced)
LABELS = (
    label("serial_number", find=anywhere(r"印刷.{0,20}?(\d{11})", 1)),
    label("number", find=anywhere(r"发票号码:?(\d{20})", 1)),
    label("issue_status", find=anywhere(r"开票状态:?([一-鿿]{2})", 1)),
    label("international_flag", find=anywhere(r"国内国际标识:?(国[内际])", 1)),
    label("passenger_name", "旅客姓名", english="NAME OF PASSENGER"),
    label("id_number", "有效身份证件号码", english="ID NO.", find=part("[A-Z0-9*]{6,}")),
    label(
        *("endorsements_restrictions", "签注", "签注/限制"),
        english="ENDORSEMENTS/RESTRICTIONS(CARBON)",
        wraps=True,
        find=_else_right_of("id_number", ".+"),
    ),
    label("gp_number", "GP单号", find=part("[A-Z0-9]{4,}")),
    label("fare", "票价", english="FARE", find=AMOUNT),
    label("caac_development_fund", "民航发展基金", english="CAAC DEVELOPMENT FUND", find=AMOUNT),
    label("fuel_surcharge", "燃油附加费", english="FUEL SURCHARGE", find=AMOUNT),
    label("tax_rate", "增值税税率", english="VAT RATE", find=part(r"\d{1,2}%")),
    label("tax", "增值税税额", english="VAT TAX", find=AMOUNT),
    label("other_taxes", "其他税费", english="OTHER TAXES", find=AMOUNT),
    label("total", "合计", english="TOTAL", find=AMOUNT),
    label(
        "e_ticket_number",
        "电子客票号码",
        english="E-TICKET NO.",
        find=part(r"\d{3}-?\d{10}", elsewhere=r"(?<!\d)\d{3}-\d{10}(?!\d)"),
    ),
    label("check_code", "验证码", english="CK.", find=_else_right_of("e_ticket_number", r"\d{4}")),
    label(
        "reference_information",
        "提示信息",
        english="INFORMATION",
        wraps=True,
        find=_else_right_of("e_ticket_number", ".*[一-鿿]{3}.*"),
    ),
    label("insurance", "保险费", english="INSURANCE", find=part(r"\d+\.\d\d|X{2,}")),
    label(
        *("agent_code", "销售单位代号", "销售网点代号"),
        english="AGENT CODE",
        find=part(r"[A-Z]{3}\d{3}.?\d{8}|[A-Z0-9]{6,}", _spaced),
    ),
    label("issue_organization", "填开单位", english="ISSUED BY", wraps=True),
    label("issue_date", "填开日期", english="DATE OF ISSUE", find=whole(iso)),
    label("buyer_name", "购买方名称", english="BUYER", wraps=True),
    label(
        *("buyer_id", "统一社会信用代码/纳税人识别号", "纳税人识别号"),
        english="TAX ID",
        find=part("[0-9A-Z]{18}|[0-9A-Z]{15}", check=tax_number),
    ),
    label("", "验真网址", "服务热线", "付款凭证"),
)
ANCHORS = {
    0.5: ("航空运输电子客票",),
    0.2: ("行程单", "ITINERARY|E-TICKET", "民航发展基金|CAAC"),
    0.15: ("旅客姓名", "电子客票号码"),
    0.1: ("燃油附加费|FUELSURCHARGE", "填开单位|ISSUEDBY"),
}


def read(page: Page, _: Options) -> Reading:
    """Read an itinerary: the legs, and the form around them."""
    page = page.tight
    legs, used = _legs(page)
    zone = [*used, *(line for line, _ in page.search(HEADS))]
    top = min((it.box.middle[1] - 0.4 * it.box.height for it in zone), default=0.0)
    bottom = max((it.box.bottom for it in zone), default=0.0)
    rest = evolve(page, lines=tuple(line for line in page.lines if not top < line.box.middle[1] < bottom))
    fields = read_form(rest, LABELS, below=True).fields(LABELS)
    for name in ("fare", "caac_development_fund", "fuel_surcharge", "total"):
        fields[name] = fields[name] or _amount_alone(page, name).judged(doubtful).spelled(_spaced)
    return Reading({**fields, "itinerary_list": legs})


def _legs(page: Page) -> tuple[list[Mapping[str, Field]], list[Line]]:
    """Return the legs from one station to the next, and the lines that they were read from."""
    rows: list[Row] = []
    for row in (row for row in page.rows if row.lines[0].box.left < 0.2 * page.width):
        if STATION.match(row.lines[0].text) or _is_of_flight(row) or (rows and _ends_flight(row, rows[-1])):
            rows.append(row)
    stops = [(_station(row.lines[0]), row.lines[1:]) for row in rows]
    stops = [stop for stop in stops if stop[0] and not re.search("V[O0]ID", stop[0].text, re.IGNORECASE)]
    legs = [_leg(start, end, list(lines)) for (start, lines), (end, _) in pairwise(stops)]
    return legs, [line for row in rows for line in row.lines]


def _station(line: Line) -> Field:
    named = first_in([line], STATION, "name")
    return named or first_in([line], UNLABELLED, "name").judged(doubtful)


def _is_of_flight(row: Row) -> bool:
    """Whether a row begins with a station, and has a flight and its day."""
    station, *texts = [line.text for line in row.lines]
    found = (any(re.fullmatch(pattern, text) for text in texts) for pattern in (LEG["flight"], DAY))
    return (STATION.match(station) or UNLABELLED.match(station)) is not None and all(found)


def _ends_flight(row: Row, before: Row) -> bool:
    """Whether a row begins with the station where the flight of the row before ends."""
    one, other = before.lines[0].box, row.lines[0].box
    near = 0 < other.middle[1] - one.middle[1] < NEXT * one.height
    return near and _is_of_flight(before) and UNLABELLED.match(row.lines[0].text) is not None


def _leg(start: Field, end: Field, lines: list[Line]) -> Mapping[str, Field]:
    """Return one leg: what stands in its row is told by its form and its order."""
    leg = {"departure_station": start, "destination_station": end}
    for name, pattern in LEG.items():
        line = next((line for line in lines if re.fullmatch(pattern, line.text)), None)
        leg[name] = field_of(line) if line else MISSING
        if line is not None:
            lines.remove(line)
    days = {name: leg[name].spelled(iso) for name in ("date", "effective_date", "expiry_date")}
    return {**leg, **days, "time": leg["time"].spelled(lambda text: re.sub(r"^(\d\d)(\d\d)$", r"\1:\2", text))}


FLIGHT_ITINERARY = Reader(
    api="flight-itinerary",
    versions={"v2": Api(8192), "v1.0": Api(4096)},
    layout=Layout.TABLE,
    item_type="flight_itinerary",
    fields=(*names(LABELS), "itinerary_list"),
    needs=("e_ticket_number", "itinerary_list", "total"),
    optional=frozenset(
        {"number", "issue_status", "international_flag", "gp_number", "tax_rate", "tax", "buyer_name", "buyer_id"}
    ),
    likeness=says(ANCHORS),
    read=read,
)
