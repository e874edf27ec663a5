"""The lines of the output: what became of one item, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from attrs import Factory, frozen

from ocr_async.errors import ApiError, DecodeError, OcrError
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.rows import Row, State
from ocr_async.jobs.scores import lowest
from ocr_async.model import VERSION, Json

ErrorText: TypeAlias = "dict[str, Json]"

UNKNOWN_FATE = "It was sent, but the run ended before its answer came; nobody knows whether it was read."
RETRY_HELD = 'run the job again with unknown="retry" to send it again'


@frozen
class Record:
    """A line of the output with what the ledger keeps of it."""

    text: bytes
    state: str
    code: str | None = None
    kind: str | None = None
    read_at: str | None = None
    attempts: int | None = None
    request_id: str | None = None
    seconds: float | None = None
    endpoint: str | None = None
    field: str | None = None
    score: float | None = None

    @property
    def facts(self) -> tuple[object, ...]:
        """The columns of the ledger, in their order."""
        course = (self.read_at, self.attempts, self.request_id, self.seconds, self.endpoint)
        return self.state, self.code, self.kind, *course, self.field, self.score


def utc_now() -> str:
    """Return the time in UTC as ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@frozen
class Outcome:
    """What came back for one entry."""

    entry: Entry
    result: Any = None
    error: OcrError | None = None
    attempts: int = 0
    seconds: float | None = None
    endpoint: str | None = None
    put_back: bool = False
    """True when nothing became of it, and a later run is to begin afresh."""
    is_again: bool = False
    """True when nothing was sent and it is to be looked at again: its content was exchanged, or there was no room."""
    read_at: str = Factory(utc_now)
    """When it came back: UTC, ISO 8601."""


def record(outcome: Outcome, run: int | None = None) -> Record:
    """Make the record of an outcome of a run; a result that cannot be written becomes a failure."""
    if outcome.error is not None:
        return _failed(outcome, run, outcome.error)
    try:
        return _done(outcome, run)
    except Exception as error:  # noqa: BLE001  it is about this entry alone
        return _failed(outcome, run, OcrError(f"its result cannot be written: {type(error).__name__}"))


def _done(outcome: Outcome, run: int | None) -> Record:
    plain = outcome.result.to_dict()
    course, (field, score) = _course(outcome, outcome.result.meta), lowest(plain)
    text = as_text(_entry_head(outcome, run, State.DONE) | course | {"result": plain})
    return Record(text, State.DONE, read_at=outcome.read_at, field=field, score=score, **_columns(course))


def _failed(outcome: Outcome, run: int | None, error: OcrError) -> Record:
    said, course = error_text(error), _course(outcome, error)
    text = as_text(_entry_head(outcome, run, State.FAILED) | course | {"error": said})
    code, kind = said["code"], said["kind"]
    return Record(text, State.FAILED, str(code) if code else None, str(kind), outcome.read_at, **_columns(course))


def held(row: Row, run: int) -> Record:
    """Make the record of an item whose call was under way when the process died."""
    said: ErrorText = {
        "kind": "UnknownFate",
        "code": None,
        "status": None,
        "message": UNKNOWN_FATE,
        "remedy": RETRY_HELD,
    }
    course = {"attempts": None, "request_id": None, "seconds": None, "endpoint": None}
    head = _row_head(row, State.HELD, utc_now(), run)
    return Record(
        as_text(head | course | {"error": said}), State.HELD, kind="UnknownFate", read_at=str(head["read_at"])
    )


def copied(text: bytes, row: Row, run: int) -> Record:
    """Make the record of an item from the line of another one with the same content, marked with "copy_of"."""
    line = parse(text)
    error: dict[str, Any] = line.get("error") or {}
    read_at = line.get("read_at")
    head = _row_head(row, line["status"], read_at, line.get("run", run))
    head |= {"copy_of": line.get("copy_of", line["key"])}
    rest = {name: value for name, value in line.items() if name not in head and name not in ("page", "options")}
    field, score = lowest(line.get("result") or {})
    course = (rest.get("attempts"), rest.get("request_id"), None, rest.get("endpoint"))
    text = as_text(_in_order(head | rest))
    return Record(text, line["status"], error.get("code"), error.get("kind"), read_at, *course, field, score)


def parse(text: bytes | str) -> dict[str, Any]:
    """Return a line of an output; a name in it that is not UTF-8 comes back as `os.fsdecode` gives it."""
    import orjson  # noqa: PLC0415  on first use

    try:
        return cast("dict[str, Any]", orjson.loads(text))
    except orjson.JSONDecodeError:
        return cast("dict[str, Any]", json.loads(text))


def error_text(error: OcrError) -> ErrorText:
    """Return what there is to say about an error, as JSON."""
    api = error if isinstance(error, ApiError) else None
    status = error.status if isinstance(error, ApiError | DecodeError) else None
    return {
        "kind": type(error).__name__,
        "code": (api.code or None) if api else None,
        "status": status,
        "message": api.message if api else str(error),
        "remedy": (api.remedy or None) if api else None,
    }


ORDER = (
    "key", "source", "page", "type", "options", "status", "sha256", "read_at", "run", "version", "attempts",
    "request_id", "seconds", "endpoint", "copy_of", "result", "error",
)  # fmt: skip
"""The names in a line, in their order; `page`, `options`, `copy_of` and one of the last two are there when they apply."""


def _in_order(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in ORDER if name in line}


def _row_head(row: Row, status: str, read_at: str | None, run: int) -> dict[str, Any]:
    return _head(row.key, row.source, row.page, row.type, row.options, status, row.sha256, read_at, run)


def _entry_head(outcome: Outcome, run: int | None, status: str) -> dict[str, Any]:
    entry = outcome.entry
    api = entry.type.api if entry.type else None
    return _head(entry.key, entry.origin, entry.page, api, entry.options, status, entry.sha256, outcome.read_at, run)


def _head(  # noqa: PLR0913, PLR0917  the columns of a line
    key: str,
    source: str | None,
    page: int | None,
    api: str | None,
    options: str | None,
    status: str,
    sha256: bytes | None,
    read_at: str | None,
    run: int | None,
) -> dict[str, Any]:
    head: dict[str, Any] = {"key": key, "source": source}
    if page is not None:
        head["page"] = page
    head["type"] = api
    if options:
        import orjson  # noqa: PLC0415  on first use

        head["options"] = orjson.loads(options)
    head["status"] = status
    head["sha256"] = sha256.hex() if sha256 is not None else None
    return head | {"read_at": read_at, "run": run, "version": VERSION}


def _course(outcome: Outcome, about: object) -> dict[str, Any]:
    return {
        "attempts": outcome.attempts,
        "request_id": getattr(about, "request_id", None),
        "seconds": None if outcome.seconds is None else round(outcome.seconds, 3),
        "endpoint": outcome.endpoint,
    }


def _columns(course: Mapping[str, Any]) -> dict[str, Any]:
    return {name: course[name] for name in ("attempts", "request_id", "seconds", "endpoint")}


def as_text(line: Mapping[str, Any]) -> bytes:
    """Return a line as it stands in the output."""
    import orjson  # noqa: PLC0415  on first use

    try:
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE, default=str)
    except TypeError:  # a name that is not UTF-8 (surrogates), or a number beyond 64 bits
        return json.dumps(line, separators=(",", ":"), default=str).encode() + b"\n"
