"""Two ways to read a file: from the page cache, at once and on the event loop; or from its disk, in a thread.

A hop to a thread costs five times what reading a small file costs, and a file that was just listed, copied or uploaded
is nearly always in memory. Linux says so without waiting: openat2 with RESOLVE_CACHED (since 5.12) and preadv2 with
RWF_NOWAIT (since 4.14) refuse whatever would need the disk, and then a thread does it. overlayfs, which is what containers
have, and tmpfs know no RWF_NOWAIT: mincore tells whether the pages of a file there are in memory. To open a file asks the
server of a network or FUSE file system, though, so only mounts of local file systems are read so; elsewhere a thread does it.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from attrs import define

from ocr_async.sources import linux

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
    number = linux.opener(_is_local, _READ_FLAGS)(path.encode(_ENCODING, "surrogateescape"))
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
        if error.errno != errno.EOPNOTSUPP or not linux.in_memory()(number, offset, len(buffer)):
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


_local: dict[int, bool] = {}
_unknown: set[int] = set()


def _is_local(mount: int) -> bool:
    if mount not in _local:
        _unknown.add(mount)
    return _local.get(mount, False)


def note_mounts() -> None:
    """Learn of the mounts that were met whether their file systems are local; may wait."""
    if not _unknown:
        return
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_bytes().splitlines():
            number, kind = int(line.split()[0]), line.partition(b" - ")[2].split()[0]
            if number in _unknown:
                _local[number] = kind.decode() in _LOCAL
    _unknown.clear()
