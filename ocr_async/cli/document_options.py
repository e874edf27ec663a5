"""Document types as words of the command line: TYPE, and `--option name=value` for its options."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from ocr_async.documents import registry
from ocr_async.fields import DocumentType, Option, Result, options_of, registered

TypeName = Annotated[
    str,
    typer.Argument(
        metavar="TYPE",
        help="Document type, such as train-ticket: see `ocr-async types`. One of your own is module:Class.",
    ),
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option", "-o", metavar="NAME=VALUE", help="Option of the type, such as side=front. May be repeated."
    ),
]


def document_type(name: str, options: Sequence[str] | None) -> DocumentType[Result]:
    """Return the document type that is meant.

    Raises typer.BadParameter for an unknown type, option or value.
    """
    cls = document_class(name)
    try:
        return cls(**_values(cls, options or ()))
    except TypeError as error:
        required = [option.name for option in options_of(cls) if option.is_required]
        raise typer.BadParameter(f"{cls.api} needs the options {', '.join(required)}") from error
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def document_class(name: str) -> type[DocumentType[Result]]:
    """Return the class of a document type by its name, or `module:Class`; typer.BadParameter for an unknown one."""
    try:
        return _class_in_module(name) if ":" in name else registry.find(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _class_in_module(name: str) -> type[DocumentType[Result]]:
    """Import a document type from elsewhere, also from the working directory, which registers it."""
    module, _, attribute = name.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found: object = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"no document type {name}: {error}") from error
    finally:
        sys.path.remove(str(Path.cwd()))
    if found not in registered().values():
        raise ValueError(f"{name} is no document type: it takes a subclass of DocumentType with an api")
    return cast("type[DocumentType[Result]]", found)


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
    return {name: _read(known[name], values) for name, values in texts.items()}


def _read(option: Option, texts: Sequence[str]) -> object:
    """Return the value that was given, in one text or, where the option takes several, in several or between commas."""
    if option.takes_several:
        return [part.strip() for text in texts for part in text.split(",")]
    is_text = option.kind is str or (option.choices and option.kind is not bool)
    return texts[-1] if is_text else _json(texts[-1])


def _json(text: str) -> object:
    try:
        return cast("object", json.loads(text))
    except ValueError:
        return text
