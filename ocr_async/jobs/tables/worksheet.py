"""One sheet of a workbook, written row by row in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import define, field
from xlsxwriter.url import Url

from ocr_async.jobs.tables.looks import Formats, Look
from ocr_async.jobs.tables.text import Cell, printable, shown, text_width

MOST_ROWS = 1_048_576
"""Of a sheet, header included; more go on in another sheet."""

MOST_LINKS = 60_000
"""Of a sheet: Excel opens no file with more than 65,530."""

LONGEST_LINK = 2_000
"""Excel takes no more than 2,079 characters."""

LONGEST_TEXT = 32_767
"""Characters in a cell, in UTF-16."""

LARGEST_NUMBER, SMALLEST_NUMBER = 9.99999999999999e307, 2.2250738585072014e-308
MOST_DIGITS = 15
"""What a number of Excel holds; others are written as text."""

FIRST_DAY = date(1900, 3, 1)
"""Excel counts days from a leap day in 1900 that there never was; earlier dates are written as text."""

PAPER_A4 = 9
_LINE_HEIGHT = 16.0

Styled: TypeAlias = tuple[Cell, Look]


@define(eq=False)
class Page:
    """A sheet that goes on in another one where Excel's rows end."""

    workbook: Any
    formats: Formats
    name: str
    titles: Sequence[str]
    widths: Sequence[float]
    printed: int
    """Columns that are printed: one page wide, as many pages high as it takes."""
    _sheet: Any = field(init=False)
    _row: int = 0
    _number: int = 1

    def __attrs_post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        sheet = self._sheet = self.workbook.add_worksheet(_free_name(self.workbook, self.name, self._number))
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(PAPER_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&A&R&P / &N")
        for index, width in enumerate(self.widths):
            sheet.set_column(index, index, width)
        sheet.set_row(0, _LINE_HEIGHT * max(map(_lines, self.titles, self.widths)) + 4)
        for index, title in enumerate(self.titles):
            self._write(0, index, title, "header")
        self._row = 1

    def add(self, cells: Iterable[Styled], link: str | None = None) -> None:
        """Write one row; its first cell opens `link`."""
        if self._row == MOST_ROWS:
            self.close()
            self._number += 1
            self._begin()
        row = list(cells)
        wrapped = [
            _lines(str(value or ""), width)
            for (value, look), width in zip(row, self.widths, strict=False)
            if look == "wrapped"
        ]
        if max(wrapped, default=1) > 1:
            self._sheet.set_row(self._row, _LINE_HEIGHT * max(wrapped))
        for index, (value, look) in enumerate(row):
            self._write(self._row, index, value, look, link if index == 0 else None)
        self._row += 1

    def close(self, *, filtered: bool = True) -> None:
        """Set what depends on the number of rows."""
        last = max(self._row - 1, 0)
        if filtered:
            self._sheet.autofilter(0, 0, last, len(self.titles) - 1)
        self._sheet.print_area(0, 0, last, self.printed - 1)

    def _write(self, row: int, column: int, value: Cell, look: Look, link: str | None = None) -> None:
        value = fitting(value)
        sheet, style = self._sheet, self.formats(value, "link" if link else look)
        match value:
            case None:
                return
            case str():
                if link and row < MOST_LINKS and len(link) < LONGEST_LINK:
                    sheet.write_url(row, column, _url(link, value), style)
                else:
                    sheet.write_string(row, column, value, style)
            case bool():
                sheet.write_boolean(row, column, value, style)
            case date():
                sheet.write_datetime(row, column, value, style)
            case _:
                sheet.write_number(row, column, value, style)


def _lines(text: str, width: float) -> int:
    """Return about how many lines a text takes in a column; words are not cut."""
    lines, used = 1, 0
    for word in text.split():
        taken = text_width(word)
        if used and used + 1 + taken > width - 1:
            lines, used = lines + 1, taken
        else:
            used += taken + (used > 0)
        lines, used = lines + used // int(width), used % int(width)
    return lines


class _RelativeUrl(Url):  # type: ignore[misc]
    """A link to a file that every program follows: XlsxWriter would write it with backslashes."""

    def _target(self) -> str:
        return str(self._original_url).removeprefix("external:")


def _url(link: str, text: str) -> Any:
    url: Any = Url(link) if "://" in link else _RelativeUrl(f"external:{link}")
    url.text = text
    return url


def fitting(value: Cell) -> Cell:
    """Return what Excel can hold of a value, as text where it is out of the range of its type."""
    if isinstance(value, str):
        return _text(value)
    return value if value is None or _fits(value) else shown(value)


def _fits(value: float | Decimal | date) -> bool:
    match value:
        case datetime():
            return value.date() >= FIRST_DAY and not value.tzinfo
        case date():
            return value >= FIRST_DAY
        case Decimal():
            return value.is_finite() and len(value.as_tuple().digits) <= MOST_DIGITS and _has_room(float(value))
        case float():
            return _has_room(value)
        case _:
            return bool(abs(value) < 10**MOST_DIGITS)


def _has_room(value: float) -> bool:
    return value == 0 or SMALLEST_NUMBER <= abs(value) <= LARGEST_NUMBER


def _text(text: str) -> str:
    text = printable(text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.isascii() or len(text) > LONGEST_TEXT:
        text = text.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", "ignore")
    if text.startswith("<r>") and text.endswith("</r>"):  # XlsxWriter would take it for markup
        return f"{text[: LONGEST_TEXT - 1]} "
    return text


def _free_name(workbook: Any, name: str, number: int) -> str:
    """Return a name that Excel allows for a sheet and that no other one has."""
    taken = {sheet.name.casefold() for sheet in workbook.worksheets()} | {"history"}
    title = re.sub(r"[\[\]:*?/\\]", "-", printable(name))[:26].strip(" '") or "sheet"
    free = title if number == 1 else f"{title} {number}"
    while free.casefold() in taken:
        number += 1
        free = f"{title} {number}"
    return free
