"""Outcomes and counts as a notebook shows them, with small pictures of what was read."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from ocr_async import html
from ocr_async.batch.outcomes import Done, Failed
from ocr_async.fields import Result
from ocr_async.fields.display import LOW_CONFIDENCE

if TYPE_CHECKING:
    from ocr_async.batch.counts import BatchStats
    from ocr_async.calls.endpoints import EndpointStats
    from ocr_async.session import SessionStats

SMALL, LARGE = 96, 320
"""Pixels of the longer side of a picture in a table, and beside a single outcome."""

ROWS = 50
"""Outcomes that a table shows."""

VALUES = 3
"""Fields that a row shows."""

LONGEST = 60
"""Characters of a value in a row."""

PICTURE_BYTES = 64 * 1024 * 1024
"""A file above is not opened for a small picture."""


def done(outcome: Done[Result]) -> str:
    """Return an outcome with its picture and its fields."""
    course = f"{outcome.attempts} sent, {outcome.seconds:.2f} s" + (f", {outcome.endpoint}" if outcome.endpoint else "")
    told = f"{outcome.key}: {course}"
    marked = html.line(f"corrected: {', '.join(outcome.corrected)}", "good") if outcome.corrected else ""
    return html.line(told) + marked + _picture(outcome.source, LARGE, outcome.key) + outcome.result._repr_html_()


def failed(outcome: Failed) -> str:
    """Return an outcome with its picture and its error."""
    line = html.line(f"{outcome.key}: {outcome.error.describe()}", "bad")
    return line + _picture(outcome.source, LARGE, outcome.key)


def outcomes(found: Sequence[Done[Result] | Failed]) -> str:
    """Return the first outcomes as a table."""
    failures = sum(isinstance(outcome, Failed) for outcome in found)
    caption = f"{len(found) - failures:,} done, {failures:,} failed"
    table = html.table(
        ("", "key", "what was read", "lowest confidence", "seconds"),
        (_row(outcome) for outcome in islice(found, ROWS)),
        caption,
        figures=("lowest confidence", "seconds"),
    )
    return table + (html.line(f"and {len(found) - ROWS:,} more", "faint") if len(found) > ROWS else "")


def batch_stats(stats: BatchStats) -> str:
    """Return the counts of a run."""
    counts = {"done": stats.done, "failed": sum(stats.failed.values()), "in flight": stats.in_flight}
    counts |= {"refused": stats.refused, "repeated": stats.retried}
    rows = [html.Row((name, f"{count:,}")) for name, count in counts.items()]
    rows += [html.Row((f"failed: {code}", f"{count:,}"), "bad") for code, count in stats.failed.items()]
    rows += [html.Row(("items a second", f"{stats.rate:.1f}")), html.Row(("seconds", f"{stats.seconds:.1f}"))]
    return html.table(("", "number"), rows, "Run", figures=("number",)) + endpoints(stats.endpoints)


def session_stats(stats: SessionStats) -> str:
    """Return what a session is doing."""
    return html.line(f"{stats.in_flight:,} calls in flight, {stats.waiting:,} waiting") + endpoints(stats.endpoints)


def endpoints(found: Sequence[EndpointStats]) -> str:
    """Return the gates of endpoints as a table."""
    figures = ("in flight", "waiting", "window", "admitted", "refused")
    rows = [row for endpoint in found for row in _gates(endpoint)]
    return html.table(("endpoint", "type", *figures, "state"), rows, figures=figures)


def _gates(endpoint: EndpointStats) -> Iterator[html.Row]:
    left = f"left alone for {endpoint.left_for:.0f} s" if endpoint.left_for else ""
    for api, gate in endpoint.gates.items():
        counts = (gate.in_flight, gate.waiting, gate.window, f"{gate.admitted:,}", f"{gate.refused:,}")
        yield html.Row((endpoint.name, api, *counts, left or gate.reason), "bad" if left else "")
    if not endpoint.gates:
        yield html.Row((endpoint.name, "", "", "", "", "", "", left or "not called yet"), "bad" if left else "faint")


def _row(outcome: Done[Result] | Failed) -> html.Row:
    small, seconds = _picture(outcome.source, SMALL, outcome.key), f"{outcome.seconds:.2f}"
    if isinstance(outcome, Failed):
        return html.Row((small, outcome.key, outcome.error.describe(), "", seconds), "bad")
    result = outcome.result
    scores = {name: score for name, score in result.confidence.items() if not _is_empty(getattr(result, name, name))}
    name = min(scores, key=scores.__getitem__, default=None)
    is_low = name is not None and scores[name] < LOW_CONFIDENCE
    lowest = "" if name is None else f"{name} {scores[name]:.4f}"
    return html.Row((small, outcome.key, _said(result), lowest, seconds), "doubtful" if is_low else "")


def _said(result: Result) -> str:
    values = ((name, str(value)) for name, value in result.typed_values().items() if not _is_empty(value))
    return "; ".join(f"{name}: {_short(value)}" for name, value in islice(values, VALUES))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _picture(source: object, side: int, about: str) -> html.Markup:
    """Return a small picture; nothing where there is none to show, whatever the reason."""
    try:
        return html.image(_thumbnail(source, side), about)
    except Exception:  # noqa: BLE001  a table without a picture is better than none
        return html.Markup("")


def _thumbnail(source: object, side: int) -> bytes:
    """Return a small JPEG; raises whatever is in the way."""
    from PIL import Image, ImageOps  # noqa: PLC0415  an extra

    opened = source if isinstance(source, Image.Image) else Image.open(_readable(source))
    opened.draft("RGB", (side, side))
    picture = ImageOps.exif_transpose(opened)
    picture.thumbnail((side, side))
    target = io.BytesIO()
    picture.convert("RGB").save(target, "JPEG", quality=80)
    return target.getvalue()


def _readable(source: object) -> Any:
    if isinstance(source, bytes | bytearray):
        return io.BytesIO(source)
    path = os.fspath(cast("os.PathLike[str]", source))
    if os.path.getsize(path) > PICTURE_BYTES:  # noqa: PTH202  of any kind of path
        raise ValueError("too large")
    return path
