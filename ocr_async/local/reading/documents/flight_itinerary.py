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
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.reading.zones.check_digits import tax_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.key_value import Form, read_form
from ocr_async.local.reading.zones.labels import label
from ocr_async.local.recognizer import Unreadable

LABELS = (
    label("passenger_name", "旅客姓名", english="NAME OF PASSENGER"),
    label("id_number", "有效身份证件号码", english="ID NO."),
    label("endorsements_restrictions", "签注", "签注/限制", english="ENDORSEMENTS/RESTRICTIONS(CARBON)", wraps=True),
    label("gp_number", "GP单号"),
    label("fare", "票价", english="FARE"),
    label("caac_development_fund", "民航发展基金", english="CAAC DEVELOPMENT FUND"),
    label("fuel_surcharge", "燃油附加费", english="FUEL SURCHARGE"),
    label("tax_rate", "增值税税率", english="VAT RATE"),
    label("tax", "增值税税额", english="VAT TAX"),
    label("other_taxes", "其他税费", english="OTHER TAXES"),
    label("total", "合计", english="TOTAL"),
    label("e_ticket_number", "电子客票号码", english="E-TICKET NO."),
    label("check_code", "验证码", english="CK."),
    label("reference_information", "提示信息", english="INFORMATION", wraps=True),
    label("insurance", "保险费", english="INSURANCE"),
    label("agent_code", "销售单位代号", "销售网点代号", english="AGENT CODE"),
    label("issue_organization", "填开单位", english="ISSUED BY", wraps=True),
    label("issue_date", "填开日期", english="DATE OF ISSUE"),
    label("", "验真网址", "服务热线", "付款凭证"),
    label("buyer_name", "购买方名称", wraps=True),
    label("buyer_id", "统一社会信用代码/纳税人识别号", "纳税人识别号", english="TAX ID"),
)
FROM_TO = r"(?:FR[O0]M|From|[TtrI1][Oo0])"
STATION = re.compile(rf"^(?:[自至]\W?{FROM_TO}?|{FROM_TO})[:.;,]*(?P<name>.*)$")
HEADS = re.compile(
    "承运人|航班|座位等级|客票级别|客票生效|有效截止|免费行李|CARRIER|FLIGHT|^CLASS|FAREBASIS|NOTVALID|^ALLOW"
)
VOID = re.compile(r"V[O0]ID", re.IGNORECASE)
CODE, FLIGHT, DAY, CLOCK = r"[A-Z][A-Z0-9]{0,11}", r"[A-Z0-9]{2}\d{3,4}[A-Z]?", r"20\d\d-?\d\d-?\d\d", r"\d\d:?\d\d"
MONEY = re.compile(r"(?P<prefix>[A-Z]{2,3})(?P<figures>\d+\.\d\d)|EXEMPT|[A-Z]{2}EXEMPT")
LEG = (
    *("departure_station", "destination_station", "carrier", "flight", "cabin_class", "date", "time", "fare_basis"),
    *("effective_date", "expiry_date", "baggage_allowance"),
)
ANCHORS = (
    (r"航空运输电子客票", 0.5),
    (r"行程单", 0.2),
    (r"ITINERARY|E-TICKET", 0.2),
    (r"旅客姓名", 0.15),
    (r"民航发展基金|CAAC", 0.2),
    (r"燃油附加费|FUELSURCHARGE", 0.1),
    (r"电子客票号码", 0.15),
    (r"填开单位|ISSUEDBY", 0.1),
)


def likeness(page: Page) -> float:
    """Return how much of what every itinerary says is on the page."""
    return anchored(page.tight, ANCHORS)


