"""What Linux does without ever waiting: open a file whose path is in memory, and tell what of a file is.

Python has no names for these system calls. They are made with the interpreter's lock held: none of them waits.
"""

from __future__ import annotations

import mmap
import os
import stat
import sys
from collections.abc import Callable
from functools import cache

_SYS_OPENAT2 = 437  # the same on every architecture
_AT_FDCWD = -100
_RESOLVE_CACHED = 0x20
_AT_NOTHING_ELSE = 0x1000 | 0x4000  # AT_EMPTY_PATH: the open file itself; AT_STATX_DONT_SYNC: ask no server
_STATX_TYPE_AND_MOUNT = 0x1001


@cache
def in_memory() -> Callable[[int, int, int], bool]:
    """Return what tells of an open file, an offset and a length whether it is all in memory, in 5 us for 100 KB."""
    import ctypes  # noqa: PLC0415  not needed to import the package

    libc = ctypes.PyDLL(None)
    address, size = ctypes.c_void_p, ctypes.c_size_t
    libc.mmap.restype = address
    libc.mmap.argtypes = (address, size, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
    libc.munmap.argtypes = (address, size)
    libc.mincore.argtypes = (address, size, ctypes.c_char_p)

    def is_in_memory(number: int, offset: int, length: int) -> bool:
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

    return is_in_memory


@cache
def opener(is_local: Callable[[int], bool], flags: int) -> Callable[[bytes], int]:
    """Return what opens a regular file on a mount that `is_local`, by its number, without waiting, or returns -1."""
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

    libc = ctypes.PyDLL(None)
    openat2, statx = libc.syscall, getattr(libc, "statx", None)
    if statx is None:
        return lambda _: -1
    openat2.restype = ctypes.c_long
    to_look, to_read = (OpenHow(how, 0, _RESOLVE_CACHED) for how in (os.O_PATH | os.O_CLOEXEC, flags))
    looking, reading, size = ctypes.byref(to_look), ctypes.byref(to_read), ctypes.sizeof(OpenHow)

    def is_readable_at_once(number: int) -> bool:
        status = Status()
        if statx(number, b"", _AT_NOTHING_ELSE, _STATX_TYPE_AND_MOUNT, ctypes.byref(status)):
            return False
        return stat.S_ISREG(status.mode) and is_local(status.mount)

    def open_(path: bytes) -> int:
        number = int(openat2(_SYS_OPENAT2, _AT_FDCWD, path, looking, size))
        if number < 0:
            return -1
        readable = is_readable_at_once(number)
        os.close(number)
        return int(openat2(_SYS_OPENAT2, _AT_FDCWD, path, reading, size)) if readable else -1

    return open_
