"""Results as tables for the terminal: each field, what was read, and how sure the service is of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ocr_async.cli.widths import TakenApart
from ocr_async.documents.classification import AutoClassificationItem, AutoClassificationResult
from ocr_async.fields import Fields, Result
from ocr_async.fields.display import LOW_CONFIDENCE

NOTHING = Text("-", style="dim")


def result_table(name: str, result: Result) -> RenderableType:
    """Return the table of a result under the name of its picture; one table a document when the picture has several."""
    if isinstance(result, AutoClassificationResult):
        heading = Text.assemble((name, "bold"), _course(result, f"{len(result)} documents"))
        return Group(heading, *(_item_table(place, item) for place, item in enumerate(result, 1)))
    return _table(Text.assemble((name, "bold"), _course(result)), result)


def _item_table(place: int, item: AutoClassificationItem) -> RenderableType:
    title = Text.assemble((f"{place}. {item.type or 'unknown'}", "bold"), ("  " + _corners(item), "dim"))
    if item.error is not None:
        return Group(title, Text(item.error.describe(), style="red"), "")
    return _table(title, item.content) if item.content is not None else Group(title, "")


def _table(title: Text, content: Fields | Mapping[str, object]) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("field", style="cyan", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("confidence", justify="right", no_wrap=True)
    scores: Mapping[str, float] = content.confidence if isinstance(content, Result) else {}
    for name, value in rows(content):
        table.add_row(name, Text(value) if value else NOTHING, _confidence(scores.get(name), value))
    return Group(title, TakenApart(table))


def rows(content: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and text of all that was answered; inner ones have dotted names, what is missing is left out."""
    inner = _inner(content)
    if inner is not None:
        for each, value in inner.items():
            yield from rows(value, f"{name}.{each}" if name else each)
    elif content is not None:
        yield name, str(content)


def _inner(content: object) -> Mapping[str, object] | None:
    """Return what an object or list of a result holds, None for a single value."""
    match content:
        case Fields():
            return {name: getattr(content, name) for name in content.field_names()} | dict(content.unknown_fields)
        case Mapping():
            return cast("Mapping[str, object]", content)
        case list() | tuple():
            return {str(place): value for place, value in enumerate(cast("Sequence[object]", content), 1)}
        case _:
            return None


def _confidence(score: float | None, value: str) -> Text:
    if score is None or not value:
        return Text("")
    return Text(f"{score:.2f}") if score >= LOW_CONFIDENCE else Text(f"low {score:.2f}", style="bold yellow")


def _course(result: Result, *facts: str) -> tuple[str, str]:
    meta = result.meta
    course = [f"{meta.seconds:.2f} s"] if meta else []
    course += [f"{meta.attempts} attempts"] if meta and meta.attempts > 1 else []
    return "  " + ", ".join([*facts, *course]), "dim"


def _corners(item: AutoClassificationItem) -> str:
    return " ".join(f"{x},{y}" for x, y in item.location or ())
