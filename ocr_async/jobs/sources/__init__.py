"""What a job reads: files, folders, globs, documents page by page, manifests and addresses, found lazily.

Nothing here holds more than the folders that a walk came by, so hundreds of thousands of files start at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias, cast

from attrs import define, evolve, field

from ocr_async.batch import Item
from ocr_async.errors import JobError
from ocr_async.jobs import manifest, stored
from ocr_async.jobs.addresses import is_address
from ocr_async.jobs.entry import Entry, problem_of
from ocr_async.jobs.files import real_folder
from ocr_async.jobs.left_alone import LeftAlone
from ocr_async.jobs.paths import Own
from ocr_async.jobs.source import Address, Places, place_of, places
from ocr_async.jobs.sources.buckets import listed
from ocr_async.jobs.sources.folders import Found, Visited, walk
from ocr_async.jobs.sources.patterns import WILDCARDS, glob
from ocr_async.jobs.stored import Access
from ocr_async.jobs.types import AnyType
from ocr_async.sources import Source as Picture
from ocr_async.sources import Url
from ocr_async.sources.names import is_in_bucket
from ocr_async.sources.storage import is_prefix

Given: TypeAlias = "str | os.PathLike[str] | Item"
"""A file, folder, glob, manifest, address, or an `Item` with a source, type and key of its own."""

OWN = "of this job"
LIST = "a list or table, which is read when it is named itself"


@define
class Sources:
    """The entries of everything that a job was given, in a fresh walk at each iteration (which blocks: use a thread)."""

    items: Given | Iterable[Given]
    type: AnyType | None
    url_version: str = ""
    own: Own | None = None
    """The files of the job itself, which are never taken for input."""
    left: LeftAlone = field(factory=LeftAlone)
    access: Access | None = None
    """How to come to objects in buckets and on web servers."""

    @property
    def repeatable(self) -> bool:
        """True when a second walk finds the same, as with everything but a generator."""
        return not isinstance(self.items, Iterator)

    def __iter__(self) -> Iterator[Entry]:
        real_folder.cache_clear()
        given = [self.items] if isinstance(self.items, str | os.PathLike | Item) else self.items
        for index, item in enumerate(given, 1):
            yield from self._of_given(item, index)

    def _of_given(self, item: Given, index: int) -> Iterator[Entry]:
        """Yield the entries of one thing that was given; what is wrong with it is an entry that fails."""
        place = f"item {index}"
        try:
            for entry in [self._of_item(item, index)] if isinstance(item, Item) else self._expand(_name(item)):
                yield self._unsigned(entry)
        except JobError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it is about this one alone
            yield Entry(place, None, self.type, place, problem=problem_of(error))

    def _unsigned(self, entry: Entry) -> Entry:
        """Return an address without its signature in what is shown of it, and an object with the way to it."""
        source = entry.source
        if isinstance(source, stored.Object):
            return evolve(entry, source=source if source.access else evolve(source, access=self.access))
        if not isinstance(source, Address):
            return entry
        key = entry.key if entry.named else source.shown
        place = source.shown if entry.place == source.address else entry.place
        if self._is_read(source.address):
            return evolve(entry, key=key, place=place, source=stored.Object(source.address, None, self.access))
        return evolve(entry, key=key, place=place, source=evolve(source, version=self.url_version))

    def _expand(self, name: str) -> Iterator[Entry]:
        elsewhere = stored if is_address(name) and (self._is_read(name) or name.endswith("/")) else places(name)
        if elsewhere is not None and is_in_bucket(name) and name.lower().endswith(manifest.SUFFIXES):
            yield from listed(name, self.type, self._access)
        elif elsewhere is not None:
            yield from self._elsewhere(elsewhere, name)
        elif is_address(name):
            yield self._file(name)
        elif self.own is not None and self.own.is_named(name):
            self.left.add(name, OWN)
        elif name.lower().endswith(manifest.SUFFIXES):
            yield from manifest.entries(Path(name), self.type)
        elif os.path.isdir(name):  # noqa: PTH112  a million files make Path objects felt
            yield from self._of_found(walk(name, Visited(self.left)))
        elif any(sign in name for sign in WILDCARDS) and not os.path.lexists(name):
            yield from self._matching(name)
        else:
            yield self._file(name)

    def _of_item(self, item: Item, index: int) -> Entry:
        place, kind = f"item {index}", item.type or self.type
        chosen = kind() if isinstance(kind, type) else kind
        try:
            source = _kept(item.source)
        except ValueError as error:
            return Entry(item.key or place, None, chosen, place, problem=str(error))
        key = source if isinstance(source, str) else source.shown if isinstance(source, Address) else place
        try:
            named = manifest.key_text(item.key)
            entry = Entry(named or key, source, chosen, place, named=bool(named))
        except Exception as error:  # noqa: BLE001  whatever it is, it is about this entry alone
            return Entry(key, None, chosen, place, problem=problem_of(error))
        if source is None:
            return entry.with_problem("a job takes paths, addresses and bytes, which can be looked at twice")
        return entry if named or entry.origin else entry.with_problem("bytes need a key of their own")

    def _file(self, name: str) -> Entry:
        key = name.replace(os.sep, "/")
        return Entry(key, name, self.type, place=key)

    def _elsewhere(self, there: Places, name: str) -> Iterator[Entry]:
        try:
            for source in there.find(name, self.left, self._access):
                shown, found = source.shown or name, is_prefix(name)
                if not (found and shown.lower().endswith(manifest.SUFFIXES)):
                    yield Entry(shown, source, self.type, place=shown, found=found)
                else:
                    self.left.add(shown, LIST)
        except Exception as error:  # noqa: BLE001  a listing that breaks off is one entry that fails
            yield Entry(name, None, self.type, place=name, problem=problem_of(error))

    @property
    def _access(self) -> Access:
        if self.access is None:
            raise JobError("objects in buckets are read by a job only")
        return self.access

    def _is_read(self, address: str) -> bool:
        """Tell whether an object of the web is read here, which is not what is usual."""
        return self.access is not None and self.access.by_url is False and not is_in_bucket(address)

    def _of_found(self, found: Iterable[Found]) -> Iterator[Entry]:
        for name, problem in found:
            if problem is not None:
                yield self._file(name).with_problem(problem)
            elif self.own is not None and self.own.has(name):
                self.left.add(name, OWN)
            else:
                yield evolve(self._file(name), found=True)

    def _matching(self, pattern: str) -> Iterator[Entry]:
        nothing, names_lists, walked = True, pattern.lower().endswith(manifest.SUFFIXES), Visited(self.left)
        for name, problem in glob(pattern, walked):
            nothing = False
            if problem is None and not names_lists and name.lower().endswith(manifest.SUFFIXES):
                self.left.add(name, OWN if self.own is not None and self.own.has(name) else LIST)
            elif problem is None and os.path.isdir(name):  # noqa: PTH112  as above
                yield from self._of_found(walk(name, walked))
            elif problem is None and names_lists:
                yield from self._expand(name)
            else:
                yield from self._of_found([(name, problem)])
        if nothing:
            yield self._file(pattern).with_problem("no file matches")


def _name(item: object) -> str:
    if isinstance(item, str | os.PathLike):
        return place_of(os.fsdecode(cast("str | os.PathLike[str]", item)))
    if isinstance(item, bytes | bytearray | memoryview):
        raise ValueError("bytes need a key of their own: give Item(bytes, key=...)")  # noqa: TRY004  what is missing
    raise ValueError(f"is of {type(item)}: give a path, an address or an Item")


def _kept(source: Picture | None) -> str | bytes | Address | None:
    if isinstance(source, Url):
        return Address(source.address)
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    return place_of(os.fspath(source)) if isinstance(source, str | os.PathLike) else None
