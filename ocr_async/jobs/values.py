"""The single values of a plain result by name: `number`, `item_list.0.amount`, `items.1.content.code`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    return _values(result, (), "", None)


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


def _values(value: Json, path: Path, name: str, said: Json) -> Iterator[Value]:
    """Walk to the values, with what the confidences on the way say of this place."""
    if isinstance(value, dict):
        own, before = value.get("confidence"), f"{name}." if name else ""
        for key, inner in value.items():
            if key not in _ABOUT:
                yield from _values(inner, (*path, key), f"{before}{key}", _of(own, key, said))
    elif isinstance(value, list):
        if not all(map(_is_point, value)):
            before = f"{name}." if name else ""
            for place, inner in enumerate(value):
                yield from _values(inner, (*path, place), f"{before}{place}", _at(said, place))
    elif value is None or isinstance(value, int | float) or (isinstance(value, str) and len(value) <= LONGEST):
        yield Value(name, path, value, None if is_empty(value) else _number(said))


def _of(own: Json, name: str, said: Json) -> Json:
    """Return what is said of a field: by its own object, or by one around that."""
    for scores in (own, said):
        if isinstance(scores, dict):
            found: Json = scores.get(name)
            if found is not None:
                return found
        elif scores is not None:
            return scores
    return None


def _at(said: Json, place: int) -> Json:
    if isinstance(said, list):
        return said[place] if place < len(said) else None
    return said if isinstance(said, int | float) else None


def _number(said: Json) -> float | None:
    """Return a confidence that is a number."""
    is_number = isinstance(said, int | float) and not isinstance(said, bool) and said == said  # noqa: PLR0124  NaN
    return float(said) if is_number and isinstance(said, int | float) else None


def _is_point(value: Json) -> bool:
    """Tell corner points and rows of matrices from values."""
    return isinstance(value, list) and all(isinstance(number, int | float) for number in value)


def inside(value: Json, path: Path) -> Json:
    """Return what stands at a path, None when there is nothing."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
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
