"""Reads unified invoices for sales of motor vehicles: a form of cells, with a cipher at its top right."""

from __future__ import annotations

import re
from decimal import Decimal

from attrs import evolve

from ocr_async.local.apis import Api, boolean, text
from ocr_async.local.reading.confidence import confirmed, doubtful
from ocr_async.local.reading.page import Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.reading.zones.amounts import agreed, figures_value
from ocr_async.local.reading.zones.check_digits import tax_number, vehicle_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.key_value import Form, read_form
from ocr_async.local.reading.zones.labels import label
from ocr_async.local.recognizer import Unreadable

LABELS = (
    label("issue_date", "开票日期"),
    label("machine_printed_code", "机打代码"),
    label("machine_printed_number", "机打号码"),
    label("machine_number", "机器编号"),
    label("buyer", "购买方名称及", "购买方名称", "购货单位"),
    label("buyer", "身份证号码/", "身份证号码"),
    label("buyer", "组织机构代码"),
    label("id", "纳税人识别号", inside=True),
    label("vehicle_type", "车辆类型"),
    label("brand_model", "厂牌型号", inside=True, wraps=True),
    label("manufacturing_location", "产地", inside=True),
    label("quality_certificate", "合格证号"),
    label("import_certificate", "进口证明书号", inside=True),
    label("inspection_number", "商检单号", inside=True),
    label("engine_number", "发动机号码"),
    label("vehicle_identification_number", "车辆识别代号/车架号码", "车辆识别代号", "车架号码", inside=True),
    label("words", "价税合计"),
    label("", "小写", inside=True),
    label("seller_name", "销售方名称", "销货单位名称", wraps=True),
    label("seller_phone", "电话", inside=True),
    label("seller_account", "账号", "帐号", inside=True),
    label("seller_address", "地址", wraps=True),
    label("seller_bank", "开户银行", inside=True, wraps=True),
    label("tax_rate", "增值税税率", "增值税税率或征收率"),
    label("tax_rate", "或征收率"),
    label("tax", "增值税", "税额", "增值税税额"),
    label("tax_authority", "主管税务", "机关及代码", "主管税务机关及代码", wraps=True),
    label("tax_exclusive_price", "不含税价"),
    label("tax_payment_receipt", "完税凭证号码", inside=True),
    label("tonnage", "吨位", inside=True),
    label("seating_capacity", "限乘人数", inside=True),
    label("drawer_name", "开票人", inside=True),
    label("", "销售方盖章", "销货单位盖章", "销售单位盖章", "销货单位(章)"),
    label("", "备注", inside=True),
    label("", "发票代码"),
    label("", "发票号码"),
)
MONEY = re.compile(r"[¥￥YV]?(?P<figures>\d[\d,]*\.\d\d)(?!\d)")
ANCHORS = (
    (r"机动车销售统一发票", 0.6),
    (r"厂牌型号", 0.15),
    (r"合格证号", 0.15),
    (r"车架号码", 0.15),
    (r"主管税务", 0.1),
    (r"不含税价", 0.1),
    (r"限乘人数", 0.15),
    (r"完税凭证", 0.1),
)


def likeness(page: Page) -> float:
    """Return how much of what every such invoice says is on the page."""
    return anchored(page.tight, ANCHORS)


def read(page: Page, _: Options) -> Reading:
    """Read an invoice; raises `Unreadable` when neither its number nor its vehicle can be found."""
    page = page.tight
    form = read_form(
        evolve(page, lines=tuple(line for line in page.lines if not invoice_numbers.CIPHER.fullmatch(line.text))),
        LABELS,
    )
    fields = {
        "code": invoice_numbers.code(page),
        "number": invoice_numbers.number(page),
        "machine_printed_code": form.match("machine_printed_code", r"\d{10,12}"),
        "machine_printed_number": form.match("machine_printed_number", r"\d{8}"),
        "issue_date": form.field("issue_date", iso),
        "machine_number": form.match("machine_number", r"\d{12}"),
        **_parties(form),
        **_vehicle(form),
        **_tax_office(form),
        **_prices(page, form),
        "fiscal_code": invoice_numbers.cipher(page.lines),
        "drawer_name": form.match("drawer_name", r"^[一-鿿·]{1,6}|^[A-Za-z ]+"),
    }
    if not fields["number"].text and not fields["vehicle_identification_number"].text:
        raise Unreadable
    return Reading(_doubled(fields))


def _doubled(fields: dict[str, Field]) -> dict[str, Field]:
    """Return the fields with code and number judged by the ones that the machine printed, which are the same."""
    for name, twin in (("code", "machine_printed_code"), ("number", "machine_printed_number")):
        one, other = fields[name], fields[twin]
        if one.text and other.text:
            judge = confirmed if one.text == other.text else doubtful
            fields |= {
                name: evolve(one, confidence=judge(one.confidence)),
                twin: evolve(other, confidence=judge(other.confidence)),
            }
    return fields


def _parties(form: Form) -> dict[str, Field]:
    """Return buyer and seller; the buyer's cell holds a name, or in its second half a number."""
    lines = [line for entry in form.entries if entry.name == "buyer" and entry.value for line in entry.value.lines]
    names = [line for line in lines if re.search("[一-鿿]{2}|[A-Za-z]{3} ?[A-Za-z]", line.text)]
    numbers = [line for line in lines if line not in names and re.fullmatch(r"[0-9A-Z-]{8,18}", line.text)]
    ids = [entry for entry in form.entries if entry.name == "id" and entry.value]
    top = form.labels["seller_name"].box.top if "seller_name" in form.labels else 0.6 * form.page.height
    return {
        "buyer_name": _joined(names),
        "buyer_organization_number": _joined(numbers),
        "buyer_id": next((_id(it.value) for it in ids if it.value and it.label.box.bottom < top), MISSING),
        "seller_id": next((_id(it.value) for it in ids if it.value and it.label.box.bottom > top), MISSING),
        "seller_name": form.field("seller_name"),
        "seller_phone": form.match("seller_phone", r"[0-9-]{7,}"),
        "seller_account": form.match("seller_account", r"\d{8,}"),
        "seller_address": form.field("seller_address"),
        "seller_bank": form.field("seller_bank"),
    }


