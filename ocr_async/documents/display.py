"""A result as an HTML table, for notebooks: every field found, its value, and how sure the service is of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr_async.documents.base import Fields, Result

LOW_CONFIDENCE = 0.8
"""Below it a row is marked: the value deserves a look at the picture."""

_MARK = ' style="background:#fff3cd;color:#664d03"'


def table(result: Result, caption: str = "") -> str:
    """Return the table, by default under the name of its class; all that comes from the document is escaped."""
    rows = "".join(_row(name, value, result.confidence.get(name)) for name, value in _values(result).items())
    return (
        f"<table><caption>{escape(caption or type(result).__name__)}</caption>"
        f"<thead><tr><th>field</th><th>value</th><th>confidence</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def notice(text: str) -> str:
    """Return a line for a document that has no table."""
    return f"<p{_MARK}>{escape(text)}</p>"


def _row(name: str, value: object, score: float | None) -> str:
    mark = _MARK if score is not None and score < LOW_CONFIDENCE else ""
    shown = "" if score is None else f"{score:.4f}"
    return f"<tr{mark}><td>{escape(name)}</td><td>{escape(str(value))}</td><td>{shown}</td></tr>"


def _values(fields: Fields) -> dict[str, object]:
    """Return what was found, texts as the service read them, and the unknown fields after the known ones."""
    typed = fields.typed_values()
    texts = {name: value for name in typed if isinstance(value := getattr(fields, name, None), str)}
    return typed | texts | dict(fields.unknown_fields)
