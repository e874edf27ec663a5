"""How the cells of the spreadsheet look."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from attrs import define, field

from ocr_async.jobs.tables.text import Cell

Look: TypeAlias = Literal["", "header", "link", "wrapped", "yellow", "red", "share", "yellow share", "red share"]

UNSURE, DOUBTFUL = 0.9, 0.6
"""Below these confidences a cell is yellow, or red."""

_FONT = {"font_name": "Calibri", "font_size": 11}
_LOOKS: dict[str, dict[str, Any]] = {
    "header": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": "#2F4B6E",
        "text_wrap": True,
        "border": 1,
        "border_color": "#5B7594",
    },
    "link": {"font_color": "#1F5FBF", "underline": 1},
    "wrapped": {"text_wrap": True},
    "yellow": {"bg_color": "#FFF2B3"},
    "red": {"bg_color": "#F8C9C4"},
    "share": {"num_format": "0%"},
}


def doubt(score: float | None) -> Look:
    """Return the look of a cell of this confidence."""
    if score is None or score >= UNSURE:
        return ""
    return "yellow" if score >= DOUBTFUL else "red"


def share(score: float | None) -> Look:
    """Return the look of a confidence itself."""
    match doubt(score):
        case "yellow":
            return "yellow share"
        case "red":
            return "red share"
        case _:
            return "share"


@define(eq=False)
class Formats:
    """The formats of a workbook, one for each look of each type of value."""

    workbook: Any
    _made: dict[tuple[type, Look], Any] = field(factory=dict[tuple[type, Look], Any])

    def __call__(self, value: Cell, look: Look) -> Any:
        """Return the format of a value."""
        key = type(value), look
        if key not in self._made:
            properties = _FONT | {"valign": "vcenter"} | _of_type(value)
            for part in look.split():
                properties |= _LOOKS[part]
            self._made[key] = self.workbook.add_format(properties)
        return self._made[key]


def _of_type(value: Cell) -> dict[str, Any]:
    """Return the properties of a type: identifiers stay text, figures keep off the text in the next column."""
    return next(properties for kind, properties in _TYPES if isinstance(value, kind))


_TYPES: tuple[tuple[type, dict[str, Any]], ...] = (
    (str, {"num_format": "@"}),
    (datetime, {"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
    (date, {"num_format": "yyyy-mm-dd", "align": "left"}),
    (Decimal, {"num_format": "#,##0.00##", "align": "right", "indent": 1}),
    (float, {"align": "right", "indent": 1}),
    (object, {"align": "left"}),
)
