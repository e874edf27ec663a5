"""Manifests: a job's items as CSV or JSON lines, one with its path or address, key, type and options a line.

Columns (or keys): `path`, `url` or `source`; and, each optional, `key`, `type`, `options` (a JSON object), `page` (of
a PDF file). Others are ignored. Paths are relative to the manifest's folder. A line that does not fit becomes an
entry with a problem that names the line, and fails alone.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import attrs

from ocr_async.errors import JobError
from ocr_async.jobs.addresses import is_address
from ocr_async.jobs.entry import AnyType, Entry

SUFFIXES = (".csv", ".jsonl", ".ndjson")
SOURCES = ("path", "url", "source")
COLUMNS = ("key", "path", "page", "type", "options", "status", "code")
"""What a list of failed items has; the last two are for people."""


def entries(path: Path, document_type: AnyType | None) -> Iterator[Entry]:
    """Yield the entries of a manifest as it is read; `document_type` is that of the lines that name none.

    Raises:
        JobError: the manifest cannot be read, or no line of it can name a source.
    """
    rows = _csv_rows if path.suffix.lower() == ".csv" else _json_rows
    try:
        for line, row in rows(path):
            yield _entry(path, f"{path} line {line}", row, document_type)
    except OSError as error:
        raise JobError(f"manifest {path}: {error.strerror}") from error


def _entry(manifest: Path, place: str, row: Mapping[str, Any] | str, document_type: AnyType | None) -> Entry:
    """Make the entry of a row; a row that is a text says why there is none."""
    if isinstance(row, str):
        return Entry(place, None, document_type, place, problem=row)
    source = next((row[name] for name in SOURCES if row.get(name)), None)
    if not isinstance(source, str):
        return Entry(place, None, document_type, place, problem=f"names no source: give one of {', '.join(SOURCES)}")
    located = source if is_address(source) else os.path.join(manifest.parent, source)  # noqa: PTH118  stays a text
    key = str(row.get("key") or source)
    try:
        chosen = _type(row, document_type)
        page = int(row["page"]) if row.get("page") else None
    except (ValueError, TypeError) as error:
        return Entry(key, located, None, place, problem=str(error))
    if chosen is None:
        return Entry(key, located, None, place, problem="names no type, and the job has none either")
    return Entry(key, located, chosen, place, page=page, named=bool(row.get("key")))


def _type(row: Mapping[str, Any], document_type: AnyType | None) -> AnyType | None:
    """Return the type that a row names with its options.

    Raises:
        ValueError, TypeError: the type or an option is unknown, or the options are no JSON object.
    """
    name, options = row.get("type"), _options(row.get("options"))
    if not name:
        return _make(type(document_type), options) if options and document_type is not None else document_type
    from ocr_async.documents.registry import find  # noqa: PLC0415  on first use

    return _make(find(str(name)), options)


def _make(cls: type[AnyType], options: Mapping[str, Any]) -> AnyType:
    known = [attribute.name for attribute in attrs.fields(cls)]
    unknown = next((name for name in options if name not in known), None)
    if unknown is not None:
        raise ValueError(f"{cls.api} has no option {unknown!r}. It has: {', '.join(known) or 'none'}.")
    return cls(**options)


def _options(given: object) -> dict[str, Any]:
    import orjson  # noqa: PLC0415  on first use

    options: Any = given
    if isinstance(given, str):
        with suppress(orjson.JSONDecodeError):
            options = orjson.loads(given) if given.strip() else {}
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise ValueError(f"options {given!r} are not a JSON object")  # noqa: TRY004  one kind of error for a bad row
    return cast("dict[str, Any]", options)


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        first = file.readline()
        delimiter = max(",;\t", key=first.count)
        names = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [""])]
        if not set(names) & set(SOURCES):
            raise JobError(
                f"manifest {path} line 1: no column is called {' or '.join(SOURCES)}; found: {', '.join(names)}"
            )
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 2
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, f"is not CSV: {error}"
                continue
            if values:
                yield line, _csv_row(names, values)


def _csv_row(names: list[str], values: list[str]) -> Mapping[str, Any] | str:
    if len(values) > len(names):
        return f"has {len(values)} columns, line 1 has {len(names)}"
    if any("\udc80" <= sign <= "\udcff" for value in values for sign in value):
        return "is not UTF-8: save the file as CSV UTF-8"
    return dict(zip(names, map(str.strip, values), strict=False))


def _json_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    import orjson  # noqa: PLC0415  on first use

    with path.open("rb") as file:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                row = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                yield line, f"is not JSON: {error}"
                continue
            yield line, row if isinstance(row, dict) else "is not a JSON object"


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as a CSV manifest that can be fed back in.

    Raises:
        JobError: the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for row in rows:
                writer.writerow([row.get(name) for name in COLUMNS])
    except OSError as error:
        raise JobError(f"{path}: {error.strerror}") from error
