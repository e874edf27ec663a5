"""The two ways to Tesseract for Arabic: the library in the wheel of `tesserocr` (the extra `arabic`), or its command.

The library reads with the data that this package brings, the command with what its system has.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LANGUAGE = "ara"
PATIENCE = 5.0
"""Seconds that one run of the command may take; usual are 0.05 to 0.1."""

DATA = Path(__file__).with_name("tessdata")
_local = threading.local()


def way() -> str:
    """Return what reads Arabic here: "tesserocr", "tesseract" (the command), or "" where there is neither."""
    if find_spec("tesserocr"):
        return "tesserocr"
    return "tesseract" if _command() else ""


def read(png: bytes, segmentation: int) -> str:
    """Return what is read in the picture of one line, "" if it fails or takes too long.

    `segmentation` is Tesseract's mode: 7 for a line, 13 for a raw line.
    """
    match way():
        case "tesserocr":
            return _by_library(png, segmentation)
        case "tesseract":
            return _by_command(png, segmentation)
        case _:
            return ""


def _by_library(png: bytes, segmentation: int) -> str:
    from PIL import Image  # noqa: PLC0415  heavy

    try:
        api = _api()
        api.SetPageSegMode(segmentation)
        with Image.open(io.BytesIO(png)) as picture:
            api.SetImage(picture)
        return str(api.GetUTF8Text())
    except (RuntimeError, OSError):
        return ""


def _api() -> Any:
    """Return the library's reader of this thread; loading the data takes 20 ms, once for each thread."""
    if not hasattr(_local, "api"):
        import tesserocr  # noqa: PLC0415  the extra `arabic`

        _local.api = tesserocr.PyTessBaseAPI(path=str(DATA), lang=LANGUAGE)
    return _local.api


def _command() -> str | None:
    return _command_on(os.environ.get("PATH", ""))


@cache
def _command_on(path: str) -> str | None:
    """Return the command on a search path if it knows Arabic; asked once for each path, 20 ms."""
    command = shutil.which("tesseract", path=path)
    if command is None:
        return None
    try:
        known = subprocess.run([command, "--list-langs"], capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return command if LANGUAGE in known.stdout.decode(errors="replace").split() else None


def _by_command(png: bytes, segmentation: int) -> str:
    try:
        done = subprocess.run(  # noqa: S603  the command and its arguments are ours
            [_command() or "tesseract", "stdin", "stdout", "-l", LANGUAGE, "--psm", str(segmentation)],
            input=png,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace")
