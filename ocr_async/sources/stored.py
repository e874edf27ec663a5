"""Pictures in buckets and on web servers, read from here: a large one goes through a file, never whole through memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from attrs import field, frozen

from ocr_async.errors import SourceError
from ocr_async.sources.content import MemoryContent, OpenFile
from ocr_async.sources.names import address_name, is_address
from ocr_async.sources.picture import WHOLE_BYTES, Picture, check_size, checked
from ocr_async.sources.spool import as_file, read_at, spooled
from ocr_async.sources.storage import About, Buckets, StoredObject
from ocr_async.sources.threads import in_thread

if TYPE_CHECKING:
    from ocr_async.fields import ImageLimits


def _address(given: object) -> str:
    if not isinstance(given, str) or not is_address(given):
        raise SourceError(f"<{type(given).__name__}>", "is no address of an object; pass it as s3://bucket/key")
    return given.strip()


@frozen
class Stored:
    """A picture in a bucket or on a web server that is read from here: `Stored("https://intranet.example/scan.jpg")`.

    For an address that begins with s3, gs, az or obs that is what the bare text means too; `Url` is the other way.
    Needs the extra `storage`. Raises SourceError for what is no such address.
    """

    address: str = field(converter=_address, repr=lambda address: repr(address_name(address)))


@frozen
class Fetched:
    """What was read of an object, small in memory and large in a file without a name."""

    about: About
    content: MemoryContent | OpenFile = field(repr=False)
    sha256: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """The address, to be shown."""
        return address_name(self.about.address)

    def open(self) -> BinaryIO:
        """Return its bytes as a file."""
        return as_file(self.content)

    def picture(self, limits: ImageLimits) -> Picture:
        """Return the picture that it is; raise SourceError when it breaks a limit (a large one is read from its file)."""
        check_size(self.name, self.content.size, limits)
        return checked(self.name, lambda at, count: bytes(read_at(self.content, at, count)), self.content, limits)


Check: TypeAlias = Callable[[str, int], None]
"""Looks at name and size of an object before it is read, and raises SourceError for one that need not be."""


def fetch(found: StoredObject, check: Check | None = None) -> Fetched:
    """Read an object once (blocks: call it in a thread).

    Raises SourceError when it cannot be read, or `check` refuses it.
    """
    about, pieces = found.read()
    name, digest = address_name(about.address), sha256()
    if check is not None:
        check(name, about.size)
    noted = _checked(pieces, name, about.size, digest.update)
    content = MemoryContent(b"".join(noted)) if about.size <= WHOLE_BYTES else spooled(name, about.size, noted)
    return Fetched(about, content, digest.digest())


async def open_stored(address: str, limits: ImageLimits, buckets: Buckets) -> Picture:
    """Return the picture in an object; raise SourceError when there is none within the limits."""
    found = await buckets.find(address)
    return await in_thread(_opened, found, limits)


def _opened(found: StoredObject, limits: ImageLimits) -> Picture:
    return fetch(found, lambda name, size: check_size(name, size, limits)).picture(limits)


def _checked(
    pieces: Iterable[memoryview], name: str, size: int, note: Callable[[memoryview], None]
) -> Iterator[memoryview]:
    got = 0
    for piece in pieces:
        note(piece)
        got += len(piece)
        yield piece
    if got != size:
        raise SourceError(name, f"ended after {got:,} B of {size:,} B; send it again")
