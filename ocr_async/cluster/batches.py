"""Arrow in and Arrow out: the pictures of a table's rows, read in one go, with the same columns whatever comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import attrs
import orjson

from ocr_async.batch import Done, Failed, Item
from ocr_async.cluster.shared_limits import SharedLimits
from ocr_async.cluster.worker import Plain, worker
from ocr_async.fields import DocumentType, Result
from ocr_async.gates import Limits

SOURCES = ("bytes", "path", "url", "source", "item")
"""Columns that may have the picture: its bytes, or where it is. The first of them counts."""


class Recognize:
    """Reads the pictures of a batch, for a pipeline of your own.

        ds = ray.data.read_parquet("s3://lake/scans/")         # a column path, url, source, or bytes
        ds = ds.map_batches(Recognize, fn_constructor_args=["train-ticket"], fn_constructor_kwargs={"session": {...}},
                            batch_format="pyarrow", batch_size=256, concurrency=3)

    `document_type` is its name, its class or an instance with options. `session` are plain arguments of
    `OcrSession.from_env`: credentials are those in the environment of each worker process, which has one session for all
    that it reads. `limits` as for a session; `SharedLimits("ray://", Limits(rate=50), share=3)` is one limit for all.

    Adds the columns `result` (its fields by name, null where it failed), `error` and `error_code`; the rows keep their
    order, and pictures in a column `bytes` go no further. A picture that cannot be read is a row with an error.
    """

    def __init__(
        self,
        document_type: DocumentType[Result] | type[DocumentType[Result]] | str,
        *,
        session: Plain | None = None,
        limits: SharedLimits | Limits | None = None,
    ) -> None:
        if isinstance(document_type, str):
            from ocr_async.documents.registry import find  # noqa: PLC0415  loads all types

            document_type = find(document_type)
        self.document_type = document_type() if isinstance(document_type, type) else document_type
        self._worker = worker(session, limits)
        self._fields = _fields(self.document_type.result_class)

    def __call__(self, batch: Any) -> Any:
        """Return a `pyarrow.Table` with what the pictures of another one say.

        Raises:
            ValueError: it has no column that names pictures.
        """
        import pyarrow as pa  # noqa: PLC0415  comes with Ray's data

        arrow: Any = pa
        table, columns = batch, list[str](batch.column_names)
        column = next((name for name in SOURCES if name in columns), None)
        if column is None:
            raise ValueError(f"no column is called {' or '.join(SOURCES)}; found: {', '.join(columns)}")
        rows = self._worker.run(self._read, table.column(column).to_pylist())
        kinds = arrow.struct([arrow.field(name, arrow.type_for_alias(kind)) for name, kind in self._fields.items()])
        table = table.drop_columns(["bytes"]) if column == "bytes" else table
        for name, kind in (("result", kinds), ("error", arrow.string()), ("error_code", arrow.string())):
            table = table.append_column(name, arrow.array([row[name] for row in rows], kind))
        return table

    async def _read(self, sources: list[Any]) -> list[Mapping[str, Any]]:
        items = [Item(source, key=str(index)) for index, source in enumerate(sources)]
        async with self._worker.session.recognize_many(self.document_type, items, ordered=True) as run:
            return [self._row(item) async for item in run]

    def _row(self, item: Done[Result] | Failed) -> Mapping[str, Any]:
        if isinstance(item, Failed):
            return {"result": None, "error": item.error.describe(), "error_code": getattr(item.error, "code", None)}
        plain = item.result.to_dict()
        result = {name: _cell(plain.get(name), kind) for name, kind in self._fields.items()}
        return {"result": result, "error": None, "error_code": None}


def _fields(result_class: type[Result]) -> Mapping[str, str]:
    """Return the Arrow type of each field of a result; what is made of parts is JSON text."""
    kinds = {field.name: str(field.type) for field in attrs.fields(cast("type[attrs.AttrsInstance]", result_class))}
    return {name: _KINDS.get(kinds[name], "string") for name in (*result_class.field_names(), "confidence")}


_KINDS = {"int | None": "int64", "float | None": "float64", "bool | None": "bool"}


def _cell(value: Any, kind: str) -> Any:
    if value is None or kind != "string" or isinstance(value, str):
        return value
    return orjson.dumps(value, default=str).decode()
