"""What the gates of a job were doing, about once a second: rows of its ledger that its report plots."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from attrs import frozen

from ocr_async.calls.endpoints import EndpointStats
from ocr_async.jobs.ledger import Ledger

TABLE = """
create table if not exists moment(
    run integer,
    at real,                -- seconds since 1970
    endpoint text,
    api text,
    window integer,         -- calls at a time that the gate allows
    in_flight integer,
    waiting integer,
    refused integer         -- calls refused so far, in this process
)
"""


@frozen
class Moment:
    """One gate at one moment."""

    run: int
    at: float
    """Seconds since 1970."""
    endpoint: str
    api: str
    window: int
    in_flight: int
    waiting: int
    refused: int
    """Calls refused so far, in the process of the run."""


def note(ledger: Ledger, endpoints: Sequence[EndpointStats]) -> None:
    """Write down what the gates are doing now.

    Raises:
        JobError: it cannot be written.
    """
    at = round(time.time(), 1)
    with ledger.transaction():
        ledger.change(TABLE)
        for endpoint in endpoints:
            for api, gate in endpoint.gates.items():
                row = (ledger.run, at, endpoint.name, api, gate.window, gate.in_flight, gate.waiting, gate.refused)
                ledger.change("insert into moment values (?, ?, ?, ?, ?, ?, ?, ?)", row)


def moments(ledger: Ledger) -> Iterator[Moment]:
    """Yield the moments of all runs in their order; none of a ledger without them."""
    if next(ledger.select("select 1 from sqlite_master where name = 'moment'"), None):
        for row in ledger.select("select * from moment order by at"):
            yield Moment(*row)
