"""Reads invoices for value-added tax: paper ones with code and number, electronic ones, and fully digital ones.

From top to bottom: title with code, number and date; the buyer, with a cipher beside it; a table of items; totals; the
seller; who issued it. Fully digital ones have a number of 20 digits, and buyer and seller side by side.
"""

from __future__ import annotations

import re

from attrs import evolve

from ocr_async.local.apis import Api, boolean, integer
from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.documents.vat_items import read_items, totals, travel
from ocr_async.local.reading.documents.vat_parties import Parts, foot, parties
from ocr_async.local.reading.page import Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, Value, anchored, field_of
from ocr_async.local.reading.words.provinces import SUFFIXES, region_in
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.recognizer import Unreadable

PAPER_TITLE = re.compile(r"[一-鿿]{2,8}增值税[一-鿿]{0,4}发票")
DIGITAL_TITLE = re.compile(r"电子发票?[(:]{0,2}(?P<kind>增值税专|专|普)[一-鿿]{0,2}发?票?\)?")
DATE = re.compile(r"开票日期:?(\d{4})年?(\d{2})月?(\d{2})日?")
TYPES = (
    (r"电子发票\(.*专", "fully_digitalized_special_electronic"),
    (r"电子发票\(.*普", "fully_digitalized_normal_electronic"),
    (r"电子专用", "special_electronic"),
    (r"电子普通", "electronic"),
    (r"专用发票", "special"),
    (r"普通发票", "normal"),
)
ANCHORS = (
    (r"增值税[^\n]*发票", 0.4),
    (r"电子发票\([增值普税专通]", 0.4),
    (r"价税合计", 0.25),
    (r"^税额$", 0.1),
    (r"税率", 0.1),
    (r"纳税人识别号", 0.1),
    (r"货物或应税|^项目名称$", 0.15),
    (r"规格型号", 0.1),
    (r"开票人", 0.05),
)


def likeness(page: Page) -> float:
    """Return how much of what these invoices say is on the page; paper rolls have no table of taxes."""
    return anchored(page.tight, ANCHORS) if re.search(r"税额|价税合计|税率", page.tight.text) else 0.3


def read(page: Page, _: Options) -> Reading:
    """Read an invoice; raises `Unreadable` when it has neither number nor total."""
    page = page.tight.without_overprints()
    parts = _parts(page)
    table, items = read_items(page, parts.head, parts.foot)
    title = _title(page)
    fields: dict[str, Value] = {
        "title": title,
        "type": _type(title, table),
        "invoice_tag": _tag(page),
        "attribution": _attribution(page, title),
        **_numbers(page),
        "issue_date": _date(page),
        "encryption_block": invoice_numbers.cipher(
            it for it in page.lines if it.box.left > 0.5 * page.width and it.box.middle[1] < parts.head
        ),
        **parties(page, parts),
        **totals(page, parts.foot, items),
        **foot(page, parts),
        "item_list": items,
        "passenger_travel_item_list": travel(page, parts.foot),
    }
    if not any(isinstance(it, Field) and it.text for it in (fields["number"], fields["total"])):
        raise Unreadable
    return Reading(fields, {"supervision_seal": [], "seller_seal": []})


def _parts(page: Page) -> Parts:
    heads = [line for line in page.lines if re.fullmatch(r"税额|规格型号|单价|税率.*|项目名称|货物或应税.*", line.text)]
    foot = page.first("价税合计") or page.first(r"\(大写\)")
    head = min((line.box.middle[1] for line in heads), default=0.35 * page.height)
    return Parts(head, foot.box.middle[1] if foot else 0.7 * page.height)


