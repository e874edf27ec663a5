"""A result as an HTML table, for notebooks: every field found, its value, and how sure the service is of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr_async import html

if TYPE_CHECKING:
    from ocr_async.fields.base import Fields, Result

LOW_CONFIDENCE = 0.8
"""Below it a row is marked: the value deserves a look at the picture."""


def table(result: Result, caption: str = "") -> str:
    """Return the table, by default under the name of its class; all that comes from the document is escaped."""
    rows = (_row(name, value, result.confidence.get(name)) for name, value in _values(result).items())
    return html.table(("field", "value", "confidence"), rows, caption or type(result).__name__)


def notice(text: str) -> str:
    """Return a line for a document that has no table."""
    return html.line(text, "doubtful")


def _row(name: str, value: object, score: float | None) -> html.Row:
    is_empty = value is None or (isinstance(value, str) and not value.strip())
    is_low = score is not None and score < LOW_CONFIDENCE and not is_empty
    return html.Row((name, value, "" if score is None else f"{score:.4f}"), "doubtful" if is_low else "")


def _values(fields: Fields) -> dict[str, object]:
    """Return what was found, texts as the service read them, and the unknown fields after the known ones."""
    typed = fields.typed_values()
    texts = {name: value for name in typed if isinstance(value := getattr(fields, name, None), str)}
    return typed | texts | dict(fields.unknown_fields)
