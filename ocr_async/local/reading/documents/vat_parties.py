"""Who bought, sold and issued, on invoices for value-added tax."""

from __future__ import annotations

import re

from attrs import evolve

from ocr_async.local.reading.page import Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, field_of
from ocr_async.local.reading.zones import invoice_numbers
from ocr_async.local.reading.zones.check_digits import tax_number
from ocr_async.local.reading.zones.forms import label, part
from ocr_async.local.reading.zones.key_value import read_form

TAXPAYER = part("[0-9A-Z]{15,20}", check=tax_number)
PARTY = (
    label("name", "名称", "称", wraps=True),
    label("id", "纳税人识别号", "统一社会信用代码/纳税人识别号", "统一社会信用代码", inside=True, find=TAXPAYER),
    label("address", "地址、电话", "地址,电话", "地址电话", wraps=True),
    label("bank", "开户行及账号", "开户行及帐号", wraps=True),
)
CLERK = part(r"^(?:[一-鿿·]{1,6}\d{0,3}|[A-Za-z ]{2,})")
CLERKS = (
    label("receiver", "收款人", find=CLERK),
    label("reviewer", "复核", "复核人", find=CLERK),
    label("issuer", "开票人", find=CLERK),
    label("", "销售方", "销货单位"),
)


def parties(page: Page, head: float, foot: float) -> dict[str, Field]:
    """Return buyer and seller: above and below the table, or on fully digital invoices side by side above it.

    `head` and `foot` are the middles of the table's head and of the row with the total in words, in pixels of the page.
    """
    above = [line for line in page.lines if 0.12 * page.height < line.box.middle[1] < head - 5]
    names = sorted(line.box.left for line in above if re.match("名称", line.text))
    if len(names) > 1 and names[-1] > 0.4 * page.width:
        middle = names[-1] - 0.03 * page.width
        sides = [line for line in above if line.box.left < middle], [line for line in above if line.box.left >= middle]
    else:
        left = [line for line in invoice_numbers.without_cipher(page).lines if line.box.left < 0.6 * page.width]
        sides = [it for it in left if it in above], [it for it in left if it.box.middle[1] > foot + 5]
    return {**_party(page, sides[0], "buyer"), **_party(page, sides[1], "seller")}


def _party(page: Page, lines: list[Line], who: str) -> dict[str, Field]:
    form = read_form(evolve(page, lines=tuple(lines)), (*PARTY, *CLERKS))
    return {f"{who}_{name}": it for name, it in form.fields(PARTY).items()}


def clerks(page: Page, foot: float) -> dict[str, Field]:
    """Return who received, checked and issued, and the remarks above them."""
    below = evolve(page, lines=tuple(line for line in page.lines if line.box.middle[1] > foot))
    form = read_form(below, CLERKS)
    bottom = min((it.box.top for it in form.labels.values()), default=page.height)
    return {**form.fields(CLERKS), "remarks": _remarks(below, foot, bottom)}


def _remarks(page: Page, top: float, bottom: float) -> Field:
    left = 0.6 if page.search("纳税人识别号|开户行") else 0.0
    lines = tuple(
        line
        for line in page.lines
        if line.box.left > left * page.width
        and line.box.bottom < bottom + 3
        and line.box.middle[1] > top + line.box.height
        and not re.fullmatch(r"[0-9A-Z]{15,18}|备|注|备注|\(章\)|.*发票专用章.*|.*有限公司", line.text)
        and line.score > 0.8
        and len(line.text) > 2
    )
    return field_of(Row(lines).whole) if lines else MISSING
