"""What a job has come to, for people: how far it is or how it ended, what failed, and what its runs were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ocr_async.cli.console import plain
from ocr_async.jobs.progress import duration

if TYPE_CHECKING:
    from ocr_async.jobs.look import JobStatus, Run

TYPES_SHOWN, CODES_SHOWN = 12, 12

_HOW = {
    "running": ("Running", "bold cyan"),
    "finished": ("Finished", "bold green"),
    "stopped": ("Stopped", "bold yellow"),
    "cancelled": ("Cancelled", "bold yellow"),
    "killed": ("Killed: the last run ended without a word", "bold red"),
}


def status_of(job: JobStatus) -> RenderableType:
    """Return the status of a job."""
    how = job.last.how if job.last else "never run"
    title, style = _HOW.get(how, (how[:1].upper() + how[1:], "bold red"))
    parts: list[RenderableType] = [Text.assemble(plain(title, style), "  ", plain(job.job, "dim"))]
    if job.running and job.last is not None:
        parts.append(_progress(job.last))
    parts.append(_counts(job))
    parts += ["", _details(job)]
    return Group(*parts)


def time_of(text: str | None) -> str:
    """Return a time for people: to the second, in UTC."""
    return "" if text is None else f"{text[:19].replace('T', ' ')}"


def _progress(run: Run) -> RenderableType:
    said = run.counts
    total = said.get("total") if said.get("is_total_final") else None
    settled = sum(said.get(name) or 0 for name in ("done", "failed", "held", "already"))
    known = f"{said['total']:,}{'' if total is not None else '+'}" if said.get("total") else "?"
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    bar = ProgressBar(total=total, completed=min(settled, total or settled), pulse=total is None, animation_time=0.0)
    share = f"  {settled / total:.0%}" if total else ""
    grid.add_row(bar, Text(f"{settled:,} of {known}{share}, {duration(said.get('seconds') or 0.0)} so far"))
    return grid


def _counts(job: JobStatus) -> RenderableType:
    parts = [Text(f"{job.done:,} done", "green"), Text(f"{job.failed:,} failed", "red" if job.failed else "dim")]
    for count, what, style in (
        (job.held, "held", "yellow"),
        (job.waiting, "waiting", "yellow"),
        (job.gone, "gone", "dim"),
    ):
        if count:
            parts.append(Text(f"{count:,} {what}", style))
    return Columns(parts, padding=(0, 3))


def _details(job: JobStatus) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    if len(job.types) > 1:
        table.add_row("read as", _ranked(job.types, TYPES_SHOWN))
    if job.codes:
        table.add_row("failed with", _ranked(job.codes, CODES_SHOWN))
    table.add_row("spent", f"{job.spent:,} sends that may be billed")
    table.add_row("runs", " ".join(_runs(job)))
    table.add_row("ledger", plain(job.ledger))
    return table


def _ranked(counts: Mapping[str, int], most: int) -> Text:
    items = sorted(counts.items(), key=lambda item: -item[1])
    more = [f"{len(items) - most} more"] if len(items) > most else []
    return plain(", ".join([f"{name} {count:,}" for name, count in items[:most]] + more))


def _runs(job: JobStatus) -> Iterator[str]:
    yield f"{job.runs:,}{', the last' if job.runs > 1 else ''}"
    if job.last is not None:
        ended = job.last.ended
        yield f"{'from' if ended else 'since'} {time_of(job.last.begun)}{f' to {time_of(ended)}' if ended else ''} UTC"
