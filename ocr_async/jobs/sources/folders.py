"""What is in a folder, linked folders included, each read once."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

from attrs import define, field

from ocr_async.jobs.left_alone import LeftAlone

Found: TypeAlias = "tuple[str, str | None]"
"""A path, and why what is there cannot be read."""

HIDDEN = "hidden"
CYCLE = "a link back to a folder that it is in"
SEEN = "a folder that was read under another name"


@define
class Visited:
    """The folders that a walk came by, known by what they are and not by their names."""

    left: LeftAlone
    _seen: set[tuple[int, int]] = field(factory=set[tuple[int, int]])
    _above: list[tuple[int, int]] = field(factory=list[tuple[int, int]])

    @contextmanager
    def enter(self, folder: str) -> Generator[bool]:
        """Tell in a block whether to read a folder: not when it was read before, nor when it is being read.

        Raises:
            OSError: there is no telling.
        """
        known = _identity(folder)
        if known in self._seen:
            if known in self._above:
                self.left.add(folder, CYCLE)
            elif os.path.islink(folder):  # noqa: PTH114  as below
                self.left.add(folder, SEEN)
            yield False
            return
        self._seen.add(known)
        self._above.append(known)
        try:
            yield True
        finally:
            self._above.pop()

    def stay_in(self, folder: str) -> None:
        """Take a folder for one that is being read, to the end."""
        with suppress(OSError):
            self._seen.add(_identity(folder))
            self._above.insert(0, _identity(folder))


def _identity(folder: str) -> tuple[int, int]:
    about = os.stat(folder)  # noqa: PTH116  a million files make Path objects felt
    return about.st_dev, about.st_ino


def walk(folder: str, visited: Visited) -> Iterator[Found]:
    """Yield the path of every file in a folder and below, and of every folder that cannot be read."""
    try:
        with visited.enter(folder) as is_new:
            if is_new:
                with os.scandir(folder) as found:
                    for one in found:
                        yield from _found(one, visited)
    except OSError as error:
        yield folder, unreadable(error)


def _found(one: os.DirEntry[str], visited: Visited) -> Iterator[Found]:
    if one.name.startswith("."):
        visited.left.add(one.path, HIDDEN)
    elif is_folder(one):
        yield from walk(one.path, visited)
    else:
        yield one.path, None


def is_folder(one: os.DirEntry[str]) -> bool:
    """Tell a folder, or a link to one, from everything else; a link to itself is none."""
    try:
        return one.is_dir()
    except OSError:
        return False


def unreadable(error: OSError) -> str:
    """Say why a folder cannot be read."""
    return f"the folder cannot be read: {error.strerror}"
