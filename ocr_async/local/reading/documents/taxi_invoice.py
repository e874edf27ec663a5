"""Reads taxi invoices: printed labels with what the meter prints beside them."""

from __future__ import annotations

import re

from attrs import evolve

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading.reader import MISSING, Field, Reader, field_of
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.reading.zones.amounts import yuan
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.forms import Form, label, names, part, whole
from ocr_async.local.reading.zones.key_value import reads, says
from ocr_async.local.reading.zones.plates import PLATE, numbered

CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-4])[::.]([0-5]\d)(?!\d|:\d)")
PLATE_WITHOUT_PROVINCE = r"[A-Z][-.·]?[A-Z0-9]{4,6}"


def _clock(text: str) -> str:
    return CLOCK.sub(lambda match: f"{int(match[1]):02}:{match[2]}", text)


MONEY = whole(yuan)
LABELS = (
    label("location", find=lambda form, _: invoice_numbers.region(form.page, "出租|客运|通用|统一")),
    *invoice_numbers.LABELS,
    label("phone_number", "电话", "监督电话", "投诉电话", "服务电话", find=part(r"[0-9-]{5,}")),
    label("company", "单位", "公司", "单位名称", wraps=True),
    label(
        "taxi_number",
        *("车号", "车牌", "车牌号"),
        find=lambda form, name: numbered(form.match(name, PLATE)) or form.match(name, PLATE_WITHOUT_PROVINCE),
    ),
    label("certificate_number", "证号", "资格证号", "监督卡号", find=part(r"[0-9A-Z]{4,}")),
    label("identification_number", find=lambda _, __: MISSING),
    label("date", "日期", find=whole(iso)),
    label("boarding_time", "上车", "上车时间", find=part(CLOCK.pattern, _clock)),
    label("alighting_time", "下车", "下车时间", find=part(CLOCK.pattern, _clock)),
    label("time", "时间"),
    label("unit_price", "单价", find=MONEY),
    label("distance", "里程", find=part(r"\d+(?:\.\d+)?")),
    label("waiting_time", "等候", "等待", "等候时间", "候时", "低速", find=part(r"\d{1,2}[::]\d{2}[::]\d{2}")),
    label("fare", "金额", "车费", "计价金额", find=MONEY),
    label("fuel_oil_surcharge", "燃油附加费", "燃油附加", "附加费", "燃油费", find=MONEY),
    label(
        "call_service_surcharge",
        *("预约叫车服务费", "叫车服务费", "预约服务费", "电召费", "电调费", "服务费"),
        find=MONEY,
    ),
    label("total", "实收金额", "实收", "合计", "总金额", "总计", "实收合计", find=MONEY),
    label("", "状态", "卡号"),
)
ANCHORS = {
    0.4: ("出租(?:汽车|车)?",),
    0.2: ("^里程",),
    0.15: ("出租[^\n]{0,5}发票", "^上车", "^下车", "^单价", "^等候|^等待|^候时"),
    0.1: ("^车号", "燃油附加|叫车"),
    0.05: ("^证号",),
}


def _with_times_and_total(form: Form, fields: dict[str, Field]) -> dict[str, Field]:
    """Return the fields with when the ride began and ended, printed apart or as one span, and what was to be paid."""
    start, end, fare = fields["boarding_time"], fields["alighting_time"], fields["fare"]
    if not (start and end):
        for row in form.rows("time")[:1] or form.page.rows:
            spans = list(CLOCK.finditer(row.text))
            if len(spans) == 2:
                start, end = (field_of(row.group(it), _clock(it[0])) for it in spans)
                break
    both = Field(f"{start.text}-{end.text}", min(start.confidence, end.confidence), start.box)
    total = fields["total"] or evolve(fare, confidence=min(fare.confidence, 0.8))
    times = {"boarding_time": start, "alighting_time": end, "time": both if start and end else MISSING}
    return {**fields, **times, "total": total}


TAXI_INVOICE = Reader(
    api="taxi-invoice",
    versions={"v2": Api(4096, parameters={"return_text_location": boolean}), "v1.0": Api(4096)},
    item_type="taxi_invoice",
    fields=names(LABELS),
    needs=("number", "code", "fare", "taxi_number"),
    likeness=says(ANCHORS),
    read=reads(LABELS, _with_times_and_total),
)
