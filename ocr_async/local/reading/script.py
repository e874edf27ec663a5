"""One spelling for what the engine may write in several: full-width forms, traditional characters, look-alikes."""

from __future__ import annotations

import unicodedata

from ocr_async.local.reading.words.traditional import simplified

DIGITS = str.maketrans("OoQDIl|iZzSsBbGgqA", "000011112255866994")
"""Letters as the digits that they look like."""

LETTERS = str.maketrans("0158264", "OISBZGA")
"""Digits as the letters that they look like."""


def normal(text: str) -> str:
    """Return a text in half-width forms, simplified characters, and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(simplified()).split())


def tight(text: str) -> str:
    """Return a text in its normal spelling without any white space."""
    return normal(text).replace(" ", "")


def as_digits(text: str) -> tuple[str, int]:
    """Return a text with its letters read as digits, and how many were."""
    digits = text.translate(DIGITS)
    return digits, sum(before != after for before, after in zip(text, digits, strict=True))
