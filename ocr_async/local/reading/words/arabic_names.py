"""Common Arabic given and family names with their usual Latin spellings."""

from __future__ import annotations

from functools import cache

from ocr_async.local.reading.words import lines


@cache
def _by_spelling() -> dict[str, str]:
    rows = (line.split() for line in lines("arabic_names"))
    return {spelling.casefold(): arabic for arabic, *spellings in rows for spelling in spellings}


def usual(latin: str) -> str | None:
    """Return the usual Arabic form of a name in Latin letters, None if it is not known."""
    return _by_spelling().get(latin.casefold())