def _joined(lines: list[Line]) -> Field:
    row = Row(tuple(lines))
    return field_of(row.part(0, len(row.text))) if lines else MISSING


def _id(row: Row) -> Field:
    found = re.search(r"[0-9A-Z]{15,20}", row.text)
    return tax_number(field_of(row.group(found))) if found else MISSING


def _vehicle(form: Form) -> dict[str, Field]:
    number = form.match("vehicle_identification_number", r"[A-Z0-9]{14,19}")
    return {
        "vehicle_type": form.field("vehicle_type"),
        "brand_model": form.field("brand_model"),
        "manufacturing_location": form.field("manufacturing_location"),
        "quality_certificate": form.match("quality_certificate", r"[A-Z0-9]{6,}"),
        "import_certificate": form.match("import_certificate", r"[A-Z0-9]{6,}"),
        "inspection_number": form.match("inspection_number", r"[A-Z0-9]{6,}"),
        "engine_number": form.match("engine_number", r"[A-Z0-9*-]{4,}"),
        "vehicle_identification_number": vehicle_number(number) if number.text else MISSING,
        "tonnage": form.match("tonnage", r"\d+(?:\.\d+)?"),
        "seating_capacity": _seats(form),
        "tax_payment_receipt": form.match("tax_payment_receipt", r"[A-Z0-9]{4,}"),
    }


def _seats(form: Form) -> Field:
    found = form.match("seating_capacity", r"\d{1,3}")
    return found if found.text else form.again("seating_capacity", r"\d{1,2}")


def _tax_office(form: Form) -> dict[str, Field]:
    """Return the tax office and its code, which stand in one cell, the code last."""
    lines = [
        line for entry in form.entries if entry.name == "tax_authority" and entry.value for line in entry.value.lines
    ]
    row = Row(tuple(lines))
    found = re.search(r"(?P<office>[一-鿿()]+)(?P<code>\d{8,12})?", row.text)
    if not found:
        return {}
    code = field_of(row.group(found, "code")) if found["code"] else MISSING
    return {"tax_authority": field_of(row.group(found, "office")), "tax_authority_code": code}


def _prices(page: Page, form: Form) -> dict[str, Field]:
    """Return rate, tax and prices; total and words confirm each other, and so does the sum of price and tax."""
    words = form.match("words", r"[零壹贰叁肆伍陆柒捌玖拾佰仟万亿圆元角分整正参叁弎]{3,}")
    total, words = agreed(_beside(page, form, "words"), words)
    price, tax = _beside(page, form, "tax_exclusive_price"), _tax(form)
    values = [figures_value(it.text) for it in (price, tax, total)]
    if all(value is not None for value in values):
        one, more, whole = (value or Decimal(0) for value in values)
        judge = confirmed if abs(one + more - whole) <= Decimal("0.02") else doubtful
        price, tax = (evolve(it, confidence=judge(it.confidence)) for it in (price, tax))
    rate = form.match("tax_rate", r"\d{1,2}(?:\.\d)?%|免税|不征税")
    return {"tax_rate": rate, "tax": tax, "tax_exclusive_price": price, "total": total, "total_chinese": words}


def _tax(form: Form) -> Field:
    rows = [entry.value for entry in form.entries if entry.name in {"tax", "tax_rate"} and entry.value]
    return next((_money(row) for row in rows if MONEY.search(row.text)), MISSING)


def _beside(page: Page, form: Form, name: str) -> Field:
    """Return the amount in figures in the row of a label."""
    known = form.labels.get(name)
    lines = tuple(page.right_of(known)) if known else ()
    return _money(Row(lines)) if lines and MONEY.search(Row(lines).text) else MISSING


def _money(row: Row) -> Field:
    found = MONEY.search(row.text)
    if not found:
        return MISSING
    return field_of(row.group(found, "figures"), "￥" + found["figures"].replace(",", ""))


SWITCHES = {"return_text_location": boolean, "return_confidence": boolean, "type": text}
MVS_INVOICE = Reader(
    api="mvs-invoice",
    versions={"v2": Api(8000, min_side=100, parameters=SWITCHES), "v1.0": Api(8000, min_side=100)},
    layout=Layout.TABLE,
    item_type="mvs_invoice",
    fields=(
        *("code", "number", "machine_printed_code", "machine_printed_number", "issue_date", "machine_number"),
        *("buyer_name", "buyer_organization_number", "buyer_id", "seller_name", "seller_phone", "seller_id"),
        *("seller_account", "seller_address", "seller_bank", "vehicle_type", "brand_model", "manufacturing_location"),
        *("quality_certificate", "import_certificate", "inspection_number", "engine_number"),
        *("vehicle_identification_number", "tonnage", "seating_capacity", "tax_authority", "tax_authority_code"),
        *("tax_payment_receipt", "tax_rate", "tax", "tax_exclusive_price", "total", "total_chinese", "fiscal_code"),
        "drawer_name",
    ),
    confidence_when="return_confidence",
    likeness=likeness,
    read=read,
)
