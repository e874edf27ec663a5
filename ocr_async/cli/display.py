"""A running job for people: live in a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

from attrs import define, field
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ocr_async.calls.endpoints import EndpointStats
from ocr_async.cli.console import is_live
from ocr_async.cli.widths import ByWidth
from ocr_async.jobs.progress import Progress, duration

LINE_SECONDS = 10.0
"""Between two plain lines."""

CODES_SHOWN = 4


class Display(Protocol):
    """A context manager that is told how far the job is: pass `update` to `run_job` as `on_progress`."""

    def update(self, progress: Progress) -> None:
        """Show how far the job is."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def display_for(console: Console, *, quiet: bool = False, every: float = LINE_SECONDS) -> Display:
    """Return the display that suits a console; `every` is the seconds between plain lines."""
    if quiet:
        return QuietDisplay()
    return LiveDisplay(console) if is_live(console) else PlainDisplay(console, every)


@define(eq=False)
class QuietDisplay:
    """Shows nothing."""

    def update(self, progress: Progress) -> None:
        """Show nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


@define(eq=False)
class PlainDisplay(QuietDisplay):
    """One line now and then, for logs and pipes."""

    console: Console
    every: float = LINE_SECONDS
    _next: float = 0.0

    def update(self, progress: Progress) -> None:
        """Print a line when it is time for one."""
        if progress.seconds >= self._next:
            self._next = progress.seconds + self.every
            self.console.print(Text(str(progress)), soft_wrap=True)


@define(eq=False)
class LiveDisplay(QuietDisplay):
    """A panel that is drawn again in place."""

    console: Console
    _live: Live = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._live = Live(console=self.console, auto_refresh=False, transient=True)

    def update(self, progress: Progress) -> None:
        """Draw the panel again."""
        self._live.update(panel(progress), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()


def panel(progress: Progress) -> RenderableType:
    """Return the live picture of a job."""
    rows: list[RenderableType] = [_bar(progress), _counts(progress)]
    gates = [(endpoint, api) for endpoint in progress.endpoints for api in endpoint.gates]
    if gates:
        rows.append(ByWidth(_gates(progress), _gates(progress, ("type", "in flight", "refused"))))
    if progress.codes:
        rows.append(_codes(progress))
    if progress.is_stopping:
        text = f"Stopping: {progress.in_flight} under way are being finished. Ctrl-C again stops at once."
        rows.append(Text(text, style="yellow"))
    return Group(*rows)


def _bar(progress: Progress) -> Table:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(ratio=1)
    for _ in range(3):
        grid.add_column(justify="right", no_wrap=True)
    known = progress.total is not None and progress.is_total_final
    bar = ProgressBar(total=progress.total if known else None, completed=progress.settled, pulse=not known)
    total = "" if progress.total is None else f" of {progress.total:,}{'' if progress.is_total_final else '+'}"
    share = f"{progress.settled / progress.total:.0%}" if known and progress.total else ""
    left = progress.seconds_left
    time = f"{duration(left)} left" if left is not None else duration(progress.seconds)
    grid.add_row(bar, Text(f"{progress.settled:,}{total}", style="bold"), share, Text(time, style="cyan"))
    return grid


def _counts(progress: Progress) -> Text:
    text = Text()
    text.append(f"{progress.rate:.1f}/s", style="bold cyan")
    text.append(f"   {progress.done:,} done", style="green")
    text.append(f"   {progress.failed:,} failed", style="red" if progress.failed else "dim")
    if progress.held:
        text.append(f"   {progress.held:,} held", style="yellow")
    if progress.already:
        text.append(f"   {progress.already:,} from before", style="dim")
    text.append(f"   {progress.in_flight:,} under way   {duration(progress.seconds)}", style="dim")
    return text


GATES = ("endpoint", "type", "in flight", "window", "pace", "refused")


def _gates(progress: Progress, shown: Collection[str] = GATES) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in shown:
        is_name = name in ("endpoint", "type")
        most = {"endpoint": 36, "type": 24}.get(name)
        table.add_column(
            name, no_wrap=True, overflow="ellipsis", max_width=most, justify="left" if is_name else "right"
        )
    table.add_column("", no_wrap=True, overflow="ellipsis")
    for endpoint in progress.endpoints:
        for cells in _cells(endpoint):
            table.add_row(*(cells[name] for name in (*shown, "")))
    return table


def _cells(endpoint: EndpointStats) -> Iterator[Mapping[str, str | Text]]:
    for api, gate in endpoint.gates.items():
        sends = gate.admitted + gate.refused
        share = gate.refused / sends if sends else 0.0
        paused = max(gate.paused_for, endpoint.left_for)
        yield {
            "endpoint": endpoint.name,
            "type": api,
            "in flight": f"{gate.in_flight}",
            "window": f"{gate.window}",
            "pace": f"{gate.pace:.1f}/s" if gate.pace is not None else "-",
            "refused": Text(f"{share:.1%}", style="yellow" if share > 0.05 else ""),
            "": Text(f"pause {paused:.0f} s" if paused >= 1 else gate.reason, style="yellow" if paused >= 1 else "dim"),
        }


def _codes(progress: Progress) -> Text:
    ranked = sorted(progress.codes.items(), key=lambda pair: -pair[1])
    shown = "   ".join(f"{code} {count:,}" for code, count in ranked[:CODES_SHOWN])
    more = len(ranked) - CODES_SHOWN
    return Text(f"failed: {shown}{f'   and {more} more' if more > 0 else ''}", style="red")
