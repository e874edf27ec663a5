"""The documents of a job in the order in which they deserve a look, the worst first.

An index in a temporary database, which goes to disk when it is large: a million documents take no more memory than ten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from attrs import define, field, frozen

from ocr_async.jobs.names import to_column
from ocr_async.review.judging import judged

BATCH = 500

T = TypeVar("T")

_TABLES = """
create table document(line integer primary key, key, type text, code text, grade integer, score real, verdict text);
create index document_order on document(grade, score, line);
create index document_key on document(key);
create table doubt(field text, score real, line integer);
create index doubt_order on doubt(field, score, line);
"""


@frozen
class Filter:
    """Which documents are wanted; None for all."""

    type: str | None = None
    field: str | None = None
    """Without the positions in lists: `item_list.amount`. The least certain come first."""
    code: str | None = None
    state: str | None = "open"
    """`open`: without a verdict or skipped; or a verdict."""


@frozen
class ReviewProgress:
    """How far a review is, among the documents of a filter."""

    total: int
    reviewed: int
    skipped: int


def _database() -> sqlite3.Connection:
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    database.execute("pragma journal_mode = off")
    database.executescript(_TABLES)
    return database


@define(eq=False)
class Queue:
    """The order of the documents; for one thread at a time."""

    _database: sqlite3.Connection = field(factory=_database)
    _fields: set[str] = field(factory=set[str])
    _has_fields: bool = False

    def fill(
        self,
        lines: Iterable[tuple[int, Mapping[str, Any]]],
        verdicts: Mapping[str, str],
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Take up the lines of a job with their numbers."""
        for count, batch in enumerate(batched(lines, BATCH)):
            on_progress(count * BATCH)
            documents = [self._row(number, line, verdicts) for number, line in batch]
            self._insert("insert into document values (?, ?, ?, ?, ?, ?, ?)", documents)

    def _row(self, number: int, line: Mapping[str, Any], verdicts: Mapping[str, str]) -> tuple[object, ...]:
        of, key = judged(line), line["key"]
        self._fields |= of.fields.keys()
        return number, _column(key), line["type"], of.code, of.grade, of.score, verdicts.get(key)

    def fill_fields(self, lines: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        """Take up the confidences of all fields, so that a filter by field has its order; once, when it is asked for."""
        if self._has_fields:
            return
        for batch in batched(lines, BATCH):
            found: list[tuple[object, ...]] = [
                (name, score, number) for number, line in batch for name, score in judged(line).fields.items()
            ]
            self._insert("insert into doubt values (?, ?, ?)", found)
        self._has_fields = True

    def _insert(self, statement: str, found: list[tuple[object, ...]]) -> None:
        self._database.execute("begin")
        self._database.executemany(statement, found)
        self._database.execute("commit")

    def close(self) -> None:
        """Drop the index."""
        self._database.close()

    def first(self, wanted: Filter) -> int | None:
        """Return the worst document that a filter lets through."""
        return self._beside(wanted, None, "asc")

    def after(self, line: int, wanted: Filter) -> int | None:
        """Return the document after another one, whose own state does not matter."""
        return self._beside(wanted, line, "asc")

    def before(self, line: int, wanted: Filter) -> int | None:
        """Return the document before another one."""
        return self._beside(wanted, line, "desc")

    def walk(self, wanted: Filter) -> Iterator[int]:
        """Yield the documents of a filter in their order."""
        line = self.first(wanted)
        while line is not None:
            yield line
            line = self.after(line, wanted)

    def set_verdict(self, key: str, verdict: str | None) -> int | None:
        """Note the verdict on an item and return its line."""
        self._database.execute("update document set verdict = ? where key = ?", (verdict, _column(key)))
        found = self._database.execute("select line from document where key = ?", (_column(key),)).fetchone()
        return None if found is None else int(found[0])

    def progress(self, wanted: Filter) -> ReviewProgress:
        """Count the documents of a filter, whatever their state."""
        source, terms, known = _where(Filter(wanted.type, wanted.field, wanted.code, None))
        query = (
            "select count(*), count(case when verdict in ('accepted', 'unreadable') then 1 end),"  # noqa: S608  constants
            f" count(case when verdict = 'skipped' then 1 end) from {source} where {terms}"
        )
        total, reviewed, skipped = self._database.execute(query, known).fetchone()
        return ReviewProgress(total, reviewed, skipped)

    def choices(self) -> dict[str, list[str]]:
        """Return what can be filtered by."""
        queries = {
            "types": "select type from document where type is not null group by type order by type",
            "codes": "select code from document where code is not null group by code order by code",
        }
        found = {name: [row[0] for row in self._database.execute(query)] for name, query in queries.items()}
        return found | {"fields": sorted(self._fields)}

    def _beside(self, wanted: Filter, line: int | None, way: str) -> int | None:
        source, terms, known = _where(wanted)
        columns = "doubt.score, document.line" if wanted.field else "grade, document.score, document.line"
        if line is not None:
            sign = ">" if way == "asc" else "<"
            same = "document.line = :line" + (" and field = :field" if wanted.field else "")
            terms += f" and ({columns}) {sign} (select {columns} from {source} where {same})"  # noqa: S608  constants
        order = ", ".join(f"{column} {way}" for column in columns.split(", "))
        query = f"select document.line from {source} where {terms} order by {order} limit 1"  # noqa: S608  constants
        found = self._database.execute(query, known | {"line": line}).fetchone()
        return None if found is None else int(found[0])


def _where(wanted: Filter) -> tuple[str, str, dict[str, object]]:
    source, terms = "document", ["1"]
    if wanted.field:
        source = "document join doubt on doubt.line = document.line"
        terms.append("field = :field")
    terms += [f"{name} = :{name}" for name in ("type", "code") if getattr(wanted, name) is not None]
    if wanted.state == "open":
        terms.append("(verdict is null or verdict = 'skipped')")
    elif wanted.state is not None:
        terms.append("verdict = :state")
    known: dict[str, object] = {"type": wanted.type, "field": wanted.field, "code": wanted.code, "state": wanted.state}
    return source, " and ".join(terms), known


def batched(lines: Iterable[T], count: int) -> Iterator[list[T]]:
    """Yield lists of so many, and one of the rest."""
    walk = iter(lines)
    while batch := list(islice(walk, count)):
        yield batch


def _column(key: str) -> str | bytes:
    return to_column(key) or ""
