"""What is sent for an entry: the very bytes whose digest is noted, so that no answer is kept for other content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ocr_async.jobs.entry import Entry
from ocr_async.sources import Url

LARGEST = 64 * 1024 * 1024
"""Bytes of a picture above which no type accepts it: it is left to the session to say so."""


class ExchangedError(Exception):
    """The content of a file is another one than was noted."""

    def __init__(self, digest: bytes) -> None:
        super().__init__("the content has changed")
        self.digest = digest


def to_send(entry: Entry) -> bytes | Path | Url:
    """Return what the session is given (reads the file, and draws a page: call it in a thread).

    Raises:
        ExchangedError: the content is another one than was noted.
        Exception: it cannot be read or drawn.
    """
    source = entry.source
    if source.is_address:
        return Url(str(source.given))
    if source.path is not None and not entry.page and os.path.getsize(source.path) > LARGEST:  # noqa: PTH202
        return Path(source.path)
    content = entry.read()
    digest = hashlib.sha256(content).digest()
    if digest != entry.digest:
        raise ExchangedError(digest)
    if entry.page is None or entry.type is None:
        return content
    from ocr_async.jobs.pdf import render  # noqa: PLC0415  an extra, on first use

    return render(content, entry.page, entry.type.limits, entry.key)
