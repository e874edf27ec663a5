"""The summary of a job for people: what came of it, what to do about failures, where everything is, how to go on."""

from __future__ import annotations

from attrs import frozen
from rich.cells import cell_len
from rich.columns import Columns
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ocr_async.cli.console import plain
from ocr_async.cli.widths import ByWidth
from ocr_async.html import Look
from ocr_async.jobs import words
from ocr_async.jobs.summary import JobSummary

STYLES: dict[Look, str] = {"": "", "good": "green", "doubtful": "yellow", "bad": "red", "faint": "dim"}


def report(done: JobSummary, *, again: str = "the same call", retry_held: str = 'unknown="retry"') -> RenderableType:
    """Return the summary of a job; `again` is how to go on with it, such as the command, `retry_held` what to add."""
    title, look = words.headline(done)
    parts: list[RenderableType] = [plain(title, f"bold {STYLES[look]}"), _totals(done)]
    if done.failures:
        parts += ["", _failures(done)]
    if done.slowest or done.unsure:
        parts += ["", _extremes(done)]
    parts += ["", _files(done)]
    advice = list(words.advice(done, again, retry_held))
    if advice:
        parts += ["", *map(Text, advice)]
    return Group(*parts)


def dry_run(done: JobSummary) -> RenderableType:
    """Return what a job would send."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(f"{sum(done.to_send.values()):,}", style="bold"), Text("would be sent", style="bold"))
    for api, count in done.to_send.items():
        table.add_row(Text(f"{count:,}", style="dim"), Text(f"  {api}", style="dim"))
    if done.sent < sum(done.to_send.values()):
        table.add_row(f"{done.sent:,}", "of them in this run, by --limit or --budget")
    for count, what in words.not_sent(done):
        table.add_row(f"{count:,}", what)
    return table


def _totals(done: JobSummary) -> RenderableType:
    counts = [Text(count, style=STYLES[look]) for count, look in words.totals(done)]
    return Group(Columns(counts, padding=(0, 3)), Text(f"this run: {words.this_run(done)}", style="dim"))


def _failures(done: JobSummary) -> RenderableType:
    lines = Table.grid(padding=(0, 2, 0, 0))
    for failure in done.failures:
        lines.add_row(plain(failure.code or failure.kind, "red"), f"{failure.count:,}", Tail(failure.example))
    advice = (Text(f"{failure.code or failure.kind}: {failure.remedy}") for failure in done.failures)
    return ByWidth(_failures_with_advice(done), Group(lines, *advice))


def _failures_with_advice(done: JobSummary) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("failed with", no_wrap=True)
    table.add_column("items", justify="right", no_wrap=True)
    table.add_column("for example", ratio=2, overflow="ellipsis", no_wrap=True)
    table.add_column("what to do", ratio=3)
    for failure in done.failures:
        table.add_row(
            plain(failure.code or failure.kind, "red"),
            f"{failure.count:,}",
            Tail(failure.example),
            Text(failure.remedy),
        )
    return table


def _extremes(done: JobSummary) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    slow = _ranking("slowest", [(f"{each.seconds:.1f} s", each.key, "") for each in done.slowest])
    unsure = _ranking("least certain", [(f"{each.confidence:.0%}", each.key, each.field) for each in done.unsure])
    table.add_row(slow, unsure)
    return ByWidth(table, Group(slow, *([""] if slow and unsure else []), unsure))


def _ranking(title: str, rows: list[tuple[str, str, str]]) -> RenderableType:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", expand=True)
    table.add_column(title, ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("", no_wrap=True, overflow="ellipsis", style="dim", max_width=20)
    table.add_column("", justify="right", no_wrap=True, style="cyan")
    for figure, key, what in rows:
        table.add_row(Tail(key), what, figure)
    return table if rows else ""


def _files(done: JobSummary) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for what, path in words.files(done):
        table.add_row(what, plain(path))
    return table


@frozen
class Tail:
    """A key that is cut at its left end where there is no room: its end says more than its beginning."""

    key: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = plain(self.key).plain
        while cell_len(shown) > options.max_width and len(shown) > 1:
            shown = f"…{shown.removeprefix('…')[1:]}"
        yield Text(shown, no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(12, cell_len(self.key)), cell_len(self.key))
