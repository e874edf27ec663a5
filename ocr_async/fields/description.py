"""The fields of a result as a reader of a list wants them: name, kind, typed reading, meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from attrs import frozen

from ocr_async.fields.annotations import annotations_of
from ocr_async.fields.base import Fields, json_names
from ocr_async.fields.readings import Reading
from ocr_async.fields.shapes import Count, Quad

_WORDS: Mapping[object, str] = {str: "text", bool: "true or false", int: "number", Count: "number", float: "number"}


@frozen
class FieldDescription:
    """One field; what is inside of others has a dotted name, with `[]` after a list, such as `item_list[].amount`."""

    name: str
    kind: str
    reading: str
    """The type of the field with `_value` after its name, such as `date`; empty when there is none."""
    meaning: str


def described(cls: type[Fields], outer: str = "") -> Iterator[FieldDescription]:
    """Yield every field of a class, and after each the fields inside of it."""
    said = annotations_of(cls)
    for name, key in json_names(cls).items():
        kind = said[name].kind
        reading = getattr(cls, f"{name}_value", None)
        value = reading.kind if isinstance(reading, Reading) else ""
        yield FieldDescription(outer + key, _word(kind), value, said[name].meaning)
        inner, is_list = _inner(kind)
        if inner is not None:
            yield from described(inner, f"{outer}{key}{'[]' if is_list else ''}.")


def _word(kind: Any) -> str:
    if kind in _WORDS or Count in get_args(kind):
        return _WORDS.get(kind, "number")
    if kind is Quad:
        return "corners"
    arguments = get_args(kind)
    if get_origin(kind) is tuple:
        return f"list of {_word(arguments[0])}"
    if get_origin(kind) is Mapping:
        return f"{_word(arguments[1])} by name"
    return "object" if isinstance(kind, type) else "object, by its type"


def _inner(kind: Any) -> tuple[type[Fields] | None, bool]:
    is_list = get_origin(kind) is tuple
    inner = get_args(kind)[0] if is_list else kind
    return (inner if isinstance(inner, type) and issubclass(inner, Fields) else None), is_list
