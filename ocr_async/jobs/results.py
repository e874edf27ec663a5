"""The results of a job as Python objects again, from its output or its ledger, while it runs or after."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, cast

from attrs import evolve

from ocr_async import errors
from ocr_async.batch import Done, Failed
from ocr_async.error_codes import api_error
from ocr_async.fields import Meta, Result
from ocr_async.jobs.lines import opened
from ocr_async.jobs.scores import scores
from ocr_async.jobs.tables.rows import typed


def read_results(path: str | os.PathLike[str]) -> Iterator[Done[Result] | Failed]:
    """Yield what a job came to, in the order of its output: each result as its class, each failure with its error.

    `path` is the output, a gzip copy of it, or the ledger, also in a bucket (`s3://...`). A result whose class is not known here, or has changed since, is
    a plain `Result` with everything in `raw`. What is held (nobody knows whether it was read) is a `Failed` with a
    `TransportError`. `Done.corrected` names the fields that a reviewer corrected. Takes the memory of one line (blocks: call it in a thread).

    Raises:
        JobError: the file cannot be read, or is no output and no ledger.
    """
    with opened(path) as lines:
        for index, line in enumerate(lines()):
            yield _done(index, line) if line["status"] == "done" else _failed(index, line)


def _done(index: int, line: Mapping[str, Any]) -> Done[Result]:
    attempts, seconds, endpoint = line.get("attempts") or 0, line.get("seconds") or 0.0, line.get("endpoint") or ""
    meta = Meta(line.get("request_id"), endpoint, attempts=attempts, seconds=seconds)
    content = typed(line["type"], line["result"])
    if isinstance(content, Result):
        result: Result = evolve(cast("Any", content), meta=meta)
    else:
        result = Result(raw=dict(content), confidence=scores(content), meta=meta)
    names = tuple(line.get("corrected", ()))
    return Done(line["key"], index, line["source"], result, attempts, seconds, endpoint, names)


def _failed(index: int, line: Mapping[str, Any]) -> Failed:
    course = (line.get("attempts") or 0, line.get("seconds") or 0.0, line.get("endpoint"))
    return Failed(line["key"], index, line["source"], _error(line), *course)


def _error(line: Mapping[str, Any]) -> errors.OcrError:
    """Make an error again of what the line says of it."""
    said: Mapping[str, Any] = line["error"]
    kind, place = _KINDS.get(str(said["kind"]), errors.OcrError), line["source"] or line["key"]
    message = str(said["message"] or "").removeprefix(f"{place}: ").removeprefix(f"{line['key']}: ")
    error: errors.OcrError
    if kind is errors.SourceError:
        error = errors.SourceError(place, message)
    elif said.get("code"):
        error = api_error(said.get("status") or 200, said["code"], message, request_id=line.get("request_id"))
    elif issubclass(kind, errors.ApiError):
        error = kind(status=said.get("status") or 200, message=message, request_id=line.get("request_id"))
    elif line["status"] == "held":
        error = errors.TransportError(message)
    else:
        error = kind(message)
    error.attempts, error.endpoint, error.source = line.get("attempts") or 0, line.get("endpoint"), line["key"]
    return error


_KINDS = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.OcrError)
}
