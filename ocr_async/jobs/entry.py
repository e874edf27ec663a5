"""One thing to be read, as the sources of a job name it, before anything is known of its content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, TypeAlias

import attrs
from attrs import Factory, evolve, field, frozen

from ocr_async.documents.base import DocumentType, Result

AnyType: TypeAlias = DocumentType[Result]


@frozen
class Entry:
    """A file, a page of a PDF file, an address or some bytes to be read as one document type; or why it cannot be."""

    key: str
    """Unique in the output."""
    source: str | bytes | None = field(repr=False)
    """A path, an address, or the picture itself."""
    type: AnyType | None
    place: str
    """Where the entry stands, for messages: a path, or "orders.csv line 7"."""
    page: int | None = None
    """Of a PDF file, from 1."""
    stamp: str | None = None
    """Changes when the content, the type or the options may have changed; `None` when there is no telling."""
    digest: bytes | None = field(default=None, repr=False)
    """SHA-256 of the content."""
    problem: str | None = None
    """Why it cannot be read."""
    label: str = field(default=Factory(lambda self: describe(self.type), takes_self=True), repr=False)
    """The type with its options, always in the same words."""

    @property
    def origin(self) -> str | None:
        """The path or address, when there is one."""
        return self.source if isinstance(self.source, str) else None

    @property
    def is_address(self) -> bool:
        """True when the service fetches the picture itself."""
        return self.origin is not None and is_address(self.origin)

    @property
    def options(self) -> str:
        """The options of the type as JSON, "" when there are none."""
        return self.label.partition(" ")[2] if self.type else ""

    def to_send(self) -> Path | str | bytes:
        """Return what the session is given."""
        if self.origin is not None and not self.is_address:
            return Path(self.origin)
        return self.source or b""

    @property
    def fingerprint(self) -> bytes | None:
        """What two entries share when the same answer serves both: content, page, type and options."""
        if self.digest is None or self.type is None:
            return None
        return hashlib.sha256(self.digest + f"{self.page} {self.label}".encode()).digest()

    def stamped(self) -> Entry:
        """Return it with its stamp; a file that cannot be found becomes a problem."""
        if self.problem is not None or self.source is None:
            return self
        try:
            return evolve(self, stamp=f"{self._version()} {self.label}")
        except OSError as error:
            return self.with_problem(error.strerror or str(error))

    def _version(self) -> str:
        if self.origin is None:
            return self._digest().hex()
        if self.is_address:
            return ""
        about = os.stat(self.origin)  # noqa: PTH116  a million files make Path objects felt
        return f"{about.st_size} {about.st_mtime_ns}"

    def digested(self) -> Entry:
        """Return it with the SHA-256 of its content (reads the file: call it in a thread)."""
        if self.problem is not None or self.source is None:
            return self
        try:
            return evolve(self, digest=self._digest())
        except OSError as error:
            return self.with_problem(error.strerror or str(error))

    def _digest(self) -> bytes:
        if self.origin is not None and not self.is_address:
            with open(self.origin, "rb") as file:  # noqa: PTH123  as above
                return hashlib.file_digest(file, "sha256").digest()
        content = self.source or b""
        return hashlib.sha256(content.encode() if isinstance(content, str) else content).digest()

    def with_problem(self, problem: str) -> Entry:
        """Return it as one that cannot be read."""
        return evolve(self, problem=problem)


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


def is_address(source: str) -> bool:
    """Tell an address from a path."""
    scheme, separator, _ = source.partition("://")
    return bool(separator) and scheme.isalnum()
