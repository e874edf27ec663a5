"""One way into the table formats."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from ocr_async.documents import registry
from ocr_async.errors import ConflictError, JobError
from ocr_async.jobs.atomic import replacing
from ocr_async.jobs.lines import Lines, opened
from ocr_async.jobs.paths import SUFFIX, beside
from ocr_async.jobs.tables.columns import Layout, Sheet, lay_out
from ocr_async.jobs.tables.rows import Document, rows
from ocr_async.jobs.tables.text import distinct

FORMATS = ("xlsx", "csv", "parquet")


class Table(Protocol):
    """A file that is written row by row."""

    def add(self, document: Document, /) -> None:
        """Write one row."""
        ...

    def close(self) -> None:
        """Finish the file."""
        ...


def check_format(name: str) -> None:
    """Refuse what is no table format, or what it takes is not installed.

    Raises:
        ValueError: no such format.
        JobError: the extra `tables` is missing.
    """
    if name not in FORMATS:
        raise ValueError(f"{name!r} is no table format: choose among {', '.join(FORMATS)}")
    needed = {"xlsx": "xlsxwriter", "parquet": "pyarrow"}.get(name)
    if needed is not None and find_spec(needed) is None:
        raise JobError(f"{name} tables need an extra: pip install 'ocr-async[tables]'")


def check_targets(out: Path, formats: Sequence[str]) -> None:
    """Refuse to begin what would end in replacing a file that is no table of this package.

    Raises:
        JobError: there is such a file.
    """
    for name in formats:
        for path in _possible(out, name):
            _check_target(path)


def write(path: str | os.PathLike[str], table: str | os.PathLike[str], *, replace: bool = False) -> tuple[Path, ...]:
    """Write the table or tables of an output or ledger and return their paths; the suffix of `table` says the format.

    In xlsx there is a sheet for each document type and one for failures. CSV and Parquet hold one type a file: with
    several types, each gets a file with its name before the suffix. Columns without any value are left out. A file that is
    no table of this package is left as it is unless `replace`. The lines are walked through twice, once for the shape
    and once for the cells, whatever the number of types; it takes the memory of a few rows (blocks: call it in a thread).

    Raises:
        ValueError: no such format.
        JobError: the extra `tables` is missing, a file cannot be read or written, or one would have to be replaced.
    """
    target = Path(table)
    name = target.suffix.removeprefix(".").lower()
    check_format(name)
    with opened(path) as lines:
        try:
            return _write(lines, target, name, replace=replace)
        except OSError as error:
            raise JobError(f"table {target}: {error.strerror or error}; the results are safe in {path}") from error


def write_all(out: Path, formats: Sequence[str]) -> tuple[Path, ...]:
    """Write the tables of an output beside it; those of an earlier run that no document is in any more go.

    Raises: see `write`.
    """
    made = tuple(path for name in formats for path in write(out, beside(out, f".{name}")))
    for path in (path for name in formats for path in _possible(out, name)):
        if path not in made and is_table(path) and not _is_of_another_job(path, out):
            try:
                path.unlink()
            except OSError as error:
                raise JobError(f"table {path}: holds what is not in {out} any more: {error.strerror}") from error
    return made


def _possible(out: Path, name: str) -> Iterator[Path]:
    """Yield the paths of the tables that an output may have in a format."""
    target = beside(out, f".{name}")
    yield target
    yield from (target.with_name(f"{target.stem}.{api}.{name}") for api in registry.apis())


def _is_of_another_job(path: Path, out: Path) -> bool:
    """Tell whether a table is that of a job which is called like one of this job's tables."""
    return path.stem != beside(out, "").name and any(path.with_suffix(end).exists() for end in (".ledger", SUFFIX))


def _write(lines: Lines, target: Path, name: str, *, replace: bool) -> tuple[Path, ...]:
    layout = lay_out(lines())
    if name == "xlsx":
        return _write_workbook(lines, layout, target, replace=replace)
    made = _table(name)
    paths = dict(_paths(layout.sheets, target, name))
    for path in paths.values():
        _check_target(path, replace=replace)
    _fill(lines, {sheet.name: _begun(made, sheet, paths[sheet.name]) for sheet in layout.sheets})
    return tuple(paths.values())


def _write_workbook(lines: Lines, layout: Layout, target: Path, *, replace: bool) -> tuple[Path, ...]:
    from ocr_async.jobs.tables.xlsx import write_xlsx  # noqa: PLC0415  an extra

    _check_target(target, replace=replace)
    with replacing(target) as part:
        write_xlsx(rows(lines()), layout, part, target)
    return (target,)


def _table(name: str) -> Callable[[Sheet, Path], Table]:
    if name == "csv":
        from ocr_async.jobs.tables.plain import CsvTable  # noqa: PLC0415  on first use

        return CsvTable
    from ocr_async.jobs.tables.parquet import ParquetTable  # noqa: PLC0415  an extra

    return ParquetTable


def _begun(make: Callable[[Sheet, Path], Table], sheet: Sheet, path: Path) -> Callable[[ExitStack], Table]:
    return lambda files: files.enter_context(closing(make(sheet, files.enter_context(replacing(path)))))


def _fill(lines: Lines, tables: Mapping[str, Callable[[ExitStack], Table]]) -> None:
    """Hand every document to the table of its type, in one walk."""
    with ExitStack() as files:
        begun = {kind: begin(files) for kind, begin in tables.items()}
        for row in rows(lines()):
            if isinstance(row, Document):
                begun[row.kind].add(row)


def _paths(sheets: Sequence[Sheet], target: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Give each type a file; what a type is called is never a path."""
    if len(sheets) == 1:
        yield sheets[0].name, target
        return
    safe = distinct(re.sub(r"[^\w-]+", "-", sheet.name)[:80] for sheet in sheets)
    for sheet, kind in zip(sheets, safe, strict=True):
        yield sheet.name, target.with_name(f"{target.name[: -len(name) - 1]}.{kind}.{name}")


def _check_target(path: Path, *, replace: bool = False) -> None:
    if replace or not path.exists() or is_table(path):
        return
    raise ConflictError(f"{path} is no table of this package and stays as it is: move it away, or choose another `out`")


def is_table(path: Path) -> bool:
    """Tell a table of this package from any other file."""
    if not path.is_file():
        return False
    match path.suffix.lower():
        case ".csv":
            from ocr_async.jobs.tables.plain import is_ours  # noqa: PLC0415  on first use
        case ".parquet":
            from ocr_async.jobs.tables.parquet import is_ours  # noqa: PLC0415  an extra
        case _:
            from ocr_async.jobs.tables.xlsx import is_ours  # noqa: PLC0415  an extra
    try:
        return is_ours(path)
    except OSError:
        return False
