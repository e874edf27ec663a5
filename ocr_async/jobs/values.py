"""The single values of a plain result by name: `number`, `item_list.0.amount`, `items.1.content.code`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from ocr_async.jobs.scores import is_empty
from ocr_async.model import Json

Path: TypeAlias = tuple[str | int, ...]
Plain: TypeAlias = str | int | float | bool | None

LONGEST = 100_000
"""Characters; what is longer is a file in base64 and nothing to read."""

_ABOUT = ("confidence", "text_location")
"""Keys of an object that tell of its fields."""


@frozen
class Value:
    """One value of a result."""

    name: str
    """Its path with dots; the items of lists count from 0."""
    path: Path
    value: Plain
    score: float | None
    """How sure the service is, 0 to 1; None where it does not say, and for what is empty."""


def values(result: Json) -> Iterator[Value]:
    """Yield the values of a plain result in its order, empty ones too; corner points and files are left out."""
    for path, value in _leaves(result, ()):
        score = None if is_empty(value) else _score(result, path)
        yield Value(".".join(map(str, path)), path, value, score)


def replaced(result: Json, path: Path, value: Json) -> Json:
    """Return a plain result with another value at a path, and without the confidence of the one before."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(result, Mapping):
        changed = {name: replaced(inner, rest, value) if name == step else inner for name, inner in result.items()}
        if isinstance(changed.get("confidence"), Mapping):
            changed["confidence"] = _without(changed["confidence"], path)
        return changed
    if isinstance(result, list):
        return [replaced(inner, rest, value) if place == step else inner for place, inner in enumerate(result)]
    return result


def _leaves(value: Json, path: Path) -> Iterator[tuple[Path, Plain]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _ABOUT:
                yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        if not all(map(_is_point, value)):
            for position, inner in enumerate(value):
                yield from _leaves(inner, (*path, position))
    elif not isinstance(value, Sequence) or (isinstance(value, str) and len(value) <= LONGEST):
        yield path, value


def _is_point(value: Json) -> bool:
    """Tell corner points and rows of matrices from values."""
    return isinstance(value, list) and all(isinstance(number, int | float) for number in value)


def _score(result: Json, path: Path) -> float | None:
    """Return the innermost confidence that speaks of a value."""
    found, value = None, result
    for place, step in enumerate(path):
        score = _inside(value.get("confidence"), path[place:]) if isinstance(value, Mapping) else None
        is_number = isinstance(score, int | float) and not isinstance(score, bool) and score == score  # noqa: PLR0124  NaN
        found = float(score) if is_number and isinstance(score, int | float) else found
        value = _inside(value, (step,))
    return found


def _inside(value: Json, path: Path) -> Json:
    """Follow a path as far as there are objects and lists."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        else:
            return value
    return value


def _without(scores: Json, path: Path) -> Json:
    """Return confidences without the one at a path, None when nothing is left of them."""
    if not path:
        return None
    step, rest = path[0], path[1:]
    if isinstance(scores, Mapping):
        kept = {name: _without(score, rest) if name == step else score for name, score in scores.items()}
        return {name: score for name, score in kept.items() if score is not None}
    if isinstance(scores, list) and rest:
        return [_without(score, rest) if place == step else score for place, score in enumerate(scores)]
    return scores
