"""The text of a manifest, whatever program saved it: its encoding is found out from its bytes."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from ocr_async.jobs.files import opened

_GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = "gb18030"
"""What Chinese editions of Excel save as CSV; GBK and GB2312 are parts of it."""


@contextmanager
def opened_bytes(path: Path) -> Generator[IO[bytes]]:
    """Open a manifest, packed with gzip or not.

    Raises:
        OSError: it cannot be read.
    """
    with opened(str(path)) as file:
        if file.peek(2)[:2] == _GZIP:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield file


@contextmanager
def opened_text(path: Path) -> Generator[tuple[IO[str], str]]:
    """Open a manifest as text and tell its encoding; bytes that are none in it come as surrogate escapes.

    Raises:
        OSError: it cannot be read.
        UnicodeError: it is UTF-16 or UTF-32 that breaks off.
    """
    encoding = _encoding(path)
    errors = "strict" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    with opened_bytes(path) as file, io.TextIOWrapper(file, encoding, errors, newline="") as text:
        yield text, encoding


def is_garbled(text: str) -> bool:
    """Tell whether a text had bytes that are none in the encoding of its file."""
    return not text.isascii() and any("\udc80" <= sign <= "\udcff" for sign in text)


def as_bytes(text: str, encoding: str) -> bytes:
    """Return the bytes that stood in the file."""
    return text.encode(encoding.removesuffix("-sig"), "surrogateescape")


def _encoding(path: Path) -> str:
    """Return the encoding that most lines fit: that of a byte order mark, UTF-16 by how it begins, UTF-8, or GB18030."""
    with opened_bytes(path) as file:
        beginning = file.read(256)
        for mark, encoding in _MARKS:
            if beginning.startswith(mark):
                return encoding
        if (unmarked := _unmarked_utf_16(beginning)) is not None:
            return unmarked
        beginning += file.readline()
        utf_8 = chinese = others = 0
        for line in (*beginning.splitlines(), *_lines(file)):
            if not line.isascii():
                fits = _fits(line, "utf-8")
                utf_8 += fits
                chinese += not fits and _fits(line, _CHINESE)
                others += 1
        is_chinese = chinese > utf_8 and utf_8 + chinese == others
    return _CHINESE if is_chinese else "utf-8"


def _unmarked_utf_16(beginning: bytes) -> str | None:
    """Tell UTF-16 without a mark by a first sign or an end of a line that is ASCII; how many other signs are does not matter."""
    pairs = {beginning[at : at + 2] for at in range(0, len(beginning), 2)}
    for encoding, zero in (("utf-16-le", 1), ("utf-16-be", 0)):
        first = beginning[:2]
        begins = len(first) == 2 and first[zero] == 0 and 0 < first[1 - zero] < 128
        if begins or "\n".encode(encoding) in pairs:
            return encoding
    return None


def _lines(file: IO[bytes]) -> Generator[bytes]:
    yield from file


def _fits(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
