"""The runs of a job as rows of its ledger, and what a whole run shows to be gone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.names import key_of
from ocr_async.jobs.record import utc_now
from ocr_async.model import VERSION


def begin(ledger: Ledger, arguments: Mapping[str, Any], endpoints: list[str]) -> None:
    """Write down that a run begins.

    Raises:
        JobError: it cannot be written.
    """
    row = (ledger.run, utc_now(), json.dumps(arguments, default=str), VERSION, json.dumps(endpoints))
    with ledger.transaction():
        ledger.change("insert into run values (?, ?, null, null, ?, ?, ?, '{}')", row)


def count(ledger: Ledger, counts: Mapping[str, Any], how: str | None = None) -> None:
    """Write down how far the run is, and in the end how it ended.

    Raises:
        JobError: it cannot be written.
    """
    with ledger.transaction():
        ledger.change(
            "update run set counts = ?, how = ?, ended = ? where number = ?",
            (json.dumps(counts), how, utc_now() if how else None, ledger.run),
        )


def note_gone(ledger: Ledger) -> None:
    """Mark what a whole run did not come across and is not there any more.

    Raises:
        JobError: it cannot be written.
    """
    query = "select key, place, page from item where run < ? and gone is null and place is not null"
    unseen = ledger.select(query, (ledger.run,))
    gone = [key for key, place, page in unseen if _is_gone(ledger, place, page)]
    with ledger.transaction():
        for key in gone:
            ledger.change("update item set gone = 1 where key = ?", (key,))


def prune(ledger: Ledger) -> int:
    """Drop what is gone with its lines, and return how many items that were.

    Raises:
        JobError: it cannot be written.
    """
    keys = [key_of(key) for (key,) in ledger.select("select key from item where gone = 1")]
    with ledger.transaction():
        for key in keys:
            row = ledger.find(key)
            if row is not None:
                ledger.drop(row)
    return len(keys)


def _is_gone(ledger: Ledger, place: str | bytes, page: int | None) -> bool:
    """Tell whether a file is not there, or has other pages than it had."""
    if isinstance(place, str) and "://" in place:
        return False
    if not os.path.lexists(place):
        return True
    query = "select 1 from item where place = ? and run = ? and (? or page is not null) limit 1"
    return any(ledger.select(query, (place, ledger.run, page is not None)))
