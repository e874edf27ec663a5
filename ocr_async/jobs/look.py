"""Looking at a job, without credentials, while it runs or after: what it has come to, what failed, what was done when."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import frozen

from ocr_async.jobs.corrections import corrected, corrections_in
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.lock import is_held
from ocr_async.jobs.names import from_column
from ocr_async.jobs.paths import ledger_of
from ocr_async.jobs.record import as_text, parse
from ocr_async.jobs.rows import State


@frozen
class Run:
    """One run of a job."""

    number: int
    begun: str
    """UTC, ISO 8601."""
    ended: str | None
    """None while it runs, and when it was killed."""
    how: str
    """It ended: "finished", "stopped", "killed", what ended it early; or "running"."""
    arguments: Mapping[str, Any]
    version: str
    endpoints: tuple[str, ...]
    counts: Mapping[str, Any]
    """What it came to: total, is_total_final, done, failed, held, already, copied, sent, rate, seconds."""


@frozen
class FailedItem:
    """An item that failed, or is held because nobody knows whether it was read."""

    key: str
    source: str | None
    page: int | None
    type: str | None
    options: str | None
    status: str
    """ "failed" or "held"."""
    code: str | None
    kind: str | None
    read_at: str | None
    attempts: int | None
    request_id: str | None
    run: int | None


@frozen
class JobStatus:
    """What a job has come to; failed, held and waiting do not count what is gone."""

    ledger: Path | str
    """Its path, or its address in a bucket."""
    job: str
    """The document type, with its options."""
    running: bool
    done: int
    """Lines with a result, also those of files that are gone."""
    failed: int
    held: int
    waiting: int
    gone: int
    """Items whose file was not there any more when the last whole run came by, done or not."""
    spent: int
    """Sends that may be billed, over all runs."""
    types: Mapping[str, int]
    """Items done by document type."""
    codes: Mapping[str, int]
    """Items failed by the service's code, or by the name of the error's class."""
    runs: int
    last: Run | None

    @property
    def items(self) -> int:
        """Items that the job knows and that are not gone, and those that are gone but done."""
        return self.done + self.failed + self.held + self.waiting


def open_ledger(path: str | os.PathLike[str]) -> Ledger:
    """Open the ledger of a job to look at it; `path` is the ledger or the output. Close it in the end.

    Raises:
        JobError: there is none, or it is of another version.
    """
    return Ledger.look(ledger_of(Path(path)))


def status(ledger: Ledger) -> JobStatus:
    """Sum up a job as it is at one moment, also while it runs."""
    list(ledger.select("begin"))
    try:
        return _status(ledger)
    finally:
        list(ledger.select("rollback"))


def _status(ledger: Ledger) -> JobStatus:
    states, types, codes, gone = Counter[str](), Counter[str](), Counter[str](), 0
    for state, is_gone, api, code, count in ledger.select(_COUNTS):
        gone += count if is_gone else 0
        if state == State.DONE:
            types[api] += count
        if state == State.DONE or not is_gone:
            states[state] += count
        if state == State.FAILED and not is_gone:
            codes[code] += count
    ((number,),) = ledger.select("select count(*) from run")
    running = is_held(ledger.path)
    states[State.WAITING if running else State.HELD] += _started(ledger)
    done, failed, held = (states.pop(state, 0) for state in (State.DONE, State.FAILED, State.HELD))
    return JobStatus(
        ledger=ledger.path,
        job=str(ledger.fact("job")),
        running=running,
        done=done,
        failed=failed,
        held=held,
        waiting=states.total(),
        gone=gone,
        spent=ledger.number("spent"),
        types=dict(types.most_common()),
        codes=dict(codes.most_common()),
        runs=number,
        last=next(_runs(ledger, "desc limit 1"), None),
    )


def _started(ledger: Ledger) -> int:
    """Return how many items were sent and are not noted otherwise: they are under way, or their run was killed."""
    if next(ledger.select("select 1 from sqlite_master where name = 'started'"), None) is None:
        return 0
    ((count,),) = ledger.select("select count(*) from started where key not in (select key from item)")
    return int(count)


_COUNTS = (
    "select state, gone is not null, type, iif(state = 'failed', coalesce(code, kind), null), count(*)"
    " from item not indexed group by 1, 2, 3, 4"
)
"""One walk through the table: an index would lead to each item in turn."""


def failed(ledger: Ledger) -> Iterator[FailedItem]:
    """Yield what failed or is held and is not gone, in the order of the output."""
    query = (
        "select key, source, page, type, options, state, code, kind, read_at, attempts, request_id, read_run from item"
        " where state in ('failed', 'held') and gone is null order by line"
    )
    for key, source, *rest in ledger.select(query):
        yield FailedItem(from_column(key) or "", from_column(source), *rest)


def runs(ledger: Ledger) -> Iterator[Run]:
    """Yield the runs of a job, the first one first."""
    return _runs(ledger, "")


def _runs(ledger: Ledger, order: str) -> Iterator[Run]:
    query = "select number, begun, ended, how, arguments, version, endpoints, counts from run order by number"
    latest, running = ledger.number("run"), is_held(ledger.path)
    for number, begun, ended, how, *rest in ledger.select(f"{query} {order}"):
        arguments, version, endpoints, counts = rest
        said = how or ("running" if running and number == latest else "killed")
        yield Run(number, begun, ended, said, _json(arguments), version, tuple(_json(endpoints)), _json(counts))


def lines(ledger: Ledger) -> Iterator[bytes]:
    """Yield the lines of the output as the ledger has them, with the values that reviewers gave."""
    known = corrections_in(ledger.path)
    for _, text in ledger.lines():
        line = parse(text) if known else {}
        steps = known.get(line.get("key", ""), ())
        yield as_text(corrected(line, steps)) if steps else text


def _json(text: object) -> Any:
    with suppress(ValueError):
        return json.loads(str(text))
    return {}
