"""The memory of a job: which items it has seen, what became of each, and every line of its output.

One SQLite file in WAL mode. A transaction survives the death of the process the moment it is committed; only a
loss of power can take the last ones back. The ledger is what counts: the output file is made from its lines.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from ocr_async.errors import JobError

APPLICATION = 0x6F637261
"""What marks an SQLite file as a ledger of this package ("ocra")."""

VERSION = 1

CACHE_KIBIBYTES = 16 * 1024
"""Enough for the inner pages of a million keys."""

_SCHEMA = """
create table fact(name text primary key, value) without rowid;
create table item(
    key text primary key,   -- unique in the output
    source text,            -- a path or an address, null when it cannot be given again
    page integer,
    type text,
    options text,
    fingerprint blob,       -- of content, type and options
    stamp text,             -- of size, time, type and options: as long as it is the same, the content is not read again
    run integer,            -- the last run that came across it
    state text,             -- see State
    code text,              -- of the failure
    kind text,
    seconds real,
    field text,             -- the one with the lowest confidence
    score real,
    line integer            -- in the table of that name
) without rowid;
create index item_fingerprint on item(fingerprint, state);
create table line(number integer primary key, text blob);
"""


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


@frozen
class Row:
    """An item as the ledger knows it: the columns of its table, in their order."""

    key: str
    source: str | None
    page: int | None
    type: str | None
    options: str | None
    fingerprint: bytes | None
    stamp: str | None
    run: int
    state: str
    code: str | None
    kind: str | None
    seconds: float | None
    field: str | None
    score: float | None
    line: int | None


@define
class Ledger:
    """An open ledger; for one thread at a time, and for one process at a time."""

    path: Path
    fresh: bool
    """True when the file was made by this opening."""
    _database: sqlite3.Connection = field(repr=False)
    run: int = 0

    @classmethod
    def open(cls, path: Path, job: str) -> Ledger:
        """Open or make the ledger of a job.

        Raises:
            JobError: it cannot be opened or made, is of another version or job, or is in use by another process.
        """
        fresh = not path.exists() or path.stat().st_size == 0
        with _clear(path):
            ledger = cls(path, fresh, sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False))
        try:
            ledger._prepare(job)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def _prepare(self, job: str) -> None:
        with _clear(self.path):
            self._execute("pragma locking_mode = exclusive")
            if not self.fresh:
                self._check_version()
            self._execute("pragma journal_mode = wal")
            self._execute("pragma synchronous = normal")
            self._execute(f"pragma cache_size = -{CACHE_KIBIBYTES}")
        with self.transaction():
            if self.fresh:
                self._make(job)
            self._check_job(job)
            self.run = int(str(self.fact("run"))) + 1
            self.set_fact("run", self.run)

    def _make(self, job: str) -> None:
        for statement in _SCHEMA.split(";"):
            self._execute(statement)
        self._execute(f"pragma application_id = {APPLICATION}")
        self._execute(f"pragma user_version = {VERSION}")
        for name, value in (("job", job), ("run", 0), ("length", 0), ("stale", 0)):
            self.set_fact(name, value)

    def _check_version(self) -> None:
        (application,) = self._execute("pragma application_id").fetchone()
        (version,) = self._execute("pragma user_version").fetchone()
        if application != APPLICATION:
            raise JobError(f"{self.path} is not a ledger of ocr_async: name another file as `ledger`")
        if version != VERSION:
            raise JobError(
                f"{self.path} is a ledger of version {version}, this ocr_async writes version {VERSION}: "
                "go on with the ocr_async that began the job, or choose another `out` and `ledger`"
            )

    def _check_job(self, job: str) -> None:
        known = self.fact("job")
        if known != job:
            raise JobError(f"{self.path} belongs to a job of {known}, not of {job}: choose another `out` and `ledger`")

    def close(self) -> None:
        """Close the file, so that another process can go on with the job."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Make everything inside durable together, or nothing of it.

        Raises:
            JobError: the disk is full, the file cannot be written, or another process works on it.
        """
        with _clear(self.path):
            self._execute("begin immediate")
            try:
                yield
            except BaseException:
                if self._database.in_transaction:
                    self._execute("rollback")
                raise
            self._execute("commit")

    def fact(self, name: str) -> object:
        """Return one of the facts about the whole job."""
        (value,) = self._execute("select value from fact where name = ?", (name,)).fetchone()
        return value

    def number(self, name: str) -> int:
        """Return a fact that is a whole number."""
        return int(str(self.fact(name)))

    def set_fact(self, name: str, value: str | int) -> None:
        """Set one of the facts about the whole job."""
        self._execute("insert or replace into fact values (?, ?)", (name, value))

    def find(self, key: str) -> Row | None:
        """Return what is known of an item."""
        return _row(self._execute("select * from item where key = ?", (key,)))

    def twin(self, fingerprint: bytes, states: Iterable[str]) -> Row | None:
        """Return an item of the same content, type and options in the first of the states that has one."""
        if not self._execute("select 1 from item where fingerprint = ? limit 1", (fingerprint,)).fetchone():
            return None
        query = "select * from item where fingerprint = ? and state = ? limit 1"
        found = (_row(self._execute(query, (fingerprint, state))) for state in states)
        return next((row for row in found if row is not None), None)

    def followers(self, fingerprint: bytes) -> list[Row]:
        """Return the items that wait for the answer to another one with the same content, type and options."""
        query = "select * from item where fingerprint = ? and state = ?"
        return [Row(*row) for row in self._execute(query, (fingerprint, State.WAITING))]

    def in_state(self, state: str) -> list[Row]:
        """Return the items that are in a state."""
        return [Row(*row) for row in self._execute("select * from item where state = ?", (state,))]

    def add(self, values: Sequence[object]) -> None:
        """Note an item: key, source, page, type, options, fingerprint, stamp and state; its line is kept."""
        *facts, state = values
        self._execute(
            "insert into item(key, source, page, type, options, fingerprint, stamp, state, run)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict(key) do update set source = excluded.source,"
            " page = excluded.page, type = excluded.type, options = excluded.options, fingerprint = excluded.fingerprint,"
            " stamp = excluded.stamp, state = excluded.state, run = excluded.run",
            (*facts, state, self.run),
        )

    def seen(self, key: str) -> None:
        """Note that this run came across an item."""
        self._execute("update item set run = ? where key = ?", (self.run, key))

    def set_state(self, keys: Iterable[str], state: str) -> None:
        """Move items to a state."""
        self._database.executemany("update item set state = ? where key = ?", [(state, key) for key in keys])

    def replace_state(self, old: str, new: str) -> None:
        """Move every item that is in one state to another."""
        self._execute("update item set state = ? where state = ?", (new, old))

    def write_line(self, key: str, text: bytes, facts: Sequence[object]) -> None:
        """Write the line of an item; `facts` are its state, code, kind, seconds, field and score.

        A line that the item had before goes, and with it the output file grows stale.
        """
        (before,) = self._execute("select line from item where key = ?", (key,)).fetchone()
        if before is not None:
            self._execute("delete from line where number = ?", (before,))
            self.set_fact("stale", 1)
        number = self._execute("insert into line(text) values (?)", (text,)).lastrowid
        self._execute(
            "update item set line = ?, state = ?, code = ?, kind = ?, seconds = ?, field = ?, score = ? where key = ?",
            (number, *facts, key),
        )

    def drop(self, row: Row) -> None:
        """Forget an item and its line."""
        self._execute("delete from item where key = ?", (row.key,))
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

    def select(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[object, ...]]:
        """Ask about the job as a whole."""
        yield from self._execute(query, values)

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._database.execute(statement, values)


def _row(cursor: sqlite3.Cursor) -> Row | None:
    found = cursor.fetchone()
    return None if found is None else Row(*found)


@contextmanager
def _clear(path: Path) -> Generator[None]:
    """Say which file it was, what is the matter with it, and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise JobError(f"ledger {path}: {_advice(error)}") from error


def _advice(error: sqlite3.Error) -> str:
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
