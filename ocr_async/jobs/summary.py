"""What a job has come to, from its ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import Factory, frozen

from ocr_async.errors import OcrError
from ocr_async.jobs import manifest
from ocr_async.jobs.journal import Journal
from ocr_async.jobs.ledger import State
from ocr_async.jobs.names import from_column
from ocr_async.jobs.paths import beside

SHOWN = 5
"""How many of the slowest and of the least certain are named."""


@frozen
class Slow:
    """An item that took long: seconds from its first wait to its answer."""

    key: str
    seconds: float


@frozen
class Unsure:
    """An item with a field of low confidence (0 to 1)."""

    key: str
    field: str
    confidence: float


@frozen
class Failure:
    """What some items failed with, and what to do about it."""

    code: str | None
    kind: str
    count: int
    example: str
    """The key of one of them."""
    remedy: str


@frozen
class JobSummary:
    """The state of a job at the end of a run: the counts are of the whole job unless it says otherwise."""

    out: Path
    ledger: Path
    done: int
    failed: int
    held: int
    waiting: int
    """Seen and not finished: the job was stopped."""
    finished: int
    """Items of this run that the service answered, or that failed."""
    copied: int
    """Items of this run that got the answer to another one with the same content."""
    already: int
    """Items of this run that were settled in an earlier one."""
    repeated: int
    """Items that were named twice in this run."""
    left_alone: Mapping[str, int]
    """What was come across and not read, by reason."""
    seconds: float
    slowest: tuple[Slow, ...]
    unsure: tuple[Unsure, ...]
    failures: tuple[Failure, ...]
    failed_list: Path | None
    """A manifest of the failed and held items, to run them alone."""
    stopped: bool
    """True when the job was asked to stop."""
    error: OcrError | None
    """What ended the job early, such as a refused credential."""
    tables: tuple[Path, ...] = ()
    gone: int = 0
    """Items of earlier runs whose file is not there any more."""
    pruned: int = 0
    """Of those, how many this run dropped."""
    sent: int = 0
    """Items that this run started to send."""
    spent: int = 0
    """Sends that may be billed, over all runs."""
    to_send: Mapping[str, int] = Factory(dict[str, int])
    """Items that this run found to be sent, by document type; in a dry run, what would be sent."""
    dry_run: bool = False
    """True when nothing was sent and nothing kept: `copied` and `to_send` are what would be."""

    @property
    def ignored(self) -> int:
        """Files that were come across and left alone."""
        return sum(self.left_alone.values())

    @property
    def is_complete(self) -> bool:
        """True when every item was come to and none waits or is held; some may have failed."""
        return not (self.stopped or self.error or self.waiting or self.held)

    @property
    def rate(self) -> float:
        """Items that this run finished, a second."""
        return self.finished / self.seconds if self.seconds else 0.0

    def _repr_html_(self) -> str:
        """Show it as the last value of a notebook's cell."""
        from ocr_async.jobs.notebook import summary_html  # noqa: PLC0415  only notebooks need it

        return summary_html(self)


def summarize(
    journal: Journal, left_alone: Mapping[str, int], seconds: float, asked: int, error: OcrError | None
) -> JobSummary:
    """Sum up the job and write the list of its failed items.

    Raises:
        JobError: the list cannot be written.
    """
    out, ledger, met = journal.output.path if journal.output else journal.ledger.path, journal.ledger, journal.met
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
        copied=met["copied"] + (met["waiting twins"] if journal.rules.dry_run else 0),
        already=met["already"],
        repeated=met["repeated"],
        left_alone=left_alone,
        seconds=seconds,
        slowest=tuple(_slowest(journal)),
        unsure=tuple(_unsure(journal)),
        failures=tuple(_failures(journal)),
        failed_list=_write_failed(journal, beside(out, ".failed.csv")) if journal.output else None,
        stopped=bool(asked),
        error=error,
        gone=gone,
        sent=journal.started,
        spent=ledger.number("spent"),
        to_send=dict(journal.types),
        dry_run=journal.rules.dry_run,
    )


def _slowest(journal: Journal) -> Iterator[Slow]:
    query = "select key, seconds from item where seconds is not null order by seconds desc limit ?"
    rows = journal.ledger.select(query, (SHOWN,))
    return (Slow(str(key), float(str(seconds))) for key, seconds in rows)


def _unsure(journal: Journal) -> Iterator[Unsure]:
    query = "select key, field, score from item where score is not null order by score limit ?"
    return (
        Unsure(str(key), str(field), float(str(score))) for key, field, score in journal.ledger.select(query, (SHOWN,))
    )


def _failures(journal: Journal) -> Iterator[Failure]:
    query = "select code, kind, count(*), min(key) from item where state = 'failed' and gone is null group by code, kind order by count(*) desc"
    for code, kind, count, example in journal.ledger.select(query):
        text = str(code) if code is not None else None
        yield Failure(text, str(kind), int(str(count)), str(example), remedy(text, str(kind)))


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
