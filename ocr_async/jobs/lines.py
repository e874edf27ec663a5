"""The lines of a job, from its output, a gzip copy of it, or its ledger, as they were at one moment."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from ocr_async.errors import JobError
from ocr_async.jobs.corrections import Corrections, corrected, corrections_in
from ocr_async.jobs.fetched import at_hand
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.paths import is_database, ledger_of
from ocr_async.jobs.record import parse

Lines: TypeAlias = Callable[[], Iterator[Mapping[str, Any]]]
"""Walks through the lines; every walk finds the same, though the job goes on."""

_GZIP = b"\x1f\x8b"


@contextmanager
def opened(path: str | os.PathLike[str]) -> Generator[Lines]:
    """Open an output, a gzip copy of one, or a ledger, also in a bucket; a torn last line is left out.

    Values that a reviewer corrected are those of the correction; `corrected` names them in their line.

    Raises:
        JobError: it cannot be read, or holds something else.
    """
    with at_hand(path) as source, _opened(source) as lines:
        yield lines


@contextmanager
def _opened(source: Path) -> Generator[Lines]:
    if is_database(source):
        with _opened_ledger(source) as lines:
            yield lines
        return
    try:
        file = source.open("rb")
    except OSError as error:
        raise JobError(f"{source}: {error.strerror}") from error
    with file:
        is_packed = file.read(2) == _GZIP
        size = os.fstat(file.fileno()).st_size
        known = corrections_in(ledger_of(source))
        yield lambda: _parsed(source, _unpacked(file) if is_packed else _until(file, size), known)


@contextmanager
def _opened_ledger(path: Path) -> Generator[Lines]:
    ledger = Ledger.look(path)
    try:
        list(ledger.select("begin"))  # from the first look on, all are at the same moment
        known = corrections_in(path)
        yield lambda: _parsed(path, (text for _, text in ledger.lines()), known)
    finally:
        ledger.close()


def _until(file: IO[bytes], size: int) -> Iterator[bytes]:
    file.seek(0)
    for text in file:
        size -= len(text)
        if size < 0 or not text.endswith(b"\n"):
            return
        yield text


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    with gzip.GzipFile(fileobj=file) as lines:
        yield from (text for text in cast("Iterable[bytes]", lines) if text.endswith(b"\n"))


def _parsed(path: Path, texts: Iterator[bytes], known: Corrections) -> Iterator[Mapping[str, Any]]:
    number = 0
    try:
        for text in texts:
            number += 1
            if text.strip():
                line = _line(text)
                yield corrected(line, known[line["key"]]) if line["key"] in known else line
    except (OSError, EOFError, zlib.error) as error:
        raise JobError(f"{path} cannot be read to its end: {error}") from error
    except ValueError as error:
        raise JobError(f"{path} line {number} is no line of a job's output: {error}") from error


def _line(text: bytes) -> Mapping[str, Any]:
    """Parse a line, or raise ValueError for what no job has written."""
    line: Any = parse(text)
    if not isinstance(line, dict):
        raise ValueError("not an object")  # noqa: TRY004  a line is a value, whatever its type
    said = cast("Mapping[str, Any]", line)
    missing = [name for name in ("key", "source", "type", "status") if name not in said]
    if missing or not isinstance(said.get("result" if said["status"] == "done" else "error"), dict):
        raise ValueError(f"without {', '.join(missing) or 'a result and an error'}")
    return said
