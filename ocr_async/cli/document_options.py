"""Document types as words of the command line: TYPE, and `--option name=value` for its options."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs
import typer
from attrs import frozen

from ocr_async.documents import registry
from ocr_async.fields import DocumentType, Result

TypeName = Annotated[
    str, typer.Argument(metavar="TYPE", help="Document type, such as train-ticket: see `ocr-async types`.")
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option", "-o", metavar="NAME=VALUE", help="Option of the type, such as side=front. May be repeated."
    ),
]

_NAMES = {"Json": object, "Mapping": Mapping, "Sequence": Sequence}
"""What annotations may name without importing it at run time."""


@frozen
class DocumentOption:
    """One option of a document type: the values to choose from ("" for anything), and whether it takes several."""

    name: str
    choices: tuple[str, ...]
    default: object
    takes_several: bool = False

    def read(self, texts: Sequence[str]) -> object:
        """Return the value that was given, in one text or, where it takes several, in several or between commas."""
        if self.takes_several:
            return [part.strip() for text in texts for part in text.split(",")]
        return texts[-1] if self.choices and self.choices != BOOLEAN else _json(texts[-1])


BOOLEAN = ("true", "false")


def document_type(name: str, options: Sequence[str] | None) -> DocumentType[Result]:
    """Return the document type that is meant.

    Raises typer.BadParameter for an unknown type, option or value.
    """
    cls = document_class(name)
    try:
        return cls(**_values(cls, options or ()))
    except TypeError as error:
        required = [a.name for a in attrs.fields(cls) if a.default is attrs.NOTHING]
        raise typer.BadParameter(f"{cls.api} needs the options {', '.join(required)}") from error
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def document_class(name: str) -> type[DocumentType[Result]]:
    """Return the class of a document type; typer.BadParameter for an unknown name."""
    try:
        return registry.find(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def options_of(cls: type[DocumentType[Result]]) -> tuple[DocumentOption, ...]:
    """Return the options that a document type has."""
    hints = get_type_hints(cls, localns=_NAMES | {"Check": object, "Disagreement": object})
    return tuple(_option(a, hints[a.name]) for a in attrs.fields(cls))


def _values(cls: type[DocumentType[Result]], given: Sequence[str]) -> dict[str, Any]:
    known = {option.name: option for option in options_of(cls)}
    texts: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--option {text} is not of the form name=value")
        if name not in known:
            raise ValueError(f"{cls.api} has no option {name!r}. It has: {', '.join(known) or 'none'}.")
        texts.setdefault(name, []).append(value)
    return {name: known[name].read(values) for name, values in texts.items()}


def _option(attribute: attrs.Attribute[Any], hint: object) -> DocumentOption:
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kind = next(member for member in members if member is not NoneType)
    if get_origin(kind) is Sequence:
        return DocumentOption(attribute.name, _choices(get_args(kind)[0]), attribute.default, takes_several=True)
    return DocumentOption(attribute.name, _choices(kind), attribute.default)


def _choices(kind: object) -> tuple[str, ...]:
    if kind is bool:
        return BOOLEAN
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


def _json(text: str) -> object:
    try:
        return cast("object", json.loads(text))
    except ValueError:
        return text
