"""What is the matter with the file of an output, and what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ocr_async.errors import JobError


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Say which file it was and what to do."""
    try:
        yield
    except OSError as error:
        raise JobError(f"output {path}: {_advice(error)}") from error


def _advice(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "no room left; make room and run the same command again, what is finished is kept in the ledger"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "it cannot be written; check the permissions of the file and its folder"
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return "its folder does not exist; make it first"
    return f"{error.strerror}; what is finished is kept in the ledger"
