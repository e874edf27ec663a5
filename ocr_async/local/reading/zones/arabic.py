"""Arabic text through the `tesseract` command with its language `ara`, where that is installed.

No engine of a Python wheel reads Arabic. Without the command every function here finds nothing, at no cost.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Pixels
    from ocr_async.local.reading.page import Box, Page

LANGUAGE = "ara"
PATIENCE = 5.0
"""Seconds that one run of the command may take; usual are 0.05 to 0.1."""

LOOKS = ((38.0, 0.15, "7"), (30.0, 0.25, "7"), (44.0, 0.2, "7"), (38.0, 0.15, "13"))
"""Heights in pixels to which type is brought, margins as a share of them, and page segmentation modes (a line; a raw
line): a line is misread in one or the other."""

NOT_ARABIC = re.compile(r"[^ء-غف-ي ]")


def available() -> bool:
    """Tell whether Arabic can be read here: the `tesseract` command is found and knows the language."""
    return _command() is not None


def readings(page: Page, line: Box, type_height: float) -> Iterator[str]:
    """Yield what a line of Arabic says, as seen at one size after the other; each look takes up to 0.1 s.

    The texts are plain: Arabic letters and single spaces, without vowel signs.
    """
    if not available():
        return
    for height, margin, segmentation in LOOKS:
        pixels = _pixels(page.crop(line.grown(margin * type_height, margin * type_height)))
        if pixels is not None and (text := plain(_run(_scaled(pixels, height / type_height), segmentation))):
            yield text


def plain(text: str) -> str:
    """Return the Arabic words of a text: no vowel signs, stretched joins, digits or other signs, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKC", text) if not unicodedata.combining(c))
    return " ".join(NOT_ARABIC.sub(" ", bare.replace("ـ", "")).split())


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


def _pixels(png: bytes) -> Pixels | None:
    import cv2  # noqa: PLC0415  heavy
    import numpy as np  # noqa: PLC0415

    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if png else None


def _scaled(pixels: Pixels, factor: float) -> bytes:
    """Return the picture at another size, as a PNG file."""
    import cv2  # noqa: PLC0415  heavy

    return bytes(cv2.imencode(".png", cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC))[1])


def _run(png: bytes, segmentation: str) -> str:
    """Return what the command reads in the picture of one line, empty if it fails or takes too long."""
    command = _command()
    if command is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603  the command and its arguments are ours
            [command, "stdin", "stdout", "-l", LANGUAGE, "--psm", segmentation],
            input=png,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace")
