"""Which columns the tables of an output have: a first walk through it that keeps nothing but their shape."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from attrs import define, field, frozen

from ocr_async.documents.base import Result
from ocr_async.jobs.tables.rows import Cell, Document, Row, rows


@define
class Column:
    """What the cells of one field have in common."""

    name: str
    kinds: set[type] = field(factory=set[type])
    """The types of its values."""
    width: int = 0
    """Of its longest value, in narrow characters."""
    scale: int = 0
    """The most digits after the decimal point."""

    def note(self, value: Cell) -> None:
        """Take a value into account."""
        self.kinds.add(type(value))
        self.width = max(self.width, text_width(shown(value)))
        if isinstance(value, Decimal):
            exponent = value.as_tuple().exponent
            self.scale = max(self.scale, -exponent if isinstance(exponent, int) else 0)


@define
class Sheet:
    """The documents of one type."""

    name: str
    result_class: type[Result] | None
    count: int = 0
    has_positions: bool = False
    """True when some pictures had several documents."""
    key_width: int = 0
    _columns: dict[str, Column] = field(factory=dict[str, Column])
    _ordered: list[Column] = field(factory=list[Column])

    def note(self, document: Document) -> None:
        """Take a document into account."""
        self.count += 1
        self.has_positions |= document.position is not None
        self.key_width = max(self.key_width, text_width(document.line["key"]))
        for name, value in document.cells.items():
            if value is not None and value != "":
                self._columns.setdefault(name, Column(name)).note(value)

    @property
    def columns(self) -> list[Column]:
        """The columns with any value, in the order of the reference pages."""
        if len(self._ordered) < len(self._columns):
            self._ordered = self._in_order()
        return self._ordered

    def _in_order(self) -> list[Column]:
        names = self.result_class.field_names() if self.result_class else ()
        place = {name: index for index, name in enumerate(names)}
        return sorted(self._columns.values(), key=lambda column: place.get(column.name.partition(".")[0], len(place)))


@frozen
class Layout:
    """The shape of all tables of an output."""

    output: Path
    sheets: tuple[Sheet, ...]
    failures: int

    def rows(self) -> Iterator[Row]:
        """Walk through the output once more."""
        return rows(self.output)


def lay_out(output: Path) -> Layout:
    """Find the shape of the tables of an output."""
    sheets: dict[str, Sheet] = {}
    failures = 0
    for row in rows(output):
        if isinstance(row, Document):
            sheets.setdefault(row.kind, Sheet(row.kind, row.result_class)).note(row)
        else:
            failures += 1
    return Layout(output, tuple(sheets.values()), failures)


def shown(value: Cell) -> str:
    """Return a value as text: dates as in ISO 8601, amounts with a point."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def text_width(text: str) -> int:
    """Return the width of a text in narrow characters; Chinese ones take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
