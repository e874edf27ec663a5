"""CSV and TSV as programs and people save them: with any separator, and with empty rows and columns around the list."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, TypeAlias

from attrs import define, field

from ocr_async.errors import JobError

SOURCES = ("path", "url", "source")
"""The columns that name what is to be read."""

_OTHERS = ("key", "type", "options", "page")
_SEPARATORS = ",;\t|"
_BEFORE = 20
"""Lines that are looked through for the header: there may be empty rows or a title before it."""

_Line: TypeAlias = "tuple[int, Mapping[str, str] | str]"


@define
class _Lines:
    """Hands lines to a CSV reader, and knows those of its present row."""

    text: Iterator[str]
    number: int = 0
    row: list[str] = field(factory=list[str])

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.text)
        self.number += 1
        self.row.append(line)
        return line

    @property
    def first(self) -> int:
        """The number of the line that the present row begins at."""
        return self.number - len(self.row) + 1


def separated_rows(path: Path, text: IO[str]) -> Iterator[_Line]:
    """Yield the rows below the header with the lines that they begin at; a text says why a row does not fit.

    Raises:
        JobError: no column can name a source, one is there twice, or a quote is left open.
    """
    head = list(islice(text, _BEFORE))
    separator = _declared(head[:1]) or _guessed(path, head)
    lines = _Lines(chain(head, text))
    if _declared(head[:1]):
        next(lines)
    rows = _rows(path, lines, separator)
    names = _header(path, rows)
    for line, values in rows:
        if isinstance(values, str):
            yield line, values
        elif any(values):
            yield line, _row(names, values)


def _declared(first: Sequence[str]) -> str | None:
    """Return the separator that a first line such as `sep=;` tells Excel of."""
    word = first[0].rstrip("\r\n").strip('" ') if first else ""
    return word[4] if len(word) == 5 and word.lower().startswith("sep=") else None


def _guessed(path: Path, head: Sequence[str]) -> str:
    """Return the separator that is most frequent in the first line that has a word of the header."""
    usual = "\t" if path.name.lower().removesuffix(".gz").endswith(".tsv") else ","
    header = next((line for line in head if any(word in line.lower() for word in SOURCES)), "")
    return max(usual + _SEPARATORS, key=header.count)


def _rows(path: Path, lines: _Lines, separator: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the cells of each row that has any, or why it is no row."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.row.clear()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if len(lines.row) > 1 or "unexpected end" in str(error):
                raise _open_quote(path, lines, separator) from error
            yield lines.first, f"is not CSV: {error}"
            continue
        if values:
            yield lines.first, [value.strip() for value in values]


def _open_quote(path: Path, lines: _Lines, separator: str) -> JobError:
    """Name the line in which the last quote of a row was opened."""
    opened, is_quoted, is_start = lines.first, False, True
    for number, line in enumerate(lines.row, lines.first):
        for sign in line:
            if sign == '"' and (is_quoted or is_start):
                is_quoted = not is_quoted
                opened = number if is_quoted else opened
            is_start = sign in (separator, "\n", "\r")
    return JobError(f"manifest {path} line {opened}: a quote is opened and never closed")


def _header(path: Path, rows: Iterator[tuple[int, list[str] | str]]) -> list[str]:
    """Take rows up to the one that names the columns.

    Raises:
        JobError: there is none, or it names a column twice.
    """
    found: list[str] = []
    for line, values in rows:
        names = [] if isinstance(values, str) else [name.strip("\ufeff \t").lower() for name in values]
        if set(names) & set(SOURCES):
            twice = next((name for name in (*SOURCES, *_OTHERS) if names.count(name) > 1), None)
            if twice is not None:
                raise JobError(f"manifest {path} line {line}: two columns are called {twice}")
            return _without_empty_end(names)
        found = found or names
        if line > _BEFORE:
            break
    if not found:
        raise JobError(
            f"manifest {path}: is empty; its first line names the columns: {', '.join((*SOURCES, *_OTHERS))}"
        )
    said = ", ".join(filter(None, found))
    raise JobError(f"manifest {path} line 1: no column is called {' or '.join(SOURCES)}; found: {said}")


def _row(names: list[str], values: list[str]) -> Mapping[str, str] | str:
    filled = _without_empty_end(values)
    if len(filled) > len(names):
        return f"has {len(values)} columns, line 1 has {len(names)}"
    return dict(zip(names, filled, strict=False))


def _without_empty_end(values: list[str]) -> list[str]:
    end = len(values)
    while end and not values[end - 1]:
        end -= 1
    return values[:end]
