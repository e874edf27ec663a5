"""Arabic text through the `tesseract` command with its language `ara`, where that is installed.

No engine of a Python wheel reads Arabic. Without the command every function here finds nothing, at no cost.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Pixels
    from ocr_async.local.reading.page import Box, Page

LANGUAGE = "ara"
PATIENCE = 5.0
"""Seconds that one run of the command may take; usual are 0.1 to 0.3."""

LETTER_HEIGHT = 70.0
"""Pixels to which a line's box is enlarged: the height of type that the models are made for, with its margins."""

SPARSE, ONE_LINE = "11", "7"
"""Page segmentation: whatever text there is in no order, or a single line."""

NOT_ARABIC = re.compile(r"[^ء-غف-ي ]")


def available() -> bool:
    """Tell whether Arabic can be read here: the `tesseract` command is found and knows the language."""
    return _command() is not None


def reset() -> None:
    """Look for the command anew on next use, after it was installed or the search path changed."""
    _command.cache_clear()


def sparse_lines(page: Page, region: Box, hidden: Sequence[Box], type_height: float) -> list[str]:
    """Return the lines of Arabic in a region of a page, from top to bottom; empty where it cannot be read.

    `hidden` are boxes whose text is known and not Arabic: they are painted over. `type_height` is the height of a
    line's box in the page's pixels.
    """
    if not available():
        return []
    pixels = _prepared(page.crop(region), region, hidden, LETTER_HEIGHT / type_height)
    return [line for line in _run(pixels, SPARSE).splitlines() if line.strip()]


def one_line(page: Page, box: Box) -> str:
    """Return the Arabic of a box that holds a single line, empty where it cannot be read."""
    if not available():
        return ""
    return " ".join(_run(_prepared(page.crop(box), box, (), LETTER_HEIGHT / box.height), ONE_LINE).split())


def plain(text: str) -> str:
    """Return the Arabic words of a text: no vowel signs, stretched joins, digits or other signs, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKC", text) if not unicodedata.combining(c))
    return " ".join(NOT_ARABIC.sub(" ", bare.replace("ـ", "")).split())


@cache
def _command() -> str | None:
    command = shutil.which("tesseract")
    if command is None:
        return None
    try:
        known = subprocess.run([command, "--list-langs"], capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return command if LANGUAGE in known.stdout.decode(errors="replace").split() else None


def _prepared(png: bytes, region: Box, hidden: Sequence[Box], factor: float) -> bytes:
    """Return the crop in grey, enlarged, with the boxes that are known painted in the colour of the paper."""
    import cv2  # noqa: PLC0415  heavy
    import numpy as np  # noqa: PLC0415

    grey: Pixels | None = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        return b""
    paper = int(np.median(grey))
    for box in hidden:
        top, left = max(round(box.top - region.top), 0), max(round(box.left - region.left), 0)
        bottom, right = max(round(box.bottom - region.top), 0), max(round(box.right - region.left), 0)
        grey[top:bottom, left:right] = paper
    large = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return bytes(cv2.imencode(".png", large)[1])


def _run(png: bytes, segmentation: str) -> str:
    """Return what the command reads in a picture, empty if it fails or takes too long."""
    command = _command()
    if command is None or not png:
        return ""
    arguments = [command, "stdin", "stdout", "-l", LANGUAGE, "--psm", segmentation]
    try:
        done = subprocess.run(  # noqa: S603  the command and its arguments are ours
            arguments,
            input=png,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace")
