"""One thing to be read, as the sources of a job name it, before anything is known of its content."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias, cast

from attrs import Factory, evolve, field, frozen

from ocr_async.errors import OcrError, SourceError
from ocr_async.jobs.source import Readable, Source, source_of
from ocr_async.jobs.types import AnyType, describe
from ocr_async.sources.page_cache import NotCachedError

if TYPE_CHECKING:
    from io import BufferedReader

Given: TypeAlias = "str | bytes | Source | None"


def _source(given: Given) -> Source | None:
    return source_of(given) if isinstance(given, str | bytes) else given


@frozen
class Entry:
    """A file, a page of one, an address or some bytes to be read as one document type; or why it cannot be."""

    key: str
    """Unique in the output."""
    source: Source | None = field(converter=_source, repr=False)
    type: AnyType | None
    place: str
    """Where the entry stands, for messages: a path, or "orders.csv line 7"."""
    page: int | None = None
    """Of a document of several pages, from 1."""
    stamp: str | None = None
    """Changes when the content may have changed; `None` when there is no telling."""
    digest: bytes | None = field(default=None, repr=False)
    """What stands for the content: its SHA-256, or what its source takes for it."""
    sha256: bytes | None = field(default=None, repr=False)
    """Of the bytes, as far as they were read here."""
    problem: str | None = None
    """Why it cannot be read."""
    named: bool = False
    """True when the caller chose the key."""
    found: bool = False
    """True when it was come across in a folder, so that it may be no picture at all."""
    label: str = field(default=Factory(lambda self: describe(self.type), takes_self=True), repr=False)
    """The type with its options, always in the same words."""

    @property
    def origin(self) -> str | None:
        """The path or address, when there is one."""
        return None if self.source is None else self.source.shown

    @property
    def is_address(self) -> bool:
        """True when the service fetches the picture itself."""
        return self.source is not None and self.source.address is not None

    @property
    def options(self) -> str:
        """The options of the type as JSON, "" when there are none."""
        return self.label.partition(" ")[2] if self.type else ""

    @property
    def fingerprint(self) -> bytes | None:
        """What two entries share when the same answer serves both: content, page, type and options."""
        if self.digest is None or self.type is None:
            return None
        return hashlib.sha256(self.digest + f"{self.page} {self.label}".encode()).digest()

    def digested(self, source: Readable | None = None) -> Entry:
        """Return it with what stands for its content (may read it: call it in a thread).

        `source` is its own, or what stands in for it; of what does that, a NotCachedError is raised.
        """
        source = source or self.source
        if self.problem is not None or source is None:
            return self
        try:
            identity = source.identity()
            if identity is not None:
                return evolve(self, digest=identity)
            with source.open() as file:
                sha256 = hashlib.file_digest(cast("BufferedReader", file), "sha256").digest()
        except NotCachedError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it is about this entry alone
            return self.with_problem(problem_of(error))
        return evolve(self, digest=sha256, sha256=sha256)

    def with_problem(self, problem: str) -> Entry:
        """Return it as one that cannot be read."""
        return evolve(self, problem=problem)


def problem_of(error: Exception) -> str:
    """Say in a few words what is wrong with an entry."""
    if isinstance(error, SourceError):
        return error.problem
    if isinstance(error, OcrError):
        return error.describe()
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{error}" if isinstance(error, ValueError) else f"unexpected {type(error).__name__}: {error}"
