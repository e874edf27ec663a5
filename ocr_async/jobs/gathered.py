"""What a transaction is to write, gathered so that one statement serves many items.

Each statement gives up the interpreter's lock and waits for it again, which costs more than what it writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias, TypeVar

from attrs import define, field

T = TypeVar("T")

Values: TypeAlias = Sequence[Any]

SIZES = (64, 16, 4, 1)
"""Rows of one statement: few sizes, so that SQLite compiles few statements and keeps them."""

STATEMENTS = 256
"""That a connection keeps compiled."""

_ABOUT = ("key", "source", "place", "page", "type", "options", "sha256", "fingerprint", "stamp")

_CAME_TO = (
    "state", "line", "read_run", "code", "kind", "read_at", "attempts", "request_id", "seconds", "endpoint", "field",
    "score",
)  # fmt: skip


def _upsert(names: Collection[str], also: str) -> str:
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in ("key", "first_run"))
    return f"insert into item({', '.join(names)}) {{}} on conflict(key) do update set {changed}, {also}"


_NOTE = _upsert(
    (*_ABOUT, "first_run", "run", "state"),
    "gone = null, code = iif(fingerprint is excluded.fingerprint, code, null),"
    " kind = iif(fingerprint is excluded.fingerprint, kind, null)",
)

_SETTLE = _upsert((*_ABOUT, "first_run", "run", *_CAME_TO), "gone = null")

_START = f"insert into started(number, run, {', '.join(_ABOUT)}) {{}}"

NOTE_STARTED = _NOTE.format(f"select {', '.join(_ABOUT)}, run, run, 'started' from started where true")  # noqa: S608  constants
"""Notes as items what was started and has not come to an end."""


@define
class Gathered:
    """Rows that are to be written before the next question to the ledger, and with the transaction at the latest."""

    _database: sqlite3.Connection = field(repr=False)
    facts: dict[str, str | int] = field(factory=dict[str, "str | int"])
    started: list[Values] = field(factory=list[Values])
    """Number, run and what is known of items that are let through to be sent."""
    ended: list[int] = field(factory=list[int])
    """The numbers of those that have come to an end."""
    noted: dict[object, tuple[Values, Values]] = field(factory=dict[object, "tuple[Values, Values]"])
    """Items as they are known now, by key: what they are, and what became of them, from state and line on."""
    seen: list[object] = field(factory=list[object])
    """The keys of items that the run came across, and that are as they were."""
    lines: list[tuple[int, bytes]] = field(factory=list[tuple[int, bytes]])

    def __bool__(self) -> bool:
        return any(self._kinds())

    def _kinds(self) -> tuple[Collection[object], ...]:
        return self.facts, self.started, self.ended, self.noted, self.seen, self.lines

    def forget(self) -> None:
        """Write nothing of it."""
        self.facts, self.started, self.ended, self.noted, self.seen, self.lines = {}, [], [], {}, [], []

    def write(self, run: int) -> None:
        """Write all of it."""
        self._many("insert or replace into fact {}", list(self.facts.items()))
        self._many(_START, self.started)
        for numbers in portions(self.ended):
            self._database.execute(f"delete from started where number in {marks(len(numbers))}", numbers)  # noqa: S608  marks
        for keys in portions(self.seen):
            statement = f"update item set run = ?, gone = null where key in {marks(len(keys))}"  # noqa: S608  marks
            self._database.execute(statement, (run, *keys))
        self._many("insert into line(number, text) {}", self.lines)
        noted = sorted(self.noted.values(), key=_place_in_table)
        for statement, length in ((_NOTE, 1), (_SETTLE, len(_CAME_TO))):
            self._many(statement, [(*about, run, run, *became) for about, became in noted if len(became) == length])
        self.forget()

    def _many(self, statement: str, rows: Sequence[Values]) -> None:
        for some in portions(rows):
            places = f"values {', '.join([marks(len(some[0]))] * len(some))}"
            self._database.execute(statement.format(places), tuple(chain.from_iterable(some)))


def _place_in_table(noted: tuple[Values, Values]) -> tuple[bool, Any]:
    """Sort texts before blobs: neighbours share pages."""
    key = noted[0][0]
    return isinstance(key, bytes), key


def marks(count: int) -> str:
    """Return the places of values in a statement."""
    return f"({', '.join('?' * count)})"


def portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the rows of one statement after the other."""
    begin = 0
    for size in SIZES:
        while len(rows) - begin >= size:
            yield rows[begin : begin + size]
            begin += size
