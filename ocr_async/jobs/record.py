"""The lines of the output: what became of one item, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from attrs import frozen

from ocr_async.errors import ApiError, DecodeError, OcrError
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.ledger import Row, State
from ocr_async.model import Json

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
    seconds: float | None = None
    field: str | None = None
    score: float | None = None

    @property
    def facts(self) -> tuple[object, ...]:
        """The columns of the ledger, in their order."""
        return self.state, self.code, self.kind, self.seconds, self.field, self.score


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


def record(outcome: Outcome) -> Record:
    """Make the record of an outcome."""
    if outcome.error is not None:
        return _failed(outcome, outcome.error)
    plain = outcome.result.to_dict()
    field, score = lowest(plain)
    line = _entry_head(outcome.entry, State.DONE) | _course(outcome, outcome.result.meta) | {"result": plain}
    return Record(_text(line), State.DONE, seconds=outcome.seconds, field=field, score=score)


def _failed(outcome: Outcome, error: OcrError) -> Record:
    said = error_text(error)
    line = _entry_head(outcome.entry, State.FAILED) | _course(outcome, error) | {"error": said}
    code, kind = said["code"], said["kind"]
    return Record(_text(line), State.FAILED, str(code) if code else None, str(kind), outcome.seconds)


def held(row: Row) -> Record:
    """Make the record of an item whose call was under way when the process died."""
    said: ErrorText = {
        "kind": "UnknownFate",
        "code": None,
        "status": None,
        "message": UNKNOWN_FATE,
        "remedy": RETRY_HELD,
    }
    course = {"attempts": None, "request_id": None, "seconds": None, "endpoint": None}
    return Record(_text(_row_head(row, State.HELD) | course | {"error": said}), State.HELD, kind="UnknownFate")


def copied(text: bytes, row: Row) -> Record:
    """Make the record of an item from the line of another one with the same content, marked with "copy_of"."""
    import orjson  # noqa: PLC0415  on first use

    line = orjson.loads(text)
    error: dict[str, Any] = line.get("error") or {}
    head = _row_head(row, line["status"]) | {"copy_of": line.get("copy_of", line["key"])}
    rest = {name: value for name, value in line.items() if name not in head and name != "page"}
    field, score = lowest(line.get("result") or {})
    return Record(_text(head | rest), line["status"], error.get("code"), error.get("kind"), field=field, score=score)


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


def lowest(result: Mapping[str, Any]) -> tuple[str | None, float | None]:
    """Return the field of the lowest confidence in a plain result, inner documents included, and that confidence."""
    scores = result.get("confidence") or dict(_inner_scores(result, ""))
    if not scores:
        return None, None
    field = min(scores, key=scores.__getitem__)
    return field, scores[field]


def _inner_scores(value: Any, prefix: str) -> Iterator[tuple[str, float]]:
    """Walk to every "confidence" inside, whose fields get the place of their document before them."""
    if type(value) is list:
        for index, inner in enumerate(cast("Iterable[Any]", value), 1):
            yield from _inner_scores(inner, f"{prefix}{index}.")
    elif type(value) is dict:
        for name, inner in cast("dict[str, Any]", value).items():
            if name == "confidence":
                scores: dict[str, float] = inner or {}
                yield from ((f"{prefix}{field}", score) for field, score in scores.items())
            else:
                yield from _inner_scores(inner, f"{prefix}{name}.")


def _row_head(row: Row, status: str) -> dict[str, Any]:
    return _head(row.key, row.source, row.page, row.type, row.options, status)


def _entry_head(entry: Entry, status: str) -> dict[str, Any]:
    return _head(entry.key, entry.origin, entry.page, entry.type.api if entry.type else None, entry.options, status)


def _head(  # noqa: PLR0913, PLR0917  the columns of a line
    key: str, source: str | None, page: int | None, api: str | None, options: str | None, status: str
) -> dict[str, Any]:
    head: dict[str, Any] = {"key": key, "source": source}
    if page is not None:
        head["page"] = page
    head["type"] = api
    if options:
        import orjson  # noqa: PLC0415  on first use

        head["options"] = orjson.Fragment(options)
    head["status"] = status
    return head


def _course(outcome: Outcome, about: object) -> dict[str, Any]:
    return {
        "attempts": outcome.attempts,
        "request_id": getattr(about, "request_id", None),
        "seconds": None if outcome.seconds is None else round(outcome.seconds, 3),
        "endpoint": outcome.endpoint,
    }


def _text(line: Mapping[str, Any]) -> bytes:
    import orjson  # noqa: PLC0415  on first use

    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE, default=str)
