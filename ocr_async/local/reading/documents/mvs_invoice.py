"""Reads unified invoices for sales of motor vehicles: a form of cells, with a cipher at its top right."""

from __future__ import annotations

import re
from decimal import Decimal

from ocr_async.local.apis import Api, boolean, text
from ocr_async.local.reading.page import Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, field_of, first_in
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.reading.zones.amounts import AMOUNT, IN_WORDS, agreed, figures_value, yuan
from ocr_async.local.reading.zones.check_digits import judged_by, same, vehicle_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.forms import Form, label, names, part, whole
from ocr_async.local.reading.zones.key_value import read_form, says

NAME = re.compile("[一-鿿]{2}|[A-Za-z]{3} ?[A-Za-z]")
OFFICE = r"(?P<tax_authority>[一-鿿()]+)(?P<tax_authority_code>\d{8,12})?"


def _buyer(form: Form, name: str) -> Field:
    """Return the buyer's name, or the number that stands in the second half of the same cell."""
    lines = form.lines("buyer_name")
    named = tuple(line for line in lines if NAME.search(line.text))
    numbers = tuple(line for line in lines if line not in named and re.fullmatch(r"[0-9A-Z-]{8,18}", line.text))
    found = named if name == "buyer_name" else numbers
    return field_of(Row(found).whole) if found else MISSING


def _tax_office(form: Form, name: str) -> Field:
    """Return the tax office or its code, which stand in one cell, the code last."""
    return first_in([Row(form.lines("tax_authority"))], OFFICE, name)


def _in_row_of(form: Form, name: str) -> Field:
    """Return the amount in figures in the row of a label."""
    known = form.labels.get(name)
    return first_in([Row(tuple(form.page.right_of(known)))] if known else [], AMOUNT).spelled(yuan)


def _tax(form: Form, _: str) -> Field:
    return first_in([*form.rows("tax"), *form.rows("tax_rate")], AMOUNT).spelled(yuan)


CERTIFICATE = part(r"[A-Z0-9]{6,}")
LABELS = (
    *invoice_numbers.LABELS,
    label("machine_printed_code", "机打代码", find=part(r"\d{10,12}")),
    label("machine_printed_number", "机打号码", find=part(r"\d{8}")),
    label("issue_date", "开票日期", find=whole(iso)),
    label("machine_number", "机器编号", find=part(r"\d{12}")),
    label("buyer_name", "购买方名称及", "购买方名称", "购货单位", find=_buyer),
    label("buyer_name", "身份证号码/", "身份证号码"),
    label("buyer_name", "组织机构代码"),
    label("buyer_organization_number", find=_buyer),
    label("buyer_id", "纳税人识别号", inside=True, find=invoice_numbers.taxpayer),
    label("seller_name", "销售方名称", "销货单位名称", wraps=True),
    label("seller_phone", "电话", inside=True, find=part(r"[0-9-]{7,}")),
    label("seller_id", find=invoice_numbers.taxpayer),
    label("seller_account", "账号", "帐号", inside=True, find=part(r"\d{8,}")),
    label("seller_address", "地址", wraps=True),
    label("seller_bank", "开户银行", inside=True, wraps=True),
    label("vehicle_type", "车辆类型"),
    label("brand_model", "厂牌型号", inside=True, wraps=True),
    label("manufacturing_location", "产地", inside=True),
    label("quality_certificate", "合格证号", find=CERTIFICATE),
    label("import_certificate", "进口证明书号", inside=True, find=CERTIFICATE),
    label("inspection_number", "商检单号", inside=True, find=CERTIFICATE),
    label("engine_number", "发动机号码", find=part(r"[A-Z0-9*-]{4,}")),
    label(
        *("vehicle_identification_number", "车辆识别代号/车架号码", "车辆识别代号", "车架号码"),
        inside=True,
        find=part(r"[A-Z0-9]{14,19}", check=vehicle_number),
    ),
    label("tonnage", "吨位", inside=True, find=part(r"\d+(?:\.\d+)?")),
    label("seating_capacity", "限乘人数", inside=True, find=part(r"\d{1,3}", again=True)),
    label("tax_authority", "主管税务", "机关及代码", "主管税务机关及代码", wraps=True, find=_tax_office),
    label("tax_authority_code", find=_tax_office),
    label("tax_payment_receipt", "完税凭证号码", inside=True, find=part(r"[A-Z0-9]{4,}")),
    label("tax_rate", "增值税税率", "增值税税率或征收率", find=part(r"\d{1,2}(?:\.\d)?%|免税|不征税")),
    label("tax_rate", "或征收率"),
    label("tax", "增值税", "税额", "增值税税额", find=_tax),
    label("tax_exclusive_price", "不含税价", find=_in_row_of),
    label("total", find=lambda form, _: _in_row_of(form, "total_chinese")),
    label("total_chinese", "价税合计", find=part(IN_WORDS)),
    label("", "小写", inside=True),
    label("fiscal_code"),
    label("drawer_name", "开票人", inside=True, find=part("^[一-鿿·]{1,6}|^[A-Za-z ]+")),
    label("", "销售方盖章", "销货单位盖章", "销售单位盖章", "销货单位(章)"),
    label("", "备注", inside=True),
)
ANCHORS = {
    0.6: ("机动车销售统一发票",),
    0.15: ("厂牌型号", "合格证号", "车架号码", "限乘人数"),
    0.1: ("主管税务", "不含税价", "完税凭证"),
}


def read(page: Page, _: Options) -> Reading:
    """Read an invoice, and let what is printed twice confirm itself: numbers, total and words, price and tax."""
    page = page.tight
    fields = read_form(invoice_numbers.without_cipher(page), LABELS).fields(LABELS)
    fields["fiscal_code"] = invoice_numbers.cipher(page.lines)
    for name in ("code", "number"):
        fields[name], fields[f"machine_printed_{name}"] = same(fields[name], fields[f"machine_printed_{name}"])
    fields["total"], fields["total_chinese"] = agreed(fields["total"], fields["total_chinese"])
    fields["tax_exclusive_price"], fields["tax"] = _summed(
        fields["tax_exclusive_price"], fields["tax"], fields["total"]
    )
    return Reading(fields)


def _summed(price: Field, tax: Field, total: Field) -> tuple[Field, ...]:
    one, more, both = (figures_value(it.text) for it in (price, tax, total))
    if one is None or more is None or both is None:
        return price, tax
    return judged_by(abs(one + more - both) <= Decimal("0.02"), price, tax)


SWITCHES = {"return_text_location": boolean, "return_confidence": boolean, "type": text}
MVS_INVOICE = Reader(
    api="mvs-invoice",
    versions={"v2": Api(8000, min_side=100, parameters=SWITCHES), "v1.0": Api(8000, min_side=100)},
    layout=Layout.TABLE,
    item_type="mvs_invoice",
    fields=names(LABELS),
    needs=("number", "vehicle_identification_number"),
    confidence_when="return_confidence",
    likeness=says(ANCHORS),
    read=read,
)
