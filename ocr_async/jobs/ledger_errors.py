"""What is the matter with the file of a ledger, and what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ocr_async.errors import ConflictError, JobError


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Say which file it was, what is the matter with it, and what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        kind = ConflictError if "not a database" in str(error) else JobError
        raise kind(f"ledger {path}: {_advice(error)}") from error


def _advice(error: sqlite3.Error | OSError) -> str:
    said = str(error)
    if "locked" in said:
        return "another process is working on this job; wait for it or stop it"
    if "full" in said:
        return "the disk is full; make room and run the same command again, what is finished is kept"
    if "I/O" in said:
        return "the disk may be full or damaged; make room and run the same command again, what is finished is kept"
    if "unable to open" in said or "readonly" in said:
        return "it cannot be written; check that the folder exists and may be written to"
    if "not a database" in said or "malformed" in said:
        return "it is not a ledger, or is damaged; name another file as `ledger`"
    return f"{said}; what was finished before is kept, run the same command again"
