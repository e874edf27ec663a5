"""HTML for notebooks and reports: everything is escaped, and one look is readable on light and on dark ground."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterable, Sequence
from html import escape
from typing import Literal, TypeAlias

from attrs import frozen

Look: TypeAlias = Literal["", "good", "doubtful", "bad", "faint"]

_STYLES: dict[Look, str] = {
    "": "",
    "good": "background:rgba(46,160,67,.22)",
    "doubtful": "background:rgba(255,193,7,.30)",
    "bad": "background:rgba(248,81,73,.24)",
    "faint": "opacity:.65",
}
"""Only translucent grounds: the colour of the text stays that of the page, whatever its theme."""

_TRACK = "background:rgba(128,128,128,.25);border-radius:4px;height:8px;max-width:40em;overflow:hidden;margin:4px 0"


class Markup(str):
    """What is HTML already, made by this package; every other text is escaped."""

    __slots__ = ()


@frozen
class Row:
    """A row of a table: what its cells say, and how it looks."""

    cells: Sequence[object]
    look: Look = ""


def text(value: object) -> str:
    """Return a value as text of HTML; what UTF-8 has no place for is spelt out."""
    return escape(str(value).encode("utf-8", "backslashreplace").decode())


def image(jpeg: bytes, about: str) -> Markup:
    """Return a small picture, with words for who cannot see it."""
    return Markup(f'<img alt="{text(about)}" src="data:image/jpeg;base64,{b64encode(jpeg).decode()}">')


def table(headings: Sequence[str], rows: Iterable[Row], caption: str = "", figures: Collection[str] = ()) -> str:
    """Return a table; the columns named in `figures` are aligned at their right."""
    right = [name in figures for name in headings]
    head = "".join(_cell("th", name, at_right) for name, at_right in zip(headings, right, strict=True))
    body = "".join(
        f"<tr{_style(row.look)}>{''.join(_cell('td', cell, at) for cell, at in zip(row.cells, right, strict=True))}</tr>"
        for row in rows
    )
    title = f"<caption>{text(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def line(value: object, look: Look = "") -> str:
    """Return one line of text."""
    return f"<p{_style(look)}>{text(value)}</p>"


def bar(share: float | None) -> str:
    """Return a bar that is filled to a share (0 to 1), or striped when there is no telling."""
    filled = f"width:{100 * min(max(share, 0.0), 1.0):.1f}%;background:#2f81f7" if share is not None else _UNKNOWN
    return f'<div style="{_TRACK}"><div style="height:100%;{filled}"></div></div>'


_UNKNOWN = "background:repeating-linear-gradient(45deg,#2f81f7 0 8px,transparent 8px 16px)"


def _cell(tag: str, value: object, at_right: bool) -> str:  # noqa: FBT001  how a cell is aligned
    style = ' style="text-align:right"' if at_right else ""
    return f"<{tag}{style}>{value if isinstance(value, Markup) else text(value)}</{tag}>"


def _style(look: Look) -> str:
    return f' style="{_STYLES[look]}"' if look else ""
