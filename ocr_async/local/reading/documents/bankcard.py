"""Reads the front of bank cards: number, dates, holder, bank, and Visa or MasterCard.

The number begins as issuers' numbers do and is checked by its last digit (ISO/IEC 7812-1, Luhn); it stands in one row,
or in four. What is around it is found by its form and by its label: dates with a month, the holder as a name of letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import evolve

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading import confidence
from ocr_async.local.reading.documents.bankcard_text import END, START, bank, holder
from ocr_async.local.reading.page import Box, Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.script import as_digits, normal
from ocr_async.local.reading.zones.check_digits import has_luhn_digit
from ocr_async.local.reading.zones.second_look import GUESSED, agreed
from ocr_async.local.recognizer import Unreadable

NUMBER_LENGTHS = range(13, 20)
ISSUED = re.compile(r"3[0-9]|4|5|6|2[1-7]|9\d")
"""How the numbers of issuers begin; what begins with 0, 1, 7 or 8 belongs to other trades."""

UNCHECKED = 16
"""Digits that a number has at least which fails its check digit: shorter ones are numbers of anything."""

FEW_LINES = 30
"""Lines up to which a page may be a card whose number was missed; a second look costs as much as the first."""

MONTH = r"(?:0[0-9]|1[0-2])"
DATE = re.compile(rf"(?<![\d/])(?P<text>{MONTH}\s?/\s?(?:20\d\d|\d\d)|20\d\d\s?/\s?{MONTH})(?!\d|\s?/\s?\d)")
ALIKE = re.compile(
    rf"(?P<month>{MONTH})\s?[|1Il7-]\s?(?P<year>\d\d)|(?:[OQDU](?=[1-9])|[2-9](?=[3-9]))(?P<month_of_one>\d)/(?P<year_after>\d\d)"
)
"""A date whose stroke or first nought was read as something like it, where it stands alone: no month begins with 2 to 9."""

SCHEMES = (("4", r"\bVISA\b"), ("5", r"(?i)master\s?card"), ("62", r"银联|UnionPay"))
"""How numbers of schemes begin, and how cards name these."""

LONGEST = 20
"""Years that a card is valid at most."""

LABEL_REACH = 7.0, 2.5
"""Heights of a date, along its row and across, within which a label says what it is."""

REST_OF_DATE = re.compile(r"(?=.*\d)[\dA-Z|/.-]{2,7}")
"""What may be left of a date that was not read whole."""
EVIDENCE = (
    (r"(?i)VAL[IT]?D|THRU|EXPIR|GOOD|MEMBER\s?SINCE", 0.2),
    (rf"(?<!\d){MONTH}\s?/\s?(?:20)?\d\d(?!\d|/)", 0.2),
    (r"(?i)VISA|Master\s?Card|银联|UnionPay|\bJCB\b|AMERICAN\s?EXPRESS|Maestro", 0.25),
    (r"(?i)\bdebit\b|\bcredit\b(?! union)|借记卡|信用卡|储蓄卡|贷记卡|金卡|白金", 0.15),
    (r"(?i)银行|信用社|农信|\bbank\b|\bbanque\b|\bbanco\b|\bcredit union\b", 0.15),
)


def likeness(page: Page) -> float:
    """Return how much of what bank cards have in common is on the page; without an issuer's number it is never one."""
    page = page.spelled(normal)
    number = _number(page)
    if number is None:
        return 0.0
    fits = has_luhn_digit(number.text.replace(" ", ""))
    evidence = anchored(page, EVIDENCE)
    alone = fits and len(page.lines) <= 8 and all(re.fullmatch(r"[\[|]?\d{4}\D?\d?", it.text) for it in page.lines)
    least = 0.6 if alone else 0.35 if fits else 0.3 if _is_of_scheme(page, number) else 0.2
    return min(1.0, least + evidence) if evidence or alone else 0.2


def _is_of_scheme(page: Page, number: Field) -> bool:
    """Whether a number of which a digit was misread begins as those of the scheme that the card names."""
    few = len(page.lines) <= FEW_LINES
    return few and any(number.text.startswith(start) and page.first(name) for start, name in SCHEMES)


def read(page: Page, _: Options) -> Reading:
    """Read a card; raises `Unreadable` when no card number is found."""
    page = page.spelled(normal)
    number = _number(page)
    if number is None or number.box is None:
        raise Unreadable
    fields = _fields(page, number, number.box)
    if not any(it.confidence > GUESSED for it in (fields["issue_date"], fields["expiry_date"])):
        lower = Box(0.0, number.box.bottom, page.width, page.height)
        coloured = _fields(page.looked_at_for_colour(lower), number, number.box)
        if sum(map(bool, coloured.values())) > sum(map(bool, fields.values())):
            fields = coloured
    return Reading(fields)


