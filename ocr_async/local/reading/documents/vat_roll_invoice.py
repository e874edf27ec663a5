"""Reads invoices for value-added tax on paper rolls (卷票): one column of labels, and items of two lines each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ocr_async.local.reading.documents.vat_invoice import NO_SEALS, VERSIONS
from ocr_async.local.reading.documents.vat_items import starred
from ocr_async.local.reading.page import Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Options, Reader, Reading, field_of
from ocr_async.local.reading.words.provinces import short_region
from ocr_async.local.reading.zones.amounts import agreed, yuan
from ocr_async.local.reading.zones.forms import Form, anywhere, label, names, part, whole
from ocr_async.local.reading.zones.invoice_numbers import taxpayer
from ocr_async.local.reading.zones.key_value import read_form, says

TITLE = anywhere(r"^(?:.*发票.*卷.*|.*增值税普通发票.*)$")
LABELS = (
    label("title", find=TITLE),
    label("type", find=lambda form, _: Field("roll", TITLE(form, "").confidence or 0.8)),
    label("attribution", find=lambda form, _: TITLE(form, "").spelled(short_region)),
    label("code", "发票代码", find=part(r"\d{12}|\d{10}")),
    label("number", "发票号码", find=part(r"\d{8}")),
    label("print_number", "机打号码", find=part(r"\d{8}")),
    label("machine_number", "机器编号", find=part(r"\d{12}")),
    label("seller_name", "销售方名称", "销货方名称", "收款单位", wraps=True),
    label("seller_id", "纳税人识别号", "税号", find=taxpayer),
    label("issue_date", "开票日期", find=part(r"\d{4}[-年]\d{2}[-月]\d{2}日?")),
    label("receiver", "收款员", "收款人"),
    label("buyer_name", "购买方名称", "购货方名称", "付款单位", wraps=True),
    label("buyer_id", find=taxpayer),
    label("total", "合计金额(小写)", "合计(小写)", "小写合计", "金额合计(小写)", find=whole(yuan)),
    label(
        *("total_in_words", "合计金额(大写)", "合计(大写)", "大写合计", "金额合计(大写)"),
        wraps=True,
        find=part(r"[^\d(){}:¥]{3,}"),
    ),
    label("check_code", "校验码", find=part(r"\d{20}")),
    label("", "项目"),
)
ANCHORS = {
    0.5: ("卷票|卷式",),
    0.2: ("增值税普通发票",),
    0.15: ("机打号码", "销售方名称|销货方名称", "合计金额"),
    0.1: ("收款员", "校验码"),
}


def read(page: Page, _: Options) -> Reading:
    """Read a roll, and let figures and words of the total confirm each other."""
    form = read_form(page, LABELS)
    fields = form.fields(LABELS)
    fields["total"], fields["total_in_words"] = agreed(fields["total"], fields["total_in_words"])
    return Reading({**fields, "item_list": _items(form)}, NO_SEALS)


def _items(form: Form) -> list[Mapping[str, Field]]:
    """Return the items between the head of the table and the total: a name, then price, count and amount."""
    page = form.page
    head = page.first(r"^(?:单价|项目|品名)")
    total = form.labels.get("total") or form.labels.get("total_in_words")
    top = head.box.middle[1] + 0.5 * head.box.height if head else 0.5 * page.height
    bottom = total.box.top if total else 0.75 * page.height
    lines = tuple(line for line in page.lines if top < line.box.middle[1] < bottom and line is not head)
    items: list[Mapping[str, Field]] = []
    names: list[Line] = []
    for row in Page(lines, page.width, page.height).rows:
        figures = [line for line in row.lines if re.fullmatch(r"[¥￥]?-?\d[\d,]*(?:\.\d+)?", line.text)]
        names += [line for line in row.lines if line not in figures and re.search("[一-鿿*]", line.text)]
        if len(figures) > 1 and names:
            price, *count, amount = (field_of(line, line.text.lstrip("¥￥").replace(",", "")) for line in figures)
            name = field_of(Row(tuple(names)).whole).spelled(starred)
            items.append({"name": name, "unit_price": price, "quantity": (count or [MISSING])[0], "amount": amount})
            names = []
    return items


VAT_ROLL_INVOICE = Reader(
    api="vat-invoice",
    versions=VERSIONS,
    item_type="vat_roll_invoice",
    fields=(*names(LABELS), "item_list"),
    needs=("number", "total"),
    confidence_when="advanced_mode",
    likeness=says(ANCHORS),
    read=read,
)
