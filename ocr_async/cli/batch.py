"""`ocr-async batch`: a bulk job on disk, which the same command continues."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import anyio
import typer
from attrs import frozen
from rich.console import Console

from ocr_async.cli import connection, console, document_options
from ocr_async.cli.connection import Connection
from ocr_async.cli.signals import Signals
from ocr_async.errors import ConflictError, JobError
from ocr_async.sources.names import is_in_bucket

if TYPE_CHECKING:
    from ocr_async.jobs import JobSummary, Stop

JOB = "The job"
FINISHING = "Finishing what is under way; Ctrl-C again stops at once."
STOPPING = "Stopping at once; Ctrl-C again ends the process, whatever hangs."


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
    out: Annotated[
        str, typer.Option("--out", metavar="FILE", help="Results, one line of JSON each; may be in a bucket.")
    ] = "results.jsonl",
    manifest: Annotated[
        list[str] | None,
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
    retry: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODES",
            help="Send again only what failed with these codes or kinds of errors, such as AIS.0104,timeout.",
            rich_help_panel=JOB,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing: count what would be sent.", rich_help_panel=JOB)
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Items that this run sends at most.", rich_help_panel=JOB)
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Sends that may be billed at most, over all runs together; a picture for auto-classification needs room"
            " for ten documents until its answer tells how many there were.",
            rich_help_panel=JOB,
        ),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Deadline of each item.", rich_help_panel=JOB)
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Drop the results of files that are gone.", rich_help_panel=JOB)
    ] = False,
    url: Annotated[
        bool | None,
        typer.Option(
            "--url/--no-url",
            help="Let the service fetch objects in buckets from signed addresses, or read those of the web from here.",
            rich_help_panel=JOB,
        ),
    ] = None,
    url_version: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Part of every address's identity: another one reads them again.", rich_help_panel=JOB
        ),
    ] = None,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Name every file that is left alone, and why.", rich_help_panel=JOB),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="At the end, the summary as a line of JSON.", rich_help_panel=JOB)
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

    Ctrl-C, SIGTERM and SIGHUP finish what is under way, a second one stops at once, a third one ends the process.

    Exit codes: 0 everything was read, 1 some items failed, 2 wrong usage, 3 ended early by an error, 130 by Ctrl-C, 143 by
    SIGTERM, 129 by SIGHUP.
    """
    if not (sources or manifest):
        raise typer.BadParameter("Give at least one SOURCE, or a --manifest.")
    settings = {
        "document_type": document_options.document_type(type_name, option) if type_name else None,
        "items": [*(sources or ()), *map(_checked_manifest, manifest or ())],
        "out": _checked_out(out),
        "unknown": unknown,
        "retry_failed": retry_failed,
        "retry": _checked(retry),
        "dry_run": dry_run,
        "limit": limit,
        "budget": budget,
        "timeout": _seconds(timeout),
        "prune": prune,
        "url": url,
        "url_version": url_version,
        "concurrency": concurrency,
        "to": [table.value for table in to or ()],
    }
    where = Connection(local, region, endpoint, project_id, ak, sk)
    shown = Shown(quiet=quiet, verbose=verbose, as_json=as_json)
    try:
        with Signals() as signals:
            code = anyio.run(partial(_batch, where, settings, signals, shown))
    except JobError as error:
        console.fail(error.describe())
        raise typer.Exit(2 if isinstance(error, ConflictError) else 3) from error
    if code:
        raise typer.Exit(code)


@frozen
class Shown:
    """What a run tells about itself."""

    quiet: bool
    verbose: bool
    as_json: bool


async def _batch(where: Connection, settings: dict[str, Any], signals: Signals, shown: Shown) -> int:
    """Run the job and print its summary; return the exit code."""
    from ocr_async.cli.display import display_for  # noqa: PLC0415
    from ocr_async.cli.report import dry_run, report  # noqa: PLC0415
    from ocr_async.jobs import Stop, run_job  # noqa: PLC0415  with the command

    terminal, stop = console.err(), Stop()
    signals.attach(_asking(stop, signals, say=shown.quiet or not console.is_live(terminal)))
    listener = partial(_left_alone, terminal) if shown.verbose else None
    async with where.open() as session:
        with display_for(terminal, quiet=shown.quiet) as display:
            job = await run_job(session, stop=stop, on_progress=display.update, on_left_alone=listener, **settings)
    code = signals.code or _exit_code(job)
    if shown.as_json:
        console.write_value(job, is_complete=job.is_complete)
    elif job.dry_run:
        console.out().print(dry_run(job))
    elif not (shown.quiet and code == 0):
        terminal.print(report(job, again="the same command", retry_held="--unknown retry"))
    return code


def _left_alone(terminal: Console, path: str, reason: str) -> None:
    terminal.print(console.plain(f"left alone: {path}: {reason}"), soft_wrap=True)


def _asking(stop: Stop, signals: Signals, *, say: bool) -> Callable[[], None]:
    """Return what asks the job to stop, as often as signals came; `say` so, where no live display does."""

    def ask() -> None:
        while stop.asked < min(len(signals.noted), 2):
            stop.ask()
            if say:
                console.note(FINISHING if stop.asked == 1 else STOPPING)

    return ask


def _exit_code(job: JobSummary) -> int:
    if job.error is not None:
        return 3
    return 0 if job.dry_run or (job.is_complete and not job.failed) else 1


def _checked_out(name: str) -> str | Path:
    if is_in_bucket(name):
        return name
    out = Path(name)
    if name == "-":
        raise typer.BadParameter(
            "--out is a file, beside which the job is kept: `ocr-async job export` prints its lines."
        )
    if not out.name or out.is_dir():
        raise typer.BadParameter(f"--out {out} is a folder: name a file in it.")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"--out {out}: there is no folder {out.parent}: make it first.")
    return out


def _checked_manifest(name: str) -> str:
    from ocr_async.jobs.manifest import SUFFIXES  # noqa: PLC0415  with the command

    if not name.lower().endswith(SUFFIXES):
        raise typer.BadParameter(f"--manifest {name}: its name has to end with one of {', '.join(SUFFIXES)}.")
    return name


def _checked(retry: list[str] | None) -> frozenset[str]:
    from ocr_async.jobs.failures import words  # noqa: PLC0415  with the command

    try:
        return words(retry or ())
    except ValueError as error:
        raise typer.BadParameter(f"--retry: {error}.") from error


def _seconds(timeout: float | None) -> float | None:
    if timeout is not None and not 0 < timeout < inf:
        raise typer.BadParameter(f"--timeout {timeout:g} is no number of seconds that can be waited.")
    return timeout
