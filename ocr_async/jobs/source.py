"""The seam between a job and the places that hold pictures: disks, addresses, memory, and what a scheme brings.

A further kind of place is a module with `source` and `find` (see `Places`), named in `SCHEMES`, and a class that is a `Source`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from attrs import Factory, field, frozen

from ocr_async.jobs.addresses import is_address, normal, path_of, without_signature
from ocr_async.jobs.files import CachedFile, File
from ocr_async.jobs.left_alone import LeftAlone
from ocr_async.sources.names import is_base64, is_data_url
from ocr_async.sources.page_cache import NotCachedError

if TYPE_CHECKING:
    from ocr_async.jobs.stored import Access


class Readable(Protocol):
    """What one picture or document is read from. The methods block; whatever they raise is about this one alone."""

    def stamp(self) -> str | None:
        """Return what changes when the content may have changed, without reading it; None when there is no telling."""
        ...

    def identity(self) -> bytes | None:
        """Return 32 bytes that stand for the content without reading it; None where only its SHA-256 does."""
        ...

    def open(self) -> BinaryIO:
        """Open the content, to be read from any position."""
        ...


class Source(Readable, Protocol):
    """Where one picture or document is."""

    @property
    def shown(self) -> str | None:
        """How it was named, without what signs it: for keys, output and messages; None for bytes that are nowhere."""
        ...

    @property
    def place(self) -> str | None:
        """Where it is, the same for every spelling."""
        ...

    @property
    def address(self) -> str | None:
        """What the service is to fetch; None where the bytes are read here and sent."""
        ...


class Places(Protocol):
    """What a module of `SCHEMES` has: it makes sources of names."""

    def source(self, name: str) -> Source:
        """Return the source that is named exactly so."""
        ...

    def find(self, name: str, left: LeftAlone, access: Access) -> Iterator[Source]:
        """Yield what a name given to a job stands for: one, or all under a prefix; `left` is told what is passed by."""
        ...


SCHEMES: dict[str, str] = dict.fromkeys(("s3", "s3a", "gs", "az", "abfs", "abfss", "obs"), "ocr_async.jobs.stored")
"""Modules by the scheme of the names that they are for, loaded with the first such name."""


@frozen
class Address:
    """A picture that the service fetches itself."""

    address: str = field(repr=False)
    version: str = ""
    """Of what the address leads to: part of its identity."""
    shown: str = field(default=Factory(lambda self: without_signature(self.address), takes_self=True))
    """The address without what signs it."""
    place: str = field(default=Factory(lambda self: normal(self.address), takes_self=True))
    """Its one spelling."""

    def stamp(self) -> str:
        """Return the version."""
        return self.version

    def identity(self) -> bytes:
        """Return the SHA-256 of place and version."""
        return hashlib.sha256(f"{self.place}{f' {self.version}' if self.version else ''}".encode()).digest()

    def open(self) -> BinaryIO:
        """Raise: what the service fetches is not read here."""
        raise ValueError("is fetched by the service")


@frozen
class Memory:
    """A picture that the caller gave as bytes."""

    content: bytes = field(repr=False)

    @property
    def shown(self) -> None:
        """None: it is nowhere."""
        return

    @property
    def place(self) -> None:
        """None: it is nowhere."""
        return

    @property
    def address(self) -> None:
        """None: it is read here."""
        return

    def stamp(self) -> str:
        """Return the SHA-256."""
        return hashlib.sha256(self.content).hexdigest()

    def identity(self) -> None:
        """Return None: only the bytes say what they are."""

    def open(self) -> BinaryIO:
        """Open the bytes."""
        return io.BytesIO(self.content)


def places(name: str) -> Places | None:
    """Return what is for a name by its scheme, None for a path or an address.

    Raises:
        OcrError: the module needs an extra.
    """
    scheme, separator, _ = name.partition("://")
    module = SCHEMES.get(scheme.lower()) if separator else None
    return None if module is None else cast("Places", import_module(module))


def at_once(source: Source | None) -> Readable | None:
    """Return what stands in for a source where nothing may be waited for.

    Raises:
        NotCachedError: reading it has to wait.
    """
    if isinstance(source, File):
        return CachedFile(source.path)
    if source is None or isinstance(source, Address):
        return source
    raise NotCachedError


def place_of(text: str) -> str:
    """Return a text that says where a picture is; raise ValueError, which does not repeat it, for the picture itself."""
    if not is_address(text) and (is_data_url(text) or is_base64(text)):
        raise ValueError("is a picture as text, not a place of one: write it to a file, or give Item(bytes, key=...)")
    return text


def source_of(given: str | bytes) -> Source:
    """Return the source that is named exactly so, or these bytes.

    Raises:
        OcrError: its scheme needs an extra.
    """
    if isinstance(given, bytes):
        return Memory(given)
    given = path_of(given)
    elsewhere = places(given)
    if elsewhere is not None:
        return elsewhere.source(given)
    return Address(given) if is_address(given) else File(given)
