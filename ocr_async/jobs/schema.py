"""The tables of a ledger, and how one of an earlier version is taken over."""

from __future__ import annotations

import sqlite3

VERSION = 2

SCHEMA = """
create table fact(name text primary key, value) without rowid;
create table run(
    number integer primary key,
    begun text,             -- UTC, ISO 8601
    ended text,             -- null while it runs, and when it was killed
    how text,               -- it ended: "finished", "stopped", or what ended it early
    arguments text,         -- JSON, without anything secret
    version text,           -- of the package
    endpoints text,         -- JSON list of names
    counts text             -- JSON, brought up to date about once a second
);
create table item(
    key text primary key,   -- unique in the output; a blob where a name is not UTF-8
    source text,            -- a path or an address as it was named, without what signs it; null for bytes
    place text,             -- where that is, the same for every spelling
    page integer,
    type text,
    options text,
    sha256 blob,            -- of the bytes
    fingerprint blob,       -- of content, page, type and options: items that share it share the answer
    stamp text,             -- of size and time: as long as it is the same, the content is not looked at again
    first_run integer,      -- that came across it
    run integer,            -- the last one
    gone integer,           -- 1 when a whole run did not come across it, and its file is not there any more
    state text,             -- see State
    code text,              -- of the failure
    kind text,
    read_run integer,       -- the run that wrote its line
    read_at text,           -- UTC, ISO 8601
    attempts integer,
    request_id text,
    seconds real,
    endpoint text,
    field text,             -- the one with the lowest confidence
    score real,
    line integer            -- in the table of that name
);                          -- with row numbers, so that indexes hold those and not a copy of each key
create index item_place on item(place);
create index item_state on item(state) where state not in ('done', 'failed');
create table line(number integer primary key, text blob);
"""

ANSWERS = """
drop index if exists item_fingerprint;
create index if not exists item_answer on item(fingerprint, state) where line is not null
"""
"""Leads to answers by content. It is written once an item: what is under way is known without it."""

STARTED = """
create table if not exists started(
    number integer primary key, run integer, key, source, place, page, type, options, sha256, fingerprint, stamp
)
"""
"""What was let through to be sent and has not come to an end: small, so that little is written before a send."""

REPLACED = "create table if not exists replaced(digest blob primary key) without rowid"
"""Of lines that the output may still have though another one took their place: the first half of their SHA-256."""

FACTS: dict[str, str | int] = {"run": 0, "length": 0, "stale": 0, "spent": 0}
"""What a new ledger starts with: runs so far, bytes of the output, whether it has lines too many, sends that may be billed."""

_TAKE_OVER = """
alter table item rename to item_1;
drop index item_fingerprint;
{schema}
insert into item(key, source, place, page, type, options, fingerprint, stamp, first_run, run, state, code, kind, seconds,
    field, score, line) select key, source, place_of(source), page, type, options, fingerprint,
    stamp_of(stamp, type, options), run, run, state, code, kind, seconds, field, score, line from item_1;
drop table item_1;
insert into fact values ('spent', (select count(*) from item where state in ('done', 'held', 'started')));
"""


def create(database: sqlite3.Connection) -> None:
    """Make the tables, inside the transaction that is open."""
    execute(database, SCHEMA)


def take_over(database: sqlite3.Connection) -> None:
    """Bring the tables of version 1 up to date, inside the transaction that is open."""
    database.create_function("place_of", 1, _place_of, deterministic=True)
    database.create_function("stamp_of", 3, _stamp_of, deterministic=True)
    kept = ("create table fact", "create table line")
    schema = ";".join(part for part in _plain(SCHEMA).split(";") if not part.strip().startswith(kept))
    execute(database, _TAKE_OVER.format(schema=schema))


def execute(database: sqlite3.Connection, statements: str) -> None:
    """Execute statements one after the other, inside the transaction that is open."""
    for statement in _plain(statements).split(";"):
        database.execute(statement)


def _plain(statements: str) -> str:
    return "\n".join(line.partition("--")[0] for line in statements.splitlines())


def _place_of(source: str | None) -> str | None:
    from ocr_async.jobs.source import source_of  # noqa: PLC0415  only a ledger of version 1 asks

    return None if source is None else source_of(source).place


def _stamp_of(stamp: str | None, api: str | None, options: str | None) -> str | None:
    """Version 1 wrote the type and its options behind size and time."""
    return None if stamp is None else stamp.removesuffix(f" {api}{f' {options}' if options else ''}")
