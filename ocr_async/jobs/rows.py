"""An item as the ledger knows it."""

from __future__ import annotations

from attrs import astuple, field, frozen

from ocr_async.jobs.names import from_column, key_of, to_column


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
    code: str | None = None
    kind: str | None = None
    read_run: int | None = None
    read_at: str | None = None
    attempts: int | None = None
    request_id: str | None = None
    seconds: float | None = None
    endpoint: str | None = None
    field: str | None = None
    score: float | None = None
    line: int | None = None

    @property
    def about(self) -> tuple[object, ...]:
        """What the item is, as its columns have it: the first nine."""
        key, source, place, *rest = astuple(self, recurse=False)[:9]
        return to_column(key), to_column(source), to_column(place), *rest
