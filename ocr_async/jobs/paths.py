"""The files of a job beside its output: their names come from the whole name of the output, so that no two jobs share one."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import frozen

SUFFIX = ".jsonl"
"""The one suffix that is left out of the other names; any other is part of the job's name."""


def beside(out: Path, ending: str) -> Path:
    """Return the path of another file of the same job, such as `beside(out, ".ledger")`."""
    return out.with_name(out.name.removesuffix(SUFFIX) + ending)


def ledger_of(path: Path) -> Path:
    """Return the ledger of a path that is an output or a ledger itself."""
    return path if is_database(path) else beside(path.with_name(path.name.removesuffix(".gz")), ".ledger")


def is_database(path: Path) -> bool:
    """Tell a ledger from an output by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


_ENDINGS = (".ledger", "-wal", "-shm", "-lock", "-journal", ".part", ".failed.csv", ".csv", ".xlsx", ".parquet", SUFFIX)


@frozen
class Own:
    """The files that a job writes."""

    out: Path
    ledger: Path

    def has(self, path: str) -> bool:
        """Tell whether a path is one of them."""
        folder, name = os.path.split(path)
        if name in (self.out.name, self.ledger.name) or name.startswith(f"{self.out.name.removesuffix(SUFFIX)}."):
            same = os.path.realpath(folder) in (os.path.realpath(self.out.parent), os.path.realpath(self.ledger.parent))
            return same and (name in (self.out.name, self.ledger.name) or name.endswith(_ENDINGS))
        return False
