"""One object of a store, or a prefix of many. Everything here blocks: call it in a thread."""

from __future__ import annotations

import mmap
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from attrs import evolve, field, frozen

from ocr_async.sources.storage.addresses import joined, taken_apart
from ocr_async.sources.storage.refusals import explained

if TYPE_CHECKING:
    from collections.abc import Iterable

    from obstore import ObjectMeta, PutMode
    from obstore.store import ObjectStore, S3Store

LISTED = 100
"""Objects of a listing that are handed over at once: the first ones come with the first page."""

CHUNK_BYTES = 1024 * 1024
"""What is read of an object at a time."""

SIGNED = timedelta(minutes=15)
"""How long the address serves that is made for one send: as long as the signature of the send itself."""


@frozen
class About:
    """What a store knows of an object without its content."""

    address: str
    size: int
    version: str
    """Another one when the content may be another: ETag and size, or where there is no ETag the time of its writing."""
    etag: str | None = None


@frozen
class StoredObject:
    """An object, or the prefix of many, by its address.

    Its methods raise SourceError, and nothing else, when the store does not do what it is asked.
    """

    address: str
    store: ObjectStore = field(repr=False, eq=False)
    key: str = field(repr=False)

    def child(self, name: str) -> StoredObject:
        """Return what has that name under this prefix, which ends with a slash."""
        return evolve(self, address=self.address + name, key=self.key + name)

    def about(self) -> About:
        """Ask for size and version."""
        with explained(self.address):
            return self._about(self.store.head(self.key))

    def about_or_none(self) -> About | None:
        """Ask for size and version; None when there is no such object."""
        with explained(self.address):
            try:
                return self._about(self.store.head(self.key))
            except FileNotFoundError:
                return None

    def listed(self) -> Iterator[About]:
        """Yield the objects under a prefix as their listing comes, in the order of their keys; folder marks are left out."""
        scheme, bucket, _ = taken_apart(self.address)
        with explained(self.address):
            pages = self.store.list(self.key or None, chunk_size=LISTED)  # pyright: ignore[reportUnknownMemberType]
            for found in pages:
                for one in found:
                    if not one["path"].endswith("/"):
                        yield _about(joined(scheme, bucket, one["path"]), one)

    def read(self) -> tuple[About, Iterator[memoryview]]:
        """Open it; return what it is and its bytes, in pieces."""
        with explained(self.address):
            reply = self.store.get(self.key)
            return self._about(reply.meta), self._pieces(reply.stream(min_chunk_size=CHUNK_BYTES))

    def _pieces(self, pieces: Iterable[object]) -> Iterator[memoryview]:
        with explained(self.address):
            for piece in pieces:
                yield memoryview(cast("bytes", piece))

    def content(self) -> bytes | None:
        """Return all of a small object, None when there is none."""
        with explained(self.address):
            try:
                return bytes(self.store.get(self.key).bytes())
            except FileNotFoundError:
                return None

    def download(self, path: Path) -> None:
        """Write its bytes to a file as they come."""
        _, pieces = self.read()
        with path.open("wb") as file:
            file.writelines(pieces)

    def delete(self) -> None:
        """Delete it; one that is gone already may be."""
        with explained(self.address), suppress(FileNotFoundError):
            self.store.delete(self.key)

    def write(self, content: bytes | Path, *, replaces: str | None = None) -> About:
        """Write it whole, on the condition that there is none yet, or still that with the ETag `replaces`.

        A file goes from the disk as it is sent, in one request, for no store puts a condition on a replacement in parts: S3 takes 5 GB so.
        """
        mode: PutMode = {"e_tag": replaces} if replaces is not None else "create"
        with explained(self.address), _bytes_of(content) as view:
            self.store.put(self.key, view, mode=mode)
        return self.about()

    def signed(self) -> str:
        """Return an address from which anybody may read it for some minutes."""
        import obstore  # noqa: PLC0415  an extra

        with explained(self.address):
            return obstore.sign(cast("S3Store", self.store), "GET", self.key, SIGNED)

    def _about(self, found: ObjectMeta) -> About:
        return _about(self.address, found)


@contextmanager
def _bytes_of(content: bytes | Path) -> Generator[bytes | memoryview]:
    """Give the bytes of a file without reading them: obstore would hold a copy of all of them."""
    if isinstance(content, bytes) or not content.stat().st_size:  # nothing cannot be mapped
        yield b"" if isinstance(content, Path) else content
        return
    with (
        content.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as view,
    ):
        yield view


def _about(address: str, found: ObjectMeta) -> About:
    etag, size = found["e_tag"], found["size"]
    return About(address, size, f"{etag or found['last_modified'].isoformat()} {size}", etag)
