"""What the annotations of a class say about its fields: the type of each, and in a few words what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

NAMES = {"Json": object, "Mapping": Mapping, "Sequence": Sequence, "Check": object, "Disagreement": object}
"""What annotations may name without importing it at run time."""


T = TypeVar("T")


def per_class(function: Callable[[type[Any]], T]) -> Callable[[type[Any]], T]:
    """Remember what a function says of each class; the classes stay."""
    return cast("Callable[[type[Any]], T]", cache(function))


@frozen
class Annotation:
    """The type of a field without `None`, whether it may be `None`, and what it means: `Annotated[str, "The gate."]`."""

    kind: Any
    is_optional: bool = False
    meaning: str = ""


@per_class
def annotations_of(cls: type[Any]) -> Mapping[str, Annotation]:
    """Return what is said of each attrs field of a class."""
    hints = get_type_hints(cls, localns=NAMES, include_extras=True)
    variables = _variables(cls)
    return {each.name: _annotation(hints[each.name], variables) for each in attrs.fields(cls)}


def _annotation(hint: Any, variables: Mapping[Any, Any]) -> Annotation:
    meaning = ""
    if get_origin(hint) is Annotated:
        hint, meaning, *_ = get_args(hint)
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [member for member in members if member is not NoneType]
    kind = kinds[0] if len(kinds) == 1 else hint
    if any(isinstance(each, TypeVar) for each in get_args(kind)):
        kind = kind[tuple(variables.get(each, each) for each in kind.__parameters__)]
    return Annotation(kind, NoneType in members, meaning)


def _variables(cls: type[Any]) -> dict[Any, Any]:
    """Return the arguments of the generic bases of a class, by their variable."""
    known: dict[Any, Any] = {}
    for base in (base for each in cls.__mro__ for base in each.__dict__.get("__orig_bases__", ())):
        parameters = getattr(get_origin(base), "__parameters__", ())
        known |= dict(zip(parameters, get_args(base), strict=False))
    return known
