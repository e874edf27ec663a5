"""Lines in the output of a job that the job did not write: they are kept in a file beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO

from attrs import frozen

from ocr_async.errors import ConflictError
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.paths import FOREIGN, beside
from ocr_async.jobs.record import parse


@frozen
class Foreign:
    """What was found in an output that the job did not write, and where it is now."""

    path: Path
    lines: int


def sorted_out(out: Path, ledger: Ledger) -> Foreign | None:
    """Copy what the job did not write to a file of its own; None when there is nothing of that kind.

    Raises:
        OSError: the file cannot be read, or the other one not be written.
        ConflictError: there is nothing of the job in it.
    """
    with out.open("rb") as file:
        found = next(_foreign(file, ledger), None)
        if found is None:
            return None
        file.seek(0)
        if not any(_is_own(text, ledger) for text in file):
            raise ConflictError(
                f"output {out}: its lines are not those of the job in {ledger.path}: "
                "choose another `out`, or move this file away to have it written again"
            )
        file.seek(0)
        path, aside = _new(out)
        lines = 0
        with aside:
            for text in _foreign(file, ledger):
                aside.write(text if text.endswith(b"\n") else text + b"\n")
                lines += 1
            aside.flush()
            os.fsync(aside.fileno())
    return Foreign(path, lines)


def _foreign(file: BinaryIO, ledger: Ledger) -> Iterator[bytes]:
    return (text for text in file if not _is_own(text, ledger))


def _is_own(text: bytes, ledger: Ledger) -> bool:
    """Tell whether a line is one of the job, as it is or as it was, or the torn beginning of one."""
    if not text.endswith(b"\n"):
        return ledger.begins_a_line(text)
    row = None
    with suppress(ValueError, KeyError, TypeError):
        row = ledger.find(str(parse(text)["key"]))
    is_present = row is not None and row.line is not None and ledger.line(row.line) == text
    return is_present or ledger.was_replaced(text)


def _new(out: Path) -> tuple[Path, BinaryIO]:
    """Open a file that was not there before."""
    for number in count(1):
        path = beside(out, FOREIGN + (f"-{number}" if number > 1 else ""))
        with suppress(FileExistsError):
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            return path, os.fdopen(made, "wb")
    raise AssertionError  # there is always a next number
