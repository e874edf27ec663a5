"""The memory of a job: which items it has seen, what became of each, and every line of its output.

One SQLite file in WAL mode. A transaction survives the death of the process the moment it is committed; only a
loss of power can take the last ones back. The ledger is what counts: the output file is made from its lines.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field

from ocr_async.errors import ConflictError, JobError
from ocr_async.jobs.database import opened_to_read
from ocr_async.jobs.gathered import STATEMENTS
from ocr_async.jobs.items import Items
from ocr_async.jobs.ledger_errors import explained
from ocr_async.jobs.lock import WAIT, Lock
from ocr_async.jobs.schema import ANSWERS, FACTS, REPLACED, STARTED, VERSION, create, execute, take_over

APPLICATION = 0x6F637261
"""What marks an SQLite file as a ledger of this package ("ocra")."""

LOG_PAGES = 8_000
"""Of the log, 32 MB: what is written again and again in the meantime gets into the file once."""

CACHE_KIBIBYTES = 16 * 1024
"""Enough for the inner pages of a million keys."""


@define
class Ledger(Items):
    """An open ledger; for one thread at a time. One run works on it, others may read it meanwhile."""

    fresh: bool = False
    """True when the file was made by this opening."""
    _lock: Lock | None = field(default=None, repr=False, alias="lock")
    dry: bool = False
    """True when nothing of what is written is to stay."""

    @classmethod
    def open(cls, path: Path, job: str, out: Path | None = None, *, dry: bool = False) -> Ledger:
        """Open or make the ledger of a job.

        Raises:
            JobError: it cannot be opened or made, is of a later version or another job, or is in use by another process.
        """
        lock = Lock.take(path)
        fresh = not path.exists() or path.stat().st_size == 0
        database: sqlite3.Connection | None = None
        try:
            with explained(path):
                if fresh:
                    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                database = sqlite3.connect(
                    path, timeout=WAIT, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
                )
                is_empty = fresh or _is_empty(database)
            ledger = cls(path, database, fresh=is_empty, lock=lock, dry=dry)
            ledger._prepare(job, (out or path).name)
        except BaseException:
            if database is not None:
                database.close()
            if fresh:
                path.unlink(missing_ok=True)
            lock.release()
            raise
        return ledger

    @classmethod
    def look(cls, path: Path) -> Ledger:
        """Open a ledger to read it, while a run works on it or not.

        Raises:
            JobError: there is none, or it is of another version.
        """
        if not path.exists():
            raise JobError(f"{path}: there is no such ledger")
        with explained(path):
            ledger = cls(path, opened_to_read(path))
        try:
            with explained(path):
                version = ledger._checked_version()
        except BaseException:
            ledger._database.close()
            raise
        if version != VERSION:
            ledger._database.close()
            raise JobError(f"{path} is a ledger of version {version}: run its job once to bring it up to date")
        ledger.run = ledger.number("run")
        return ledger

    def _prepare(self, job: str, out: str) -> None:
        with explained(self.path):
            version = VERSION if self.fresh else self._checked_version()
            self._execute("pragma journal_mode = wal")
            self._execute("pragma synchronous = normal")
            self._execute(f"pragma wal_autocheckpoint = {LOG_PAGES}")
            self._execute(f"pragma journal_size_limit = {2 * LOG_PAGES * 4096}")
            self._execute(f"pragma cache_size = -{CACHE_KIBIBYTES}")
        with self.transaction():
            if self.fresh:
                self._make(job)
            self._check_job(job)
            if version < VERSION:
                take_over(self._database)
                self._execute(f"pragma user_version = {VERSION}")
            self._check_out(out)
            execute(self._database, f"{REPLACED};{STARTED};{ANSWERS}")
            self.run = self.number("run")

    def next_run(self) -> None:
        """Begin another run, inside a transaction: what is written from now on was come across by it."""
        self._write_gathered()
        self.run += 1
        self.set_fact("run", self.run)

    def _make(self, job: str) -> None:
        create(self._database)
        self._execute(f"pragma application_id = {APPLICATION}")
        self._execute(f"pragma user_version = {VERSION}")
        for name, value in (("job", job), *FACTS.items()):
            self.set_fact(str(name), value)

    def _checked_version(self) -> int:
        (application,) = self._execute("pragma application_id").fetchone()
        (version,) = self._execute("pragma user_version").fetchone()
        if _is_empty(self._database):
            raise JobError(f"{self.path} is empty: its first run was ended as it made it; run the job again")
        if application != APPLICATION:
            raise ConflictError(f"{self.path} is not a ledger of ocr_async: name another file as `ledger`")
        if version > VERSION:
            raise JobError(
                f"{self.path} is a ledger of version {version}, this ocr_async writes version {VERSION}: "
                "go on with the ocr_async that began the job, or choose another `out` and `ledger`"
            )
        return int(version)

    def _check_job(self, job: str) -> None:
        known = self.fact("job")
        if known != job:
            raise ConflictError(
                f"{self.path} belongs to a job of {known}, not of {job}: choose another `out` and `ledger`"
            )

    def _check_out(self, out: str) -> None:
        known = self.fact("out")
        if known is None:
            self.set_fact("out", out)
        elif known != out:
            raise ConflictError(f"{self.path} belongs to the job that writes {known}, not {out}: choose another `out`")

    def close(self) -> None:
        """Close the file, so that another process can go on with the job."""
        self._database.close()
        if self.dry and self.fresh:
            self.path.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Make everything inside durable together, or nothing of it.

        Raises:
            JobError: the disk is full, the file cannot be written, or another process works on it.
        """
        with explained(self.path):
            if self.dry and self._database.in_transaction:
                yield
                return
            self._execute("begin immediate")
            if self.dry:
                yield
                return
            try:
                yield
                self._execute("commit")
            except BaseException:
                self._gathered.forget()
                self._facts.clear()
                if self._database.in_transaction:
                    self._execute("rollback")
                raise


def _is_empty(database: sqlite3.Connection) -> bool:
    """Tell a file whose maker was killed before anything was in it: it has the header of SQLite, and no table."""
    (application,) = database.execute("pragma application_id").fetchone()
    (tables,) = database.execute("select count(*) from sqlite_master").fetchone()
    return bool(application == tables == 0)
