"""How much a document deserves a look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from attrs import frozen

from ocr_async.documents import registry
from ocr_async.documents.classification import AutoClassificationResult
from ocr_async.fields import Result
from ocr_async.jobs.scores import is_empty
from ocr_async.jobs.tables.rows import typed
from ocr_async.jobs.values import values

CONTRADICTION, CHECK_DIGIT, READ, FAILED = range(4)
"""Grades, the worst first: fields that contradict each other, a wrong check digit, other results, what was not read."""

UNKNOWN = 2.0
"""Stands for the confidence of what has none: after all that has one."""

CONTRADICTORY = -1.0
"""Stands for the confidence of a field that contradicts another one or its check digit: before all others."""


@frozen
class Judgement:
    """What is known of a document before anybody has looked at it."""

    grade: int
    score: float
    """The lowest confidence."""
    fields: Mapping[str, float]
    """The confidence of each field that was read, by its name without positions in lists."""
    code: str | None = None
    """Of what was not read."""


@frozen
class Contradiction:
    """Fields that cannot all be right, by their names in the line, and a sentence that says why."""

    fields: tuple[str, ...]
    sentence: str


def judged(line: Mapping[str, Any]) -> Judgement:
    """Judge a line of an output."""
    if line["status"] != "done":
        error: Mapping[str, Any] = line["error"]
        return Judgement(FAILED, UNKNOWN, {}, error.get("code") or error.get("kind"))
    fields = _scores(line["result"])
    grade, lowest = READ, min(fields.values(), default=UNKNOWN)
    for each in contradictions(line):
        grade = min(grade, CHECK_DIGIT if len(each.fields) == 1 else CONTRADICTION)
        fields |= {general(name): CONTRADICTORY for name in each.fields}
    return Judgement(grade, lowest, fields)


def _scores(result: Mapping[str, Any]) -> dict[str, float]:
    """Return the confidence of each field that was read; the texts at the top, which are most, by a short way."""
    fields: dict[str, float] = {}
    said = result.get("confidence")
    known = cast("dict[str, Any]", said) if type(said) is dict else {}
    for name, text in result.items():
        if type(text) is str and type(known.get(name)) is float:
            if text and not text.isspace():
                fields[name] = known[name]
        elif text is not None and name != "confidence":
            part: dict[str, Any] = {name: text, "confidence": said}
            for value in values(part):
                if not is_empty(value.value):
                    inner = general(value.name)
                    fields[inner] = min(UNKNOWN if value.score is None else value.score, fields.get(inner, UNKNOWN))
    return fields


def contradictions(line: Mapping[str, Any]) -> Iterator[Contradiction]:
    """Yield what contradicts itself in the documents of a line that was read."""
    kind = registry.get(line["type"]) if line["type"] else None
    if kind is None or not (kind.result_class.checks or issubclass(kind.result_class, AutoClassificationResult)):
        return
    result = typed(line["type"], line["result"])
    if isinstance(result, AutoClassificationResult):
        for place, item in enumerate(result):
            if isinstance(item.content, Result):
                yield from _contradictions(item.content, f"items.{place}.content.")
    elif isinstance(result, Result):
        yield from _contradictions(result, "")


def _contradictions(result: Result, prefix: str) -> Iterator[Contradiction]:
    for each in result.disagreements:
        yield Contradiction(tuple(f"{prefix}{name}" for name in each.fields), each.sentence)


def general(name: str) -> str:
    """Return the name of a field without its positions in lists."""
    return ".".join(part for part in name.split(".") if not part.isdigit()) if "." in name else name
