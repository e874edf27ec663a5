"""One way into the table formats."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from ocr_async.errors import JobError
from ocr_async.jobs.tables.columns import Layout, lay_out

FORMATS = ("xlsx", "csv", "parquet")


def check_format(name: str) -> None:
    """Refuse what is no table format, or what it takes is not installed.

    Raises:
        ValueError: no such format.
        JobError: the extra `tables` is missing.
    """
    if name not in FORMATS:
        raise ValueError(f"{name!r} is no table format: choose among {', '.join(FORMATS)}")
    needed = {"xlsx": "openpyxl", "parquet": "pyarrow"}.get(name)
    if needed is not None and find_spec(needed) is None:
        raise JobError(f"{name} tables need an extra: pip install 'ocr-async[tables]'")


def write(jsonl: str | os.PathLike[str], path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write the table or tables of an output and return their paths; the suffix of `path` says the format.

    In xlsx there is a sheet for each document type and one for failures. CSV and Parquet hold one type a file: with
    several types, each gets a file with its name before the suffix. Columns without any value are left out. Takes the
    memory of a few rows, however many there are (blocks: call it in a thread).

    Raises:
        ValueError: no such format.
        JobError: the extra `tables` is missing, or a file cannot be read or written.
    """
    source, target = Path(jsonl), Path(path)
    name = target.suffix.removeprefix(".").lower()
    check_format(name)
    try:
        return tuple(_write(lay_out(source), target, name))
    except OSError as error:
        raise JobError(f"table {target}: {error.strerror or error}; the results are safe in {source}") from error


def write_all(jsonl: Path, formats: Sequence[str]) -> tuple[Path, ...]:
    """Write the tables of an output beside it."""
    return tuple(path for name in formats for path in write(jsonl, jsonl.with_suffix(f".{name}")))


def _write(layout: Layout, target: Path, name: str) -> Sequence[Path]:
    if name == "xlsx":
        from ocr_async.jobs.tables.xlsx import write_xlsx  # noqa: PLC0415  an extra

        return [_finished(target, lambda part: write_xlsx(layout, part, target.parent))]
    if name == "csv":
        from ocr_async.jobs.tables.plain import write_csv as write_one  # noqa: PLC0415  on first use
    else:
        from ocr_async.jobs.tables.parquet import write_parquet as write_one  # noqa: PLC0415  an extra
    kinds = [sheet.name for sheet in layout.sheets]
    return [
        _finished(
            target if len(kinds) == 1 else target.with_suffix(f".{kind}.{name}"), partial(write_one, layout, kind)
        )
        for kind in kinds
    ]


def _finished(target: Path, write_to: Callable[[Path], None]) -> Path:
    """Let a file appear only when it is whole."""
    part = target.with_name(f"{target.name}.part")
    try:
        write_to(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target
