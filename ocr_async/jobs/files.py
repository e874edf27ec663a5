"""Files on disk: only regular ones are ever opened, and none of them is waited for."""

from __future__ import annotations

import os
import stat
from functools import cached_property, lru_cache
from io import BufferedReader, BytesIO

from attrs import define, field, frozen

from ocr_async.errors import SourceError
from ocr_async.sources.page_cache import Descriptor, NotCachedError, note_mounts, open_cached, read_cached


@frozen
class File:
    """A picture in a file."""

    path: str = field(repr=False)

    @property
    def shown(self) -> str:
        """The path as it was named."""
        return self.path

    @property
    def place(self) -> str:
        """The path, the same for every spelling; a link to a file is a place of its own.

        Raises:
            ValueError, OSError: it cannot be a path.
        """
        return self._place

    @cached_property
    def _place(self) -> str:
        folder, name = os.path.split(os.path.abspath(self.path))  # noqa: PTH100  stays a text
        return os.path.join(real_folder(folder), name)  # noqa: PTH118  as above

    @property
    def address(self) -> None:
        """None: the file is read here."""
        return

    def stamp(self) -> str:
        """Return what changes when the content may have changed: size and time."""
        about = regular(self.path, os.stat(self.path))  # noqa: PTH116  a million files make Path objects felt
        return f"{about.st_size} {about.st_mtime_ns}"

    def identity(self) -> None:
        """Return None: only the bytes say what they are."""

    def open(self) -> BufferedReader:
        """Open the file.

        Raises:
            OSError, ValueError: it cannot be opened, or is no regular file.
        """
        return opened(self.path)


@define
class CachedFile:
    """A small file as far as it is in memory: read on the event loop, without ever waiting, and for one look.

    A read in a thread gives up the interpreter's lock a dozen times, which costs more than the read.
    """

    path: str = field(repr=False)
    _file: Descriptor | None = field(default=None, init=False, repr=False)

    def stamp(self) -> str:
        """Return size and time; raise NotCachedError where that has to be waited for."""
        about = self._about()
        return f"{about.st_size} {about.st_mtime_ns}"

    def identity(self) -> None:
        """Return None: only the bytes say what they are."""

    def open(self) -> BytesIO:
        """Return the content; raise NotCachedError where that has to be waited for, and for a large file."""
        size = self._about().st_size
        if self._file is None or size > SMALL:
            raise NotCachedError
        content = bytearray(size)
        if read_cached(self._file, content, 0) < size:
            raise NotCachedError
        return BytesIO(content)

    def _about(self) -> os.stat_result:
        self._file = self._file or open_cached(self.path)
        return os.fstat(self._file.number)


SMALL = 256 * 1024
"""Bytes of a file that is read on the event loop."""


@lru_cache(4096)
def real_folder(folder: str) -> str:
    """Return a folder without the links on the way to it."""
    return os.path.realpath(folder)


def opened(path: str) -> BufferedReader:
    """Open a regular file without waiting for a pipe or a device.

    Raises:
        OSError, ValueError: it cannot be opened, or is none.
    """
    regular(path, os.stat(path))  # noqa: PTH116  opening a device may already do something
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        regular(path, os.fstat(number))
        note_mounts()
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
