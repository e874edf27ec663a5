"""`ocr-async types`: what can be read, with which options and limits, where it is offered, and what comes back."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ocr_async.cli import console
from ocr_async.cli.document_options import document_class
from ocr_async.cli.widths import TakenApart
from ocr_async.documents import registry
from ocr_async.fields import DocumentType, ImageLimits, Option, Result, VersionedType, options_of
from ocr_async.fields.description import described
from ocr_async.fields.schema import json_schema
from ocr_async.regions import REGIONS

CLOUDS = {"huaweicloud": "Huawei Cloud", "g42cloud": "G42 Cloud", "otc": "Open Telekom Cloud"}


def types(
    type_name: Annotated[str | None, typer.Argument(metavar="TYPE", help="Show all about this one.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of its results.")] = False,
) -> None:
    """List the document types by family, or show the options, limits, regions and fields of one."""
    if type_name is None:
        if schema:
            raise typer.BadParameter("--schema takes a TYPE.")
        console.out().print(TakenApart(_overview(registry.document_types())))
        console.out().print("All about one: ocr-async types TYPE", style="dim")
        return
    cls = document_class(type_name)
    if schema:
        import orjson  # noqa: PLC0415  few ask for a schema

        console.write_json(orjson.dumps(json_schema(cls.result_class), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        console.out().print(_details(cls))


def _overview(document_types: tuple[type[DocumentType[Result]], ...]) -> Table:
    table = _table("type", "what it reads", is_whole=True)
    family = ""
    for cls in document_types:
        if registry.family(cls) != family:
            family = registry.family(cls)
            table.add_section()
            table.add_row(Text(family, style="bold cyan"), "")
        table.add_row(f"  {cls.api}", _first_line(cls))
    return table


def _details(cls: type[DocumentType[Result]]) -> RenderableType:
    parts: list[RenderableType] = [Text(inspect.getdoc(cls) or ""), TakenApart(_facts(cls))]
    options = options_of(cls)
    if options:
        table = _table("option", "values", "default", "meaning", is_whole=True)
        for option in options:
            table.add_row(option.name, _values(option), _default(option), option.meaning)
        parts.append(TakenApart(table))
    table = _table("field", "kind", "_value", "meaning")
    for field in described(cls.result_class):
        table.add_row(field.name, field.kind, field.reading, field.meaning)
    return Group(*parts, TakenApart(table))


def _facts(cls: type[DocumentType[Result]]) -> Table:
    table = _table("", "")
    table.add_row("type", f"{cls.api}, class {cls.__name__} in {cls.__module__}")
    table.add_row("result", f"{cls.result_class.__name__}: {_first_line(cls.result_class)}")
    table.add_row("path", f"/v2/{{project_id}}/ocr/{cls.api}")
    table.add_row(
        "picture", _picture(cls.picture) if cls.source_parameter else "none: the options are all that is sent"
    )
    if issubclass(cls, VersionedType):
        table.add_row("v1.0", f"/v1.0/ocr/{cls.api}")
        table.add_row("", _picture(cls.picture_v1))
        table.add_row("", f"options: {', '.join(cls.options_v1) or 'none'}")
    for cloud, name in CLOUDS.items():
        regions = [each for each in cls.regions if each in REGIONS and REGIONS[each].cloud == cloud]
        if regions:
            table.add_row(name, ", ".join(regions))
    if not cls.regions:
        table.add_row("regions", "not known: any is tried")
    return table


def _picture(limits: ImageLimits) -> str:
    size = f"{limits.max_base64_bytes / 1024 / 1024:g} MB"
    return f"{', '.join(limits.formats)}; sides of {limits.min_side} to {limits.max_side} px; at most {size} as base64"


def _values(option: Option) -> str:
    if option.choices:
        choices = ", ".join(str(each).lower() if option.kind is bool else str(each) for each in option.choices)
        return f"one or more of {choices}" if option.takes_several else choices
    return "text" if option.kind is str else "a number from 1" if option.kind is int else "JSON"


def _default(option: Option) -> str:
    if option.is_required:
        return "required"
    return "" if option.default is None else str(option.default).lower()


def _table(*headings: str, is_whole: bool = False) -> Table:
    """Return a table; with `is_whole` its first column is never broken."""
    table = Table(box=box.SIMPLE_HEAD if any(headings) else box.SIMPLE, show_header=any(headings), pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, style="bold" if place == 0 else "", overflow="fold", no_wrap=is_whole and place == 0)
    return table


def _first_line(cls: type) -> str:
    return (cls.__doc__ or "").strip().partition("\n")[0]
