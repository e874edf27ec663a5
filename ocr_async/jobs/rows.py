"""An item as the ledger knows it."""

from __future__ import annotations

from attrs import field, frozen

from ocr_async.jobs.names import from_column, key_of


class State:
    """What is known of an item."""

    WAITING = "waiting"
    """Seen, not sent; or its content is being read under another key."""
    READY = "ready"
    """Next to be sent; after a crash the same as waiting."""
    STARTED = "started"
    """Let through to be sent; after a crash nobody knows whether the service has read it."""
    DONE = "done"
    FAILED = "failed"
    HELD = "held"
    """Sent by a run that ended before the answer came; left alone until the job runs with unknown="retry"."""


@frozen
class Row:
    """An item as the ledger knows it: the columns of its table, in their order."""

    key: str = field(converter=key_of)
    source: str | None = field(converter=from_column)
    place: str | None = field(converter=from_column)
    page: int | None
    type: str | None
    options: str | None
    sha256: bytes | None
    fingerprint: bytes | None
    stamp: str | None
    first_run: int
    run: int
    gone: int | None
    state: str
    code: str | None
    kind: str | None
    read_run: int | None
    read_at: str | None
    attempts: int | None
    request_id: str | None
    seconds: float | None
    endpoint: str | None
    field: str | None
    score: float | None
    line: int | None
