"""Files that appear whole or not at all, for their owner's eyes: they hold what documents say."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """Write a file under another name beside `path`, and let it take the place of `path` at the end of the block.

    A link stays a link: the file that it leads to is replaced. A file that is there keeps its mode, a new one gets 0600.
    After an exception everything is as it was.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    number, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent)
    os.close(number)
    part = Path(name)
    try:
        yield part
        with suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        _settle(part)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _settle(path: Path) -> None:
    """Have the content on the disk before the name leads to it."""
    number = os.open(path, os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)