def _title(page: Page) -> Field:
    for row in page.rows[: len(page.rows) // 3 + 1]:
        if digital := DIGITAL_TITLE.search(row.text):
            kind = "普通发票" if digital["kind"] == "普" else "增值税专用发票"
            return field_of(row.group(digital), f"电子发票({kind})")
        for part in (*(Row((line,)) for line in row.lines), row):
            if paper := PAPER_TITLE.search(part.text):
                return field_of(part.group(paper))
    return MISSING


def _type(title: Field, table: str) -> Field:
    kind = next((kind for pattern, kind in TYPES if re.search(pattern, title.text)), "")
    kind = "toll" if table == "toll" and kind in {"electronic", ""} else kind
    return Field(kind, title.confidence, title.box) if kind else MISSING


def _tag(page: Page) -> Field:
    line = next(
        (
            it
            for it in page.inside(0, 0, 0.35, 0.15)
            if re.fullmatch("通行费|成品油|旅客运输服务|[一-鿿]{2,6}服务", it.text)
        ),
        None,
    )
    return field_of(line) if line else MISSING


def _attribution(page: Page, title: Field) -> Field:
    """Return the region in the title; on fully digital invoices it is in the seal under that, and less sure."""
    known = region_in(title.text)
    if known and known[0] == 0:
        return evolve(title, text=_short(known[2]))
    for line in page.inside(0.25, 0, 0.75, 0.3):
        seal = re.search(r"(?P<place>[一-鿿]{2,})税务局", line.text)
        named = region_in(seal["place"]) if seal else region_in(line.text) if len(line.text) < 5 else None
        if named:
            return field_of(line, _short(named[2]), doubtful(line.score))
    return MISSING


def _short(region: str) -> str:
    """Return a region without its suffix."""
    return next((name for name in SUFFIXES if region.startswith(name)), region)


def _numbers(page: Page) -> dict[str, Field]:
    """Return code and number, printed and overprinted; of fully digital invoices the number of 20 digits alone."""
    top = [line for line in page.lines if line.box.middle[1] < 0.3 * page.height]
    long = next(
        (field_of(line.part(*m.span())) for line, m in page.search(r"(?<!\d)\d{20}(?!\d)") if "校验" not in line.text),
        MISSING,
    )
    check = invoice_numbers.after(page, r"校验码:?", r"\d{20}")
    if long.text and long.text != check.text:
        return {"number": long}
    if DIGITAL_TITLE.search("".join(line.text for line in top)):
        cut = invoice_numbers.after(page, r"发票号码:?", r"\d{17,22}")
        return {"number": evolve(cut, confidence=doubtful(cut.confidence))}
    codes = [field_of(line) for line in top if re.fullmatch(r"\d{10}|\d{12}", line.text)]
    numbers = [line for line in top if re.fullmatch(r"(?:N[oo0]?[.:]?)?\d{8}", line.text)]
    code, number = invoice_numbers.code(page), invoice_numbers.number(page)
    left = next((it for it in codes if it.box and it.box.left < 0.4 * page.width), MISSING)
    printed = sorted(numbers, key=lambda line: -line.box.height)
    large = field_of(printed[0], printed[0].text[-8:]) if printed else MISSING
    found = {
        "code": code if code.text else left if left.text else next(iter(codes), MISSING),
        "number": number if number.text else large,
        "print_code": next((it for it in codes if it.box and it.box.left > 0.6 * page.width), MISSING),
        "print_number": field_of(printed[-1], printed[-1].text[-8:]) if len(printed) > 1 else MISSING,
        "machine_number": invoice_numbers.after(page, r"机器编号:?", r"\d{12}"),
        "check_code": check,
    }
    return _without_labels(found, code)


def _without_labels(found: dict[str, Field], labelled: Field) -> dict[str, Field]:
    """Return the numbers without overprints where the code has a label: electronic invoices have none."""
    if not labelled.text:
        return found
    return {name: it for name, it in found.items() if not name.startswith("print")}


def _date(page: Page) -> Field:
    for row in page.rows:
        found = DATE.search(row.text)
        if found:
            return field_of(row.group(found), "{}年{}月{}日".format(*found.groups()))
    return MISSING


SWITCHES = dict.fromkeys(("advanced_mode", "return_text_location", "ofd_to_image_mode"), boolean)


VERSIONS = {
    "v2": Api(8192, min_side=100, parameters={**SWITCHES, "page_num": integer}),
    "v1.0": Api(8192, min_side=100),
}


VAT_INVOICE = Reader(
    api="vat-invoice",
    versions=VERSIONS,
    layout=Layout.TABLE,
    item_type="vat_invoice",
    fields=(
        *("title", "type", "invoice_tag", "serial_number", "attribution", "code", "print_code", "machine_number"),
        *("print_number", "check_code", "number", "issue_date", "encryption_block", "buyer_name", "buyer_id"),
        *("buyer_address", "buyer_bank", "seller_name", "seller_id", "seller_address", "seller_bank"),
        *("subtotal_amount", "subtotal_tax", "total", "total_in_words", "remarks", "receiver", "reviewer", "issuer"),
        *("item_list", "passenger_travel_item_list"),
    ),
    optional=frozenset({"invoice_tag", "passenger_travel_item_list"}),
    confidence_when="advanced_mode",
    likeness=likeness,
    read=read,
)
