"""CSV for spreadsheets and scripts."""

from __future__ import annotations

import csv
from pathlib import Path

from ocr_async.jobs.tables.columns import Layout, shown
from ocr_async.jobs.tables.rows import Cell, Document

LEADERS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""


def write_csv(layout: Layout, kind: str, path: Path) -> None:
    """Write the documents of one type as CSV, in UTF-8 with the byte order mark that Excel asks for.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    (sheet,) = (sheet for sheet in layout.sheets if sheet.name == kind)
    names = [column.name for column in sheet.columns]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["key", "document", *names, "lowest_confidence", "source", "page", "request_id"])
        for row in layout.rows():
            if isinstance(row, Document) and row.kind == kind:
                line = row.line
                cells = [row.cells.get(name) for name in names]
                about = [min(row.scores.values(), default=None), line["source"], line.get("page"), line["request_id"]]
                writer.writerow(map(safe, [line["key"], row.position, *cells, *about]))


def safe(value: Cell) -> str:
    """Return the text of a cell, harmless in a spreadsheet."""
    text = shown(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(LEADERS) else text