def _fields(page: Page, number: Field, place: Box) -> dict[str, Field]:
    return {
        "card_number": number,
        **dict.fromkeys(("issue_date", "expiry_date"), MISSING),
        **_dates(page, place),
        "card_holder": holder(page, place),
        "bank_name": bank(page, place),
        **_scheme(page, number),
    }


def _number(page: Page) -> Field | None:
    """Find the number; where more than one row may be it, the one that fits its check digit, else the longest."""
    found = list(_numbers(page))
    likely = len(page.lines) <= FEW_LINES and (found or anchored(page, EVIDENCE) > 0.3)
    if likely and not any(has_luhn_digit(digits) for _, digits, _ in found):
        found += _numbers(Page(_closer(page), page.width, page.height))
        if not any(has_luhn_digit(digits) for _, digits, _ in found):
            found += _numbers(Page(page.look_at_colour(_middle(page)), page.width, page.height))
    if not found:
        return None
    line, digits, changes = max(found, key=lambda one: (has_luhn_digit(one[1]), len(one[1]), one[0].score))
    score = confidence.repaired(line.score, changes)
    sure = confidence.confirmed(score) if has_luhn_digit(digits) else confidence.doubtful(score)
    return field_of(line, " ".join(digits[i : i + 4] for i in range(0, len(digits), 4)), sure)


def _closer(page: Page) -> tuple[Line, ...]:
    return page.look(_middle(page))


def _middle(page: Page) -> Box:
    return Box(0.0, 0.3 * page.height, page.width, 0.9 * page.height)


def _numbers(page: Page) -> Iterator[tuple[Line, str, int]]:
    """Yield what may be the number, with how many of its characters were read as letters."""
    for run in (*(run for row in page.rows for run in _runs(row)), *_stacks(page.lines)):
        text = re.sub(r"[\s\[\]|()]", "", run.text)
        digits, changes = as_digits(text)
        if len(digits) not in NUMBER_LENGTHS or not digits.isdigit() or not ISSUED.match(digits):
            continue
        fits = has_luhn_digit(digits)
        if changes <= len(digits) // 4 if fits else changes == 0 and len(digits) >= UNCHECKED:
            yield run.part(0, len(run.text)), digits, changes


def _runs(row: Row) -> Iterator[Row]:
    """Yield the neighbours in a row that are mostly digits, and that look like parts of one number."""
    run: list[Line] = []
    for line in row.lines:
        if sum(character.isdigit() for character in line.text) >= 0.6 * len(line.text) and not re.search(
            "[/-]", line.text
        ):
            run.append(line)
        elif run:
            yield Row(tuple(run))
            run = []
    if run:
        yield Row(tuple(run))


def _stacks(lines: Sequence[Line]) -> Iterator[Row]:
    """Yield four groups of four digits below each other, as cards for quick reading print them; they must check."""
    groups = [
        evolve(line, text=match[0]) for line in lines if (match := re.match(r"[\[|(]?\d{4}(?=\D|\d?$)", line.text))
    ]
    for first in groups:
        column = [first]
        for line in sorted(groups, key=lambda it: it.box.top):
            near = abs(line.box.left - first.box.left) < 0.8 * first.box.height
            if near and 0 < line.box.top - column[-1].box.top < 3 * first.box.height:
                column.append(line)
        digits = re.sub(r"\D", "", "".join(line.text for line in column[:4]))
        if len(column) >= 4 and len(digits) == 16 and has_luhn_digit(digits):
            yield Row(tuple(column[:4]))


def _dates(page: Page, number: Box) -> dict[str, Field]:
    """Read the dates: of two the earlier is the start of validity; a single one says what its label says.

    A year before its month is how Chinese cards print the day of issue.
    """
    found = _dates_in(page.lines, number)
    if len(found) < 2:
        closer = page.look(_place_of_dates(page, number, found))
        found = max(found, _dates_in(closer, Box(0.0, 0.0, 0.0, 0.0)), key=len)
        page = evolve(page, lines=(*page.lines, *closer))  # labels are tiny
    ordered = sorted((agreed(page, it, it.box, _date_said) if it.box else it for it in found), key=_when)
    if len(ordered) > 1 and _when(ordered[-1])[0] - _when(ordered[0])[0] > LONGEST:
        ordered = [max(ordered, key=lambda it: it.confidence)]
    if len(ordered) > 1 and _when(ordered[0]) != _when(ordered[-1]):
        return _two_dates(ordered[0], ordered[-1])
    return _single_date(page, ordered[0], number) if ordered else {}


def _two_dates(first: Field, last: Field) -> dict[str, Field]:
    """Return both dates; which is which hangs on the one that is not sure."""
    if min(first.confidence, last.confidence) < GUESSED:
        first, last = (it.judged(lambda score: min(score, GUESSED)) for it in (first, last))
    return {"issue_date": first, "expiry_date": last}


