"""The rows of a manifest with the lines they stand at, from any of its formats."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

from attrs import frozen

from ocr_async.errors import JobError, OcrError
from ocr_async.jobs.manifest.separated import separated_rows
from ocr_async.jobs.manifest.text import as_bytes, opened_bytes, opened_text
from ocr_async.jobs.record import parse

_FORMATS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
SUFFIXES = (*_FORMATS, *(f"{suffix}.gz" for suffix in _FORMATS))
"""How the name of a manifest ends."""

Values: TypeAlias = Mapping[str, Any]


@frozen
class Row:
    """What stands at one line of a manifest."""

    line: int
    values: Values | str
    """By column, in lower case; a text says why there are none."""
    encoding: str = "utf-8"


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a manifest as it is read.

    Raises:
        JobError: it cannot be read, a quote is left open, or no column of it can name a source.
    """
    try:
        yield from _READERS[path.name.lower().removesuffix(".gz").rpartition(".")[2]](path)
    except OcrError as error:
        raise error if isinstance(error, JobError) else JobError(f"manifest {path}: {error.describe()}") from error
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise JobError(f"manifest {path}: {said}") from error


def _from_csv(path: Path) -> Iterator[Row]:
    with opened_text(path) as (text, encoding):
        for line, values in separated_rows(path, text):
            yield Row(line, values, encoding)


def _from_json(path: Path) -> Iterator[Row]:
    with opened_text(path) as (text, encoding):
        is_unicode = encoding.startswith("utf-")
        for line, said in enumerate(text, 1):
            if not said.strip():
                continue
            try:
                row: Any = parse(as_bytes(said, "utf-8") if is_unicode else said)
            except ValueError as error:
                yield Row(line, f"is not JSON: {error}")
                continue
            yield Row(line, _lower(cast("Values", row)) if isinstance(row, dict) else "is not a JSON object", encoding)


def _from_parquet(path: Path) -> Iterator[Row]:
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise JobError(f"manifest {path}: Parquet needs an extra: pip install 'ocr-async[tables]'") from error
    arrow, files = cast("Any", pa), cast("Any", parquet)
    with opened_bytes(path) as file:
        try:
            table = files.ParquetFile(arrow.BufferReader(file.read()) if path.suffix.lower() == ".gz" else file)
            number = 0
            for batch in table.iter_batches(batch_size=1024):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, _lower(values))
        except arrow.ArrowException as error:
            raise JobError(f"manifest {path}: is no Parquet: {error}") from error


_READERS = {
    "csv": _from_csv,
    "tsv": _from_csv,
    "jsonl": _from_json,
    "ndjson": _from_json,
    "parquet": _from_parquet,
}


def _lower(row: Values) -> Values:
    return {str(name).strip().lower(): value for name, value in row.items()}
