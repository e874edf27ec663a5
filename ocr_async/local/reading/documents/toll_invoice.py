"""Reads toll invoices (车辆通行费): entry and exit, class of vehicle, amount, and when it was paid to whom."""

from __future__ import annotations

import re

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.reader import MISSING, Field, Reader, first_in
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.reading.zones.dates import dates_in, iso
from ocr_async.local.reading.zones.forms import Form, label, names, part
from ocr_async.local.reading.zones.key_value import reads, says

CLOCK = r"(?:[01]?\d|2[0-4]):\d{2}(?::\d{2})?"


def _class(text: str) -> str:
    """Return a class of vehicle, whose figure is easily read as a letter."""
    return re.sub(r"^([客货])[Il|]", r"\g<1>1", text)


def _date(form: Form, _: str) -> Field:
    """Return the date beside its label or that of the time, else the first one on the page."""
    named = form.field("date", iso) or form.field("time", iso)
    return named or next(dates_in(form.page.lines), MISSING).judged(doubtful)


def _time(form: Form, name: str) -> Field:
    """Return the time beside its label or that of the date, else the first one with seconds on the page."""
    named = form.match(name, CLOCK) or form.match("date", CLOCK)
    return named or first_in(form.page.lines, r"\d{2}:\d{2}:\d{2}$").judged(doubtful)


LABELS = (
    *invoice_numbers.LABELS,
    label("entry", "入口", "入口站", "入站", "进口"),
    label("exit", "出口", "出口站", "出站", inside=True),
    label(
        "amount",
        *("金额", "通行费", "收费金额", "实收金额", "实收"),
        find=part(r"\d+(?:[.,]\d+)?", lambda text: text.replace(",", ".")),
    ),
    label("cashier", "收费员", "收费员号", "工号", inside=True, find=part(r"[0-9A-Z]+|[一-鿿]{2,4}")),
    label("vehicle_type", "车型", "车类", "车种", find=part(r"[客货]?[一二三四五六\dIl|]+[型类]?|[A-Z]", _class)),
    label("date", "日期", "收费日期", find=_date),
    label(
        "time",
        *("时间", "收费时间"),
        inside=True,
        find=_time,
    ),
    label("", "收费单位", "收款单位"),
)
ANCHORS = {
    0.45: ("通行费",),
    0.2: ("^入口|^入站|进口:", "收费员"),
    0.15: ("出口|出站", "^车型|^车类"),
    0.1: ("收费站|高速公路",),
}
TOLL_INVOICE = Reader(
    api="toll-invoice",
    versions={"v2": Api(4096, parameters={"return_text_location": boolean}), "v1.0": Api(4096)},
    item_type="toll_invoice",
    fields=names(LABELS),
    needs=("code", "number", "amount"),
    likeness=says(ANCHORS),
    read=reads(LABELS),
)
