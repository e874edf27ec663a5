"""`ocr-async doctor`: why calls do not work, or that they do."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from ocr_async.cli import connection, console, document_options
from ocr_async.cli.connection import Connection
from ocr_async.cli.findings import Finding, State, findings
from ocr_async.cli.recognize import run
from ocr_async.fields import DocumentType, Result

STYLES = {State.GOOD: "green", State.NOTE: "yellow", State.BAD: "bold red"}


def doctor(
    type_name: Annotated[str, typer.Argument(metavar="TYPE", help="Document type to try.")] = "train-ticket",
    local: connection.Local = False,
    region: connection.Region = None,
    endpoint: connection.Endpoint = None,
    project_id: connection.ProjectId = None,
    ak: connection.AccessKey = None,
    sk: connection.SecretKey = None,
) -> None:
    """Look for what keeps calls from working: credentials, endpoint, clock, region, subscription, optional parts.

    Sends at most one call, with a blank picture.
    """
    kind = document_options.document_type(type_name, None)
    run(partial(_examine, Connection(local, region, endpoint, project_id, ak, sk), kind))


async def _examine(where: Connection, kind: DocumentType[Result]) -> bool:
    """Print each finding as it comes, and return whether none is bad."""
    bad = 0
    async for finding in findings(where, kind):
        bad += finding.state is State.BAD
        console.out().print(_row(finding))
    console.out().print("All well." if not bad else "Not well: see what to do above.", style="bold")
    return not bad


def _row(finding: Finding) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=4, style=STYLES[finding.state])
    table.add_column(width=11)
    table.add_column(overflow="fold")
    text = Text(finding.text)
    if finding.remedy:
        text.append(f"\nto do: {finding.remedy}", style="bold" if finding.state is State.BAD else "dim")
    table.add_row(finding.state.value, finding.about, text)
    return table
