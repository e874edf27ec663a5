"""`ocr-async job`: looking at a job by its ledger or output, without credentials, while it runs or after."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import attrs
import typer
from rich import box
from rich.table import Table

from ocr_async.cli import console
from ocr_async.errors import OcrError

if TYPE_CHECKING:
    from ocr_async.jobs.ledger import Ledger

app = typer.Typer(help="Look at a job: without credentials, while it runs or after.", no_args_is_help=True)

Where: TypeAlias = Annotated[Path, typer.Argument(metavar="LEDGER-OR-OUTPUT", help="Of the job.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="For programs: JSON, one line each.")]


@app.command()
def status(where: Where, as_json: AsJson = False) -> None:
    """Say what a job has come to."""
    from ocr_async.jobs import look  # noqa: PLC0415  with the command

    with _ledger(where) as ledger:
        job = look.status(ledger)
    if as_json:
        _write(attrs.asdict(job))
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    last = job.last
    rows = {
        "job": job.job,
        "state": "running" if job.running else (last.how if last else "never run"),
        "done": f"{job.done:,}",
        "failed": f"{job.failed:,}",
        "held": f"{job.held:,}",
        "waiting": f"{job.waiting:,}",
        "gone": f"{job.gone:,}",
        "spent": f"{job.spent:,} sends that may be billed",
        "runs": f"{job.runs:,}" + (f", the last from {last.begun} to {last.ended or '...'}" if last else ""),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    for code, count in job.codes.items():
        table.add_row("", f"{count:,} x {code}")
    console.out().print(table)


@app.command()
def failed(where: Where, as_json: AsJson = False) -> None:
    """List what failed, or is held because nobody knows whether it was read."""
    from ocr_async.jobs import look  # noqa: PLC0415  with the command

    with _ledger(where) as ledger:
        if as_json:
            for item in look.failed(ledger):
                _write(attrs.asdict(item))
            return
        table = _table("status", "code", "read at", "key")
        for item in look.failed(ledger):
            table.add_row(item.status, item.code or item.kind or "", item.read_at or "", item.key)
    console.out().print(table)


@app.command()
def runs(where: Where, as_json: AsJson = False) -> None:
    """List the runs of a job."""
    from ocr_async.jobs import look  # noqa: PLC0415  with the command

    with _ledger(where) as ledger:
        if as_json:
            for each in look.runs(ledger):
                _write(attrs.asdict(each))
            return
        table = _table("run", "begun", "ended", "how", "done", "failed")
        for each in look.runs(ledger):
            counts = [str(each.counts.get(name, "")) for name in ("done", "failed")]
            table.add_row(str(each.number), each.begun, each.ended or "", each.how, *counts)
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
def _ledger(where: Path) -> Generator[Ledger]:
    from ocr_async.jobs import look  # noqa: PLC0415  with the command

    with closing(look.open_ledger(where)) as ledger:
        yield ledger


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _write(value: dict[str, Any]) -> None:
    import orjson  # noqa: PLC0415  with the command

    console.write_json(orjson.dumps(value, default=str, option=orjson.OPT_APPEND_NEWLINE))
