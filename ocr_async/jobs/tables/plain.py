"""CSV for spreadsheets and scripts."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import IO, Any

from attrs import define, field

from ocr_async.jobs.tables.columns import AFTER, BEFORE, Sheet
from ocr_async.jobs.tables.rows import Document
from ocr_async.jobs.tables.text import Cell, harmless, shown

_AFTER = tuple(name for name in AFTER if name != "confidence")
_BEGINNING, _END = ",".join(BEFORE), ",".join(_AFTER)


@define(eq=False)
class CsvTable:
    """Writes the documents of one type, in UTF-8 with the byte order mark that Excel asks for.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """

    sheet: Sheet
    path: Path
    _file: IO[str] = field(init=False)
    _writer: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._file = self.path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        names = [column.name for column in self.sheet.columns]
        self._writer.writerow([*BEFORE, *map(harmless, names), *_AFTER])

    def add(self, document: Document) -> None:
        """Write one row."""
        line = document.line
        cells = [document.cells.get(column.field) for column in self.sheet.columns]
        about = [min(document.scores.values(), default=None), *map(line.get, _AFTER[1:])]
        self._writer.writerow(map(_safe, [line["key"], document.position, *cells, *about]))

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def is_ours(path: Path) -> bool:
    """Tell by its header whether a file is a table of this package."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline().rstrip()
    return header.startswith(f"{_BEGINNING},") and header.endswith(f",{_END}")


def _safe(value: Cell) -> str:
    return harmless(value) if isinstance(value, str) else shown(value)
