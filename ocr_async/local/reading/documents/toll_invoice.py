"""Reads toll invoices (车辆通行费): entry and exit, class of vehicle, amount, and when it was paid to whom."""

from __future__ import annotations

import re

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import Options, Reader, Reading, anchored
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.key_value import read_form
from ocr_async.local.reading.zones.labels import label
from ocr_async.local.recognizer import Unreadable

LABELS = (
    label("entry", "入口", "入口站", "入站", "进口"),
    label("exit", "出口", "出口站", "出站", inside=True),
    label("vehicle_type", "车型", "车类", "车种"),
    label("cashier", "收费员", "收费员号", "工号", inside=True),
    label("amount", "金额", "通行费", "收费金额", "实收金额", "实收"),
    label("date", "日期", "收费日期"),
    label("time", "时间", "收费时间", inside=True),
    label("", "发票代码"),
    label("", "发票号码"),
    label("", "收费单位", "收款单位"),
)
ANCHORS = (
    (r"通行费", 0.45),
    (r"^入口|^入站|进口:", 0.2),
    (r"出口|出站", 0.15),
    (r"收费员", 0.2),
    (r"^车型|^车类", 0.15),
    (r"收费站|高速公路", 0.1),
)
CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"


def likeness(page: Page) -> float:
    """Return how much of what every toll invoice says is on the page."""
    return anchored(page.tight, ANCHORS)


def read(page: Page, _: Options) -> Reading:
    """Read an invoice; raises `Unreadable` when it has neither number nor amount."""
    form = read_form(page, LABELS)
    time = form.match("time", CLOCK)
    fields = {
        "code": invoice_numbers.code(page),
        "number": invoice_numbers.number(page),
        "entry": form.field("entry"),
        "exit": form.field("exit"),
        "amount": form.match("amount", r"\d+(?:[.,]\d+)?", lambda text: text.replace(",", ".")),
        "cashier": form.match("cashier", r"[0-9A-Z]+|[一-鿿]{2,4}"),
        "vehicle_type": form.match("vehicle_type", r"[客货]?[一二三四五六\dIl|]+[型类]?|[A-Z]", _class),
        "date": form.field("date", iso),
        "time": time if time.text else form.match("date", CLOCK),
    }
    if not any(fields[name].text for name in ("code", "number", "amount")):
        raise Unreadable
    return Reading(fields)


def _class(text: str) -> str:
    """Return a class of vehicle, whose figure is easily read as a letter."""
    return re.sub(r"^([客货])[Il|]", r"\g<1>1", text)


TOLL_INVOICE = Reader(
    api="toll-invoice",
    versions={"v2": Api(4096, parameters={"return_text_location": boolean}), "v1.0": Api(4096)},
    item_type="toll_invoice",
    fields=("code", "number", "entry", "exit", "amount", "cashier", "vehicle_type", "date", "time"),
    likeness=likeness,
    read=read,
)
