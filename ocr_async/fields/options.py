"""The options of a document type, checked against their annotations when it is made.

An option is an attrs field: a `bool`, a `Literal` of choices, a sequence of those, a page number, or free text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast, get_args, get_origin

import attrs
from attrs import frozen

from ocr_async.fields.annotations import Annotation, annotations_of, per_class


@frozen
class Option:
    """One option: the values to choose from (empty for anything of its kind), and whether it takes several."""

    name: str
    kind: object
    choices: tuple[object, ...]
    default: object
    takes_several: bool = False
    is_optional: bool = False
    is_required: bool = False
    meaning: str = ""


@per_class
def options_of(cls: type[Any]) -> tuple[Option, ...]:
    """Return the options that a document type has."""
    said = annotations_of(cls)
    return tuple(_option(attribute, said[attribute.name]) for attribute in attrs.fields(cls))


def check(document_type: object) -> None:
    """Raise ValueError for an option that is not of its kind, with the list of its choices."""
    for option in options_of(type(document_type)):
        value = getattr(document_type, option.name)
        is_left_out = value == option.default and not option.is_required
        if not is_left_out and not (value is None and option.is_optional):
            _check(option, value)


def as_tuple(value: Sequence[Any] | None) -> Any:
    """Make a list hashable: the converter of an option that takes several choices."""
    return tuple(value) if isinstance(value, list) else value


def _check(option: Option, value: object) -> None:
    several = cast("tuple[object, ...]", value) if option.takes_several and isinstance(value, tuple) else (value,)
    if option.choices:
        if not several or not all(_is_one_of(each, option.choices) for each in several):
            listed = ", ".join(map(repr, option.choices))
            raise ValueError(
                f"{option.name}={value!r} is not {'a choice' if option.takes_several else 'one'} of {listed}"
            )
    elif option.kind is int and (type(value) is not int or value < 1):  # pyright: ignore[reportUnknownArgumentType]
        raise ValueError(f"{option.name}={value!r} is no page: pages are numbered from 1")
    elif option.kind is str and not isinstance(value, str):
        raise ValueError(f"{option.name}={value!r} is no text")


def _is_one_of(value: object, choices: tuple[object, ...]) -> bool:
    return any(type(value) is type(choice) and value == choice for choice in choices)


def _option(attribute: attrs.Attribute[Any], said: Annotation) -> Option:
    several = get_origin(said.kind) is Sequence
    kind = get_args(said.kind)[0] if several else said.kind
    is_required = attribute.default is attrs.NOTHING
    return Option(
        attribute.name,
        kind,
        (True, False) if kind is bool else get_args(kind) if get_origin(kind) is Literal else (),
        None if is_required else attribute.default,
        several,
        said.is_optional,
        is_required,
        said.meaning,
    )
