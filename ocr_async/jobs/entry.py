"""One thing to be read, as the sources of a job name it, before anything is known of its content."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from functools import lru_cache
from io import BufferedReader
from typing import Any, TypeAlias

import attrs
from attrs import Factory, evolve, field, frozen

from ocr_async.errors import OcrError, SourceError
from ocr_async.fields import DocumentType, Result
from ocr_async.jobs import addresses
from ocr_async.jobs.addresses import is_address

AnyType: TypeAlias = DocumentType[Result]


@frozen
class Source:
    """Where a picture is: a path, an address, or bytes that are nowhere."""

    given: str | bytes | None = field(repr=False)
    """What is opened or sent."""
    shown: str | None
    """How it was named, without what signs an address; None for bytes."""

    @classmethod
    def of(cls, given: str | bytes | Source | None) -> Source:
        """Make a source of what was given."""
        if isinstance(given, Source):
            return given
        if isinstance(given, str):
            given = addresses.path_of(given)
            return cls(given, addresses.without_signature(given) if is_address(given) else given)
        return cls(given, None)

    @property
    def is_address(self) -> bool:
        """True when the service fetches the picture itself."""
        return isinstance(self.given, str) and is_address(self.given)

    @property
    def path(self) -> str | None:
        """The path of a file."""
        return self.given if isinstance(self.given, str) and not is_address(self.given) else None

    @property
    def place(self) -> str | None:
        """Where it is, the same for every spelling; a link to a file is a place of its own.

        Raises:
            ValueError, OSError: it cannot be a path.
        """
        if self.shown is None or self.is_address:
            return self.shown
        folder, name = os.path.split(os.path.abspath(self.shown))  # noqa: PTH100  stays a text
        return os.path.join(_real_folder(folder), name)  # noqa: PTH118  as above


def _source(given: str | bytes | Source | None) -> Source:
    return Source.of(given)


@lru_cache(4096)
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


@frozen
class Content:
    """What a picture is, wherever it is."""

    sha256: bytes = field(repr=False)
    """Of the bytes of the file; for an address, of the address and its version."""
    page: int | None


@frozen
class Entry:
    """A file, a page of one, an address or some bytes to be read as one document type; or why it cannot be."""

    key: str
    """Unique in the output."""
    source: Source = field(converter=_source, repr=False)
    type: AnyType | None
    place: str
    """Where the entry stands, for messages: a path, or "orders.csv line 7"."""
    page: int | None = None
    """Of a PDF file, from 1."""
    stamp: str | None = None
    """Changes when the content may have changed; `None` when there is no telling."""
    digest: bytes | None = field(default=None, repr=False)
    """SHA-256 of the content."""
    problem: str | None = None
    """Why it cannot be read."""
    named: bool = False
    """True when the caller chose the key."""
    version: str = ""
    """Of what an address leads to."""
    label: str = field(default=Factory(lambda self: describe(self.type), takes_self=True), repr=False)
    """The type with its options, always in the same words."""

    @property
    def origin(self) -> str | None:
        """The path or address, when there is one."""
        return self.source.shown

    @property
    def is_address(self) -> bool:
        """True when the service fetches the picture itself."""
        return self.source.is_address

    @property
    def options(self) -> str:
        """The options of the type as JSON, "" when there are none."""
        return self.label.partition(" ")[2] if self.type else ""

    @property
    def content(self) -> Content | None:
        """What is known of the content."""
        return None if self.digest is None else Content(self.digest, self.page)

    @property
    def fingerprint(self) -> bytes | None:
        """What two entries share when the same answer serves both: content, page, type and options."""
        if self.digest is None or self.type is None:
            return None
        return hashlib.sha256(self.digest + f"{self.page} {self.label}".encode()).digest()

    def stamped(self) -> Entry:
        """Return it with its stamp; a file that cannot be looked at becomes a problem."""
        return self._guarded(lambda: evolve(self, stamp=self._stamp()))

    def _stamp(self) -> str:
        path = self.source.path
        if path is None:
            return self.version if self.is_address else self._digest().hex()
        about = regular(path, os.stat(path))  # noqa: PTH116  a million files make Path objects felt
        return f"{about.st_size} {about.st_mtime_ns}"

    def digested(self) -> Entry:
        """Return it with the SHA-256 of its content (reads the file: call it in a thread)."""
        return self._guarded(lambda: evolve(self, digest=self._digest()))

    def _digest(self) -> bytes:
        path, given = self.source.path, self.source.given or b""
        if path is not None:
            with opened(path) as file:
                return hashlib.file_digest(file, "sha256").digest()
        if self.is_address:
            return hashlib.sha256(f"{self.origin}{f' {self.version}' if self.version else ''}".encode()).digest()
        return hashlib.sha256(given.encode() if isinstance(given, str) else given).digest()

    def read(self) -> bytes:
        """Return the bytes of the picture (call it in a thread).

        Raises:
            OSError, ValueError: its file cannot be read.
        """
        path = self.source.path
        if path is None:
            return self.source.given if isinstance(self.source.given, bytes) else b""
        with opened(path) as file:
            return file.read()

    def _guarded(self, step: Callable[[], Entry]) -> Entry:
        if self.problem is not None or self.source.given is None:
            return self
        try:
            return step()
        except Exception as error:  # noqa: BLE001  whatever it is, it is about this entry alone
            return self.with_problem(problem_of(error))

    def with_problem(self, problem: str) -> Entry:
        """Return it as one that cannot be read."""
        return evolve(self, problem=problem)


def opened(path: str) -> BufferedReader:
    """Open a regular file without waiting for a pipe or a device.

    Raises:
        OSError, ValueError: it cannot be opened, or is none.
    """
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        regular(path, os.fstat(number))
    except BaseException:
        os.close(number)
        raise
    return os.fdopen(number, "rb")


def regular(path: str, about: os.stat_result) -> os.stat_result:
    """Return what is known of a file.

    Raises:
        SourceError: it is a folder, a pipe, a device or a socket.
    """
    if not stat.S_ISREG(about.st_mode):
        raise SourceError(path, "is a folder" if stat.S_ISDIR(about.st_mode) else "is not a regular file")
    return about


def problem_of(error: Exception) -> str:
    """Say in a few words what is wrong with an entry."""
    if isinstance(error, SourceError):
        return error.problem
    if isinstance(error, OcrError):
        return error.describe()
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{error}" if isinstance(error, ValueError) else f"unexpected {type(error).__name__}: {error}"


def describe(document_type: AnyType | None) -> str:
    """Name a document type with its options, always in the same words."""
    if document_type is None:
        return "several types"
    chosen = options_text(document_type)
    return document_type.api + (f" {chosen}" if chosen else "")


def options_text(document_type: AnyType) -> str:
    """Return the options of a type as JSON, "" when there are none."""
    import orjson  # noqa: PLC0415  on first use

    chosen = options_of(document_type)
    return orjson.dumps(chosen, option=orjson.OPT_SORT_KEYS, default=str).decode() if chosen else ""


def options_of(document_type: AnyType) -> dict[str, Any]:
    """Return the arguments that make a type again: those that differ from their defaults."""
    chosen = {a.name: getattr(document_type, a.name) for a in attrs.fields(type(document_type))}
    defaults = {a.name: a.default for a in attrs.fields(type(document_type))}
    return {name: value for name, value in chosen.items() if value != defaults[name]}
