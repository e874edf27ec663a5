"""Parquet for programs: typed columns, and the confidences as a map."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet

from ocr_async.jobs.tables.columns import Column, Layout, shown
from ocr_async.jobs.tables.rows import Document

pa = cast("Any", pyarrow)  # it has no types
pq = cast("Any", pyarrow.parquet)

BATCH = 4096
"""Rows in memory at once."""

_TYPES: dict[type, Any] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    date: pa.date32(),
    datetime: pa.timestamp("us"),
}

_BEFORE = [pa.field("key", pa.string()), pa.field("document", pa.int32())]
_AFTER = [
    pa.field("confidence", pa.map_(pa.string(), pa.float64())),
    pa.field("source", pa.string()),
    pa.field("page", pa.int32()),
    pa.field("request_id", pa.string()),
]


def write_parquet(layout: Layout, kind: str, path: Path) -> None:
    """Write the documents of one type. A column whose values are not all of one type is of text."""
    (sheet,) = (sheet for sheet in layout.sheets if sheet.name == kind)
    columns = sheet.columns
    schema = pa.schema([*_BEFORE, *(pa.field(column.name, _type(column)) for column in columns), *_AFTER])
    documents = (row for row in layout.rows() if isinstance(row, Document) and row.kind == kind)
    with pq.ParquetWriter(path, schema) as writer:
        while batch := list(islice(_records(documents, columns), BATCH)):
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))


def _records(documents: Iterator[Document], columns: list[Column]) -> Iterator[dict[str, Any]]:
    texts = {column.name for column in columns if len(column.kinds) > 1}
    for document in documents:
        line = document.line
        record = {name: shown(value) if name in texts else value for name, value in document.cells.items()}
        yield record | {
            "key": line["key"],
            "document": document.position,
            "confidence": list(document.scores.items()),
            "source": line["source"],
            "page": line.get("page"),
            "request_id": line["request_id"],
        }


def _type(column: Column) -> Any:
    if column.kinds == {Decimal}:
        return pa.decimal128(38, column.scale)
    return _TYPES.get(next(iter(column.kinds)), pa.string()) if len(column.kinds) == 1 else pa.string()
