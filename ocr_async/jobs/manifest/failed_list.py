"""The list of what was not read: a manifest that can be fed back, and a table for people."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from ocr_async.errors import ConflictError, JobError
from ocr_async.jobs.atomic import replacing
from ocr_async.jobs.tables.text import guarded

COLUMNS = ("key", "path", "page", "type", "options", "status", "code")
"""The last two are for people."""


def check(path: Path) -> None:
    """Refuse to replace a file that is no such list.

    Raises:
        JobError: it is none, or cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            header = file.readline().rstrip()
    except FileNotFoundError:
        return
    except OSError as error:
        raise JobError(f"{path}: {error.strerror}") from error
    if header != ",".join(COLUMNS):
        raise ConflictError(
            f"{path} is no list of failed items and stays as it is: move it away, or choose another `out`"
        )


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as a CSV manifest that can be fed back in; a name that is not UTF-8 keeps its bytes.

    Raises:
        JobError: the file cannot be written, or another one is there.
    """
    check(path)
    try:
        with (
            replacing(path) as part,
            part.open("w", encoding="utf-8-sig", errors="surrogateescape", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for row in rows:
                writer.writerow([_cell(row.get(name)) for name in COLUMNS])
    except OSError as error:
        raise JobError(f"{path}: {error.strerror}") from error


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # no file has such a name
        value = value.encode("utf-8", "backslashreplace").decode()
    return guarded(value)
