"""Which columns the tables of an output have: a first walk through it that keeps nothing but their shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs
from attrs import define, frozen

from ocr_async.fields import Result
from ocr_async.jobs.scores import is_empty
from ocr_async.jobs.tables.rows import Document, rows
from ocr_async.jobs.tables.text import Cell, distinct, encodable, shown, text_width

BEFORE = ("key", "document")
AFTER = ("lowest_confidence", "confidence", "source", "page", "read_at", "run", "request_id", "sha256")
"""The columns of every table beside those of the fields."""

MOST_DIGITS = 38
"""Of an amount in a column of amounts; one with a longer amount is of text."""

LARGEST_WHOLE = 2**53
"""Up to which a whole number may stand among others that have a fraction."""


@define
class Column:
    """What the cells of one field have in common."""

    field: str
    """The field of the document; inner ones are dotted."""
    name: str = ""
    """What the column is called: the field, but where another column has that name."""
    kinds: set[type] = attrs.field(factory=set[type])
    """The types of its values; str too when a value is out of the range that programs have for its type."""
    width: int = 0
    """Of its longest value, in narrow characters."""
    scale: int = 0
    """The most digits after the decimal point."""
    whole_digits: int = 0
    """The most digits before it."""
    largest: int = 0
    """The whole number farthest from zero."""

    def note(self, value: Cell) -> None:
        """Take a value into account."""
        self.kinds.add(_kind(value))
        self.width = max(self.width, *map(text_width, shown(value).splitlines()), 0)
        if isinstance(value, Decimal) and value.is_finite():
            exponent = int(value.as_tuple().exponent)
            self.scale = max(self.scale, -exponent)
            self.whole_digits = max(self.whole_digits, value.adjusted() + 1)
        elif isinstance(value, int):
            self.largest = max(self.largest, value, -value - 1)

    @property
    def kind(self) -> type:
        """The type of the whole column: str unless all values are of one type."""
        if self.kinds == {int, float}:
            return float if self.largest <= LARGEST_WHOLE else str
        kind = next(iter(self.kinds)) if len(self.kinds) == 1 else str
        if kind is int:
            return int if self.largest < 2**63 else str
        return str if kind is Decimal and self.scale + self.whole_digits > MOST_DIGITS else kind


def _kind(value: Cell) -> type:
    if isinstance(value, Decimal) and not value.is_finite():
        return str
    return str if isinstance(value, datetime) and value.tzinfo else type(value)


@define
class Sheet:
    """The documents of one type."""

    name: str
    result_class: type[Result] | None
    count: int = 0
    has_positions: bool = False
    """True when some pictures had several documents."""
    key_width: int = 0
    columns: tuple[Column, ...] = ()
    """The columns with any value, in the order of the reference pages."""
    _found: dict[str, Column] = attrs.field(factory=dict[str, Column])

    def note(self, document: Document) -> None:
        """Take a document into account."""
        self.count += 1
        self.has_positions |= document.position is not None
        self.key_width = max(self.key_width, text_width(document.line["key"]))
        for name, value in document.cells.items():
            if not is_empty(value):
                self._found.setdefault(name, Column(name)).note(value)

    def close(self) -> None:
        """Put the columns in order and name them."""
        names = self.result_class.field_names() if self.result_class else ()
        place = {name: index for index, name in enumerate(names)}
        self.columns = tuple(
            sorted(self._found.values(), key=lambda column: place.get(column.field.partition(".")[0], len(place)))
        )
        free = distinct((encodable(column.field) for column in self.columns), (*BEFORE, *AFTER))
        for column, name in zip(self.columns, free, strict=True):
            column.name = name


@frozen
class Layout:
    """The shape of all tables of an output."""

    sheets: tuple[Sheet, ...]
    failures: int


def lay_out(lines: Iterable[Mapping[str, Any]]) -> Layout:
    """Find the shape of the tables of an output."""
    sheets: dict[str, Sheet] = {}
    failures = 0
    for row in rows(lines):
        if isinstance(row, Document):
            sheets.setdefault(row.kind, Sheet(row.kind, row.result_class)).note(row)
        else:
            failures += 1
    for sheet in sheets.values():
        sheet.close()
    return Layout(tuple(sheets.values()), failures)