def read(page: Page, _: Options) -> Reading:
    """Read an itinerary; raises `Unreadable` when it has neither ticket number nor legs."""
    page = page.tight
    legs, used = _legs(page)
    zone = [*used, *(line for line, _ in page.search(HEADS))]
    top, bottom = (
        (min(it.box.middle[1] for it in zone) - 0.4 * zone[0].box.height, max(it.box.bottom for it in zone))
        if zone
        else (0.0, 0.0)
    )
    rest = evolve(page, lines=tuple(line for line in page.lines if not top < line.box.middle[1] < bottom))
    form = read_form(rest, LABELS, below=True)
    code = form.match("agent_code", r"[A-Z]{3}\d{3}.?\d{8}|[A-Z0-9]{6,}")
    number = form.match("buyer_id", r"[0-9A-Z]{18}|[0-9A-Z]{15}")
    fields: dict[str, Field] = {
        "serial_number": invoice_numbers.after(page, r"印刷.{0,20}?", r"\d{11}"),
        "number": invoice_numbers.after(page, r"发票号码:?", r"\d{20}"),
        "issue_status": invoice_numbers.after(page, r"开票状态:?", r"[一-鿿]{2}"),
        "international_flag": invoice_numbers.after(page, r"国内国际标识:?", r"国[内际]"),
        "passenger_name": form.field("passenger_name"),
        "id_number": form.match("id_number", r"[A-Z0-9*]{6,}"),
        "endorsements_restrictions": _endorsements(page, form),
        "gp_number": form.match("gp_number", r"[A-Z0-9]{4,}"),
        **_money(form, page),
        "e_ticket_number": form.match("e_ticket_number", r"\d{3}-?\d{10}"),
        "check_code": _beside_ticket(form, "check_code", r"\d{4}"),
        "reference_information": _beside_ticket(form, "reference_information", r".*[一-鿿]{3}.*"),
        "insurance": form.match("insurance", r"\d+\.\d\d|X{2,}"),
        "agent_code": evolve(code, text=re.sub(r"^([A-Z]{3}\d{3})(\d{8})$", r"\1 \2", code.text)),
        "issue_organization": form.field("issue_organization"),
        "issue_date": form.field("issue_date", iso),
        "buyer_name": form.field("buyer_name"),
        "buyer_id": tax_number(number) if number.text else MISSING,
    }
    if not fields["e_ticket_number"].text and not legs:
        raise Unreadable
    return Reading({**fields, "itinerary_list": legs})


def _endorsements(page: Page, form: Form) -> Field:
    """Return what stands under its label, else right of the number of the passenger, which is a guess."""
    found = form.field("endorsements_restrictions")
    number = form.values.get("id_number")
    right = page.right_of(number.lines[-1]) if number and not found.text else []
    return field_of(right[0], confidence=min(0.55, right[0].score)) if right else found


def _beside_ticket(form: Form, name: str, pattern: str) -> Field:
    """Return what stands under its label, else what in the row of the ticket's number has its form, which is a guess."""
    found = form.match(name, pattern)
    number = form.values.get("e_ticket_number")
    row = form.page.tight.right_of(number.lines[0]) if number and not found.text else []
    return next((field_of(it, confidence=min(0.55, it.score)) for it in row if re.fullmatch(pattern, it.text)), found)


def _money(form: Form, page: Page) -> dict[str, Field]:
    """Return the amounts with their prefixes; a fare or total whose label was lost is the outermost of the row."""
    names = ("fare", "caac_development_fund", "fuel_surcharge", "tax", "other_taxes", "total")
    found = {name: _spaced(form.match(name, MONEY.pattern)) for name in names}
    row = next((row for row in page.rows if len(re.findall(r"CN[Y¥]?\d+\.", row.text)) > 1), None)
    if row is not None:
        amounts = [line for line in row.lines if MONEY.fullmatch(line.text) and line.text.startswith("CNY")]
        for name, line in (("fare", amounts[0]), ("total", amounts[-1])) if len(amounts) > 1 else ():
            found[name] = found[name] if found[name].text else _spaced(field_of(line, confidence=doubtful(line.score)))
    for name, prefix in (("caac_development_fund", "CN"), ("fuel_surcharge", "YQ")):
        alone = page.search(rf"^{prefix}\d+\.\d\d$")
        if not found[name].text and len(alone) == 1:
            found[name] = _spaced(field_of(alone[0][0], confidence=doubtful(alone[0][0].score)))
    return {**found, "tax_rate": form.match("tax_rate", r"\d{1,2}%")}


