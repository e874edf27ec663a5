"""What a job reads: files, folders, globs, pages of PDF files, manifests and addresses, found lazily.

Nothing here holds more than the names of the folders between the root and the current one, so hundreds of
thousands of files start at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeAlias

from attrs import define, evolve

from ocr_async.batch import Item
from ocr_async.errors import SourceError
from ocr_async.jobs import manifest
from ocr_async.jobs.addresses import is_address
from ocr_async.jobs.entry import AnyType, Entry, problem_of
from ocr_async.jobs.paths import Own
from ocr_async.sources import Source, Url

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".pdf")
"""What is taken from a folder; other files there are counted and left alone."""

WILDCARDS = "*?["

Given: TypeAlias = "str | os.PathLike[str] | Item"
"""A file, folder, glob, manifest, address, or an `Item` with a source, type and key of its own."""


@define
class Sources:
    """The entries of everything that a job was given, in a fresh walk at each iteration (which blocks: use a thread)."""

    items: Given | Iterable[Given]
    type: AnyType | None
    url_version: str = ""
    own: Own | None = None
    """The files of the job itself, which are never taken from a folder or by a pattern."""
    ignored: int = 0
    """Files in folders that are no pictures."""

    @property
    def repeatable(self) -> bool:
        """True when a second walk finds the same, as with everything but a generator."""
        return not isinstance(self.items, Iterator)

    def __iter__(self) -> Iterator[Entry]:
        given = [self.items] if isinstance(self.items, str | os.PathLike | Item) else self.items
        for index, item in enumerate(given, 1):
            found = [self._of_item(item, index)] if isinstance(item, Item) else self._expand(item)
            for entry in found:
                yield from _paged(self._unsigned(entry) if entry.is_address else entry)

    def _unsigned(self, entry: Entry) -> Entry:
        """Return an address without its signature in what is shown of it."""
        shown, given = entry.origin or "", entry.source.given
        key = entry.key if entry.named else shown
        return evolve(entry, key=key, place=shown if entry.place == given else entry.place, version=self.url_version)

    def _expand(self, item: str | os.PathLike[str]) -> Iterator[Entry]:
        name = os.fspath(item)
        if is_address(name):
            yield self._file(name)
        elif name.lower().endswith(manifest.SUFFIXES):
            yield from manifest.entries(Path(name), self.type)
        elif os.path.isdir(name):  # noqa: PTH112  a million files make Path objects felt
            yield from self._walk(name)
        elif any(sign in name for sign in WILDCARDS) and not os.path.exists(name):  # noqa: PTH110  as above
            yield from self._matching(name)
        else:
            yield self._file(name)

    def _of_item(self, item: Item, index: int) -> Entry:
        place, kind = f"item {index}", item.type or self.type
        source = _kept(item.source)
        key = item.key or (source if isinstance(source, str) else place)
        entry = Entry(key, source, kind() if isinstance(kind, type) else kind, place, named=bool(item.key))
        if source is None:
            return entry.with_problem("a job takes paths, addresses and bytes, which can be looked at twice")
        return entry if item.key or entry.origin else entry.with_problem("bytes need a key of their own")

    def _file(self, name: str) -> Entry:
        key = name.replace(os.sep, "/")
        return Entry(key, name, self.type, place=key)

    def _walk(self, folder: str) -> Iterator[Entry]:
        try:
            with os.scandir(folder) as found:
                for one in found:
                    if not one.name.startswith("."):
                        yield from self._found(one)
        except OSError as error:
            yield self._file(folder).with_problem(f"the folder cannot be read: {error.strerror}")

    def _found(self, one: os.DirEntry[str]) -> Iterator[Entry]:
        if one.is_dir(follow_symlinks=False):
            yield from self._walk(one.path)
        elif one.name.lower().endswith(PICTURES) and not (self.own is not None and self.own.has(one.path)):
            yield self._file(one.path)
        else:
            self.ignored += 1

    def _matching(self, pattern: str) -> Iterator[Entry]:
        nothing = True
        for name in glob(pattern):
            nothing = False
            if self.own is not None and self.own.has(name):
                self.ignored += 1
                continue
            yield from self._expand(name)
        if nothing:
            yield self._file(pattern).with_problem("no file matches")


def _kept(source: Source) -> str | bytes | None:
    if isinstance(source, Url):
        return source.address
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    return os.fspath(source) if isinstance(source, str | os.PathLike) else None


def _paged(entry: Entry) -> Iterator[Entry]:
    try:
        yield from pages(entry)
    except Exception as error:  # noqa: BLE001  a file that cannot be looked into fails alone
        yield entry.with_problem(problem_of(error))


def pages(entry: Entry) -> Iterator[Entry]:
    """Yield an entry, or one for each page when it is a whole PDF file."""
    origin = entry.origin
    if entry.problem or entry.page or origin is None or entry.is_address or not origin.lower().endswith(".pdf"):
        yield entry
        return
    from ocr_async.jobs.pdf import count_pages  # noqa: PLC0415  an extra, on first use

    try:
        count = count_pages(origin)
    except SourceError as error:
        yield entry.with_problem(error.problem)
        return
    for page in range(1, count + 1):
        yield evolve(entry, key=f"{entry.key}#page={page}", page=page)


def glob(pattern: str) -> Iterator[str]:
    """Yield what matches a pattern of *, ?, [] and **, folder by folder without listing any whole."""
    base, *rest = pattern.replace(os.sep, "/").split("/")
    if any(sign in base for sign in WILDCARDS):
        return _glob("", [base, *rest])
    return _glob(base + ("/" if rest else ""), rest)


def _glob(base: str, parts: list[str]) -> Iterator[str]:
    if not parts:
        yield base
        return
    part, rest = parts[0], parts[1:]
    if not any(sign in part for sign in WILDCARDS):
        if os.path.exists(base + part):  # noqa: PTH110  as above
            yield from _glob(base + part + ("/" if rest else ""), rest)
        return
    if part == "**":
        yield from _glob(base, rest)
    for name, is_folder in _listed(base):
        if part == "**" and is_folder:
            yield from _glob(f"{base}{name}/", parts)
        elif part != "**" and fnmatch(name, part) and (is_folder or not rest):
            yield from _glob(base + name + ("/" if rest else ""), rest)


def _listed(folder: str) -> Iterator[tuple[str, bool]]:
    """Yield the names in a folder but hidden ones, and whether each is a folder itself."""
    if not os.path.isdir(folder or "."):  # noqa: PTH112  as above
        return
    with os.scandir(folder or ".") as found:
        for one in found:
            if not one.name.startswith("."):
                yield one.name, one.is_dir()
