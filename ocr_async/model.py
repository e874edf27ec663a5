"""The words that every floor uses: JSON, corner points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

VERSION = "0.1.0"

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A decoded JSON value."""

Point: TypeAlias = tuple[int, int]
"""A pixel of a picture: x to the right, y down, origin at the top left."""

Corners: TypeAlias = tuple[Point, ...]
"""The corners of a document in its picture, as the service lists them."""
