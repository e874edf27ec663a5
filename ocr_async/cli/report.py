"""The summary of a job for people: what came of it, what to do about failures, where everything is, how to go on."""

from __future__ import annotations

from attrs import frozen
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ocr_async.jobs.progress import duration
from ocr_async.jobs.summary import JobSummary


def report(done: JobSummary, *, again: str = "the same call", retry_held: str = 'unknown="retry"') -> RenderableType:
    """Return the summary of a job; `again` is how to go on with it, such as the command, `retry_held` what to add."""
    parts: list[RenderableType] = [_headline(done), _totals(done)]
    if done.failures:
        parts += ["", _failures(done)]
    if done.slowest or done.unsure:
        parts += ["", _extremes(done)]
    parts += ["", _files(done)]
    advice = list(_advice(done, again, retry_held))
    if advice:
        parts += ["", *advice]
    return Group(*parts)


def _headline(done: JobSummary) -> Text:
    if done.error is not None:
        return Text(f"Ended early: {done.error}", style="bold red")
    if done.stopped:
        return Text("Stopped", style="bold yellow")
    if done.failed or done.held:
        return Text("Finished, but not everything could be read", style="bold yellow")
    return Text("Finished", style="bold green")


def _totals(done: JobSummary) -> Text:
    text = Text()
    text.append(f"{done.done:,} done", style="green")
    text.append(f"   {done.failed:,} failed", style="red" if done.failed else "dim")
    if done.held:
        text.append(f"   {done.held:,} held", style="yellow")
    if done.waiting:
        text.append(f"   {done.waiting:,} or more waiting", style="yellow")
    text.append(f"\nthis run: {done.finished:,} read in {duration(done.seconds)}, {done.rate:.1f}/s", style="dim")
    for count, what in (
        (done.already, "from before"),
        (done.copied, "copies of the same picture"),
        (done.repeated, "named twice"),
        (done.ignored, "other files left alone"),
    ):
        if count:
            text.append(f", {count:,} {what}", style="dim")
    return text


def _failures(done: JobSummary) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("failed with", no_wrap=True)
    table.add_column("items", justify="right", no_wrap=True)
    table.add_column("for example", ratio=2, overflow="ellipsis", no_wrap=True)
    table.add_column("what to do", ratio=3)
    for failure in done.failures:
        table.add_row(
            Text(failure.code or failure.kind, style="red"),
            f"{failure.count:,}",
            Tail(failure.example),
            Text(failure.remedy),
        )
    return table


def _extremes(done: JobSummary) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    slow = _ranking("slowest", [(f"{each.seconds:.1f} s", each.key, "") for each in done.slowest])
    unsure = _ranking("least certain", [(f"{each.confidence:.0%}", each.key, each.field) for each in done.unsure])
    table.add_row(slow, unsure)
    return table


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
    table.add_row("results", str(done.out))
    for path in done.tables:
        table.add_row("table", str(path))
    if done.failed_list is not None:
        table.add_row("not read", str(done.failed_list))
    table.add_row("ledger", str(done.ledger))
    return table


def _advice(done: JobSummary, again: str, retry_held: str) -> list[Text]:
    lines: list[Text] = []
    if done.stopped or done.error or done.waiting:
        lines.append(Text.assemble("To go on: ", (again, "bold"), "; what is finished is not sent again."))
    if done.held:
        what = f"{done.held:,} were sent, but a run ended before their answers came; {again} with "
        lines.append(Text.assemble(what, (retry_held, "bold"), " sends them again.", style="yellow"))
    return lines


@frozen
class Tail:
    """A key that is cut at its left end where there is no room: its end says more than its beginning."""

    key: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = self.key
        while cell_len(shown) > options.max_width and len(shown) > 1:
            shown = f"…{shown.removeprefix('…')[1:]}"
        yield Text(shown, no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(12, cell_len(self.key)), cell_len(self.key))
