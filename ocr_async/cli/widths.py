"""What looks different where there is little room."""

from __future__ import annotations

from attrs import frozen
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.styled import Styled
from rich.table import Table
from rich.text import Text

NARROW = 66
"""Columns under which tables with texts are taken apart."""

LEAST = 24
"""Columns that the rest of a table of texts needs beside its first column."""


@frozen
class ByWidth:
    """Shows the one or the other, by the room that there is."""

    wide: RenderableType
    narrow: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.wide if options.max_width >= NARROW else self.narrow


@frozen
class TakenApart:
    """A table of texts that puts what belongs to a row under its first cell where they have no room side by side."""

    table: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        first = self.table.columns[0]
        room = options.max_width - max((cell_len(str(cell)) for cell in first.cells), default=0)
        if options.max_width >= NARROW and room >= LEAST:
            yield self.table
            return
        for name, *rest in zip(*(column.cells for column in self.table.columns), strict=True):
            yield Styled(name, first.style)
            texts = [console.render_str(cell) if isinstance(cell, str) else cell for cell in rest]
            said = Text("  ").join(text for text in texts if isinstance(text, Text) and text.plain)
            if said:
                yield Padding(said, (0, 0, 0, 4))
        yield ""
