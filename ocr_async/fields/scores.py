"""Confidences: of what is inside of lists and objects, under dotted names such as `item_list.0.amount`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ocr_async.fields.mismatch import number
from ocr_async.model import Json


def flat(name: str, score: Any) -> dict[str, float]:
    """Return the scores inside an object or a list under dotted names: of a list of objects, `name.0.inner`."""
    inner = _inner(score)
    if inner is None:
        return {name: number(score, None)}
    found: dict[str, float] = {}
    for key, value in inner.items():
        objects = _inner(value) if type(score) is list else None  # pyright: ignore[reportUnknownArgumentType]
        if objects is None:
            found[f"{name}.{key}"] = number(value, None)
        else:
            found |= {f"{name}.{key}.{last}": number(each, None) for last, each in objects.items() if each is not None}
    return found


def _inner(score: Any) -> dict[str, Any] | None:
    if type(score) is list:
        return {str(place): value for place, value in enumerate(score)}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return cast("dict[str, Any]", score) if type(score) is dict else None


def nested(scores: Mapping[str, float]) -> dict[str, Json]:
    """Put scores with dotted names back into objects and lists, as the service sends them."""
    if not any("." in name for name in scores):
        return dict(scores)
    objects: dict[str, Any] = {}
    for name, score in scores.items():
        *outer, last = name.split(".")
        inner: Any = objects
        for part in outer:
            inner = inner.setdefault(part, {})
            if type(inner) is float:  # a score has no other one inside
                inner, last = objects, name
                break
        inner[last] = score
    return {name: _as_list(value) for name, value in objects.items()}


def _as_list(value: Any) -> Json:
    """Make a list of what is keyed by places, one after the other."""
    if not isinstance(value, dict):
        return cast("float", value)
    inner = cast("dict[str, Any]", value)
    return [*inner.values()] if [*inner] == [str(place) for place in range(len(inner))] else inner
