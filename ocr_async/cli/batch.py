"""`ocr-async batch`: a bulk job on disk, which the same command continues."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ocr_async.cli import connection, console, document_options
from ocr_async.cli.connection import Connection
from ocr_async.cli.recognize import run

if TYPE_CHECKING:
    from ocr_async.jobs import JobSummary, Stop

JOB = "The job"


class TableFormat(StrEnum):
    """What tables can be written as."""

    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"


def batch(
    type_name: Annotated[
        str | None, typer.Argument(metavar="TYPE", help="Document type; may be left out when a manifest names it.")
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Files, folders, globs, PDF files, addresses, manifests."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Results, one line of JSON each.")] = Path(
        "results.jsonl"
    ),
    manifest: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="CSV or JSONL with path or url, and if wanted key, type, options, page."),
    ] = None,
    to: Annotated[list[TableFormat] | None, typer.Option(help="Tables to write at the end. May be repeated.")] = None,
    option: document_options.Options = None,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Calls at once at most; found out when left out.", rich_help_panel=JOB),
    ] = None,
    unknown: Annotated[
        Literal["hold", "retry"],
        typer.Option(
            help="What was sent by a run that ended before the answer came: list it, or send it again.",
            rich_help_panel=JOB,
        ),
    ] = "hold",
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Send again what failed before.", rich_help_panel=JOB)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing unless something fails.", rich_help_panel=JOB)
    ] = False,
    local: connection.Local = False,
    region: connection.Region = None,
    endpoint: connection.Endpoint = None,
    project_id: connection.ProjectId = None,
    ak: connection.AccessKey = None,
    sk: connection.SecretKey = None,
) -> None:
    """Read any number of pictures into a file; the same command again goes on where the last one ended.

    Ctrl-C finishes what is under way, a second one stops at once.
    """
    if not (sources or manifest):
        raise typer.BadParameter("Give at least one SOURCE, or a --manifest.")
    settings = {
        "document_type": document_options.document_type(type_name, option) if type_name else None,
        "items": [*(sources or ()), *(manifest or ())],
        "out": out,
        "unknown": unknown,
        "retry_failed": retry_failed,
        "concurrency": concurrency,
        "to": [table.value for table in to or ()],
    }
    run(partial(_batch, Connection(local, region, endpoint, project_id, ak, sk), settings, quiet=quiet))


async def _batch(where: Connection, settings: dict[str, Any], *, quiet: bool) -> bool:
    """Run the job and print its summary; return whether everything could be read."""
    from ocr_async.jobs import Stop, run_job  # noqa: PLC0415  with the command
    from ocr_async.cli.display import display_for  # noqa: PLC0415
    from ocr_async.cli.report import report  # noqa: PLC0415

    terminal, stop = console.err(), Stop()
    _on_interrupt(stop, say=quiet or not terminal.is_terminal)
    async with where.open() as session:
        with display_for(terminal, quiet=quiet) as display:
            job = await run_job(session, stop=stop, on_progress=display.update, **settings)
    well = _well(job)
    if not (quiet and well):
        terminal.print(report(job, again="the same command", retry_held="--unknown retry"))
    return well


def _on_interrupt(stop: Stop, *, say: bool) -> None:
    """Let Ctrl-C ask the job to stop; `say` so, where no live display does."""

    def ask() -> None:
        stop.ask()
        if say and stop.asked == 1:
            console.note("Finishing what is under way; Ctrl-C again stops at once.")

    with suppress(NotImplementedError):  # Windows: Ctrl-C stops at once
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, ask)


def _well(job: JobSummary) -> bool:
    return job.is_complete and not job.failed
