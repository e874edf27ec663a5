"""Reads invoices for value-added tax: paper ones with code and number, electronic ones, and fully digital ones.

From top to bottom: title with code, number and date; the buyer, with a cipher beside it; a table of items; totals; the
seller; who issued it. Fully digital ones have a number of 20 digits, and buyer and seller side by side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import evolve

from ocr_async.local.apis import Api, boolean, integer
from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.documents.vat_items import read_items, totals, travel
from ocr_async.local.reading.documents.vat_parties import clerks, parties
from ocr_async.local.reading.page import Box, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, Value, field_of, first_in
from ocr_async.local.reading.words.provinces import short_region
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.reading.zones.key_value import says
from ocr_async.model import Json

PAPER_TITLE = r"[一-鿿]{2,8}增值税[一-鿿]{0,4}发票"
DIGITAL_TITLE = r"电子发票?[(:]{0,2}(?:增值税专|专|普)[一-鿿]{0,2}发?票?\)?"
DIGITS = r"\d{8,}$"
TAG = r"^(?:通行费|成品油|旅客运输服务|[一-鿿]{2,6}服务)$"
DATE = re.compile(r"(\d{4})年?(\d{2})月?(\d{2})日?")
SHEET = re.compile("(第[一二三四五六七]联):?([一-鿿]{2}联)")
TYPES = (
    (r"电子发票\(.*专", "fully_digitalized_special_electronic"),
    (r"电子发票\(.*普", "fully_digitalized_normal_electronic"),
    (r"电子专用", "special_electronic"),
    (r"电子普通", "electronic"),
    (r"专用发票", "special"),
    (r"普通发票", "normal"),
)
ANCHORS = {
    0.4: (r"增值税[^\n]*发票", r"电子发票\([增值普税专通]"),
    0.25: ("价税合计",),
    0.15: ("货物或应税|^项目名称$",),
    0.1: ("^税额$", "税率", "纳税人识别号", "规格型号"),
    0.05: ("开票人",),
}


def read(page: Page, _: Options) -> Reading:
    """Read an invoice, part by part."""
    page = page.tight.without_overprints()
    head, foot = _table(page)
    kind, items = read_items(page, foot)
    title = _title(page)
    fields: dict[str, Value] = {
        "title": title,
        "type": _type(title, kind),
        "invoice_tag": first_in(page.inside(0, 0, 0.35, 0.15), TAG),
        "serial_number": _serial_number(page),
        "attribution": invoice_numbers.region(page, "增值税").spelled(short_region),
        **_numbers(page),
        "issue_date": invoice_numbers.after(page, "开票日期:?", DATE.pattern).spelled(
            lambda text: DATE.sub(r"\1年\2月\3日", text)
        ),
        "encryption_block": invoice_numbers.cipher(
            it for it in page.lines if it.box.left > 0.5 * page.width and it.box.middle[1] < head
        ),
        **parties(page, head, foot),
        **totals(page, foot, items),
        **clerks(page, foot),
        "item_list": items,
        "passenger_travel_item_list": travel(page, foot),
    }
    return Reading(fields, NO_SEALS)


def _table(page: Page) -> tuple[float, float]:
    """Return the middles of the table's head and of the row with the total in words."""
    heads = [line for line in page.lines if re.fullmatch(r"税额|规格型号|单价|税率.*|项目名称|货物或应税.*", line.text)]
    foot = page.first(r"价税合计|\(大写\)")
    head = min((line.box.middle[1] for line in heads), default=0.35 * page.height)
    return head, foot.box.middle[1] if foot else 0.7 * page.height


def _title(page: Page) -> Field:
    top = page.rows[: len(page.rows) // 3 + 1]
    if digital := first_in(top, DIGITAL_TITLE):
        return evolve(digital, text=f"电子发票({'普通发票' if '普' in digital.text else '增值税专用发票'})")
    return first_in((part for row in top for part in row.parts), PAPER_TITLE)


def _serial_number(page: Page) -> Field:
    """Return which sheet of its set an invoice is, 第二联：发票联: printed down its right edge, in one line or in parts."""
    edge = page.standing(Box(0.9 * page.width, 0.0, page.width, page.height))
    row = Row(tuple(sorted(edge, key=lambda line: line.box.top)))
    found = SHEET.search(row.text)
    return field_of(row.group(found), f"{found[1]}：{found[2]}") if found else MISSING


def _type(title: Field, table: str) -> Field:
    kind = next((kind for pattern, kind in TYPES if re.search(pattern, title.text)), "")
    kind = "toll" if table == "toll" and kind in {"electronic", ""} else kind
    return evolve(title, text=kind) if kind else MISSING


def _numbers(page: Page) -> dict[str, Field]:
    """Return code and number, printed and overprinted; of fully digital invoices the number of 20 digits alone."""
    check = invoice_numbers.after(page, r"[校验]{1,2}码:?", r"\d{20}")
    long = first_in((line for line in page.lines if not re.search("[校验]", line.text)), r"(?<!\d)\d{20}(?!\d)")
    if long and long.text != check.text:
        return {"number": long}
    top = [line for line in page.lines if line.box.middle[1] < 0.3 * page.height]
    if re.search(DIGITAL_TITLE, "".join(line.text for line in top)):
        return {"number": invoice_numbers.after(page, r"发票号码:?", r"\d{17,22}").judged(doubtful)}
    code, number = invoice_numbers.code(page), invoice_numbers.number(page)
    codes = [line for line in top if re.fullmatch(r"\d{10}|\d{12}", line.text)]
    numbers = [line for line in top if re.fullmatch(r"(?:N[oo0]?[.:]?)?\d{8}", line.text)]
    numbers.sort(key=lambda line: -line.box.height)
    right = [line for line in codes if line.box.left > 0.6 * page.width]
    prints = {"print_code": first_in(right, DIGITS), "print_number": first_in(numbers[1:][-1:], DIGITS)}
    return {
        "code": code or first_in(codes, DIGITS),
        "number": number or first_in(numbers, DIGITS),
        "machine_number": invoice_numbers.after(page, r"机器编号:?", r"\d{12}"),
        "check_code": check,
        **({} if code else prints),  # electronic invoices have labels, and no overprints
    }


SWITCHES = dict.fromkeys(("advanced_mode", "return_text_location", "ofd_to_image_mode"), boolean)
NO_SEALS: Mapping[str, Json] = {"supervision_seal": [], "seller_seal": []}
VERSIONS = {
    "v2": Api(8192, min_side=100, parameters={**SWITCHES, "page_num": integer}),
    "v1.0": Api(8192, min_side=100),
}
VAT_INVOICE = Reader(
    api="vat-invoice",
    versions=VERSIONS,
    layout=Layout.TABLE,
    item_type="vat_invoice",
    needs=("number", "total"),
    fields=(
        *("title", "type", "invoice_tag", "serial_number", "attribution", "code", "print_code", "machine_number"),
        *("print_number", "check_code", "number", "issue_date", "encryption_block", "buyer_name", "buyer_id"),
        *("buyer_address", "buyer_bank", "seller_name", "seller_id", "seller_address", "seller_bank"),
        *("subtotal_amount", "subtotal_tax", "total", "total_in_words", "remarks", "receiver", "reviewer", "issuer"),
        *("item_list", "passenger_travel_item_list"),
    ),
    optional=frozenset({"invoice_tag", "passenger_travel_item_list"}),
    confidence_when="advanced_mode",
    likeness=says(ANCHORS, only_with="税额|价税合计|税率"),
    read=read,
)
