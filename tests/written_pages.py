"""Pages drawn with text: what stands where on a document, for tests of the rules that find its fields."""

from __future__ import annotations

import re
from textwrap import dedent

from ocr_async.local.reading.page import Box, Line, Page, in_reading_order

COLUMN, ROW, TYPE = 12.0, 60.0, 40.0


def written(text: str, *, score: float = 0.99) -> Page:
    """Return a page whose lines stand as the words do in `text`; two spaces or more part the lines of one row."""
    rows = dedent(text).strip("\n").split("\n")
    lines = [
        Line(words[0], score, Box(words.start() * COLUMN, row * ROW, words.end() * COLUMN, row * ROW + TYPE))
        for row, row_text in enumerate(rows)
        for words in re.finditer(r"\S+(?: \S+)*", row_text)
    ]
    return Page(in_reading_order(lines), COLUMN * max(map(len, rows)), ROW * len(rows))
