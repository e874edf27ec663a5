"""`ocr-async recognize`: a few pictures, each result as a table or as JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias, cast

import anyio
import typer

from ocr_async.batch import Batch, Done, Failed, Item
from ocr_async.cli import connection, console, document_options, drawing
from ocr_async.cli.connection import Connection
from ocr_async.cli.result_tables import result_table
from ocr_async.errors import AuthError, CredentialsError, RegionError, SubscriptionError
from ocr_async.fields import DocumentType, Result
from ocr_async.retry import RetryPolicy

Show: TypeAlias = Callable[[Item, Done[Result] | Failed], None]
"""How an outcome is shown."""

STDIN = "-"

RETRY = RetryPolicy(attempts=3)
"""Someone waits for the answer: a service that does not answer is told in seconds."""

EVERYWHERE = (AuthError, CredentialsError, RegionError, SubscriptionError)
"""What every other picture would meet too: said once, and the command ends."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON: one object a line, as `batch` writes it.")]


def recognize(
    type_name: document_options.TypeName,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Picture, its http(s) address, or - for stdin.", show_default=False),
    ] = None,
    option: document_options.Options = None,
    as_json: AsJson = False,
    show: drawing.ShowTo = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="For each picture, all tries together.")
    ] = 120,
    local: connection.Local = False,
    region: connection.Region = None,
    endpoint: connection.Endpoint = None,
    project_id: connection.ProjectId = None,
    ak: connection.AccessKey = None,
    sk: connection.SecretKey = None,
) -> None:
    """Recognize pictures and print what they say."""
    kind = document_options.document_type(type_name, option)
    where = Connection(local, region, endpoint, project_id, ak, sk)
    sources = sources or []
    if show and not (local and len(sources) == 1 and Path(sources[0]).is_file()):
        raise typer.BadParameter("--show takes --local and one picture file.")
    items = _items(kind, sources)
    run(partial(recognize_items, where, items, json_line if as_json else table, seconds=timeout))
    if show:
        drawing.draw(kind, Path(sources[0]), show)


def _items(kind: DocumentType[Result], sources: Sequence[str]) -> list[Item]:
    """Return what to read: the pictures, or the one call of a type whose options are all that is sent."""
    if kind.source_parameter and not sources:
        raise typer.BadParameter("Missing argument 'SOURCE': the pictures to read.")
    if sources and not kind.source_parameter:
        raise typer.BadParameter(f"{kind.api} takes no picture: its options are all that is sent.")
    pictures = [Item(sys.stdin.buffer if source == STDIN else source, kind, source) for source in sources]
    return pictures or [Item(None, kind, kind.api)]


def run(command: Callable[[], Awaitable[bool]]) -> None:
    """Run an async command to its end; exit code 1 unless it returns True."""
    if not anyio.run(command):
        raise typer.Exit(1)


async def recognize_items(
    where: Connection, items: Sequence[Item], show: Show, *, seconds: float | None = None
) -> bool:
    """Recognize pictures, show each outcome in order, and return whether all went well; `seconds` are for each."""
    async with where.open(retry=RETRY) as session:
        at_once = os.cpu_count() if where.local else None
        batch: Batch[Result] = session.recognize_many(None, items, concurrency=at_once, ordered=True, timeout=seconds)
        async with batch:
            return await _show_all(batch, items, show)


async def _show_all(batch: Batch[Result], items: Sequence[Item], show: Show) -> bool:
    well = True
    with console.err().status("Reading ...") as waiting:
        async for outcome in batch:
            waiting.stop()
            if isinstance(outcome, Failed):
                well = False
                if isinstance(outcome.error, EVERYWHERE):
                    raise outcome.error
            show(items[outcome.index], outcome)
            waiting.start()
    return well


def table(_: Item, outcome: Done[Result] | Failed) -> None:
    """Show a result as a table, or an error as a line on stderr."""
    if isinstance(outcome, Failed):
        console.fail(str(outcome.error))
        is_folder = os.path.isdir(outcome.key)  # noqa: PTH112  which raises where a folder may not be looked into
        if is_folder or outcome.key.lower().endswith(".pdf"):
            console.note("`ocr-async batch` reads folders, and PDF files page by page.")
    else:
        console.out().print(result_table(outcome.key, outcome.result))


def json_line(item: Item, outcome: Done[Result] | Failed) -> None:
    """Show an outcome as a line of JSON, in the shape of a job's output."""
    from ocr_async.jobs.entry import Entry  # noqa: PLC0415  jobs are loaded for this form only
    from ocr_async.jobs.record import Outcome, record  # noqa: PLC0415

    result, error = (None, outcome.error) if isinstance(outcome, Failed) else (outcome.result, None)
    entry = Entry(outcome.key, outcome.key, cast("DocumentType[Result]", item.type), outcome.key)
    line = record(Outcome(entry, result, error, outcome.attempts, outcome.seconds, outcome.endpoint or None))
    console.write_json(line.text)
