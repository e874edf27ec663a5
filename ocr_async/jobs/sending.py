"""What is sent for an entry: the very bytes whose digest is noted, so that no answer is kept for other content."""

from __future__ import annotations

import hashlib

from ocr_async.errors import SourceError
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.pages import drawn
from ocr_async.sources import Url

LARGEST = 64 * 1024 * 1024
"""Bytes of a picture above which no type accepts it; only documents of several pages are larger."""


class ExchangedError(Exception):
    """The content of a file is another one than was noted."""

    def __init__(self, sha256: bytes) -> None:
        super().__init__("the content has changed")
        self.sha256 = sha256


def to_send(entry: Entry) -> tuple[bytes | Url, bytes | None]:
    """Return what the session is given, and its SHA-256 (reads the file, and draws a page: call it in a thread).

    Raises:
        ExchangedError: the content is another one than was noted.
        Exception: it cannot be read or drawn.
    """
    source = entry.source
    if source is None:
        raise SourceError(entry.place, "has no source")
    if source.address is not None:
        return Url(source.address), None
    with source.open() as file:
        content = file.read() if entry.page else file.read(LARGEST + 1)
    if len(content) > LARGEST and not entry.page:
        raise SourceError(entry.place, f"has more than {LARGEST:,} B, which no type accepts")
    sha256 = hashlib.sha256(content).digest()
    if entry.sha256 is not None and sha256 != entry.sha256:
        raise ExchangedError(sha256)
    if entry.page is None or entry.type is None:
        return content, sha256
    return drawn(content, entry.page, entry.type.limits, entry.key), sha256
