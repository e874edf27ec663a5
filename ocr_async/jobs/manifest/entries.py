"""The entries of a manifest."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import attrs

from ocr_async.errors import OcrError
from ocr_async.jobs.addresses import is_address
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.manifest.rows import Row, rows
from ocr_async.jobs.manifest.separated import SOURCES
from ocr_async.jobs.manifest.text import as_bytes, is_garbled
from ocr_async.jobs.source import place_of
from ocr_async.jobs.tables.text import unguarded
from ocr_async.jobs.types import AnyType


def entries(path: Path, document_type: AnyType | None) -> Iterator[Entry]:
    """Yield the entries of a manifest as it is read; `document_type` is that of the lines that name none.

    Raises:
        JobError: the manifest cannot be read, a quote is left open, or no column of it can name a source.
    """
    for row in rows(path):
        place = f"{path} line {row.line}"
        try:
            yield _entry(path.parent, place, row, document_type)
        except (ValueError, TypeError, OcrError) as error:
            yield Entry(
                place,
                None,
                document_type,
                place,
                problem=error.describe() if isinstance(error, OcrError) else str(error),
            )


def _entry(folder: Path, place: str, row: Row, document_type: AnyType | None) -> Entry:
    """Make the entry of a row.

    Raises:
        ValueError, TypeError: it names no source, or no key that can be one.
    """
    if isinstance(row.values, str):
        raise ValueError(row.values)  # noqa: TRY004  one kind of error for a bad row
    values = {name: unguarded(value) if isinstance(value, str) else value for name, value in row.values.items()}
    source, located = _source(folder, values, row.encoding)
    named = key_text(values.get("key"))
    if named and is_garbled(named) and not is_garbled(source):
        raise ValueError(_garbled(row.encoding))
    key = named or source
    try:
        chosen, page = _type(values, document_type), _page(values.get("page"))
    except (ValueError, TypeError) as error:
        return Entry(key, located, None, place, problem=str(error))
    if chosen is None:
        return Entry(key, located, None, place, problem="names no type, and the job has none either")
    return Entry(key, located, chosen, place, page=page, named=bool(named))


def _source(folder: Path, values: Mapping[str, Any], encoding: str) -> tuple[str, str]:
    """Return the source that a row names, and where that is."""
    source = next((value for name in SOURCES if (value := values.get(name))), None)
    if not isinstance(source, str):
        raise ValueError(f"names no source: give one of {', '.join(SOURCES)}")  # noqa: TRY004  as above
    if "\n" in source or "\r" in source:
        raise ValueError("names a path of several lines: a quote may be left open")
    place_of(source)
    if is_address(source) or source.lower().startswith("file://"):
        if is_garbled(source):
            raise ValueError(_garbled(encoding))
        return source, source
    for spelling in _spellings(source, encoding):
        located = os.path.join(folder, spelling)  # noqa: PTH118  stays a text
        if os.path.lexists(located):
            return spelling, located
    if is_garbled(source):
        raise ValueError(_garbled(encoding))
    return source, os.path.join(folder, source)  # noqa: PTH118  as above


def _spellings(source: str, encoding: str) -> Iterator[str]:
    """Yield a path as it stands there, as Windows separates it, and by the bytes of the file."""
    yield source
    if os.sep == "/" and "\\" in source:
        yield source.replace("\\", "/")
    if not source.isascii():
        with suppress(UnicodeError):
            yield os.fsdecode(as_bytes(source, encoding))


def _garbled(encoding: str) -> str:
    return f"is not {'GB18030' if encoding == 'gb18030' else 'UTF-8'}: save the file as CSV UTF-8"


def key_text(value: object) -> str | None:
    """Return a key as text, None when there is none; a spreadsheet may have made a number of it.

    Raises:
        TypeError: it cannot be one.
    """
    if value is None or value != value or value == "":  # noqa: PLR0124  NaN
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"key {value!r} is neither a text nor a number")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def _page(value: object) -> int | None:
    """Return a page, also of a cell such as "1.0" that a spreadsheet made of it."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(cast("Any", value)) if not isinstance(value, bool) else 0.0
        page = None if math.isnan(number) else int(number)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"page {value!r} is not a number") from None
    if page is not None and (page != number or page < 1):
        raise ValueError(f"page {value!r} is not one of a document: they count from 1")
    return page


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