def _single_date(page: Page, date: Field, number: Box) -> dict[str, Field]:
    """Return the only date, a guess where another one may have been missed, or where no label tells."""
    is_start = _is_start(page, date)
    if is_start is None or _is_one_of_two(page, date, number):
        date = date.judged(lambda score: min(score, GUESSED))
    return {"issue_date" if is_start else "expiry_date": date}


def _date_said(text: str) -> str:
    found = list(DATE.finditer(text))
    return re.sub(r"\s", "", found[0]["text"]) if len(found) == 1 else ""


def _when(it: Field) -> tuple[int, int]:
    one, other = (int(part) for part in it.text.split("/"))
    month, year = (other, one) if one > 99 else (one, other)
    return year % 100, month


def _place_of_dates(page: Page, number: Box, found: list[Field]) -> Box:
    """Return where a date may have been missed: in the row of the one that was found, else all below the number."""
    known = next((it.box for it in found if it.box), None)
    if known is None:
        return Box(0.0, number.bottom, page.width, page.height)
    return Box(0.0, known.top - known.height, page.width, known.bottom + known.height)


def _is_start(page: Page, date: Field) -> bool | None:
    """Whether a date is the start: so its year before the month says, or the label next to it; None where none does."""
    where = date.box
    if where is None or re.match(r"\d{4}", date.text):
        return where is not None
    labels = [line for line in page.lines if _says(line) and _is_label_of(line.box, where)]
    if not labels:
        return None
    nearest = min(
        labels, key=lambda line: abs(line.box.right - where.left) + 3 * abs(line.box.middle[1] - where.middle[1])
    )
    return END.search(nearest.text) is None


def _says(line: Line) -> bool:
    return (START.search(line.text) or END.search(line.text)) is not None


def _is_label_of(label: Box, date: Box) -> bool:
    """Whether a label stands near enough to a date, before it, above it or below it."""
    along = max(label.left - date.right, date.left - label.right, 0.0)
    return along < LABEL_REACH[0] * date.height and abs(label.middle[1] - date.middle[1]) < LABEL_REACH[1] * date.height


def _is_one_of_two(page: Page, date: Field, number: Box) -> bool:
    """Whether a card with one date that was read has two: both labels, or the rest of another date in its row."""
    texts = [line.text for line in page.lines if line.box.middle[1] > number.top]
    if any(map(START.search, texts)) and any(map(END.search, texts)):
        return True
    return date.box is not None and any(
        REST_OF_DATE.fullmatch(line.text) and line.box.overlap_across(date.box) > 0.5 and "/" in line.text
        for line in page.lines
        if not line.box.is_over(date.box)
    )


def _dates_in(lines: tuple[Line, ...], number: Box) -> list[Field]:
    apart = [line for line in lines if not line.box.overlap_across(number) > 0.6 or line.box.left > number.right]
    slashed = [(line, match) for line in apart for match in DATE.finditer(line.text)]
    alike = [(line, match) for line in apart if (match := ALIKE.fullmatch(line.text)) and line.box.top > number.bottom]
    dates = [field_of(line.part(*match.span("text")), re.sub(r"\s", "", match["text"])) for line, match in slashed]
    loose = [field_of(line, _spelled_out(match), confidence.doubtful(line.score)) for line, match in alike]
    return dates + loose


def _spelled_out(alike: re.Match[str]) -> str:
    month = alike["month"] or f"0{alike['month_of_one']}"
    return f"{month}/{alike['year'] or alike['year_after']}"


def _scheme(page: Page, number: Field) -> dict[str, Field]:
    """Tell Visa and MasterCard by their names; MasterCard's circles often carry none, so its numbers count too."""
    visa = page.first(re.compile(r"\bV[I1l]SA\b", re.IGNORECASE))
    if visa and number.text.startswith("4"):
        return {"type": field_of(visa, "Visa")}
    master = page.first(re.compile(r"master\s?card|mastercar", re.IGNORECASE))
    if master:
        return {"type": field_of(master, "MasterCard")}
    if re.match(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)", number.text.replace(" ", "")):
        return {"type": Field("MasterCard", min(number.confidence, 0.59))}
    return {"type": field_of(visa, "Visa", confidence.doubtful(visa.score)) if visa else MISSING}


BANKCARD = Reader(
    api="bankcard",
    item_type="bankcard",
    versions={"v2": Api(8192, parameters={"return_text_location": boolean}), "v1.0": Api(4096)},
    layout=Layout.CARD,
    fields=("bank_name", "card_number", "issue_date", "expiry_date", "type", "card_holder"),
    likeness=likeness,
    read=read,
)
