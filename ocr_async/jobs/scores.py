"""How sure the service is of what was read: fields that are empty say nothing about a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast


def scores(result: Mapping[str, Any]) -> dict[str, float]:
    """Return the confidences (0 to 1) of the fields of a plain result that are not empty, inner documents included."""
    return dict(_scores(result, ""))


def lowest(result: Mapping[str, Any]) -> tuple[str | None, float | None]:
    """Return the field of the lowest confidence among those that are not empty, and that confidence."""
    found = scores(result)
    if not found:
        return None, None
    field = min(found, key=found.__getitem__)
    return field, found[field]


def is_empty(value: object) -> bool:
    """Tell whether nothing was read: no value, blanks, or a list or object of nothing else."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Mapping):
        return all(map(is_empty, cast("Mapping[str, object]", value).values()))
    if isinstance(value, list | tuple):
        return all(map(is_empty, cast("Iterable[object]", value)))
    return value is None


def _scores(value: Any, prefix: str) -> Iterator[tuple[str, float]]:
    """Walk to every "confidence" inside; the fields of an inner one get its place before them."""
    if isinstance(value, list):
        for place, inner in enumerate(cast("Iterable[Any]", value), 1):
            yield from _scores(inner, f"{prefix}{place}.")
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            if name == "confidence":
                yield from _of_fields(cast("dict[str, Any]", value), inner, prefix)
            elif isinstance(inner, dict | list):
                yield from _scores(inner, f"{prefix}{name}.")


def _of_fields(document: dict[str, Any], confidence: Any, prefix: str) -> Iterator[tuple[str, float]]:
    for field, score in cast("dict[str, Any]", confidence).items() if isinstance(confidence, dict) else ():
        is_number = isinstance(score, int | float) and not isinstance(score, bool) and score == score  # noqa: PLR0124  NaN
        if is_number and not is_empty(_found(document, field)):
            yield f"{prefix}{field}", score


def _found(document: Mapping[str, Any], field: str) -> object:
    """Return the value of a field; the name of an inner one may be dotted."""
    if field in document or "." not in field:
        return document.get(field)
    outer, _, inner = field.partition(".")
    value = document.get(outer)
    return _found(cast("Mapping[str, Any]", value), inner) if isinstance(value, Mapping) else None
