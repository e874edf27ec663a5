"""The spreadsheet: a sheet for each document type, one for what failed, one that explains."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from urllib.parse import quote

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError

from ocr_async.jobs.tables.columns import Layout, Sheet
from ocr_async.jobs.tables.looks import DOUBTFUL, UNSURE, Formats, Look, doubt, share
from ocr_async.jobs.tables.rows import Document, Failure, Row
from ocr_async.jobs.tables.text import text_width
from ocr_async.jobs.tables.worksheet import Page, Styled
from ocr_async.model import VERSION

WIDTHS = 9, 46
HEADING_WIDTH = 13
"""Longer headings are wrapped."""

_MARK = "Written by"
"""The property by which a spreadsheet of this package is known."""

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_ABOUT = (("Read at (UTC)", 22), ("Run", 7), ("Request id", 34), ("SHA-256", 20))
"""The columns about how a document was read; they are not printed."""

_FAILED = (
    ("Key", 46),
    ("Document", 11),
    ("Type", 18),
    ("Status", 10),
    ("Error", 20),
    ("Code", 16),
    ("Message", 46),
    ("What to do", 46),
    ("Attempts", 10),
)


def write_xlsx(rows: Iterable[Row], layout: Layout, path: Path, target: Path) -> None:
    """Write the spreadsheet of an output; links to the pictures are relative to the folder of `target`.

    Raises:
        OSError: it cannot be written.
    """
    with TemporaryDirectory(prefix=f".{target.name[:80]}.", dir=path.parent) as folder:
        workbook: Any = cast("Any", xlsxwriter).Workbook(path, {**_OPTIONS, "tmpdir": folder})
        try:
            workbook.use_zip64()
            workbook.set_custom_property(_MARK, f"ocr-async {VERSION}")
            _write(workbook, rows, layout, target)
            workbook.close()
        except XlsxFileError as error:
            raise OSError(str(error)) from error
        finally:
            for sheet in workbook.worksheets():
                with suppress(OSError, AttributeError):
                    sheet._opt_close()  # noqa: SLF001  after an exception nothing else closes its file


def is_ours(path: Path) -> bool:
    """Tell by its properties whether a spreadsheet is one of this package."""
    try:
        with zipfile.ZipFile(path) as parts:
            return f'name="{_MARK}"' in parts.read("docProps/custom.xml").decode("utf-8", "replace")
    except (KeyError, zipfile.BadZipFile):
        return False


def _write(workbook: Any, rows: Iterable[Row], layout: Layout, target: Path) -> None:
    formats = Formats(workbook)
    sheets = {sheet.name: sheet for sheet in layout.sheets}
    pages = {name: _page(workbook, formats, sheet) for name, sheet in sheets.items()}
    titles, widths = zip(*_FAILED, ("Request id", 34), strict=True)
    failures = Page(workbook, formats, "failures", titles, widths, len(_FAILED))
    for row in rows:
        link = _link(row.line["source"], target.parent)
        if isinstance(row, Document):
            pages[row.kind].add(_document(sheets[row.kind], row), link)
        else:
            failures.add(_failure(row), link)
    for page in (*pages.values(), failures):
        page.close()
    _explain(workbook, formats, layout, target)


def _page(workbook: Any, formats: Formats, sheet: Sheet) -> Page:
    positions = [("Document", 11)] if sheet.has_positions else []
    fields = [
        (_title(column.field), max(column.width, min(HEADING_WIDTH, text_width(_title(column.field)) + 3)))
        for column in sheet.columns
    ]
    columns = [("Key", max(12, sheet.key_width)), *positions, *fields, ("Lowest confidence", 12), *_ABOUT]
    titles, widths = zip(*columns, strict=True)
    return Page(workbook, formats, sheet.name, titles, list(map(_width, widths)), len(columns) - len(_ABOUT))


def _document(sheet: Sheet, document: Document) -> Iterator[Styled]:
    line, scores = document.line, document.scores
    yield line["key"], ""
    if sheet.has_positions:
        yield document.position, ""
    for column in sheet.columns:
        yield document.cells.get(column.field), doubt(scores.get(column.field))
    lowest = min(scores.values(), default=None)
    yield lowest, share(lowest)
    yield _time(line.get("read_at")), ""
    for name in ("run", "request_id", "sha256"):
        yield line.get(name), ""


def _failure(failure: Failure) -> Iterator[Styled]:
    line, error = failure.line, failure.error
    for value in (line["key"], failure.position, failure.kind, failure.status, error["kind"], error["code"]):
        yield value, ""
    for value in (error["message"], error["remedy"]):
        yield value, "wrapped"
    for value in (line["attempts"], line["request_id"]):
        yield value, ""


def _explain(workbook: Any, formats: Formats, layout: Layout, target: Path) -> None:
    page = Page(workbook, formats, "about", ("Sheet", "Rows"), (24, 96), 2)
    for sheet in layout.sheets:
        page.add([(sheet.name, ""), (sheet.count, "")])
    page.add([("failures", ""), (layout.failures, "")])
    for title, text, look in _LEGEND:
        page.add([(title, look), (text, "header" if look == "header" else "wrapped")] if title else [])
    page.add([("Made", ""), (f"as {target.name} by ocr-async {VERSION}", "wrapped")])
    page.close(filtered=False)


_LEGEND: tuple[tuple[str, str, Look], ...] = (
    ("", "", ""),
    ("Colour", "Meaning", "header"),
    ("yellow", f"The confidence of this field is under {UNSURE:.0%}: worth a look.", "yellow"),
    ("red", f"The confidence of this field is under {DOUBTFUL:.0%}: check it against the picture.", "red"),
    ("", "", ""),
    ("Column", "Meaning", "header"),
    ("Key", "The picture; a click opens it as long as it stays where it was.", ""),
    ("Document", "Which document of the picture it is, from 1, where one picture has several.", ""),
    ("Lowest confidence", "Of the fields that were read; fields that are empty do not count.", ""),
    ("Read at, Run", "When the service answered, in UTC, and in which run of the job.", ""),
    ("Request id", "What the support of the service asks for.", ""),
    ("SHA-256", "Of the bytes of the file that was read: the same bytes have the same.", ""),
    ("Other columns", "As the service read them; dates and amounts only where they could be read with certainty.", ""),
    ("", "", ""),
)


def _time(text: str | None) -> str | datetime | None:
    """Return a time in UTC as Excel has times: without a zone."""
    try:
        return None if text is None else datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text


def _title(name: str) -> str:
    """Make a heading of the name of a field: `extra_info.date_of_birth` is "Extra info: date of birth"."""
    text = name.replace("_", " ").replace(".", ": ")
    return text[:1].upper() + text[1:]


def _width(wanted: float) -> float:
    least, most = WIDTHS
    return min(max(wanted + 2, least), most)


def _link(source: str | None, folder: Path) -> str | None:
    if source is None or "://" in source:
        return source
    try:
        return quote(os.path.relpath(source, folder).replace(os.sep, "/"), errors="surrogateescape")
    except ValueError:  # on another drive of Windows, or no path at all
        return None
