"""The spreadsheet: a sheet for each document type, one for what failed, one that explains the colours."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import quote

from attrs import define, evolve, field, frozen
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import WorkbookAlreadySaved

from ocr_async.jobs.tables.columns import Layout, Sheet, shown, text_width
from ocr_async.jobs.tables.rows import Cell, Document, Failure

UNSURE, DOUBTFUL = 0.9, 0.6
"""Below these confidences a cell is yellow, or red."""

MOST_ROWS = 1_048_576
"""Of a sheet, header included; more go on in another sheet."""

MOST_LINKS = 60_000
"""Of a sheet: Excel opens no file with more than 65,530."""

LONGEST_TEXT = 32_767
"""Characters in a cell."""

WIDTHS = 9, 46
HEADING_WIDTH = 24
"""Longer headings are wrapped."""

FIRST_DAY = date(1900, 3, 1)
"""Excel counts days from a leap day in 1900 that there never was; earlier dates are written as text."""

_TEXT, _AMOUNT, _DAY, _MINUTE, _SHARE, _PLAIN = "@", "#,##0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "0%", "General"
_LINE_HEIGHT = 16.0


@frozen(eq=False)
class Style:
    """How a cell looks; `number_format` is that of the value's type unless it says otherwise."""

    number_format: str | None = None
    font: Font | None = None
    fill: PatternFill | None = None
    alignment: Alignment | None = None


_LEFT, _RIGHT = Alignment(horizontal="left"), Alignment(horizontal="right", indent=1)
_USUAL = Style()
_HEADER = Style(
    font=Font(name="Calibri", bold=True, color="FFFFFF"),
    fill=PatternFill("solid", start_color="2F4B6E"),
    alignment=Alignment(wrap_text=True, vertical="center"),
)
_LINK = Style(font=Font(name="Calibri", color="1F5FBF", underline="single"))
_WRAPPED = Style(alignment=Alignment(wrap_text=True, vertical="top"))
_YELLOW = Style(fill=PatternFill("solid", start_color="FFF2B3"))
_RED = Style(fill=PatternFill("solid", start_color="F8C9C4"))
_SHARES = {style: evolve(style, number_format=_SHARE) for style in (_USUAL, _YELLOW, _RED)}
"""The styles of a confidence."""

Styled: TypeAlias = tuple[Cell, Style]

_FAILURE_COLUMNS = (
    "Key",
    "Document",
    "Type",
    "Status",
    "Error",
    "Code",
    "Message",
    "What to do",
    "Attempts",
    "Request id",
)
_FAILURE_WIDTHS = (46, 11, 18, 10, 20, 16, 46, 46, 10, 34)


def write_xlsx(layout: Layout, path: Path, folder: Path) -> None:
    """Write the spreadsheet of an output; links to the pictures are relative to `folder`, where it will be."""
    workbook = Workbook(write_only=True)
    try:
        _write(workbook, layout, folder)
        workbook.save(path)
    except BaseException:
        for worksheet in workbook.worksheets:
            with suppress(WorkbookAlreadySaved):
                worksheet.close()
        raise


def _write(workbook: Workbook, layout: Layout, folder: Path) -> None:
    sheets = {sheet.name: sheet for sheet in layout.sheets}
    pages = {name: _documents(workbook, sheet) for name, sheet in sheets.items()}
    failures = _Page(workbook, "failures", _FAILURE_COLUMNS, _FAILURE_WIDTHS, layout.failures)
    for row in layout.rows():
        if isinstance(row, Document):
            pages[row.kind].add(_document_cells(sheets[row.kind], row), _target(row.line["source"], folder))
        else:
            failures.add(_failure_cells(row), _target(row.line["source"], folder))
    _explain(workbook, layout)


