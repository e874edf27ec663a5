"""Arabic text through Tesseract, where that is installed: the engine does not read Arabic.

Without it every function here finds nothing, at no cost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ocr_async.local.reading.zones import tesseract

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Pixels
    from ocr_async.local.reading.page import Box, Page

LOOKS = ((38.0, 0.15, 7), (30.0, 0.25, 7), (44.0, 0.2, 7), (38.0, 0.15, 13))
"""Heights in pixels to which type is brought, margins as a share of them, and page segmentation modes (a line; a raw
line): a line is misread in one or the other."""

NOT_ARABIC = re.compile(r"[^ء-غف-ي ]")


def available() -> bool:
    """Tell whether Arabic can be read here."""
    return bool(tesseract.way())


def readings(page: Page, line: Box, type_height: float) -> Iterator[str]:
    """Yield what a line of Arabic says, as seen at one size after the other; each look takes up to 0.1 s.

    The texts are plain: Arabic letters and single spaces, without vowel signs.
    """
    if not available():
        return
    for height, margin, segmentation in LOOKS:
        pixels = _pixels(page.crop(line.grown(margin * type_height, margin * type_height)))
        if pixels is not None and (text := plain(tesseract.read(_scaled(pixels, height / type_height), segmentation))):
            yield text


def plain(text: str) -> str:
    """Return the Arabic words of a text: no vowel signs, stretched joins, digits or other signs, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKC", text) if not unicodedata.combining(c))
    return " ".join(NOT_ARABIC.sub(" ", bare.replace("ـ", "")).split())


def _pixels(png: bytes) -> Pixels | None:
    import cv2  # noqa: PLC0415  heavy
    import numpy as np  # noqa: PLC0415

    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if png else None


def _scaled(pixels: Pixels, factor: float) -> bytes:
    """Return the picture at another size, as a PNG file."""
    import cv2  # noqa: PLC0415  heavy

    from ocr_async.local.reading.scaling import scaled  # noqa: PLC0415  heavy

    return bytes(cv2.imencode(".png", scaled(pixels, factor))[1])
