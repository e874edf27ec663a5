"""Objects in buckets and on web servers as what a job reads: listed as they come, and read by the session that sends them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from anyio import get_cancelled_exc_class
from anyio.from_thread import BlockingPortal
from attrs import define, field, frozen

from ocr_async.errors import SourceError
from ocr_async.fields import ImageLimits
from ocr_async.jobs.addresses import normal, without_signature
from ocr_async.jobs.left_alone import LeftAlone
from ocr_async.jobs.source import Source
from ocr_async.sources.names import is_in_bucket
from ocr_async.sources.picture import check_size
from ocr_async.sources.storage import About, StoredObject, is_prefix
from ocr_async.sources.stored import Fetched, fetch

RECENT = 4
"""Documents that are kept for their next page; a large one is in a file."""

if TYPE_CHECKING:
    from ocr_async.session import OcrSession


@frozen
class Access:
    """How a job comes to objects: `find` leads to them (it may wait), `by_url` lets the service fetch them itself.

    None for `by_url` is what is usual: the service fetches from the web, and objects in buckets are read here.
    """

    find: Callable[[str], StoredObject] = field(repr=False)
    by_url: bool | None = None
    recent: dict[tuple[str, str], Fetched] = field(factory=dict[tuple[str, str], Fetched], repr=False)
    """Documents that were read last, whose pages are drawn one after the other."""

    def keep(self, name: str, version: str, fetched: Fetched) -> None:
        """Remember a document for its next page; a changed one is kept as what it is now, and not taken for the old."""
        if fetched.about.version == version:
            self.recent[name, version] = fetched
            for oldest in list(self.recent)[:-RECENT]:
                self.recent.pop(oldest, None)

    def reads(self, address: str) -> bool:
        """Tell whether an object is read here."""
        return is_in_bucket(address) if self.by_url is None else not self.by_url


@asynccontextmanager
async def access_of(session: OcrSession, by_url: bool | None) -> AsyncGenerator[Access]:  # noqa: FBT001  of three values
    """Let the threads of a job come to objects with what the session knows."""
    failed: BaseException | None = None
    async with BlockingPortal() as portal:
        try:
            yield Access(partial(portal.call, session.buckets.find), by_url)
        except get_cancelled_exc_class():
            raise
        except BaseException as error:  # noqa: BLE001  the portal would wrap it
            failed = error
    if failed is not None:
        raise failed


@define(eq=False)
class Object:
    """One object, known by its address; `about` is what a listing said of it."""

    name: str
    about: About | None = None
    access: Access | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The address, without what signs it."""
        return without_signature(self.name)

    @property
    def place(self) -> str:
        """The one spelling of the address, without what signs it."""
        return normal(self.name)

    @property
    def address(self) -> str | None:
        """The address, where the service is to fetch from it: it gets a signed one with each send."""
        return self.name if self.access is not None and not self.access.reads(self.name) else None

    def stamp(self) -> str:
        """Return ETag and size: those of the listing, else ask for them."""
        self.about = self.about or self._found().about()
        return self.about.version

    def identity(self) -> bytes:
        """Return the SHA-256 of place, ETag and size: it is read once, when it is sent."""
        return hashlib.sha256(f"{self.place} {self.stamp()}".encode("utf-8", "surrogatepass")).digest()

    def open(self) -> BinaryIO:
        """Read it into memory, or a file without a name when it is large."""
        found, version = self.access, self.stamp()
        recent = found.recent.get((self.name, version)) if found is not None else None
        fetched = recent or self.fetched()
        if found is not None:
            found.keep(self.name, version, fetched)
        return fetched.open()

    def fetched(self, limits: ImageLimits | None = None) -> Fetched:
        """Read it once; raise SourceError for what is beyond the limits of a picture without reading it."""
        return fetch(self._found(), partial(check_size, limits=limits) if limits is not None else None)

    def _found(self) -> StoredObject:
        if self.access is None:
            raise SourceError(self.name, "is read by a job only")
        return self.access.find(self.name)


def source(name: str) -> Source:
    """Return the object of an address."""
    return Object(name)


def find(name: str, left: LeftAlone, access: Access) -> Iterator[Source]:
    """Yield the object of an address, or all under a prefix as their listing comes."""
    if not is_prefix(name):
        yield Object(name, None, access)
        return
    for about in access.find(name).listed():
        last = about.address.rpartition("/")[2]
        if last.startswith("."):
            left.add(about.address, "hidden")
        else:
            yield Object(about.address, about, access)
