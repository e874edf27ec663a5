"""The rows of an output: one for each document that was read, and one for each that was not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from attrs import frozen

from ocr_async.documents import registry
from ocr_async.documents.classification import AutoClassificationItem, AutoClassificationResult
from ocr_async.fields import Result
from ocr_async.fields.decoding import restore
from ocr_async.fields.mismatch import ProblemsError
from ocr_async.jobs.scores import scores
from ocr_async.jobs.tables.text import Cell


@frozen
class Document:
    """A document that was read."""

    kind: str
    """The document type, such as "train-ticket"."""
    line: Mapping[str, Any]
    """The line of the output it stands in."""
    position: int | None
    """Its place among the documents of one picture, from 1; `None` for the only one."""
    cells: Mapping[str, Cell]
    """What was found, by field."""
    scores: Mapping[str, float]
    """How sure the service is, by field; those that are empty are left out."""
    result_class: type[Result] | None


@frozen
class Failure:
    """A document that was not read."""

    line: Mapping[str, Any]
    position: int | None
    kind: str | None
    status: str
    error: Mapping[str, Any]


Row: TypeAlias = Document | Failure


def rows(lines: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the rows of the lines of an output, in its order."""
    for line in lines:
        yield from _rows(line)


def _rows(line: Mapping[str, Any]) -> Iterator[Row]:
    if line["status"] != "done":
        yield Failure(line, None, line["type"], line["status"], line["error"])
        return
    content = typed(line["type"], line["result"])
    if isinstance(content, AutoClassificationResult):
        for position, item in enumerate(content, 1):
            yield _part(line, position, item)
    else:
        yield _document(line, None, line["type"], content)


CORRECTED = "corrected"
"""The column that names the fields whose values a reviewer gave."""


def _part(line: Mapping[str, Any], position: int, item: AutoClassificationItem) -> Row:
    kind = (item.type or "unknown").replace("_", "-")
    error = item.error
    if error is not None:
        said = {"kind": type(error).__name__, "code": error.code, "message": error.message, "remedy": error.remedy}
        return Failure(line, position, kind, "failed", said)
    return _document(line, position, kind, item.content or {}, f"items.{position - 1}.content.")


def _document(
    line: Mapping[str, Any], position: int | None, kind: str, content: Result | Mapping[str, Any], prefix: str = ""
) -> Document:
    names = [name.removeprefix(prefix) for name in line.get(CORRECTED, ()) if name.startswith(prefix)]
    told: dict[str, Cell] = {CORRECTED: "; ".join(names)} if names else {}
    if isinstance(content, Result):
        cells = told | cast("dict[str, Cell]", content.typed_values())
        return Document(kind, line, position, cells, scores(content.to_dict()), type(content))
    return Document(kind, line, position, told | dict(_flat(content, "")), scores(content), None)


def typed(api: str, plain: Mapping[str, Any]) -> Result | Mapping[str, Any]:
    """Return a result as its class, or as it stands when the class is not known here or has changed since."""
    document_type = registry.get(api)
    if document_type is None:
        return plain
    try:
        return restore(document_type.result_class, dict(plain))
    except (ProblemsError, KeyError):
        return plain


def _flat(value: Any, name: str) -> Iterator[tuple[str, Cell]]:
    """Walk to the plain values of a result without a class; inner names are dotted."""
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, Any]", value).items():
            if key != "confidence":
                yield from _flat(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for position, inner in enumerate(cast("Iterable[Any]", value), 1):
            yield from _flat(inner, f"{name}.{position}")
    elif isinstance(value, str | bool | int | float):
        yield name, value
