"""Headers as bytes: what goes over a wire as it stands, and is taken apart only when somebody looks a name up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

HeaderLines = Sequence[tuple[bytes, bytes]]
"""Names and values as they stand on the wire."""


class RawHeaders(httpx.Headers):
    """Headers that stay bytes until one is looked up or changed: taking all apart costs as much as sending them."""

    _lines: HeaderLines | None = None

    def __init__(self, lines: HeaderLines) -> None:
        self._lines = lines

    def __getattr__(self, name: str) -> Any:
        """Take the headers apart at the first look at what httpx keeps of them."""
        if self._lines is None:
            raise AttributeError(name)
        lines, self._lines = self._lines, None
        super().__init__(lines)
        return getattr(self, name)

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """The headers as pairs of bytes, in a list of its own."""
        return super().raw if self._lines is None else list(self._lines)
