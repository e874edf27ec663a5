"""The table of an invoice for value-added tax, and its totals, which check each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from attrs import evolve

from ocr_async.local.reading.confidence import confirmed, doubtful
from ocr_async.local.reading.page import Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Value, field_of
from ocr_async.local.reading.zones.amounts import agreed, figures_value
from ocr_async.local.reading.zones.tables import Cells, Column, header, reread_cell, rows_below

HEADS = {
    "name": r"货物或应税.*|项目名称|.*劳务.*名称|货物.*服务名称",
    "specification": r"规格型号|规格|型号",
    "unit": r"单位",
    "quantity": r"数量",
    "unit_price": r"单价",
    "license_plate_number": r"车牌号码?",
    "vehicle_type": r"类型|车辆类型",
    "start_date": r"通行日期起",
    "end_date": r"通行日期止",
    "amount": r"金额",
    "tax_rate": r"税率.*",
    "tax": r"税额",
}
TRAVEL_HEADS = {
    "traveler_name": r"出行人",
    "id_number": r"有效身份证件号码?",
    "travel_date": r"出行日期",
    "departure_location": r"出发地",
    "arrival_location": r"到达地",
    "class": r"等级",
    "transportation_type": r"交通工具类型",
}
COLUMNS = ("name", "specification", "unit", "quantity", "unit_price", "amount", "tax_rate", "tax")
TOLL_COLUMNS = ("name", "license_plate_number", "vehicle_type", "start_date", "end_date", "amount", "tax_rate", "tax")
RATES = tuple(map(Decimal, ("1", "1.5", "3", "4", "5", "6", "9", "10", "11", "13", "16", "17")))
EXEMPT = r"免税|不征税|\*+|普通零税率|出口零税率"
AMOUNT = re.compile(r"-?\d[\d,]*\.\d\d(?!\d)")


PLACES = {
    "name": 0.15,
    "specification": 0.31,
    "unit": 0.4,
    "quantity": 0.465,
    "unit_price": 0.56,
    "amount": 0.685,
    "tax_rate": 0.78,
    "tax": 0.88,
}
"""Where the heads of the columns stand, as shares of the width: they are printed so, whatever the layout is called."""


def read_items(page: Page, head: float, foot: float) -> tuple[str, list[Mapping[str, Field]]]:
    """Return the kind of table (`toll` for tolls of roads, else ""), and its items from top to bottom."""
    above = evolve(
        page, lines=tuple(line for line in page.lines if abs(line.box.middle[1] - head) < 2 * line.box.height)
    )
    found = header(above, HEADS, 3, PLACES)
    if found is None:
        return "", []
    row, columns = found
    kind = "toll" if any(column.name in TOLL_COLUMNS[1:5] for column in columns) else ""
    names = TOLL_COLUMNS if kind else tuple(name for name in COLUMNS if any(name == it.name for it in columns))
    names = names if kind or {"unit", "specification"} & set(names) == set() else COLUMNS
    bottom = _subtotal_top(page, foot)
    cells = rows_below(page, row, columns, bottom, "amount")
    return kind, [_item(page, each, columns, names) for each in cells if AMOUNT.search(each.text("amount"))]


def travel(page: Page, foot: float) -> Value:
    """Return the trips of an invoice for the transport of passengers, MISSING where it has none."""
    found = header(page, TRAVEL_HEADS, 4)
    if found is None:
        return MISSING
    row, columns = found
    return [
        {name: cells.field(name) for name in TRAVEL_HEADS}
        for cells in rows_below(page, row, columns, foot - row.lines[0].box.height, "traveler_name")
    ]


def _subtotal_top(page: Page, foot: float) -> float:
    """Return where the row of the subtotals begins: of the amounts with a sign of currency the last above the total."""
    rows = [line for line in page.lines if line.box.middle[1] < foot - 0.5 * line.box.height]
    signed = [line for line in rows if re.match(r"[¥￥YV]-?\d", line.text) or re.fullmatch("合计|合|计", line.text)]
    return max((line.box.top for line in signed), default=foot) - 2


def _item(page: Page, cells: Cells, columns: tuple[Column, ...], names: tuple[str, ...]) -> Mapping[str, Field]:
    item = {name: cells.field(name) for name in names}
    item["name"] = cells.field("name", starred)
    item["amount"] = cells.field("amount", _figure)
    item |= {name: cells.match(name, r"^-?\d[\d,]*(?:\.\d+)?") for name in ("quantity", "unit_price") if name in item}
    places = {column.name: column for column in columns}
    if "unit" in item and not item["unit"].text and "unit" in places and item.get("unit_price", MISSING).text:
        item["unit"] = reread_cell(page, cells, places["unit"], r"^[一-鿿]{1,3}$")
    if "quantity" in item and not item["quantity"].text and "quantity" in places and item["unit_price"].text:
        item["quantity"] = reread_cell(page, cells, places["quantity"], r"^\d+(?:\.\d+)?$")
    return _taxed(_priced(item))


def starred(text: str) -> str:
    """Return the name of an item with the star before its class, which is small and easily lost."""
    return re.sub(r"^(?=[^*]+\*[^*]+$)", "*", re.sub("[”“\"'＊]", "*", text))


def _figure(text: str) -> str:
    found = AMOUNT.search(text)
    return found[0].replace(",", "") if found else text


def _priced(item: dict[str, Field]) -> dict[str, Field]:
    """Return the item with quantity and price confirmed where their product is the amount."""
    values = [figures_value(item[name].text) if name in item else None for name in ("quantity", "unit_price", "amount")]
    quantity, price, amount = values
    if quantity is None or price is None or amount is None:
        return item
    fits = abs(quantity * price - amount) <= max(Decimal("0.02"), abs(amount) / 10_000)
    judge = confirmed if fits else doubtful
    return {
        name: evolve(it, confidence=judge(it.confidence)) if name in {"quantity", "unit_price"} else it
        for name, it in item.items()
    }


def _taxed(item: dict[str, Field]) -> Mapping[str, Field]:
    """Return the item with its rate and tax: each is put right by the other, and exempt items have none."""
    rate, tax, amount = item["tax_rate"], item["tax"], figures_value(item["amount"].text)
    if re.fullmatch(EXEMPT, rate.text):
        return {**item, "tax": Field("***", max(0.6, tax.confidence), tax.box)}
    paid = AMOUNT.search(tax.text)
    known = next((it for it in RATES if rate.text.rstrip("%") == f"{it}"), None)
    if paid and amount:
        fitting = [it for it in RATES if _cents(amount * it / 100) == figures_value(paid[0])]
        printed = Field(paid[0], tax.confidence, tax.box)
        if known in fitting and rate.text.endswith("%"):
            return {**item, "tax_rate": _sure(rate), "tax": _sure(printed)}
        if len(fitting) == 1:
            return {**item, "tax_rate": Field(f"{fitting[0]}%", 0.85, rate.box), "tax": _sure(printed)}
        return {**item, "tax": printed}
    if known and amount and rate.text.endswith("%"):
        return {**item, "tax": Field(f"{_cents(amount * known / 100)}", 0.58, tax.box)}
    return item


def _sure(it: Field) -> Field:
    return evolve(it, confidence=confirmed(it.confidence))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def totals(page: Page, foot: float, items: list[Mapping[str, Field]]) -> dict[str, Field]:
    """Return subtotals and total: the sum of the items confirms them, words and figures confirm each other."""
    sums = _subtotals(page, foot)
    amount, tax = (_signed(it) for it in sums)
    total, words = _total(page, foot)
    added = _sum(items, "amount"), _sum(items, "tax")
    amount, tax = _summed(amount, added[0]), _summed(tax, added[1])
    figures, words = agreed(total, words)
    return {"subtotal_amount": amount, "subtotal_tax": tax, "total": figures, "total_in_words": words}


def _subtotals(page: Page, foot: float) -> tuple[Field, Field]:
    """Return amount and tax of the row 合计, the lowest above the total with a sign of currency."""
    above = [
        line
        for line in page.lines
        if line.box.middle[1] < foot - 0.5 * line.box.height and line.box.left > 0.45 * page.width
    ]
    signed = [line for line in above if re.match(r"[¥￥YVv]-?\d|\*{2,}$", line.text)]
    lowest = max(signed, key=lambda line: line.box.middle[1], default=None)
    if lowest is None:
        return MISSING, MISSING
    row = sorted((line for line in signed if line.box.apart_across(lowest.box) < 0.8), key=lambda line: line.box.left)
    if len(row) > 1:
        return field_of(row[0]), field_of(row[-1])
    alone = field_of(row[0])
    return (alone, MISSING) if row[0].box.middle[0] < 0.8 * page.width else (MISSING, alone)


def _signed(it: Field) -> Field:
    if it.text.startswith("*"):
        return Field("***", it.confidence, it.box)
    value = figures_value(it.text)
    return Field(f"￥{value:.2f}", it.confidence, it.box) if value is not None else MISSING


def _sum(items: list[Mapping[str, Field]], name: str) -> Decimal | None:
    values = [figures_value(item[name].text) or Decimal(0) for item in items]
    return sum(values, Decimal(0)) if values else None


def _summed(it: Field, added: Decimal | None) -> Field:
    value = figures_value(it.text)
    if value is None or added is None:
        return it
    return evolve(it, confidence=confirmed(it.confidence) if value == added else min(it.confidence, 0.8))


def _total(page: Page, foot: float) -> tuple[Field, Field]:
    near = tuple(line for line in page.lines if abs(line.box.middle[1] - foot) < 0.9 * line.box.height)
    row = Row(tuple(sorted(near, key=lambda line: line.box.left)))
    words = re.search(
        r"(?<![一-鿿])[零壹贰叁肆伍陆柒捌玖拾佰仟万亿圆元角分整正参叁弎]{3,}", row.text.replace("大写", "()")
    )
    figures = re.search(r"(?<=写)\)?:?[¥￥YV]?(-?\d[\d,]*\.\d\d)", row.text) or re.search(
        r"[¥￥YV](-?\d[\d,]*\.\d\d)", row.text
    )
    total = field_of(row.group(figures, 1), f"￥{figures[1].replace(',', '')}") if figures else MISSING
    return total, field_of(row.group(words)) if words else MISSING
