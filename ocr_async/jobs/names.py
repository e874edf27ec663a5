"""Names that are not UTF-8 in a database that is: they are kept as bytes, and come back as `os.fsdecode` gives them."""

from __future__ import annotations


def to_column(text: str | None) -> str | bytes | None:
    """Return what stands in a column for a text that may hold bytes of another encoding (surrogate escapes)."""
    if text is None or text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")
    return text


def key_of(value: object) -> str:
    """Return the text of a column that is never null."""
    return from_column(value) or ""


def from_column(value: object) -> str | None:
    """Return the text that a column stands for."""
    return (
        value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else None if value is None else str(value)
    )
