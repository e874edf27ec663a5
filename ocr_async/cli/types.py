"""`ocr-async types`: what can be read, with which options and limits, and where it is offered."""

from __future__ import annotations

from typing import Annotated

import typer
from rich import box
from rich.table import Table

from ocr_async.cli import console
from ocr_async.cli.document_options import DocumentOption, document_class, options_of
from ocr_async.documents import registry
from ocr_async.fields import DocumentType, Result


def types(
    type_name: Annotated[str | None, typer.Argument(metavar="TYPE", help="Show all about this one.")] = None,
) -> None:
    """List the document types with their options, limits and regions."""
    if type_name is None:
        console.out().print(_overview(registry.document_types()))
        console.out().print("All about one: ocr-async types TYPE", style="dim")
    else:
        console.out().print(_details(document_class(type_name)))


def _overview(document_types: tuple[type[DocumentType[Result]], ...]) -> Table:
    table = _table("type", "options", "side, px", "regions")
    for cls in document_types:
        options = "\n".join(option.name for option in options_of(cls))
        table.add_row(cls.api, options, _sides(cls), ", ".join(cls.regions) or "not known")
    return table


def _details(cls: type[DocumentType[Result]]) -> Table:
    table = _table("", "")
    limits = cls.picture
    size = f"{limits.max_base64_bytes / 1024 / 1024:g} MB"
    table.add_row("type", f"{cls.api}, class {cls.__name__}")
    table.add_row("about", _first_line(cls))
    for option in options_of(cls):
        table.add_row("option", _describe(option))
    if not cls.source_parameter:
        table.add_row("picture", "none: the options are all that is sent")
    else:
        table.add_row("picture", f"{', '.join(limits.formats)}; sides of {_sides(cls)} px; at most {size} as base64")
    table.add_row("regions", ", ".join(cls.regions) or "not known: any is tried")
    table.add_row("fields", ", ".join(cls.result_class.field_names()))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD if any(headings) else box.SIMPLE, show_header=any(headings), pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, style="bold" if place == 0 else "", no_wrap=place == 0, overflow="fold")
    return table


def _sides(cls: type[DocumentType[Result]]) -> str:
    limits = cls.picture
    return f"{limits.min_side} to {limits.max_side}"


def _describe(option: DocumentOption) -> str:
    values = ", ".join(option.choices) or "JSON"
    several = "one or more of " if option.takes_several else ""
    default = "" if option.default is None else f" (default {str(option.default).lower()})"
    return f"{option.name} = {several}{values}{default}"


def _first_line(cls: type[DocumentType[Result]]) -> str:
    return (cls.__doc__ or "").strip().partition("\n")[0]
