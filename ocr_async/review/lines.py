"""The lines of a picture with their places, and the places of characters within them: by the local engine."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ocr_async.errors import OcrError
from ocr_async.local.reading.page import Box, Line, Page

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr_async.local.reading.engine import Engine, Pixels

MOSTLY = 0.8
"""Of the text of a picture: when the documents that can be told apart hold less, the whole is looked at too."""

MARGIN = 0.2
"""Of the height of a detected line, on each side: the detector grows its boxes around the ink."""

MOST_MARGIN = 0.4
"""The same, at most: of a slanted line the ink begins late."""

LEAST_INK = 0.05
"""Of the ink in the fullest row or column: what has less is paper."""

WIDE, NARROW = 0.33, 0.19
"""Half the width of a Chinese and of a Latin character, in heights of a detected line."""


def pages_of(content: bytes) -> list[Page]:
    """Return the documents of a picture, upright and read line by line; all of it as one where that loses text.

    Raises:
        OcrError: the picture cannot be decoded.
        ModuleNotFoundError: the extra `local` is missing.
    """
    from ocr_async.local.reading.views import Views  # noqa: PLC0415  the extra `local`
    from ocr_async.local.recognizer import Refusal  # noqa: PLC0415

    views = Views(engine(), content)
    try:
        pages = list(views.apart())
        if sum(len(page.lines) for page in pages) < MOSTLY * views.lines:
            pages += views.whole()
    except Refusal as refusal:
        raise OcrError(f"the picture cannot be read: {refusal}") from refusal
    return pages


def place_of(page: Page, line: Line, start: int, end: int) -> Box:
    """Return where some characters of a line stand, without the margin that the detector grows around lines."""
    strip = _strip(page, line.box)
    tight = line.box if strip is None else _tight(strip, line.box)
    if start == 0 and end == len(line.text):
        return tight
    middles = {} if strip is None else _middles(strip, line)
    if not middles:
        rough = line.part(start, end).box
        return evolve(tight, left=rough.left, right=rough.right)
    left = tight.left if start == 0 else _edge(middles, line, start, -1)
    right = tight.right if end == len(line.text) else _edge(middles, line, end - 1, 1)
    return evolve(tight, left=left, right=max(right, left + 1))


def _strip(page: Page, box: Box) -> Pixels | None:
    """Return the pixels of a box; None of a page that has none."""
    import cv2  # noqa: PLC0415  heavy
    import numpy as np  # noqa: PLC0415

    content = page.crop(box)
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None


def _tight(strip: Pixels, box: Box) -> Box:
    """Return a box as far as there is ink in it; where that cannot be told, without the usual margin."""
    import cv2  # noqa: PLC0415  heavy

    grey = cv2.GaussianBlur(cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY), (3, 3), 0)
    _, dark = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    ink: Pixels = dark if dark.mean() <= 0.5 else 1 - dark
    margin, most = MARGIN * box.height, MOST_MARGIN * box.height
    sides = [*_ends(ink.mean(axis=1), most), *_ends(ink.mean(axis=0), min(most, 0.4 * box.width))]
    top, bottom, left, right = (side if side is not None else margin for side in sides)
    return Box(box.left + left, box.top + top, box.right - right, box.bottom - bottom)


def _ends(profile: NDArray[Any], most: float) -> tuple[float | None, float | None]:
    """Return how far it is from both ends to where the ink begins, at most so far; None where it is at the end."""
    is_ink = profile > LEAST_INK * profile.max()
    return _end(is_ink, most), _end(is_ink[::-1], most)


def _end(is_ink: NDArray[Any], most: float) -> float | None:
    """Go outward from where the margin ends at the latest, until there is no ink any more."""
    at = min(int(most), len(is_ink) // 2)
    while at > 0 and is_ink[at - 1 :][:1].any():
        at -= 1
    return None if at == 0 else float(at)


def _edge(middles: dict[int, float], line: Line, at: int, way: int) -> float:
    """Return where a character begins or ends: half its width from its middle, or half way to its neighbour."""
    known = sorted(middles)
    nearest = min(known, key=lambda place: abs(place - at))
    half = (WIDE if ord(line.text[nearest]) >= 0x2E80 else NARROW) * line.box.height
    beside = known.index(nearest) + way
    if 0 <= beside < len(known):
        half = min(half, abs(middles[known[beside]] - middles[nearest]) / 2)
    return line.box.left + middles[nearest] + way * half


def _middles(strip: Pixels, line: Line) -> dict[int, float]:
    """Return the middle of each character from the left of its line; nothing when a second look says another text."""
    found = engine().characters(strip)
    places = [place for place, character in enumerate(line.text) if not character.isspace()]
    if [character for character, _ in found] != [line.text[place] for place in places]:
        return {}
    return {place: middle for place, (_, middle) in zip(places, found, strict=True)}


@cache
def engine() -> Engine:
    """Return the engine that looks for evidence in this process."""
    from ocr_async.local.reading.engine import Engine  # noqa: PLC0415  the extra `local`

    return Engine()
