"""The memory of a job: which items it has seen, what became of each, and every line of its output.

One SQLite file in WAL mode. A transaction survives the death of the process the moment it is committed; only a
loss of power can take the last ones back. The ledger is what counts: the output file is made from its lines.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from ocr_async.errors import JobError
from ocr_async.jobs.lock import WAIT, Lock
from ocr_async.jobs.names import from_column, key_of, to_column
from ocr_async.jobs.schema import FACTS, VERSION, create, take_over

APPLICATION = 0x6F637261
"""What marks an SQLite file as a ledger of this package ("ocra")."""

CACHE_KIBIBYTES = 16 * 1024
"""Enough for the inner pages of a million keys."""


class State:
    """What is known of an item."""

    WAITING = "waiting"
    """Seen, not sent; or its content is being read under another key."""
    READY = "ready"
    """Next to be sent; after a crash the same as waiting."""
    STARTED = "started"
    """Handed to the session; after a crash nobody knows whether the service has read it."""
    DONE = "done"
    FAILED = "failed"
    HELD = "held"
    """Sent by a run that ended before the answer came; left alone until the job runs with unknown="retry"."""


_BEFORE = "iif(kind is not null and line is not null, iif(kind = 'UnknownFate', 'held', 'failed'), 'waiting')"
"""What an item was before it was sent again."""


@frozen
class Row:
    """An item as the ledger knows it: the columns of its table, in their order."""

    key: str = field(converter=key_of)
    source: str | None = field(converter=from_column)
    place: str | None = field(converter=from_column)
    page: int | None
    type: str | None
    options: str | None
    sha256: bytes | None
    fingerprint: bytes | None
    stamp: str | None
    first_run: int
    run: int
    gone: int | None
    state: str
    code: str | None
    kind: str | None
    read_run: int | None
    read_at: str | None
    attempts: int | None
    request_id: str | None
    seconds: float | None
    endpoint: str | None
    field: str | None
    score: float | None
    line: int | None


@define
class Ledger:
    """An open ledger; for one thread at a time. One run works on it, others may read it meanwhile."""

    path: Path
    fresh: bool
    """True when the file was made by this opening."""
    _database: sqlite3.Connection = field(repr=False)
    _lock: Lock | None = field(default=None, repr=False)
    run: int = 0
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
            with _clear(path):
                if fresh:
                    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                database = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False)
            ledger = cls(path, fresh, database, lock, dry=dry)
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
        address = f"{path.absolute().as_uri()}?mode=ro"
        with _clear(path):
            ledger = cls(path, False, _readable(address))  # noqa: FBT003  attrs takes the private field by position
        try:
            with _clear(path):
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
        with _clear(self.path):
            version = VERSION if self.fresh else self._checked_version()
            self._execute("pragma journal_mode = wal")
            self._execute("pragma synchronous = normal")
            self._execute(f"pragma cache_size = -{CACHE_KIBIBYTES}")
        with self.transaction():
            if self.fresh:
                self._make(job)
            self._check_job(job)
            if version < VERSION:
                take_over(self._database)
                self._execute(f"pragma user_version = {VERSION}")
            self._check_out(out)
            self.run = self.number("run") + 1
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
        if application != APPLICATION:
            raise JobError(f"{self.path} is not a ledger of ocr_async: name another file as `ledger`")
        if version > VERSION:
            raise JobError(
                f"{self.path} is a ledger of version {version}, this ocr_async writes version {VERSION}: "
                "go on with the ocr_async that began the job, or choose another `out` and `ledger`"
            )
        return int(version)

    def _check_job(self, job: str) -> None:
        known = self.fact("job")
        if known != job:
            raise JobError(f"{self.path} belongs to a job of {known}, not of {job}: choose another `out` and `ledger`")

    def _check_out(self, out: str) -> None:
        known = self.fact("out")
        if known is None:
            self.set_fact("out", out)
        elif known != out:
            raise JobError(f"{self.path} belongs to the job that writes {known}, not {out}: choose another `out`")

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
        with _clear(self.path):
            if self.dry and self._database.in_transaction:
                yield
                return
            self._execute("begin immediate")
            if self.dry:
                yield
                return
            try:
                yield
            except BaseException:
                if self._database.in_transaction:
                    self._execute("rollback")
                raise
            self._execute("commit")

    def fact(self, name: str) -> object:
        """Return one of the facts about the whole job, None when it is not known."""
        found = self._execute("select value from fact where name = ?", (name,)).fetchone()
        return None if found is None else found[0]

    def number(self, name: str) -> int:
        """Return a fact that is a whole number."""
        return int(str(self.fact(name) or 0))

    def set_fact(self, name: str, value: str | int) -> None:
        """Set one of the facts about the whole job."""
        self._execute("insert or replace into fact values (?, ?)", (name, value))

    def find(self, key: str) -> Row | None:
        """Return what is known of an item."""
        return _row(self._execute("select * from item where key = ?", (to_column(key),)))

    def at(self, place: str | None, page: int | None, api: str | None, options: str) -> list[Row]:
        """Return the items that read the same place as the same type with the same options."""
        if place is None:
            return []
        query = "select * from item where place = ? and page is ? and type is ? and options is ?"
        return [Row(*row) for row in self._execute(query, (to_column(place), page, api, options))]

    def twins(self, fingerprint: bytes, states: Iterable[str]) -> Iterator[Row]:
        """Yield a few items of the same content, page, type and options, by their states in this order."""
        if not self._execute("select 1 from item where fingerprint = ? limit 1", (fingerprint,)).fetchone():
            return
        query = "select * from item where fingerprint = ? and state = ? limit 2"
        for state in states:
            yield from (Row(*row) for row in self._execute(query, (fingerprint, state)).fetchall())

    def in_state(self, state: str) -> list[Row]:
        """Return the items that are in a state."""
        return [Row(*row) for row in self._execute("select * from item where state = ?", (state,))]

    def add(self, values: Sequence[object]) -> None:
        """Note an item: key, source, place, page, type, options, sha256, fingerprint, stamp and state; its line is kept.

        What it failed with is forgotten when its content is another one.
        """
        self._execute(
            "insert into item(key, source, place, page, type, options, sha256, fingerprint, stamp, state, first_run, run)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict(key) do update set source = excluded.source,"
            " place = excluded.place, page = excluded.page, type = excluded.type, options = excluded.options,"
            " sha256 = excluded.sha256, stamp = excluded.stamp, state = excluded.state, run = excluded.run, gone = null,"
            " code = iif(fingerprint is excluded.fingerprint, code, null),"
            " kind = iif(fingerprint is excluded.fingerprint, kind, null), fingerprint = excluded.fingerprint",
            (*values, self.run, self.run),
        )

    def seen(self, key: str, source: str | None) -> None:
        """Note that this run came across an item, and how it was named."""
        self._execute(
            "update item set run = ?, gone = null, source = ? where key = ?",
            (self.run, to_column(source), to_column(key)),
        )

    def set_state(self, keys: Iterable[str], state: str) -> None:
        """Move items to a state."""
        self._database.executemany("update item set state = ? where key = ?", [(state, to_column(key)) for key in keys])

    def put_back(self, keys: Iterable[str]) -> None:
        """Make items what they were before they were started: failed, when they had failed, or waiting."""
        statement = f"update item set state = {_BEFORE} where key = ?"  # noqa: S608  a constant
        self._database.executemany(statement, [(to_column(key),) for key in keys])

    def put_back_state(self, state: str) -> None:
        """Make every item in a state what it was before."""
        self._execute(f"update item set state = {_BEFORE} where state = ?", (state,))  # noqa: S608  a constant

    def write_line(self, key: str, text: bytes, facts: Sequence[object]) -> None:
        """Write the line of an item; `facts` are the columns from its state to its score but for `read_run`.

        A line that the item had before goes, and with it the output file grows stale.
        """
        column = to_column(key)
        (before,) = self._execute("select line from item where key = ?", (column,)).fetchone()
        if before is not None:
            self._execute("delete from line where number = ?", (before,))
            self.set_fact("stale", 1)
        number = self._execute("insert into line(text) values (?)", (text,)).lastrowid
        self._execute(
            "update item set line = ?, read_run = ?, state = ?, code = ?, kind = ?, read_at = ?, attempts = ?,"
            " request_id = ?, seconds = ?, endpoint = ?, field = ?, score = ? where key = ?",
            (number, self.run, *facts, column),
        )

    def drop(self, row: Row) -> None:
        """Forget an item and its line."""
        self._execute("delete from item where key = ?", (to_column(row.key),))
        if row.line is not None:
            self._execute("delete from line where number = ?", (row.line,))
            self.set_fact("stale", 1)

    def line(self, number: int) -> bytes:
        """Return a line by its number."""
        (text,) = self._execute("select text from line where number = ?", (number,)).fetchone()
        return bytes(text)

    def lines(self, *, after: int = 0, backwards: bool = False) -> Iterator[tuple[int, bytes]]:
        """Yield the lines with their numbers, in the order of the output or against it."""
        query = "select number, text from line where number > ? order by number"
        yield from self._execute(f"{query} desc" if backwards else query, (after,))

    def select(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Ask about the job as a whole."""
        with _clear(self.path):
            yield from self._execute(query, values)

    def change(self, statement: str, values: Sequence[object] = ()) -> None:
        """Change what is known of the job as a whole."""
        self._execute(statement, values)

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._database.execute(statement, values)


def _readable(address: str) -> sqlite3.Connection:
    """Open a database to read it; one that nobody writes in a folder that may not be written is taken as it is."""
    database = sqlite3.connect(address, timeout=WAIT, isolation_level=None, uri=True, check_same_thread=False)
    try:
        database.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.OperationalError:
        database.close()
        database = sqlite3.connect(f"{address}&immutable=1", isolation_level=None, uri=True, check_same_thread=False)
    return database


def _row(cursor: sqlite3.Cursor) -> Row | None:
    found = cursor.fetchone()
    return None if found is None else Row(*found)


@contextmanager
def _clear(path: Path) -> Generator[None]:
    """Say which file it was, what is the matter with it, and what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise JobError(f"ledger {path}: {_advice(error)}") from error


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
