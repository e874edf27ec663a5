"""What is sent for an entry: the very bytes whose digest is noted, so that no answer is kept for other content."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext, suppress

import anyio
from attrs import define, evolve, field

from ocr_async.errors import SourceError
from ocr_async.fields import ImageLimits
from ocr_async.jobs.entry import Entry, problem_of
from ocr_async.jobs.pages import drawn
from ocr_async.jobs.source import Readable, Source, at_once
from ocr_async.jobs.stored import Object
from ocr_async.sources.deferred import Deferred
from ocr_async.sources.page_cache import NotCachedError
from ocr_async.sources.picture import Picture, in_memory
from ocr_async.sources.threads import in_thread

LARGEST = 64 * 1024 * 1024
"""Bytes of a picture above which no type accepts it; only documents of several pages are larger."""


class ExchangedError(Exception):
    """The content of a file is another one than was noted."""

    def __init__(self, sha256: bytes) -> None:
        super().__init__("the content has changed")
        self.sha256 = sha256


@define(eq=False)
class Drawing:
    """Lets one page at a time be drawn, and keeps the last document: it is read once for the pages that follow."""

    turn: anyio.CapacityLimiter = field(factory=lambda: anyio.CapacityLimiter(1))
    sha256: bytes | None = None
    content: bytes = field(default=b"", repr=False)

    def read(self, entry: Entry, source: Source) -> tuple[bytes, bytes]:
        """Return a document and its SHA-256 (blocks)."""
        if self.sha256 is None or self.sha256 != entry.sha256 or source.stamp() != entry.stamp:
            self.sha256, self.content = None, b""
            with source.open() as file:
                self.content = file.read()
            self.sha256 = hashlib.sha256(self.content).digest()
        return self.content, self.sha256


@define(eq=False)
class Content(Deferred):
    """The picture of an entry, read when the session wants it."""

    entry: Entry
    """With what was found out by reading it."""
    seconds: float
    """After which a read has failed."""
    drawing: Drawing
    is_exchanged: bool = False
    """True when the content was another one than was noted, which `entry` has now."""

    async def picture(self, limits: ImageLimits) -> Picture:
        """Return the picture.

        Raises:
            SourceError: it cannot be read or drawn, is outside the limits, or has changed.
        """
        content = await self._read()
        if not content:
            raise SourceError(self.entry.place, "is empty")
        return in_memory(self.entry.place, content, limits)

    async def _read(self) -> bytes:
        entry, problem = self.entry, ""
        try:
            content, sha256 = await self._content()
            if sha256 != entry.sha256:
                self.entry = evolve(entry, sha256=sha256)
        except ExchangedError as error:
            self.entry = evolve(entry, digest=error.sha256, sha256=error.sha256, stamp=None)
            self.is_exchanged = True
            problem = str(error)
        except TimeoutError:
            problem = f"could not be read within {self.seconds:g} s"
        except Exception as error:  # noqa: BLE001  whatever it is, it is about this entry alone
            problem = problem_of(error)
        else:
            return content
        if not self.is_exchanged:
            self.entry = entry.with_problem(problem)
        raise SourceError(entry.place, problem)

    async def _content(self) -> tuple[bytes, bytes]:
        with suppress(NotCachedError):
            if self.entry.page is None:
                return to_send(self.entry, self.drawing, at_once(self.entry.source))
        async with self.drawing.turn if self.entry.page else nullcontext():
            with anyio.fail_after(self.seconds):
                return await in_thread(to_send, self.entry, self.drawing)


@define(eq=False)
class StoredContent(Deferred):
    """The picture of an entry in a bucket, read when the session wants it; a large one goes through a file."""

    entry: Entry
    """With what was found out by reading it."""
    stored: Object
    seconds: float
    """After which a read has failed."""
    is_exchanged: bool = False
    """False: what was changed since it was listed is read as it is now."""

    async def picture(self, limits: ImageLimits) -> Picture:
        """Return the picture.

        Raises:
            SourceError: it cannot be read, or is outside the limits.
        """
        try:
            with anyio.fail_after(self.seconds):
                fetched = await in_thread(self.stored.fetched, limits)
            self.entry = evolve(self.entry, sha256=fetched.sha256)
            return await in_thread(fetched.picture, limits)
        except TimeoutError:
            problem = f"could not be read within {self.seconds:g} s"
        except Exception as error:  # noqa: BLE001  whatever it is, it is about this entry alone
            problem = problem_of(error)
        self.entry = self.entry.with_problem(problem)
        raise SourceError(self.entry.place, problem)


def to_send(entry: Entry, drawing: Drawing, source: Readable | None = None) -> tuple[bytes, bytes]:
    """Return what the session is given, and the SHA-256 of what it comes from (blocks).

    `source` is its own, or what stands in for it.

    Raises:
        ExchangedError: the content is another one than was noted.
        Exception: it cannot be read or drawn.
    """
    if entry.source is None:
        raise SourceError(entry.place, "has no source")
    content, sha256 = drawing.read(entry, entry.source) if entry.page else _read(entry, source or entry.source)
    if entry.sha256 is not None and sha256 != entry.sha256:
        raise ExchangedError(sha256)
    if entry.page is None or entry.type is None:
        return content, sha256
    return drawn(content, entry.page, entry.type.limits, entry.key), sha256


def _read(entry: Entry, source: Readable) -> tuple[bytes, bytes]:
    with source.open() as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise SourceError(entry.place, f"has more than {LARGEST:,} B, which no type accepts")
    return content, hashlib.sha256(content).digest()
