"""Reads invoices for value-added tax on paper rolls (卷票): one column of labels, and items of two lines each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ocr_async.local.reading.documents.vat_invoice import VERSIONS
from ocr_async.local.reading.documents.vat_items import starred
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import MISSING, Field, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.words.provinces import SUFFIXES, region_in
from ocr_async.local.reading.zones.amounts import agreed, yuan
from ocr_async.local.reading.zones.check_digits import tax_number
from ocr_async.local.reading.zones.key_value import Form, read_form
from ocr_async.local.reading.zones.labels import label
from ocr_async.local.recognizer import Unreadable

LABELS = (
    label("code", "发票代码"),
    label("number", "发票号码"),
    label("print_number", "机打号码"),
    label("machine_number", "机器编号"),
    label("seller_name", "销售方名称", "销货方名称", "收款单位", wraps=True),
    label("id", "纳税人识别号", "税号"),
    label("issue_date", "开票日期"),
    label("receiver", "收款员", "收款人"),
    label("buyer_name", "购买方名称", "购货方名称", "付款单位", wraps=True),
    label("", "项目"),
    label("total", "合计金额(小写)", "合计(小写)", "小写合计", "金额合计(小写)"),
    label("total_in_words", "合计金额(大写)", "合计(大写)", "大写合计", "金额合计(大写)", wraps=True),
    label("check_code", "校验码"),
)
TITLE = re.compile(r".*发票.*卷.*|.*增值税普通发票.*")
ANCHORS = (
    (r"卷票|卷式", 0.5),
    (r"增值税普通发票", 0.2),
    (r"机打号码", 0.15),
    (r"销售方名称|销货方名称", 0.15),
    (r"收款员", 0.1),
    (r"合计金额", 0.15),
    (r"校验码", 0.1),
)


def likeness(page: Page) -> float:
    """Return how much of what every roll says is on the page."""
    return anchored(page.tight, ANCHORS)


def read(page: Page, _: Options) -> Reading:
    """Read a roll; raises `Unreadable` when it has neither number nor total."""
    page = page.tight
    form = read_form(page, LABELS)
    title = next((field_of(line) for line in page.lines if TITLE.fullmatch(line.text)), MISSING)
    total, words = agreed(form.field("total", yuan), form.match("total_in_words", r"[^\d(){}:¥]{3,}"))
    fields: dict[str, Field] = {
        "title": title,
        "type": Field("roll", title.confidence or 0.8),
        "attribution": _attribution(title),
        "code": form.match("code", r"\d{12}|\d{10}"),
        "number": form.match("number", r"\d{8}"),
        "print_number": form.match("print_number", r"\d{8}"),
        "machine_number": form.match("machine_number", r"\d{12}"),
        "issue_date": form.match("issue_date", r"\d{4}[-年]\d{2}[-月]\d{2}日?"),
        "receiver": form.field("receiver"),
        "seller_name": form.field("seller_name"),
        "buyer_name": form.field("buyer_name"),
        **_ids(form),
        "total": total,
        "total_in_words": words,
        "check_code": form.match("check_code", r"\d{20}"),
    }
    if not fields["number"].text and not total.text:
        raise Unreadable
    return Reading({**fields, "item_list": _items(page, form)}, {"supervision_seal": [], "seller_seal": []})


def _attribution(title: Field) -> Field:
    known = region_in(title.text)
    short = next((name for name in SUFFIXES if known and known[2].startswith(name)), "")
    return Field(short, title.confidence, title.box) if short else MISSING


def _ids(form: Form) -> dict[str, Field]:
    """Return the tax numbers: each belongs to the name that stands above it."""
    found: dict[str, Field] = {}
    who = "seller"
    for entry in form.entries:
        who = entry.name.removesuffix("_name") if entry.name.endswith("_name") else who
        if entry.name == "id" and entry.value:
            match = re.search(r"[0-9A-Z]{15,20}", entry.value.text)
            if match:
                found[f"{who}_id"] = tax_number(field_of(entry.value.group(match)))
    return found


def _items(page: Page, form: Form) -> list[Mapping[str, Field]]:
    """Return the items between the head of the table and the total: a name, then price, count and amount."""
    head = page.first(r"^(?:单价|项目|品名)")
    total = form.labels.get("total") or form.labels.get("total_in_words")
    top = head.box.middle[1] + 0.5 * head.box.height if head else 0.5 * page.height
    bottom = total.box.top if total else 0.75 * page.height
    lines = tuple(line for line in page.lines if top < line.box.middle[1] < bottom and line is not head)
    items: list[Mapping[str, Field]] = []
    names: list[Field] = []
    for row in Page(lines, page.width, page.height).rows:
        figures = [line for line in row.lines if re.fullmatch(r"[¥￥]?-?\d[\d,]*(?:\.\d+)?", line.text)]
        names += [
            field_of(line, starred(line.text))
            for line in row.lines
            if line not in figures and re.search("[一-鿿*]", line.text)
        ]
        if figures and names and len(figures) > 1:
            price, *count, amount = (field_of(line, line.text.lstrip("¥￥").replace(",", "")) for line in figures)
            name = Field("".join(it.text for it in names), min(it.confidence for it in names), names[0].box)
            items.append(
                {"name": name, "unit_price": price, "quantity": count[0] if count else MISSING, "amount": amount}
            )
            names = []
    return items


VAT_ROLL_INVOICE = Reader(
    api="vat-invoice",
    versions=VERSIONS,
    item_type="vat_roll_invoice",
    fields=(
        *("title", "type", "attribution", "code", "number", "print_number", "machine_number", "seller_name"),
        *("seller_id", "issue_date", "receiver", "buyer_name", "buyer_id", "total", "total_in_words", "check_code"),
        "item_list",
    ),
    confidence_when="advanced_mode",
    likeness=likeness,
    read=read,
)
