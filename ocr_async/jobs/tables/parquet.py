"""Parquet for programs: typed columns, and the confidences as a map."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet
from attrs import define, field

from ocr_async.jobs.scores import is_empty
from ocr_async.jobs.tables.columns import Column, Sheet
from ocr_async.jobs.tables.rows import Document
from ocr_async.jobs.tables.text import Cell, encodable, shown
from ocr_async.model import VERSION

pa = cast("Any", pyarrow)  # it has no types
pq = cast("Any", pyarrow.parquet)

BATCH = 1024
"""Rows of one type in memory at once."""

_MARK = b"ocr_async"
"""The name of the version in the metadata, by which a table of this package is known."""

_TYPES: dict[type, Any] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    date: pa.date32(),
    datetime: pa.timestamp("us"),
}

_BEFORE = [pa.field("key", pa.string()), pa.field("document", pa.int32())]
_AFTER = [
    pa.field("lowest_confidence", pa.float64()),
    pa.field("confidence", pa.map_(pa.string(), pa.float64())),
    pa.field("source", pa.string()),
    pa.field("page", pa.int32()),
    pa.field("read_at", pa.string()),
    pa.field("run", pa.int32()),
    pa.field("request_id", pa.string()),
    pa.field("sha256", pa.string()),
]
_OF_LINE = ("key", "source", "page", "read_at", "run", "request_id", "sha256")


@define(eq=False)
class ParquetTable:
    """Writes the documents of one type. A column whose values are not all of one type is of text."""

    sheet: Sheet
    path: Path
    _schema: Any = field(init=False)
    _writer: Any = field(init=False)
    _batch: list[dict[str, Any]] = field(factory=list[dict[str, Any]])

    def __attrs_post_init__(self) -> None:
        self._schema = schema(self.sheet)
        self._writer = pq.ParquetWriter(self.path, self._schema)

    def add(self, document: Document) -> None:
        """Write one row, together with others."""
        self._batch.append(record(self.sheet, document))
        if len(self._batch) == BATCH:
            self._flush()

    def close(self) -> None:
        """Finish the file."""
        try:
            if self._batch:
                self._flush()
        finally:
            self._writer.close()

    def _flush(self) -> None:
        self._writer.write_batch(batch(self._batch, self._schema))
        self._batch.clear()


def schema(sheet: Sheet) -> Any:
    """Return the Arrow schema of a sheet."""
    fields = [pa.field(column.name, _type(column)) for column in sheet.columns]
    return pa.schema([*_BEFORE, *fields, *_AFTER], metadata={_MARK: VERSION.encode()})


def batch(records: list[dict[str, Any]], arrow_schema: Any) -> Any:
    """Make Arrow rows of records."""
    return pa.RecordBatch.from_pylist(records, schema=arrow_schema)


def record(sheet: Sheet, document: Document) -> dict[str, Any]:
    """Return a document as a row of its sheet."""
    about: Mapping[str, Any] = {name: _value(document.line.get(name), str) for name in _OF_LINE}
    cells = {column.name: _value(document.cells.get(column.field), column.kind) for column in sheet.columns}
    scores = {"confidence": [(encodable(name), score) for name, score in document.scores.items()]}
    lowest = {"lowest_confidence": min(document.scores.values(), default=None), "document": document.position}
    return {**about, **cells, **scores, **lowest, "page": document.line.get("page"), "run": document.line.get("run")}


def is_ours(path: Path) -> bool:
    """Tell by its metadata whether a file is a table of this package."""
    try:
        return _MARK in (pq.read_schema(path).metadata or {})
    except pa.ArrowException:
        return False


def _value(value: Cell, kind: type) -> Cell:
    if isinstance(value, str) and is_empty(value):
        return None if kind is not str else encodable(value)
    if value is None or kind is not str:
        return value
    return encodable(shown(value))


def _type(column: Column) -> Any:
    if column.kind is Decimal:
        return pa.decimal128(38, column.scale)
    return _TYPES.get(column.kind, pa.string())
