"""The results of a job as the tables that data programs work on, typed as in Parquet: a row a document, a column a field."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from ocr_async.errors import JobError
from ocr_async.fields import DocumentType, Result
from ocr_async.jobs.lines import opened
from ocr_async.jobs.tables.columns import Layout, Sheet, lay_out
from ocr_async.jobs.tables.rows import Document, rows

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Kind = DocumentType[Result] | type[DocumentType[Result]] | str


def to_arrow(path: str | os.PathLike[str], document_type: Kind | None = None) -> Any:
    """Return the documents of one type of an output or ledger as a `pyarrow.Table` (extra `tables`).

    `document_type` may be left out when the job has results of one type only.

    Raises:
        ValueError: there are several types and none is named, or there is no result of the type.
        JobError: the file cannot be read, or pyarrow is not installed.
    """
    arrow: Any = _package("pyarrow", "tables")
    from ocr_async.jobs.tables import parquet  # noqa: PLC0415  an extra

    with opened(path) as lines:
        sheet = _sheet(lay_out(lines()), document_type)
        schema, batches, records = parquet.schema(sheet), list[Any](), list[dict[str, Any]]()
        for row in rows(lines()):
            if isinstance(row, Document) and row.kind == sheet.name:
                records.append(parquet.record(sheet, row))
            if len(records) == parquet.BATCH:
                batches.append(parquet.batch(records, schema))
                records = []
        batches.append(parquet.batch(records, schema))
    return arrow.Table.from_batches(batches, schema=schema)


def to_pandas(path: str | os.PathLike[str], document_type: Kind | None = None) -> pd.DataFrame:
    """Return the same as `to_arrow` as a pandas frame (extra `pandas`).

    Raises: see `to_arrow`.
    """
    _package("pandas", "pandas")
    return cast("pd.DataFrame", to_arrow(path, document_type).to_pandas(maps_as_pydicts="strict"))


def to_polars(path: str | os.PathLike[str], document_type: Kind | None = None) -> pl.DataFrame:
    """Return the same as `to_arrow` as a Polars frame (extra `polars`).

    Raises: see `to_arrow`.
    """
    polars: Any = _package("polars", "polars")
    return cast("pl.DataFrame", polars.from_arrow(to_arrow(path, document_type)))


def _sheet(layout: Layout, document_type: Kind | None) -> Sheet:
    name = document_type if isinstance(document_type, str) else document_type and document_type.api
    found = [sheet for sheet in layout.sheets if name in (None, sheet.name)]
    if len(found) == 1:
        return found[0]
    there = ", ".join(sheet.name for sheet in layout.sheets) or "none"
    raise ValueError(f"there are results of these types: {there}; {'name one of them' if found else f'none of {name}'}")


def _package(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise JobError(f"this needs {name}: pip install 'ocr-async[{extra}]'") from error