def _spaced(it: Field) -> Field:
    return evolve(it, text=re.sub(r"^([A-Z]{2,3})(\d)", r"\1 \2", it.text))


def _legs(page: Page) -> tuple[list[Mapping[str, Field]], list[Line]]:
    """Return the legs from one station to the next, and the lines that they were read from."""
    stops: list[tuple[Field, Row]] = []
    used: list[Line] = []
    for row in page.rows:
        found = STATION.match(row.lines[0].text)
        if found and row.lines[0].box.left < 0.2 * page.width:
            line = row.lines[0].part(*found.span("name"))
            more = [it for it in row.lines[1:2] if not line.text and re.match("T\\d|[一-鿿]", it.text)]
            stops.append((field_of(more[0] if more else line), Row(row.lines[1 + len(more) :])))
            used += row.lines
    stops = [stop for stop in stops if stop[0].text and not VOID.search(stop[0].text)]
    return [_leg(page, one, other) for one, other in pairwise(stops)], used


def _leg(page: Page, start: tuple[Field, Row], end: tuple[Field, Row]) -> Mapping[str, Field]:
    """Return one leg: what stands in its row is told by its form and its order."""
    leg = dict.fromkeys(LEG, MISSING) | {"departure_station": start[0], "destination_station": end[0]}
    lines = list(start[1].lines)
    _take(leg, lines, "carrier", r"[一-鿿]{1,6}|[A-Z]{2}(?!.)")
    _take(leg, lines, "flight", FLIGHT)
    _take(leg, lines, "cabin_class", r"[A-Z]\d?")
    _take(leg, lines, "date", DAY)
    _take(leg, lines, "time", CLOCK)
    _take(leg, lines, "fare_basis", rf"(?!{DAY}|\d+(?:K|PC)G?$){CODE}(?:/[A-Z0-9]+)?")
    _take(leg, lines, "baggage_allowance", r"\d{1,2}(?:K|PC|KG)")
    for line in [line for line in lines if re.fullmatch(DAY, line.text)]:
        name = "effective_date" if line.box.middle[0] < 0.835 * page.width else "expiry_date"
        leg[name] = field_of(line, iso(line.text))
    for name in ("date", "time"):
        leg[name] = evolve(leg[name], text=(iso(leg[name].text) if name == "date" else _clock(leg[name].text)))
    return leg


def _take(leg: dict[str, Field], lines: list[Line], name: str, pattern: str) -> None:
    """Move the first line of this form from the row to the leg."""
    line = next((line for line in lines if re.fullmatch(pattern, line.text)), None)
    if line is not None:
        leg[name] = field_of(line)
        lines.remove(line)


def _clock(text: str) -> str:
    return f"{text[:2]}:{text[-2:]}" if text else ""


FLIGHT_ITINERARY = Reader(
    api="flight-itinerary",
    versions={"v2": Api(8192), "v1.0": Api(4096)},
    layout=Layout.TABLE,
    item_type="flight_itinerary",
    fields=(
        *("serial_number", "number", "issue_status", "international_flag", "passenger_name", "id_number"),
        *("endorsements_restrictions", "gp_number", "fare", "caac_development_fund", "fuel_surcharge"),
        *("tax_rate", "tax"),
        *("other_taxes", "total", "e_ticket_number", "check_code", "reference_information", "insurance", "agent_code"),
        *("issue_organization", "issue_date", "buyer_name", "buyer_id", "itinerary_list"),
    ),
    optional=frozenset(
        {"number", "issue_status", "international_flag", "gp_number", "tax_rate", "tax", "buyer_name", "buyer_id"}
    ),
    likeness=likeness,
    read=read,
)
