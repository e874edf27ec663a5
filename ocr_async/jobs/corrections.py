"""What reviewers made of the results of a job: rows of its ledger, beside the lines, which stay as they are.

A correction holds for the content that was looked at and the value that was there: a picture that was read again with
another outcome is a new one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, TypeAlias

import attrs
from attrs import define, frozen

from ocr_async.errors import JobError
from ocr_async.jobs.database import opened_to_read
from ocr_async.jobs.names import key_of, to_column
from ocr_async.jobs.record import utc_now
from ocr_async.jobs.values import replaced, values
from ocr_async.model import Json

Verdict: TypeAlias = Literal["corrected", "accepted", "skipped", "unreadable"]

TABLES = """
create table if not exists review(
    number integer primary key autoincrement,
    key,                    -- of the item
    sha256 text,            -- of the content that was looked at
    verdict text,           -- "corrected", "accepted", "skipped" or "unreadable"
    field text,             -- of a correction, as are the next two: its name in the result
    old text,               -- JSON
    new text,               -- JSON
    at text,                -- UTC, ISO 8601
    reviewer text,
    undone text             -- when it was taken back
);
create index if not exists review_key on review(key);
create view if not exists correction as select number, key, field, json_extract(old, '$') as old,
    json_extract(new, '$') as new, at, reviewer from review where verdict = 'corrected' and undone is null;
"""

_WAIT = 10.0
"""Seconds to wait for a job that writes."""

_COLUMNS = "number, key, sha256, verdict, field, old, new, at, reviewer"


def _value(text: object) -> Json:
    return None if text is None else json.loads(str(text))


@frozen
class Step:
    """One thing that a reviewer did."""

    number: int
    key: str = attrs.field(converter=key_of)
    sha256: str | None
    verdict: Verdict
    field: str | None
    old: Json = attrs.field(converter=_value, repr=False)
    new: Json = attrs.field(converter=_value, repr=False)
    at: str
    """UTC, ISO 8601."""
    reviewer: str


Corrections: TypeAlias = Mapping[str, list[Step]]
"""The corrections that hold, by the key of their item, in the order they were made."""


@define
class Review:
    """The steps of the reviewers of a job; for one thread at a time, while the job runs or after."""

    path: Path
    _database: sqlite3.Connection = attrs.field(repr=False)

    @classmethod
    def open(cls, ledger: Path) -> Review:
        """Open the ledger of a job to write into it what a reviewer does.

        Raises:
            JobError: it cannot be written.
        """
        try:
            database = sqlite3.connect(
                f"{ledger.absolute().as_uri()}?mode=rw",
                timeout=_WAIT,
                isolation_level=None,
                uri=True,
                check_same_thread=False,
            )
            database.executescript(TABLES)
        except sqlite3.Error as error:
            raise _unwritable(ledger, error) from error
        return cls(ledger, database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def note(  # noqa: PLR0913  the columns of a row
        self,
        key: str,
        verdict: Verdict,
        reviewer: str,
        *,
        sha256: str | None = None,
        field: str | None = None,
        old: object = None,
        new: object = None,
    ) -> Step:
        """Write down one step; it is kept, whatever happens to the process, when this returns.

        Raises:
            JobError: it cannot be written.
        """
        before, after = (json.dumps(old), json.dumps(new)) if field is not None else (None, None)
        row = (to_column(key), sha256, verdict, field, before, after, utc_now(), reviewer)
        names = _COLUMNS.partition(", ")[2]
        try:
            number = self._database.execute(
                f"insert into review({names}) values (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  constants
                row,
            ).lastrowid
        except sqlite3.Error as error:
            raise _unwritable(self.path, error) from error
        return Step(number or 0, *row)

    def undo(self, reviewer: str) -> Step | None:
        """Take back the last step of a reviewer that was not taken back yet, and return it."""
        query = f"select {_COLUMNS} from review where undone is null and reviewer = ? order by number desc limit 1"  # noqa: S608  constants
        try:
            row = self._database.execute(query, (reviewer,)).fetchone()
            if row is not None:
                self._database.execute("update review set undone = ? where number = ?", (utc_now(), row[0]))
        except sqlite3.Error as error:
            raise _unwritable(self.path, error) from error
        return None if row is None else Step(*row)

    def verdicts(self, key: str | None = None) -> Iterator[tuple[str, Verdict]]:
        """Yield the last verdict on each item, or on one; a correction alone is none."""
        query = (
            "select key, verdict from review where number in (select max(number) from review"
            " where undone is null and verdict != 'corrected' and (:key is null or key = :key) group by key)"
        )
        for found, verdict in self._database.execute(query, {"key": to_column(key)}):
            yield key_of(found), verdict

    def corrections(self, key: str | None = None) -> Corrections:
        """Return the corrections that hold, of one item or of all."""
        return _corrections(self._database, key)


def corrections_in(ledger: Path) -> Corrections:
    """Return the corrections of a ledger that hold; none when there is no such ledger.

    Raises:
        JobError: it cannot be read.
    """
    try:
        with closing(opened_to_read(ledger)) as database:
            return _corrections(database)
    except sqlite3.Error as error:
        if not ledger.exists():
            return {}
        raise JobError(f"ledger {ledger}: {error}") from error


def corrected(line: Mapping[str, Any], steps: Iterable[Step]) -> Mapping[str, Any]:
    """Return a line with the values that reviewers gave, and `corrected`: the names of those fields."""
    result, names = line.get("result"), list[str]()
    for step in steps:
        if step.sha256 != line.get("sha256") or result is None:
            continue
        value = next((each for each in values(result) if each.name == step.field), None)
        if value is not None and value.value == step.old:
            result = replaced(result, value.path, step.new)
            names += [] if value.name in names else [value.name]
    if not names:
        return line
    return {**{name: value for name, value in line.items() if name != "result"}, "result": result, "corrected": names}


def _corrections(database: sqlite3.Connection, key: str | None = None) -> Corrections:
    if not database.execute("select 1 from sqlite_master where name = 'review'").fetchone():
        return {}
    query = f"select {_COLUMNS} from review where verdict = 'corrected' and undone is null"  # noqa: S608  constants
    found: dict[str, list[Step]] = {}
    wanted = ("", ()) if key is None else (" and key = ?", (to_column(key),))
    for row in database.execute(f"{query}{wanted[0]} order by number", wanted[1]):
        step = Step(*row)
        found.setdefault(step.key, []).append(step)
    return found


def _unwritable(ledger: Path, error: sqlite3.Error) -> JobError:
    return JobError(f"ledger {ledger}: the review cannot be kept: {error}; what was kept before is safe")
