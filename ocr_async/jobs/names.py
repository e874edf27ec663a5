"""Names that are not UTF-8 in a database that is: they are kept as bytes, and come back as `os.fsdecode` gives them."""

from __future__ import annotations

import os


def to_column(text: str | None) -> str | bytes | None:
    """Return what stands in a column for a text that may hold bytes of another encoding (surrogate escapes)."""
    if text is None or text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")
    return text


def from_column(value: object) -> str | None:
    """Return the text that a column stands for."""
    return (
        value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else None if value is None else str(value)
    )


def shown(text: str) -> str:
    """Return a text that can be printed and sent: bytes of another encoding become \\xNN."""
    return os.fsencode(text).decode("utf-8", "backslashreplace") if not text.isascii() else text