@define(eq=False)
class _Page:
    """A sheet that is written row by row, and goes on in another one where Excel's rows end."""

    workbook: Workbook
    name: str
    titles: Sequence[str]
    widths: Sequence[float]
    left: int
    """Rows still to come."""
    worksheet: Any = field(init=False)
    _cells: dict[tuple[int, type, Style], Any] = field(factory=dict[tuple[int, type, Style], Any])
    _row: int = 0
    _number: int = 1

    def __attrs_post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        rows = min(max(0, self.left), MOST_ROWS - 1)
        title = re.sub(r"[\[\]:*?/\\]", "-", self.name)[:26]
        self.worksheet = worksheet = self.workbook.create_sheet(
            title if self._number == 1 else f"{title} {self._number}"
        )
        worksheet.freeze_panes = "B2"
        worksheet.auto_filter.ref = f"A1:{get_column_letter(len(self.titles))}{rows + 1}"
        worksheet.page_setup.orientation = "landscape"
        worksheet.page_setup.fitToHeight = 0
        worksheet.sheet_properties.pageSetUpPr.fitToPage = True
        worksheet.print_title_rows = "1:1"
        for index, width in enumerate(self.widths, 1):
            worksheet.column_dimensions[get_column_letter(index)].width = width
        lines = (text_width(title) // width + 1 for title, width in zip(self.titles, self.widths, strict=True))
        worksheet.row_dimensions[1].height = _LINE_HEIGHT * max(lines) + 4
        worksheet.append([_styled(worksheet, title, _HEADER) for title in self.titles])
        self._row = 1
        self._cells.clear()

    def add(self, cells: Iterable[Styled], link: str | None = None) -> None:
        """Write one row; its first cell opens `link`."""
        if self._row == MOST_ROWS:
            self._number += 1
            self._begin()
        row = [self._cell(index, *styled) for index, styled in enumerate(cells)]
        if link and self._row < MOST_LINKS:
            row[0] = self._linked(row[0].value, link)
        self.worksheet.append(row)
        self._row += 1
        self.left -= 1

    def _cell(self, index: int, value: Cell, style: Style) -> Any:
        """Make a cell, or use that of an earlier row again, since styles cost much more than values."""
        value = _fitting(value)
        cell = self._cells.get((index, type(value), style))
        if cell is None:
            cell = self._cells[index, type(value), style] = _styled(self.worksheet, value, style)
        else:
            cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # whatever it begins with
        return cell

    def _linked(self, text: str, link: str) -> Any:
        cell = _styled(self.worksheet, text, _LINK)
        cell.data_type = "s"
        cell.hyperlink = link
        return cell


def _styled(worksheet: Any, value: Cell, style: Style) -> Any:
    cell: Any = WriteOnlyCell(worksheet, cast("Any", value))
    cell.number_format = style.number_format or _format(value)
    looks = (("alignment", style.alignment or _alignment(value)), ("font", style.font), ("fill", style.fill))
    for name, part in looks:
        if part is not None:
            setattr(cell, name, part)
    return cell


def _fitting(value: Cell) -> Cell:
    """Return what Excel can hold in a cell of a value."""
    if isinstance(value, date) and _day(value) < FIRST_DAY:
        value = shown(value)
    return ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_TEXT] if isinstance(value, str) else value


def _documents(workbook: Workbook, sheet: Sheet) -> _Page:
    names = [column.name for column in sheet.columns]
    before = ["Key", *(["Document"] if sheet.has_positions else [])]
    titles = [*before, *map(_title, names), "Lowest confidence", "Request id"]
    widths = [max(12, sheet.key_width), *([11] if sheet.has_positions else [])]
    widths += [max(column.width, min(HEADING_WIDTH, text_width(_title(column.name)) + 3)) for column in sheet.columns]
    return _Page(workbook, sheet.name, titles, [_width(each) for each in [*widths, 20, 34]], sheet.count)


def _document_cells(sheet: Sheet, document: Document) -> Iterator[Styled]:
    line, scores = document.line, document.scores
    yield line["key"], _USUAL
    if sheet.has_positions:
        yield document.position, _USUAL
    for column in sheet.columns:
        yield document.cells.get(column.name), _doubt(scores.get(column.name))
    lowest = min(scores.values(), default=None)
    yield lowest, _SHARES[_doubt(lowest)]
    yield line["request_id"], _USUAL


def _failure_cells(failure: Failure) -> Iterator[Styled]:
    line, error = failure.line, failure.error
    for value in (line["key"], failure.position, failure.kind, failure.status, error["kind"], error["code"]):
        yield value, _USUAL
    for value in (error["message"], error["remedy"]):
        yield value, _WRAPPED
    for value in (line["attempts"], line["request_id"]):
        yield value, _USUAL


def _explain(workbook: Workbook, layout: Layout) -> None:
    page = _Page(workbook, "about", ("Sheet", "Rows"), (30, 70), 0)
    for sheet in layout.sheets:
        page.add([(sheet.name, _USUAL), (sheet.count, _USUAL)])
    page.add([("failures", _USUAL), (layout.failures, _USUAL)])
    page.add([])
    page.add([("Colour", _HEADER), ("Meaning", _HEADER)])
    page.add([("yellow", _YELLOW), (f"confidence under {UNSURE:.0%}: worth a look", _USUAL)])
    page.add([("red", _RED), (f"confidence under {DOUBTFUL:.0%}: check against the picture", _USUAL)])
    page.add([])
    page.add([("Source", _USUAL), (layout.output.name, _USUAL)])


def _doubt(score: float | None) -> Style:
    if score is None or score >= UNSURE:
        return _USUAL
    return _YELLOW if score >= DOUBTFUL else _RED


def _alignment(value: Cell) -> Alignment | None:
    """Keep figures off the text in the next column."""
    if isinstance(value, Decimal | float):
        return _RIGHT
    return _LEFT if isinstance(value, date | int) else None


def _format(value: Cell) -> str:
    match value:
        case datetime():
            return _MINUTE
        case date():
            return _DAY
        case Decimal():
            return _AMOUNT
        case str():
            return _TEXT
        case _:
            return _PLAIN


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _title(name: str) -> str:
    """Make a heading of the name of a field: `extra_info.date_of_birth` is "Extra info: date of birth"."""
    text = name.replace("_", " ").replace(".", ": ")
    return text[:1].upper() + text[1:]


def _width(wanted: float) -> float:
    least, most = WIDTHS
    return min(max(wanted + 2, least), most)


def _target(source: str | None, folder: Path) -> str | None:
    if source is None or "://" in source:
        return source
    try:
        return quote(os.path.relpath(source, folder).replace(os.sep, "/"))
    except ValueError:  # on another drive of Windows
        return Path(source).resolve().as_uri()
