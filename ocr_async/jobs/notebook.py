"""A job in a notebook: a bar while it runs, and its summary as the last value of a cell."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from attrs import define, field

from ocr_async import html
from ocr_async.jobs import words
from ocr_async.jobs.progress import OnProgress, Progress, duration
from ocr_async.jobs.summary import JobSummary

CODES_SHOWN = 8


def bar_in_notebook() -> OnProgress | None:
    """Return what shows a job under the running cell of a notebook, None anywhere else."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return NotebookBar().update if getattr(shell, "kernel", None) is not None else None


@define(eq=False)
class NotebookBar:
    """A bar under a cell, drawn again in place; it needs no widgets, and stays in the saved notebook."""

    _handle: Any = field(default=None, repr=False)

    def update(self, progress: Progress) -> None:
        """Draw the bar again; a notebook that has gone away ends no job."""
        with suppress(Exception):
            shown = {"text/plain": str(progress), "text/html": progress_html(progress)}
            if self._handle is None:
                self._handle = import_module("IPython.display").display(shown, raw=True, display_id=True)
            else:
                self._handle.update(shown, raw=True)


def progress_html(progress: Progress) -> str:
    """Return a running job as HTML."""
    known = progress.total is not None and progress.is_total_final
    share = progress.settled / progress.total if known and progress.total else None
    parts = [html.bar(1.0 if known and not progress.total else share), html.line(progress)]
    gates = list(_gates(progress))
    if gates:
        figures = ("in flight", "window", "refused")
        parts.append(html.table(("endpoint", "type", *figures), gates, figures=figures))
    if progress.codes:
        parts.append(html.line(f"failed: {_ranked(progress.codes)}", "bad"))
    return f"<div>{''.join(parts)}</div>"


def _gates(progress: Progress) -> Iterator[html.Row]:
    for endpoint in progress.endpoints:
        for api, gate in endpoint.gates.items():
            yield html.Row((endpoint.name, api, gate.in_flight, gate.window, f"{gate.refused:,}"))


def _ranked(codes: Mapping[str, int]) -> str:
    ranked = sorted(codes.items(), key=lambda pair: -pair[1])
    more = [f"{len(ranked) - CODES_SHOWN} more"] if len(ranked) > CODES_SHOWN else []
    return ", ".join([f"{code} {count:,}" for code, count in ranked[:CODES_SHOWN]] + more)


def summary_html(done: JobSummary) -> str:
    """Return the summary of a job as HTML."""
    title, look = words.headline(done)
    parts = [html.line(title, look), html.line(", ".join(count for count, _ in words.totals(done)))]
    parts += [html.line(f"this run: {words.this_run(done)}", "faint"), *_details(done)]
    parts += [html.line(line) for line in words.advice(done, "the same call", 'unknown="retry"')]
    return f"<div>{''.join(parts)}</div>"


def _details(done: JobSummary) -> Iterator[str]:
    if done.failures:
        rows = [html.Row((each.code or each.kind, each.count, each.example, each.remedy)) for each in done.failures]
        yield html.table(("failed with", "items", "for example", "what to do"), rows, figures=("items",))
    if done.unsure:
        unsure = [html.Row((each.key, each.field, f"{each.confidence:.0%}")) for each in done.unsure]
        yield html.table(("least certain", "field", "confidence"), unsure, figures=("confidence",))
    if done.slowest:
        slowest = [html.Row((each.key, duration(each.seconds))) for each in done.slowest]
        yield html.table(("slowest", "took"), slowest, figures=("took",))
    yield html.table(("file", "path"), map(html.Row, words.files(done)))
