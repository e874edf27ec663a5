"""Summing a job up from its ledger, and listing what was not read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ocr_async.errors import OcrError
from ocr_async.jobs import manifest
from ocr_async.jobs.course import Course
from ocr_async.jobs.journal import Journal
from ocr_async.jobs.names import from_column, key_of
from ocr_async.jobs.paths import FAILED, beside
from ocr_async.jobs.rows import State
from ocr_async.jobs.settling import Settling
from ocr_async.jobs.summary import Failure, JobSummary, Slow, Unsure

SHOWN = 5
"""How many of the slowest and of the least certain are named."""


def summarize(settling: Settling, left_alone: Mapping[str, int], course: Course, error: OcrError | None) -> JobSummary:
    """Sum up the job and write the list of its failed items.

    Raises:
        JobError: the list cannot be written.
    """
    journal, spending, types = settling.journal, settling.spending, settling.intake.types
    ledger, met, output = journal.ledger, journal.met, journal.output
    out = output.path if output else ledger.path
    seen = "select state, count(*) from item where run = ? group by state"
    counts = {str(state): int(count) for state, count in ledger.select(seen, (ledger.run,))}
    failed, held = counts.pop(State.FAILED, 0), counts.pop(State.HELD, 0)
    counts.pop(State.DONE, 0)
    ((done,),) = ledger.select("select count(*) from item where state = 'done'")
    ((gone,),) = ledger.select("select count(*) from item where gone = 1")
    return JobSummary(
        out=out,
        ledger=ledger.path,
        done=done,
        failed=failed,
        held=held,
        waiting=sum(counts.values()),
        finished=met[State.DONE] + met[State.FAILED] - met["copied"],
        copied=met["copied"] + (settling.intake.waiting if journal.rules.dry_run else 0),
        already=met["already"],
        repeated=met["repeated"],
        left_alone=left_alone,
        seconds=course.seconds,
        slowest=tuple(_slowest(journal)),
        unsure=tuple(_unsure(journal)),
        failures=tuple(_failures(journal)),
        failed_list=_write_failed(journal, beside(out, FAILED)) if output else None,
        stopped=bool(course.stop.asked),
        error=error,
        gone=gone,
        sent=spending.room_for(types) if journal.rules.dry_run else spending.started,
        spent=ledger.number("spent"),
        to_send=dict(types),
        exhausted=spending.is_exhausted,
        foreign=output.foreign.path if output and output.foreign else None,
        dry_run=journal.rules.dry_run,
    )


def _slowest(journal: Journal) -> Iterator[Slow]:
    query = "select key, seconds from item where seconds is not null order by seconds desc limit ?"
    rows = journal.ledger.select(query, (SHOWN,))
    return (Slow(key_of(key), float(str(seconds))) for key, seconds in rows)


def _unsure(journal: Journal) -> Iterator[Unsure]:
    query = "select key, field, score from item where score is not null order by score limit ?"
    return (
        Unsure(key_of(key), str(field), float(str(score)))
        for key, field, score in journal.ledger.select(query, (SHOWN,))
    )


def _failures(journal: Journal) -> Iterator[Failure]:
    query = "select code, kind, count(*), min(key) from item where state = 'failed' and gone is null group by code, kind order by count(*) desc"
    for code, kind, count, example in journal.ledger.select(query):
        text = str(code) if code is not None else None
        yield Failure(text, str(kind), int(str(count)), key_of(example), remedy(text, str(kind)))


_REMEDIES: Mapping[str, str] = {
    "SourceError": "look at the files named in the list: missing, damaged, or outside the limits of their type",
    "RegionError": "choose a region that offers the type",
    "DeadlineError": "allow more time, then run the failed ones again",
    "TransportError": "check the network, then run the failed ones again",
    "DecodeError": "run the failed ones again; report the reply if it stays so",
    "ThrottledError": "run the failed ones again later, or with a lower concurrency",
    "ServiceError": "run the failed ones again later",
    "UnknownFate": 'run the job again with unknown="retry" to send them again',
}


def remedy(code: str | None, kind: str) -> str:
    """Return what to do about failures of a code, or of a class of errors."""
    from ocr_async.error_codes import error_codes  # noqa: PLC0415  a table of every code

    known = error_codes().get(code) if code else None
    return (known.remedy if known else "") or _REMEDIES.get(kind, "look at the messages in the output")


def _write_failed(journal: Journal, path: Path) -> Path | None:
    """Write the list; one from an earlier run is emptied when nothing is left to list."""
    found = next(_failed_rows(journal), None) is not None
    if found or path.exists():
        manifest.write(path, _failed_rows(journal))
    return path if found else None


def _failed_rows(journal: Journal) -> Iterator[dict[str, object]]:
    query = (
        "select key, source, page, type, options, state, code, kind from item"
        " where state in ('failed', 'held') and source is not null and gone is null order by line"
    )
    for key, named, page, api, options, state, code, kind in journal.ledger.select(query):
        source = from_column(named)
        path = str(source) if "://" in str(source) else os.path.abspath(str(source))  # noqa: PTH100  stays a text
        yield {
            "key": from_column(key),
            "path": path,
            "page": page,
            "type": api,
            "options": options,
            "status": state,
            "code": code or kind,
        }
