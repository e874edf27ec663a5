"""Two ways to read a file: from the page cache, at once and on the event loop; or from its disk, in a thread.

Handing a read to a thread costs several times what reading a small file costs, and a file that was just listed, copied
or uploaded is nearly always in memory. Linux says so without waiting: openat2 with RESOLVE_CACHED (since 5.12) and
preadv2 with RWF_NOWAIT (since 4.14) refuse whatever would need the disk, and then a thread does it. Elsewhere, and on
file systems that do not know these, a thread does it always.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache

from attrs import define, frozen

_SYS_OPENAT2 = 437  # the same on every architecture
_AT_FDCWD = -100
_RESOLVE_CACHED = 0x20
_READ_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe that nobody writes to must not hang
)


class NotCachedError(Exception):
    """The page cache cannot serve this, whatever the reason: read from the disk, which also tells the reason."""


@define
class Descriptor:
    """An open file; closed with its last reference, which may be that of a thread whose caller was cancelled."""

    number: int

    def __del__(self) -> None:
        os.close(self.number)


@frozen
class Access:
    """A way to open a file, and to fill a buffer from it at an offset, short only at the end of the file."""

    open: Callable[[str], Descriptor]
    read_into: Callable[[Descriptor, bytearray, int], int]

    def read(self, file: Descriptor, offset: int, count: int) -> bytearray:
        """Return `count` bytes from `offset`, fewer at the end of the file."""
        buffer = bytearray(count)
        del buffer[self.read_into(file, buffer, offset) :]
        return buffer


def _open_cached(path: str) -> Descriptor:
    number = _openat2()(os.fsencode(path))
    if number < 0:
        raise NotCachedError
    return Descriptor(number)


def _read_cached(file: Descriptor, buffer: bytearray, offset: int) -> int:
    try:
        count = os.preadv(file.number, (buffer,), offset, os.RWF_NOWAIT)
    except OSError:
        raise NotCachedError from None
    if count < len(buffer) and offset + count < os.fstat(file.number).st_size:
        raise NotCachedError  # the rest is still on the disk
    return count


def _open_on_disk(path: str) -> Descriptor:
    return Descriptor(os.open(path, _READ_FLAGS))


def _read_from_disk(file: Descriptor, buffer: bytearray, offset: int) -> int:
    view, count = memoryview(buffer), 0
    while count < len(buffer) and (got := _read_once(file.number, view[count:], offset + count)):
        count += got
    return count


def _read_once(descriptor: int, view: memoryview, offset: int) -> int:
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, (view,), offset)
    os.lseek(descriptor, offset, os.SEEK_SET)
    part = os.read(descriptor, len(view))
    view[: len(part)] = part
    return len(part)


CACHED = Access(_open_cached, _read_cached)
"""Never waits; raises NotCachedError."""

DISK = Access(_open_on_disk, _read_from_disk)
"""May wait, so call it in a thread; raises OSError."""


@cache
def _openat2() -> Callable[[bytes], int]:
    """Return the system call; one that always fails where there is none."""
    if not sys.platform.startswith("linux") or not hasattr(os, "RWF_NOWAIT"):
        return lambda _: -1
    import ctypes  # noqa: PLC0415  not needed to import the package

    class OpenHow(ctypes.Structure):
        _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))

    syscall = ctypes.PyDLL(None).syscall  # PyDLL keeps the interpreter lock: the call never waits
    syscall.restype = ctypes.c_long
    how = OpenHow(_READ_FLAGS, 0, _RESOLVE_CACHED)
    reference, size = ctypes.byref(how), ctypes.sizeof(how)
    return lambda path: int(syscall(_SYS_OPENAT2, _AT_FDCWD, path, reference, size))
