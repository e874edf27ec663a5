"""The files of a job beside its output: their names come from the whole name of the output, so that no two jobs share one."""

from __future__ import annotations

import os
import re
from pathlib import Path

from attrs import frozen

SUFFIX = ".jsonl"
"""The one suffix that is left out of the other names; any other is part of the job's name."""

FAILED = ".failed.csv"
"""The list of what was not read."""

FOREIGN = ".foreign"
"""Lines that the job did not write, from its output."""


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


_TABLES = (".csv", ".xlsx", ".parquet")
_ENDINGS = (".ledger", "-wal", "-shm", "-lock", "-journal", ".part", FAILED, *_TABLES)
_KEPT_ASIDE = re.compile(rf"{re.escape(FOREIGN)}(-\d+)?$")


@frozen
class Own:
    """The files that a job writes."""

    out: Path
    ledger: Path

    def has(self, path: str) -> bool:
        """Tell whether a path that was come across is one of them, by its name."""
        name = os.path.basename(path).removeprefix(".")  # noqa: PTH119  a million files make Path objects felt
        stem = self.out.name.removesuffix(SUFFIX)
        return name.startswith((f"{stem}.", self.out.name, self.ledger.name)) and self._is_among(path, name, stem)

    def is_named(self, path: str) -> bool:
        """Tell whether a path that was given is one of them: not the list of failed items, which may be read again."""
        if _is_same(path, self.out) or _is_same(path, self.ledger):
            return True
        if path.endswith(_TABLES):
            return not path.endswith(FAILED) and self.has(path) and _is_table(Path(path))
        return self.has(path)

    def _is_among(self, path: str, name: str, stem: str) -> bool:
        folder = os.path.realpath(os.path.dirname(path))  # noqa: PTH120  as above
        if folder not in (os.path.realpath(self.out.parent), os.path.realpath(self.ledger.parent)):
            return False
        exact = name in (self.out.name, self.ledger.name)
        return exact or name.endswith(_ENDINGS) or bool(_KEPT_ASIDE.fullmatch(name.removeprefix(stem)))


def _is_same(path: str, other: Path) -> bool:
    try:
        return os.path.samefile(path, other)  # noqa: PTH121  a path may be anything that was given
    except (OSError, ValueError):
        return False


def _is_table(path: Path) -> bool:
    from ocr_async.jobs.tables import is_table  # noqa: PLC0415  tables are made from jobs

    try:
        return is_table(path)
    except ImportError:  # an extra, without which there is none
        return False
