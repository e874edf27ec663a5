"""Reads taxi invoices: printed labels with what the meter prints beside them."""

from __future__ import annotations

import re

from attrs import evolve

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import MISSING, Field, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.reading.zones.amounts import yuan
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.key_value import Form, read_form
from ocr_async.local.reading.zones.labels import label
from ocr_async.local.reading.zones.plates import PLATE
from ocr_async.local.recognizer import Unreadable

LABELS = (
    label("company", "单位", "公司", "单位名称", wraps=True),
    label("phone_number", "电话", "监督电话", "投诉电话", "服务电话"),
    label("taxi_number", "车号", "车牌", "车牌号"),
    label("certificate_number", "证号", "资格证号", "监督卡号"),
    label("date", "日期"),
    label("boarding_time", "上车", "上车时间"),
    label("alighting_time", "下车", "下车时间"),
    label("time", "时间"),
    label("unit_price", "单价"),
    label("distance", "里程"),
    label("waiting_time", "等候", "等待", "等候时间", "候时", "低速"),
    label("fare", "金额", "车费", "计价金额"),
    label("fuel_oil_surcharge", "燃油附加费", "燃油附加", "附加费", "燃油费"),
    label("call_service_surcharge", "预约叫车服务费", "叫车服务费", "预约服务费", "电召费", "电调费", "服务费"),
    label("total", "实收金额", "实收", "合计", "总金额", "总计", "实收合计"),
    label("", "状态"),
    label("", "卡号"),
    label("", "发票代码"),
    label("", "发票号码"),
)
CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-4])[::.]([0-5]\d)(?!\d|:\d)")
LONG_CLOCK = r"\d{1,2}[::]\d{2}[::]\d{2}"
ANCHORS = (
    (r"出租(?:汽车|车)?", 0.4),
    (r"^上车", 0.15),
    (r"^下车", 0.15),
    (r"^单价", 0.15),
    (r"^里程", 0.2),
    (r"^等候|^等待|^候时", 0.15),
    (r"^车号", 0.1),
    (r"^证号", 0.05),
    (r"燃油附加|叫车", 0.1),
)
MONEY = ("unit_price", "fare", "fuel_oil_surcharge", "call_service_surcharge", "total")


def likeness(page: Page) -> float:
    """Return how much of what every taxi invoice says is on the page."""
    return anchored(page.tight, ANCHORS)


def read(page: Page, _: Options) -> Reading:
    """Read an invoice; raises `Unreadable` when it has neither number nor fare nor car."""
    form = read_form(page, LABELS)
    fields = {
        "location": invoice_numbers.region(page, "出租|客运|通用|统一"),
        "code": invoice_numbers.code(page),
        "number": invoice_numbers.number(page),
        "phone_number": form.match("phone_number", r"[0-9-]{7,}"),
        "company": form.field("company"),
        "taxi_number": _car(form),
        "certificate_number": form.match("certificate_number", r"[0-9A-Z]{4,}"),
        "date": form.field("date", iso),
        **_times(page, form),
        "distance": form.match("distance", r"\d+(?:\.\d+)?"),
        "waiting_time": form.match("waiting_time", LONG_CLOCK),
        **{name: form.field(name, yuan) for name in MONEY},
    }
    if not any(fields[name].text for name in ("number", "code", "fare", "taxi_number")):
        raise Unreadable
    if not fields["total"].text:
        fields["total"] = evolve(fields["fare"], confidence=min(fields["fare"].confidence, 0.8))
    return Reading(fields)


def _car(form: Form) -> Field:
    """Return the plate; on some it has a stroke after the province's letter, on others no province."""
    found = form.match("taxi_number", PLATE.pattern)
    return found if found.text else form.match("taxi_number", r"[A-Z][-.·]?[A-Z0-9]{4,6}")


def _times(page: Page, form: Form) -> dict[str, Field]:
    """Return when the ride began and ended, printed apart or as one span."""
    start, end = (_clock(form, name) for name in ("boarding_time", "alighting_time"))
    if not start.text or not end.text:
        for row in [form.values["time"]] if "time" in form.values else page.tight.rows:
            spans = list(CLOCK.finditer(row.text))
            if len(spans) == 2:
                start, end = (field_of(row.group(it), _padded(it)) for it in spans)
                break
    both = start.text and end.text
    span = Field(f"{start.text}-{end.text}", min(start.confidence, end.confidence), start.box) if both else MISSING
    return {"boarding_time": start, "alighting_time": end, "time": span}


def _clock(form: Form, name: str) -> Field:
    found = form.match(name, CLOCK.pattern)
    match = CLOCK.fullmatch(found.text)
    return evolve(found, text=_padded(match)) if match else found


def _padded(match: re.Match[str]) -> str:
    return f"{int(match[1]):02}:{match[2]}"


TAXI_INVOICE = Reader(
    api="taxi-invoice",
    versions={"v2": Api(4096, parameters={"return_text_location": boolean}), "v1.0": Api(4096)},
    item_type="taxi_invoice",
    fields=(
        *("location", "code", "number", "phone_number", "company", "taxi_number", "certificate_number"),
        *("identification_number", "date", "boarding_time", "alighting_time", "time", "unit_price", "distance"),
        *("waiting_time", "fare", "fuel_oil_surcharge", "call_service_surcharge", "total"),
    ),
    likeness=likeness,
    read=read,
)
