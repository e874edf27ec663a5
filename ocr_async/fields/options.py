"""The options of a document type, checked against their annotations when it is made.

An option is an attrs field: a `bool`, a `Literal` of choices, a sequence of those, a page number, or free text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

_NAMES = {"Json": object, "Mapping": Mapping, "Sequence": Sequence, "Check": object, "Disagreement": object}
"""What annotations may name without importing it at run time."""


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


@cache
def options_of(cls: type[Any]) -> tuple[Option, ...]:
    """Return the options that a document type has."""
    hints = get_type_hints(cls, localns=_NAMES)
    return tuple(_option(attribute, hints[attribute.name]) for attribute in attrs.fields(cls))


def check(document_type: object) -> None:
    """Raise ValueError for an option that is not of its kind, with the list of its choices."""
    for option in options_of(type(document_type)):  # type: ignore[arg-type]
        value = getattr(document_type, option.name)
        if value != option.default and not (value is None and option.is_optional):
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


def _option(attribute: attrs.Attribute[Any], hint: object) -> Option:
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kind = next(member for member in members if member is not NoneType)
    several = get_origin(kind) is Sequence
    kind = get_args(kind)[0] if several else kind
    return Option(
        attribute.name,
        kind,
        (True, False) if kind is bool else get_args(kind) if get_origin(kind) is Literal else (),
        None if attribute.default is attrs.NOTHING else attribute.default,
        several,
        is_optional=NoneType in members,
        is_required=attribute.default is attrs.NOTHING,
    )
