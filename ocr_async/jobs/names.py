"""Names that are not UTF-8 in a database that is: they are kept as bytes, and come back as `os.fsdecode` gives them."""

from __future__ import annotations

_LONE = b"\xff\0"
"""Begins what holds surrogates that stand for no byte either: keys of a caller, names on Windows."""


def to_column(text: str | None) -> str | bytes | None:
    """Return what stands in a column for a text that may hold bytes of another encoding (surrogate escapes)."""
    if text is None or text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _as_bytes(text)
    return text


def key_of(value: object) -> str:
    """Return the text of a column that is never null."""
    return from_column(value) or ""


def from_column(value: object) -> str | None:
    """Return the text that a column stands for."""
    if isinstance(value, bytes):
        if value.startswith(_LONE):
            return value.removeprefix(_LONE).decode("utf-8", "surrogatepass")
        return value.decode("utf-8", "surrogateescape")
    return None if value is None else str(value)


def _as_bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return _LONE + text.encode("utf-8", "surrogatepass")
