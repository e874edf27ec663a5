"""What looks different where there is little room."""

from __future__ import annotations

from attrs import frozen
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

NARROW = 66
"""Columns under which tables with texts are taken apart."""


@frozen
class ByWidth:
    """Shows the one or the other, by the room that there is."""

    wide: RenderableType
    narrow: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.wide if options.max_width >= NARROW else self.narrow
