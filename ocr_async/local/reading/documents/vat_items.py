"""The table of an invoice for value-added tax, and its totals, which check each other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from attrs import evolve

from ocr_async.local.reading.confidence import confirmed
from ocr_async.local.reading.page import Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Value, field_of, first_in
from ocr_async.local.reading.zones.amounts import AMOUNT, IN_WORDS, agreed, figures_value, yuan
from ocr_async.local.reading.zones.check_digits import judged_by
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
PLACES = dict[str, float](zip(COLUMNS, (0.15, 0.31, 0.4, 0.465, 0.56, 0.685, 0.78, 0.88), strict=True))
"""Where the heads of the columns stand, as shares of the width: they are printed so, whatever the layout is called."""

NUMBER = r"^-?\d[\d,]*(?:\.\d+)?"
ONE_CHARACTER = {"unit": r"^[一-鿿]{1,3}$", "quantity": r"^\d+(?:\.\d+)?$"}
"""Cells that a detector misses where they hold a single character, and their form."""

RATES = ("1", "1.5", "3", "4", "5", "6", "9", "10", "11", "13", "16", "17")
HALF_A_CENT = Decimal("0.005")
EXEMPT = r"免税|不征税|\*+|普通零税率|出口零税率"


def read_items(page: Page, foot: float) -> tuple[str, list[Mapping[str, Field]]]:
    """Return the kind of table (`toll` for tolls of roads, else ""), and its items from top to bottom.

    `foot` is the middle of the row with the total in words, in pixels of the page.
    """
    found = header(page, HEADS, 3, PLACES)
    if found is None:
        return "", []
    row, columns = found
    heads = {column.name for column in columns}
    kind = "toll" if heads & set(TOLL_COLUMNS[1:5]) else ""
    narrow = not heads & {"unit", "specification"}
    names = TOLL_COLUMNS if kind else [it for it in COLUMNS if it in heads or not narrow or it not in COLUMNS[1:5]]
    cells = rows_below(page, row, columns, _subtotal_top(page, foot), "amount")
    return kind, [_item(page, each, columns, names) for each in cells if re.search(AMOUNT, each.text("amount"))]


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


def _above(page: Page, foot: float, pattern: str) -> list[Line]:
    """Return the lines of a form above the row of the total."""
    lines = [line for line in page.lines if line.box.middle[1] < foot - 0.5 * line.box.height]
    return [line for line in lines if re.match(pattern, line.text)]


def _subtotal_top(page: Page, foot: float) -> float:
    """Return where the row of the subtotals begins: of the amounts with a sign of currency the last above the total."""
    return max((line.box.top for line in _above(page, foot, r"[¥￥YV]-?\d|(?:合计|合|计)$")), default=foot) - 2


def _item(page: Page, cells: Cells, columns: Sequence[Column], names: Sequence[str]) -> Mapping[str, Field]:
    item = {name: cells.field(name) for name in names}
    item |= {"name": cells.field("name", starred), "amount": cells.match("amount", AMOUNT).spelled(_without_commas)}
    item |= {name: cells.match(name, NUMBER) for name in ("quantity", "unit_price") if name in item}
    for column in columns if item.get("unit_price") else ():
        if column.name in ONE_CHARACTER and column.name in item and not item[column.name]:
            item[column.name] = reread_cell(page, cells, column, ONE_CHARACTER[column.name])
    return _taxed(_priced(item))


def starred(text: str) -> str:
    """Return the name of an item with the star before its class, which is small and easily lost."""
    return re.sub(r"^(?=[^*]+\*[^*]+$)", "*", re.sub("[”“\"'＊]", "*", text))


def _priced(item: dict[str, Field]) -> dict[str, Field]:
    """Return the item with quantity and price confirmed where their product is the amount."""
    names = ("quantity", "unit_price", "amount")
    quantity, price, amount = (figures_value(item.get(name, MISSING).text) for name in names)
    if quantity is None or price is None or amount is None:
        return item
    fits = abs(quantity * price - amount) <= max(Decimal("0.02"), abs(amount) / 10_000)
    return item | dict(zip(names, judged_by(fits, item["quantity"], item["unit_price"]), strict=False))


def _taxed(item: dict[str, Field]) -> Mapping[str, Field]:
    """Return the item with its rate and tax: each is put right by the other, and exempt items have none."""
    rate, tax = item["tax_rate"], item["tax"]
    if re.fullmatch(EXEMPT, rate.text):
        return {**item, "tax": Field("***", max(0.6, tax.confidence), tax.box)}
    amount, paid = figures_value(item["amount"].text), re.search(AMOUNT, tax.text)
    if not paid or not amount:
        return item
    tax, value = evolve(tax, text=paid[0]), Decimal(_without_commas(paid[0]))
    fitting = [f"{it}%" for it in RATES if abs(amount * Decimal(it) / 100 - value) <= HALF_A_CENT]
    if rate.text in fitting:
        rate, tax = rate.judged(confirmed), tax.judged(confirmed)
    elif len(fitting) == 1:
        rate, tax = Field(fitting[0], 0.85, rate.box), tax.judged(confirmed)
    return {**item, "tax_rate": rate, "tax": tax}


def _without_commas(text: str) -> str:
    return text.replace(",", "")


def totals(page: Page, foot: float, items: Sequence[Mapping[str, Field]]) -> dict[str, Field]:
    """Return subtotals and total: the sum of the items confirms them, words and figures confirm each other."""
    amount, tax = _subtotals(page, foot)
    total, words = _total(page, foot)
    return {
        "subtotal_amount": _summed(amount, [item["amount"] for item in items]),
        "subtotal_tax": _summed(tax, [item["tax"] for item in items]),
        **dict(zip(("total", "total_in_words"), agreed(total, words), strict=True)),
    }


def _subtotals(page: Page, foot: float) -> tuple[Field, Field]:
    """Return amount and tax of the row 合计, the lowest above the total with a sign of currency."""
    signed = [line for line in _above(page, foot, r"[¥￥YVv]-?\d|\*{2,}$") if line.box.left > 0.45 * page.width]
    lowest = max(signed, key=lambda line: line.box.middle[1], default=None)
    row = [line for line in signed if lowest and line.box.apart_across(lowest.box) < 0.8]
    sums = [
        field_of(line).spelled(lambda text: "***" if text.startswith("*") else yuan(text))
        for line in sorted(row, key=lambda line: line.box.left)
    ]
    if len(sums) != 1:
        return (sums[0], sums[-1]) if sums else (MISSING, MISSING)
    return (sums[0], MISSING) if row[0].box.middle[0] < 0.8 * page.width else (MISSING, sums[0])


def _summed(it: Field, parts: Sequence[Field]) -> Field:
    """Return a sum confirmed by its parts, less sure where they say another."""
    value = figures_value(it.text)
    if value is None or not parts:
        return it
    fits = value == sum((figures_value(part.text) or Decimal(0) for part in parts), Decimal(0))
    return it.judged(lambda score: confirmed(score) if fits else min(score, 0.8))


def _total(page: Page, foot: float) -> tuple[Field, Field]:
    """Return the total in figures and in words, from the lines of its row."""
    near = tuple(line for line in page.lines if abs(line.box.middle[1] - foot) < 0.9 * line.box.height)
    row = [Row(tuple(sorted(near, key=lambda line: line.box.left)))]
    figures = first_in(row, rf"(?<=写)\)?:?[¥￥YV]?({AMOUNT})", 1) or first_in(row, rf"[¥￥YV]({AMOUNT})", 1)
    return figures.spelled(yuan), first_in(row, rf"(?:(?<![一-鿿])|(?<=大写)){IN_WORDS}")
