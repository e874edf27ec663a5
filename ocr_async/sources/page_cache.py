"""Two ways to read a file: from the page cache, at once and on the event loop; or from its disk, in a thread.

A hop to a thread costs five times what reading a small file costs, and a file that was just listed, copied or uploaded
is nearly always in memory. Linux says so without waiting: openat2 with RESOLVE_CACHED (since 5.12) and preadv2 with
RWF_NOWAIT (since 4.14) refuse whatever would need the disk, and then a thread does it. overlayfs, which is what containers
have, and tmpfs know no RWF_NOWAIT: mincore tells whether the pages of a file there are in memory. To open a file asks the
server of a network or FUSE file system, though, so only mounts of local file systems are read so; elsewhere a thread does it.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeAlias

from attrs import define

_SYS_OPENAT2 = 437  # the same on every architecture
_AT_FDCWD = -100
_RESOLVE_CACHED = 0x20
_AT_EMPTY_PATH, _AT_STATX_DONT_SYNC = 0x1000, 0x4000
_STATX_TYPE_AND_MOUNT = 0x1001
_LOCAL = frozenset(
    (
        "ext2",
        "ext3",
        "ext4",
        "xfs",
        "btrfs",
        "bcachefs",
        "f2fs",
        "zfs",
        "tmpfs",
        "ramfs",
        "overlay",
        "squashfs",
        "erofs",
    )
)
_ENCODING = sys.getfilesystemencoding()
_READ_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # what became a pipe since it was looked at must not hang
)


class NotCachedError(Exception):
    """The page cache cannot serve this, whatever the reason: read from the disk, which also tells the reason."""


@define
class Descriptor:
    """An open file; closed with its last reference, which may be that of a thread whose caller was cancelled."""

    number: int

    def __del__(self) -> None:
        os.close(self.number)


def open_cached(path: str) -> Descriptor:
    """Open a regular file without ever waiting; raise NotCachedError where that cannot be."""
    number = _open_at_once()(path.encode(_ENCODING, "surrogateescape"))
    if number < 0:
        raise NotCachedError
    return Descriptor(number)


def read_cached(file: Descriptor, buffer: bytearray, offset: int) -> int:
    """Fill the buffer from an offset without ever waiting, short only at the end; raise NotCachedError else."""
    try:
        count = _read_at_once(file.number, buffer, offset)
        if count < len(buffer) and offset + count < os.fstat(file.number).st_size:
            raise NotCachedError  # the rest is still on the disk
    except (AttributeError, OSError):
        raise NotCachedError from None
    return count


def _read_at_once(number: int, buffer: bytearray, offset: int) -> int:
    try:
        return os.preadv(number, (buffer,), offset, os.RWF_NOWAIT)
    except OSError as error:
        if error.errno != errno.EOPNOTSUPP or not _in_memory()(number, offset, len(buffer)):
            raise
        return os.preadv(number, (buffer,), offset)


def open_on_disk(path: str) -> Descriptor:
    """Open a file; may wait. A device or pipe is not opened: that alone may do something to it."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  a Path costs more than the call
        raise IsADirectoryError if os.path.isdir(path) else SpecialFileError  # noqa: PTH112  as above
    descriptor = Descriptor(os.open(path, _READ_FLAGS))
    note_mounts()
    return descriptor


class SpecialFileError(OSError):
    """It is a pipe, device or socket."""


def read_from_disk(file: Descriptor, buffer: bytearray, offset: int) -> int:
    """Fill the buffer from an offset, short only at the end; may wait."""
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


_is_local: dict[int, bool] = {}
_unknown: set[int] = set()


def note_mounts() -> None:
    """Learn of the mounts that were met whether their file systems are local; may wait."""
    if not _unknown:
        return
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_bytes().splitlines():
            number, kind = int(line.split()[0]), line.partition(b" - ")[2].split()[0]
            if number in _unknown:
                _is_local[number] = kind.decode() in _LOCAL
    _unknown.clear()


_InMemory: TypeAlias = Callable[[int, int, int], bool]


@cache
def _in_memory() -> _InMemory:
    """Return what tells of an open file, an offset and a length whether it is all in memory, in 5 us for 100 KB."""
    import ctypes  # noqa: PLC0415  not needed to import the package

    libc = ctypes.PyDLL(None)
    address, size = ctypes.c_void_p, ctypes.c_size_t
    libc.mmap.restype = address
    libc.mmap.argtypes = (address, size, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
    libc.munmap.argtypes = (address, size)
    libc.mincore.argtypes = (address, size, ctypes.c_char_p)

    def in_memory(number: int, offset: int, length: int) -> bool:
        status, user = os.fstat(number), os.geteuid()
        if user not in (0, status.st_uid):
            return False  # mincore tells strangers that all is in memory
        start = offset // mmap.PAGESIZE * mmap.PAGESIZE
        length = min(offset + length, status.st_size) - start
        if length <= 0:
            return True
        mapped = libc.mmap(None, length, mmap.PROT_READ, mmap.MAP_SHARED, number, start)
        pages = ctypes.create_string_buffer(-(-length // mmap.PAGESIZE))
        failed = libc.mincore(mapped, length, pages)
        libc.munmap(mapped, length)
        return not failed and b"\0" not in pages.raw

    return in_memory


_OpenAtOnce: TypeAlias = Callable[[bytes], int]


@cache
def _open_at_once() -> _OpenAtOnce:
    """Return what opens a file that is known to be local and in memory, or returns -1."""
    if not sys.platform.startswith("linux") or not hasattr(os, "RWF_NOWAIT"):
        return lambda _: -1
    import ctypes  # noqa: PLC0415  not needed to import the package

    class OpenHow(ctypes.Structure):
        _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))

    class Status(ctypes.Structure):  # struct statx, what is not needed left unnamed
        _fields_ = (
            ("_0", ctypes.c_uint8 * 28),
            ("mode", ctypes.c_uint16),
            ("_30", ctypes.c_uint8 * 114),
            ("mount", ctypes.c_uint64),
            ("_152", ctypes.c_uint8 * 104),
        )

    libc = ctypes.PyDLL(None)  # PyDLL keeps the interpreter lock: no call waits
    openat2, statx = libc.syscall, getattr(libc, "statx", None)
    if statx is None:
        return lambda _: -1
    openat2.restype = ctypes.c_long
    to_look, to_read = (OpenHow(flags, 0, _RESOLVE_CACHED) for flags in (os.O_PATH | os.O_CLOEXEC, _READ_FLAGS))
    looking, reading, size = ctypes.byref(to_look), ctypes.byref(to_read), ctypes.sizeof(OpenHow)

    def is_readable_at_once(number: int) -> bool:
        status = Status()
        flags = _AT_EMPTY_PATH | _AT_STATX_DONT_SYNC
        if statx(number, b"", flags, _STATX_TYPE_AND_MOUNT, ctypes.byref(status)) or not stat.S_ISREG(status.mode):
            return False
        if status.mount not in _is_local:
            _unknown.add(status.mount)
        return _is_local.get(status.mount, False)

    def open_(path: bytes) -> int:
        number = int(openat2(_SYS_OPENAT2, _AT_FDCWD, path, looking, size))
        if number < 0:
            return -1
        readable = is_readable_at_once(number)
        os.close(number)
        return int(openat2(_SYS_OPENAT2, _AT_FDCWD, path, reading, size)) if readable else -1

    return open_
