"""Reads the front of bank cards: number, dates, holder, bank, and Visa or MasterCard.

The number is checked by its last digit (ISO/IEC 7812-1, Luhn). What is around it is found by its form: dates as
MM/YY, the holder as capitals below the number, the bank by its name above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading import confidence
from ocr_async.local.reading.page import Box, Line, Page, Row
from ocr_async.local.reading.reader import Field, Layout, Options, Reader, Reading, field_of
from ocr_async.local.reading.script import as_digits, normal
from ocr_async.local.reading.zones.check_digits import has_luhn_digit
from ocr_async.local.recognizer import Unreadable

NUMBER_LENGTHS = range(13, 20)
SLASHED = re.compile(r"(?<!\d)(?P<month>0[1-9]|1[0-2])\s?/\s?(?P<year>\d\d)(?!\d)")
ALIKE = re.compile(r"(?P<month>0[1-9]|1[0-2])\s?[|1Il7-]\s?(?P<year>\d\d)")
"""A date whose stroke was read as something like it, where it stands alone."""

BANK = re.compile(r"银行|信用社|农信|\bbank\b|\bbanque\b|\bbanco\b|\bcredit union\b", re.IGNORECASE)
LABELS = re.compile(
    r"VAL[IT]?D|THRU|FROM|MONTH|YEAR|EXPIR|GOOD|UNTIL|DEBIT|CREDIT|VISA|MASTER|UNION|PLATINUM|GOLD|CLASSIC|WORLD|ELECTRON"
    r"|SIGNATURE|MEMBER|SINCE|BANK|CARD$|^\w*(?:SPEC|CIMEN)\w*$"
)
HOLDER = re.compile(r"^[A-Z][A-Z .,'/-]*[A-Z.]$")
PLACEHOLDER = re.compile(r"CARD ?(?:HOLDER|MEMBER)|NAME")
ANCHORS = (
    (r"VAL[IT]?D|THRU|EXPIR|GOOD", 0.2),
    (r"\b(?:0[1-9]|1[0-2])/\d\d\b", 0.2),
    (r"VISA|Master|银联|UnionPay|JCB|AMERICAN EXPRESS|Debit|Credit|DEBIT|CREDIT|借记卡|信用卡|储蓄卡|贷记卡", 0.2),
    (BANK.pattern, 0.15),
)


def likeness(page: Page) -> float:
    """Return how much of what bank cards have in common is on the page; without a number it is never one."""
    page = page.spelled(normal)
    if re.search(r"<<<|发票|车票|PASSPORT|护照|\d车", page.text):
        return 0.0
    number = _number(page)
    if number is None:
        return 0.0
    found = sum(weight for pattern, weight in ANCHORS if re.search(pattern, page.text, re.IGNORECASE))
    return min(1.0, 0.35 + 0.25 * has_luhn_digit(number.text.replace(" ", "")) + found)


def read(page: Page, _: Options) -> Reading:
    """Read a card; raises `Unreadable` when no card number is found."""
    page = page.spelled(normal)
    number = _number(page)
    if number is None or number.box is None:
        raise Unreadable
    fields = {
        "card_number": number,
        **_dates(page, number.box),
        **_holder(page, number.box),
        **_bank(page, number.box),
        **_scheme(page, number),
    }
    return Reading(fields)


BANKCARD = Reader(
    api="bankcard",
    item_type="bankcard",
    versions={"v2": Api(8192, parameters={"return_text_location": boolean}), "v1.0": Api(4096)},
    layout=Layout.CARD,
    fields=("bank_name", "card_number", "issue_date", "expiry_date", "type", "card_holder"),
    likeness=likeness,
    read=read,
)


def _number(page: Page) -> Field | None:
    """Find the number; where more than one row may be it, the one that fits its check digit, else the longest."""
    found = list(_numbers(page.rows))
    if not any(has_luhn_digit(digits) for _, digits, _ in found) and (found or _seems_a_card(page)):
        found += _numbers(Page(_closer(page), page.width, page.height).rows)
    if not found:
        return None
    line, digits, changes = max(found, key=lambda one: (has_luhn_digit(one[1]), len(one[1]), one[0].score))
    score = confidence.repaired(line.score, changes)
    sure = confidence.confirmed(score) if has_luhn_digit(digits) else confidence.doubtful(score)
    return field_of(line, " ".join(digits[i : i + 4] for i in range(0, len(digits), 4)), sure)


def _seems_a_card(page: Page) -> bool:
    return sum(re.search(pattern, page.text, re.IGNORECASE) is not None for pattern, _ in ANCHORS) > 1


def _closer(page: Page) -> tuple[Line, ...]:
    return page.look(Box(0.0, 0.3 * page.height, page.width, 0.9 * page.height))


def _numbers(rows: tuple[Row, ...]) -> Iterator[tuple[Line, str, int]]:
    for row in rows:
        for run in _runs(row):
            text = run.text.replace(" ", "")
            digits, changes = as_digits(text)
            if len(digits) in NUMBER_LENGTHS and digits.isdigit() and changes <= len(digits) // 4:
                yield run.part(0, len(run.text)), digits, changes


def _runs(row: Row) -> Iterator[Row]:
    """Yield the neighbours in a row that are mostly digits, and that look like parts of one number."""
    run: list[Line] = []
    for line in row.lines:
        if sum(character.isdigit() for character in line.text) >= 0.6 * len(line.text) and "/" not in line.text:
            run.append(line)
        elif run:
            yield Row(tuple(run))
            run = []
    if run:
        yield Row(tuple(run))


def _dates(page: Page, number: Box) -> dict[str, Field]:
    """Read the dates below the number: of two the earlier is the start of validity, a single one mostly its end."""
    found = _dates_in(page.lines, number)
    if len(found) < 2:
        closer = _dates_in(page.look(_place_of_dates(page, number, found)), Box(0.0, 0.0, 0.0, 0.0))
        found = max(found, closer, key=len)
    ordered = sorted(found, key=lambda it: (it.text[3:], it.text[:2]))
    if len(ordered) > 1:
        return {"issue_date": ordered[0], "expiry_date": ordered[-1]}
    if ordered:
        return {"issue_date" if _is_start(page, ordered[0]) else "expiry_date": ordered[0]}
    return {}


def _place_of_dates(page: Page, number: Box, found: list[Field]) -> Box:
    """Return where a date may have been missed: in the row of the one that was found, else all below the number."""
    known = next((it.box for it in found if it.box), None)
    if known is None:
        return Box(0.0, number.bottom, page.width, page.height)
    return Box(0.0, known.top - known.height, page.width, known.bottom + known.height)


def _is_start(page: Page, date: Field) -> bool:
    """Whether the label next to a date says that it is the start."""
    labels = [line for line, _ in page.search(re.compile("FROM|SINCE|THRU|GOOD|EXPIR|UNTIL|END"))]
    where = date.box
    if not labels or where is None:
        return False
    nearest = min(
        labels, key=lambda line: abs(line.box.right - where.left) + 3 * abs(line.box.middle[1] - where.middle[1])
    )
    return re.search("THRU|GOOD|EXPIR|UNTIL|END", nearest.text) is None


def _dates_in(lines: tuple[Line, ...], number: Box) -> list[Field]:
    below = [line for line in lines if line.box.middle[1] > number.bottom]
    slashed = [(line, match) for line in below for match in SLASHED.finditer(line.text)]
    alike = [(line, match) for line in below if (match := ALIKE.fullmatch(line.text))]
    dates = [field_of(line.part(*match.span()), _date(match)) for line, match in slashed]
    return dates + [field_of(line, _date(match), confidence.doubtful(line.score)) for line, match in alike]


def _date(match: re.Match[str]) -> str:
    return f"{match['month']}/{match['year']}"


def _holder(page: Page, number: Box) -> dict[str, Field]:
    """Take the lowest line of capitals at the left: above it may stand a company."""
    lines = [line for line in page.lines if line.box.middle[1] > number.bottom and line.box.left < 0.6 * page.width]
    names = [line for line in lines if _is_name(line.text)]
    if not names:
        return {}
    line = max(names, key=lambda line: line.box.middle[1])
    return {"card_holder": field_of(line)}


def _is_name(text: str) -> bool:
    if not HOLDER.match(text) or len(text) < 3:
        return False
    return bool(PLACEHOLDER.search(text)) or not LABELS.search(text)


def _bank(page: Page, number: Box) -> dict[str, Field]:
    for line in page.lines:
        if line.box.middle[1] < number.top and BANK.search(line.text):
            return {"bank_name": field_of(line)}
    return {}


def _scheme(page: Page, number: Field) -> dict[str, Field]:
    """Tell Visa and MasterCard by their names; MasterCard's circles often carry none, so its numbers count too."""
    visa = page.first(re.compile(r"\bV[I1l]SA\b", re.IGNORECASE))
    if visa and number.text.startswith("4"):
        return {"type": field_of(visa, "Visa")}
    master = page.first(re.compile(r"master\s?card|mastercar", re.IGNORECASE))
    if master:
        return {"type": field_of(master, "MasterCard")}
    if re.match(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)", number.text.replace(" ", "")):
        return {"type": Field("MasterCard", confidence.doubtful(number.confidence))}
    return {"type": field_of(visa, "Visa", confidence.doubtful(visa.score))} if visa else {}
