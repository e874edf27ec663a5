"""Pixels at another size, never of none at all: OpenCV refuses what rounds to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from ocr_async.local.reading.engine import Pixels


def scaled(pixels: Pixels, factor: float) -> Pixels:
    """Return an image at `factor` times its size."""
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    size = None if min(pixels.shape[:2]) * factor >= 1 else _at_least_one(pixels, factor)
    resized: Pixels = cv2.resize(pixels, size, fx=factor, fy=factor, interpolation=way)
    return resized


def _at_least_one(pixels: Pixels, factor: float) -> tuple[int, int]:
    return max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
