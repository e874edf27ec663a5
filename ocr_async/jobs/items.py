"""What the ledger knows of items, lines and the whole job: its questions and changes, without its file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from ocr_async.jobs.ledger_errors import explained
from ocr_async.jobs.names import to_column
from ocr_async.jobs.rows import Row

_BEFORE = "iif(kind is not null and line is not null, iif(kind = 'UnknownFate', 'held', 'failed'), 'waiting')"
"""What an item was before it was sent again."""


@define
class Items:
    """The tables of a ledger; for one thread at a time, and for changes inside a transaction."""

    path: Path
    _database: sqlite3.Connection = field(repr=False)
    run: int = 0

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
            self._take_off(before)
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
            self._take_off(row.line)

    def _take_off(self, number: int) -> None:
        """Delete a line, which the output still has."""
        self._execute("insert or ignore into replaced values (?)", (_digest(self.line(number)),))
        self._execute("delete from line where number = ?", (number,))
        self.set_fact("stale", 1)

    def begins_a_line(self, text: bytes) -> bool:
        """Tell whether a line begins so (looks through all of them)."""
        query = "select 1 from line where substr(text, 1, ?) = ? limit 1"
        return self._execute(query, (len(text), text)).fetchone() is not None

    def was_replaced(self, text: bytes) -> bool:
        """Tell whether a line of the output is one that another one took the place of."""
        return self._execute("select 1 from replaced where digest = ?", (_digest(text),)).fetchone() is not None

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
        with explained(self.path):
            yield from self._execute(query, values)

    def change(self, statement: str, values: Sequence[object] = ()) -> None:
        """Change what is known of the job as a whole."""
        self._execute(statement, values)

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._database.execute(statement, values)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()[:16]


def _row(cursor: sqlite3.Cursor) -> Row | None:
    found = cursor.fetchone()
    return None if found is None else Row(*found)
