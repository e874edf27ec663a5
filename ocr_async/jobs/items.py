"""What the ledger knows of items, lines and the whole job: its questions and changes, without its file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import Factory, define, field

from ocr_async.jobs.gathered import NOTE_STARTED, Gathered, marks, portions
from ocr_async.jobs.ledger_errors import explained
from ocr_async.jobs.names import to_column
from ocr_async.jobs.rows import Row

_BEFORE = "iif(kind is not null and line is not null, iif(kind = 'UnknownFate', 'held', 'failed'), 'waiting')"
"""What an item was before it was sent again."""

_ANSWER = "select 1 from item where line is not null and fingerprint"


@define
class Items:
    """The tables of a ledger; for one thread at a time, and for changes inside a transaction."""

    path: Path
    _database: sqlite3.Connection = field(repr=False)
    run: int = 0
    _facts: dict[str, str | int] = field(factory=dict[str, "str | int"], init=False, repr=False)
    """Those that were set here, where nobody else sets them."""
    _last_line: int = field(default=0, init=False, repr=False)
    _last_started: int = field(default=0, init=False, repr=False)
    _started: dict[object, int] = field(factory=dict[object, int], init=False, repr=False)
    """Numbers of what this run has started and not ended, by key."""
    _gathered: Gathered = field(
        init=False, repr=False, default=Factory(lambda self: Gathered(self._database), takes_self=True)
    )

    def fact(self, name: str) -> object:
        """Return one of the facts about the whole job, None when it is not known."""
        if name in self._facts:
            return self._facts[name]
        found = self._database.execute("select value from fact where name = ?", (name,)).fetchone()
        return None if found is None else found[0]

    def number(self, name: str) -> int:
        """Return a fact that is a whole number."""
        return int(str(self.fact(name) or 0))

    def set_fact(self, name: str, value: str | int) -> None:
        """Set one of the facts about the whole job."""
        self._facts[name] = self._gathered.facts[name] = value

    def find(self, key: str) -> Row | None:
        """Return what is known of an item."""
        return next(iter(self.named([key])), None)

    def named(self, keys: Collection[str]) -> list[Row]:
        """Return the items with these keys."""
        return self._rows("key", keys)

    def at(self, places: Collection[str]) -> list[Row]:
        """Return the items that read these places, as whatever."""
        return self._rows("place", places)

    def _rows(self, column: str, texts: Collection[str]) -> list[Row]:
        found: list[Row] = []
        for some in portions([to_column(text) for text in texts]):
            query = f"select * from item where {column} in {marks(len(some))}"  # noqa: S608  a name from here
            found += [Row(*row) for row in self._execute(query, some)]
        return found

    def answered(self, fingerprints: Collection[bytes]) -> set[bytes]:
        """Return those of the fingerprints for which there is an item with a line."""
        found: set[bytes] = set()
        for some in portions(list(fingerprints)):
            given = ", ".join(["(?)"] * len(some))
            query = f"with given(one) as (values {given}) select one from given where exists ({_ANSWER} = one)"  # noqa: S608  marks
            found.update(one for (one,) in self._execute(query, some))
        return found

    def twins(self, fingerprint: bytes, states: Iterable[str]) -> Iterator[Row]:
        """Yield the items with a line of the same content, page, type and options, by their states in this order."""
        query = "select * from item where line is not null and fingerprint = ? and state = ?"
        for state in states:
            yield from (Row(*row) for row in self._execute(query, (fingerprint, state)))

    def in_state(self, state: str) -> list[Row]:
        """Return the items that are in a state."""
        return [Row(*row) for row in self._execute("select * from item where state = ?", (state,))]

    def start(self, about: Sequence[object]) -> None:
        """Note what an item is (key, source, place, page, type, options, sha256, fingerprint, stamp) before it is sent.

        The next `note`, `settle` or `end` of it ends that.
        """
        self.end(about[0])
        self._last_started += 1
        self._started[about[0]] = self._last_started
        self._gathered.started.append((self._last_started, self.run, *about))

    def end(self, key: object) -> None:
        """Note that an item (by its column) is not being sent any more."""
        if (number := self._started.pop(key, None)) is not None:
            self._gathered.ended.append(number)

    def note_started(self) -> None:
        """Note as items, in the state "started", what was started and has not come to an end."""
        self._execute(NOTE_STARTED)
        self._execute("delete from started")
        self._started.clear()

    def is_started(self, key: str) -> bool:
        """Tell whether an item of this run was started and has not come to an end."""
        return to_column(key) in self._started

    def note(self, about: Sequence[object], state: str) -> None:
        """Note an item (`about` as for `start`) in a state; it keeps its line.

        What it failed with is forgotten when its content is another one.
        """
        self._note(about, (state,))

    def settle(self, about: Sequence[object], text: bytes, facts: Sequence[object]) -> None:
        """Write an item with its line; `facts` are the columns from its state to its score but for `read_run`.

        A line that the item had before goes, and with it the output file grows stale.
        """
        if not self._last_line:
            ((self._last_line,),) = self._execute("select coalesce(max(number), 0) from line").fetchall()
        self._last_line += 1
        state, *rest = facts
        self._note(about, (state, self._last_line, self.run, *rest))
        self._gathered.lines.append((self._last_line, text))

    def _note(self, about: Sequence[object], became: Sequence[object]) -> None:
        key = about[0]
        if key in self._gathered.noted:
            self._write_gathered()
        self.end(key)
        self._gathered.noted[key] = about, became

    def seen(self, row: Row, source: str | None) -> None:
        """Note that this run came across an item, and how it was named."""
        key = to_column(row.key)
        if source == row.source:
            self._gathered.seen.append(key)
        else:
            statement = "update item set run = ?, gone = null, source = ? where key = ?"
            self._execute(statement, (self.run, to_column(source), key))

    def put_back(self, keys: Iterable[str]) -> None:
        """Make items what they were before they were started: failed, when they had failed, or waiting."""
        for some in portions([to_column(key) for key in keys]):
            self._execute(f"update item set state = {_BEFORE} where key in {marks(len(some))}", some)  # noqa: S608  constants

    def put_back_state(self, state: str) -> None:
        """Make every item in a state what it was before."""
        self._execute(f"update item set state = {_BEFORE} where state = ?", (state,))  # noqa: S608  a constant

    def _write_gathered(self) -> None:
        gathered = self._gathered
        for keys in portions([key for key, (_, became) in gathered.noted.items() if len(became) > 1]):
            query = f"select line from item where line is not null and key in {marks(len(keys))}"  # noqa: S608  marks
            for (before,) in self._database.execute(query, keys).fetchall():
                self._take_off(before)
        gathered.write(self.run)

    def drop(self, row: Row) -> None:
        """Forget an item and its line."""
        self._execute("delete from item where key = ?", (to_column(row.key),))
        if row.line is not None:
            self._take_off(row.line)

    def _take_off(self, number: int) -> None:
        """Delete a line, which the output still has."""
        (text,) = self._database.execute("select text from line where number = ?", (number,)).fetchone()
        self._database.execute("insert or ignore into replaced values (?)", (_digest(text),))
        self._database.execute("delete from line where number = ?", (number,))
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
        if self._gathered:
            self._write_gathered()
        return self._database.execute(statement, values)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()[:16]
