"""`ocr-async job`: looking at a job by its ledger or output, without credentials, while it runs or after."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import attrs
import typer
from rich import box
from rich.table import Table

from ocr_async.cli import console
from ocr_async.cli.console import plain
from ocr_async.cli.job_status import status_of, time_of
from ocr_async.errors import OcrError
from ocr_async.sources.names import is_in_bucket

if TYPE_CHECKING:
    from ocr_async.jobs.ledger import Ledger

app = typer.Typer(help="Look at a job: without credentials, while it runs or after.", no_args_is_help=True)

Where: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="LEDGER-OR-OUTPUT", help="Of the job; also in a bucket, such as s3://bucket/results.jsonl."),
]
COUNTS = ("done", "failed", "sent")
"""What the list of runs says of each."""

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="For programs: JSON, one line each.")]


@app.command()
def status(where: Where, as_json: AsJson = False) -> None:
    """Say what a job has come to."""
    from ocr_async.jobs import look  # noqa: PLC0415  with the command

    with _ledger(where) as ledger:
        job = look.status(ledger)
        job = attrs.evolve(job, ledger=where if is_in_bucket(where) else job.ledger)
    if as_json:
        console.write_value(job, items=job.items)
    else:
        console.out().print(status_of(job))


@app.command()
def failed(where: Where, as_json: AsJson = False) -> None:
    """List what failed, or is held because nobody knows whether it was read."""
    from ocr_async.jobs import look  # noqa: PLC0415  with the command

    with _ledger(where) as ledger:
        if as_json:
            for item in look.failed(ledger):
                console.write_value(item)
            return
        table = _table("status", "code", "read at", "key")
        for item in look.failed(ledger):
            said = (item.status, item.code or item.kind or "", time_of(item.read_at), plain(item.key))
            table.add_row(*said)
    console.out().print(table)


@app.command()
def runs(where: Where, as_json: AsJson = False) -> None:
    """List the runs of a job."""
    from ocr_async.jobs import look  # noqa: PLC0415  with the command

    with _ledger(where) as ledger:
        if as_json:
            for each in look.runs(ledger):
                console.write_value(each)
            return
        table = _table("run", "begun", "ended", "how", *COUNTS)
        for each in look.runs(ledger):
            counts = (f"{each.counts.get(name) or 0:,}" for name in COUNTS)
            table.add_row(str(each.number), time_of(each.begun), time_of(each.ended), plain(each.how), *counts)
    console.out().print(table)


@app.command()
def export(where: Where) -> None:
    """Write the lines of the output as the ledger has them."""
    from ocr_async.jobs import look  # noqa: PLC0415  with the command

    with _ledger(where) as ledger:
        for line in look.lines(ledger):
            console.write_json(line)


@app.command(epilog="Example: ocr-async job report results.jsonl --html report.html")
def report(
    where: Where,
    html: Annotated[Path, typer.Option("--html", metavar="FILE", help="Where to write it: one file, without scripts.")],
) -> None:
    """Write how a job went as a page with plots: throughput, latency, window, refusals, failures, confidences."""
    from ocr_async.review import report  # noqa: PLC0415  with the command

    with _ledger(where) as ledger:
        try:
            report.write(ledger, html)
        except OSError as error:
            raise OcrError(f"{html}: {error.strerror or error}") from error
    console.note(f"Written to {html}")


@contextmanager
def _ledger(where: str) -> Generator[Ledger]:
    from ocr_async.jobs import fetched, look  # noqa: PLC0415  with the command

    with fetched.at_hand(where, output=False) as path, closing(look.open_ledger(path)) as ledger:
        yield ledger


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        is_count = heading in ("run", *COUNTS)
        table.add_column(heading, overflow="fold", justify="right" if is_count else "left", no_wrap=is_count)
    return table
