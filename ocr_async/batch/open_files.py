"""For how many pictures at a time the process may have files open."""

from __future__ import annotations

import sys

OTHERS = 40
"""Files that a process has open beside the pictures: libraries, ledger, output, standard streams."""


def most_at_once() -> int:
    """Return for how many pictures at a time there are open files: one each to read, and one to send."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return sys.maxsize
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if allowed == resource.RLIM_INFINITY else max(2, (allowed - OTHERS) // 2)
