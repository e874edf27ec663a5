"""One run of a job at a time, while any number of others look at its ledger."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from attrs import define, field

from ocr_async.errors import JobError

WAIT = 0.5
"""Seconds to wait for the lock: somebody who only looks holds it for an instant."""


@define
class Lock:
    """The lock of a ledger: a file beside it, whose lock ends with the process, however that ends."""

    path: Path
    _database: sqlite3.Connection = field(repr=False)

    @classmethod
    def take(cls, ledger: Path) -> Lock:
        """Take the lock.

        Raises:
            JobError: another run has it, or the folder cannot be written.
        """
        path = _beside(ledger)
        while True:
            try:
                lock = cls(path, sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False))
            except sqlite3.Error as error:
                raise JobError(
                    f"ledger {ledger}: it cannot be written; check that the folder exists and may be written to"
                ) from error
            try:
                lock._database.execute("begin exclusive")
            except sqlite3.Error as error:
                lock._database.close()
                said = "another process is working on this job; wait for it or stop it"
                raise JobError(f"ledger {ledger}: {said if 'locked' in str(error) else error}") from error
            if path.exists():
                return lock
            lock._database.close()  # whoever had it before removed it in the meantime

    def release(self) -> None:
        """Let the next run begin."""
        self.path.unlink(missing_ok=True)
        self._database.close()


def is_held(ledger: Path) -> bool:
    """Tell whether a run works on the ledger now."""
    path = _beside(ledger)
    if not path.exists():
        return False
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=0, isolation_level=None, uri=True)
    except sqlite3.Error:
        return False
    try:
        database.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.Error as error:
        return "locked" in str(error)
    finally:
        database.close()
    return False


def _beside(ledger: Path) -> Path:
    return ledger.with_name(f"{ledger.name}-lock")
