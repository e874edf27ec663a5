"""Files on disk: only regular ones are ever opened, and none of them is waited for."""

from __future__ import annotations

import os
import stat
import sys
from functools import cached_property, lru_cache
from io import BufferedReader

from attrs import field, frozen

from ocr_async.errors import SourceError

OTHER_FILES = 40
"""Files that a process with a job has open beside the pictures: libraries, ledger, output, standard streams."""


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


@lru_cache(4096)
def real_folder(folder: str) -> str:
    """Return a folder without the links on the way to it."""
    return os.path.realpath(folder)


def most_at_once() -> int:
    """Return for how many pictures at a time there are open files: one each to read, and one to send."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return sys.maxsize
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if allowed == resource.RLIM_INFINITY else max(2, (allowed - OTHER_FILES) // 2)


def opened(path: str) -> BufferedReader:
    """Open a regular file without waiting for a pipe or a device.

    Raises:
        OSError, ValueError: it cannot be opened, or is none.
    """
    regular(path, os.stat(path))  # noqa: PTH116  opening a device may already do something
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
