"""From the bytes of a file to pixels of a size that can be worked on."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager, nullcontext
from statistics import median
from threading import Lock
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ocr_async.local.recognizer import Unreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from ocr_async.local.reading.engine import Engine, Pixels, Quad

LONGEST_SIDE = 2400
"""Pixels; a page of four documents still has lines of 20 pixels, and memory stays far below a gigabyte."""

LARGE = 16_000_000
"""Pixels of the file from which pictures are decoded one after the other."""

BAND = 128
"""Rows of the reduced picture that are made at a time where the mode must be changed before."""

_PLAIN = frozenset(("RGB", "L", "CMYK", "YCbCr"))
"""Modes in which neighbouring pixels can be averaged as they are."""

ORIENTATION, MIRRORED = 0x0112, frozenset((2, 4, 5, 7))
"""The note of a camera in the EXIF part of a file, and its values that say that the picture is mirrored."""

_one_at_a_time = Lock()

SEARCH_SIDE, CLOSER_SEARCH_SIDE = 608, 1088
"""Pixels of the longer side at which text is looked for in the whole picture: at first, and where that is too small."""

SMALL, MARGIN = 0.6, 0.5
"""Share of a picture's longer side up to which a part of it with all text is searched alone, with so much of the text's
extent round it: lines that were missed belong to the document, too."""

FLAT = 18.0
"""Pixels, at the first search, of the median line when much is missed: several documents share the picture, or a
small one lies in a large scene. Lines of a document that fills the picture are 20 to 40 high."""


@frozen
class Picture:
    """A decoded picture, at reduced size where it was large."""

    pixels: Pixels = field(repr=False)
    scale: float
    """Pixels of the file for each pixel here, at least 1."""

    mirrored: bool = False
    """Whether left and right are exchanged against the file, which a camera saved as in a mirror."""

    @property
    def to_file(self) -> NDArray[Any]:
        """The homography from pixels here to pixels of the file."""
        import numpy as np  # noqa: PLC0415  heavy

        side = -self.scale if self.mirrored else self.scale
        shift = self.scale * self.width if self.mirrored else 0.0
        return np.array([(side, 0.0, shift), (0.0, self.scale, 0.0), (0.0, 0.0, 1.0)])

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])


def decode(image: bytes) -> Picture:
    """Decode a picture file, never holding more than it takes for `LONGEST_SIDE` where the format allows that.

    Of the orientation note of a camera (EXIF) only the mirroring is followed: corners are answered in the pixels of the
    file, and documents are turned upright by what they say.
    """
    import cv2  # noqa: PLC0415  heavy
    import numpy as np  # noqa: PLC0415  heavy
    from PIL import Image as images  # noqa: N813, PLC0415

    try:
        with images.open(io.BytesIO(image)) as opened, _turn(opened.width * opened.height):
            width, mirrored = opened.width, opened.getexif().get(ORIENTATION) in MIRRORED
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            reduced = _reduced(opened)
            pixels: Pixels = cv2.cvtColor(np.asarray(_flat(reduced)), cv2.COLOR_RGB2BGR)
    except (OSError, ValueError, SyntaxError, images.DecompressionBombError) as error:
        raise Unreadable(f"The picture cannot be decoded: {type(error).__name__}.") from error
    if mirrored:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    return Picture(pixels, width / pixels.shape[1], mirrored)


def _turn(pixels: int) -> AbstractContextManager[object]:
    """Return what lets only one large picture be decoded at a time: one of 8192 x 8192 takes 270 MB until reduced."""
    return _one_at_a_time if pixels > LARGE else nullcontext()


def text_lines(engine: Engine, picture: Picture, side: int) -> list[Quad]:
    """Return where there is text in a picture, looked for at `side` pixels of its longer side at most."""
    from ocr_async.local.reading.scaling import scaled  # noqa: PLC0415  heavy

    factor = min(1.0, side / max(picture.width, picture.height))
    return [quad / factor for quad in engine.detect(scaled(picture.pixels, factor))]


def closed_in(engine: Engine, picture: Picture, lines: list[Quad]) -> list[Quad]:
    """Return the lines of a picture, looked for again where they are where these take up little of it.

    A document held in a hand before a wide scene shows a few of its lines at first, and all of them from near.
    """
    import numpy as np  # noqa: PLC0415  heavy

    if not lines:
        return lines
    corners = np.concatenate(lines)
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = MARGIN * max(high - low)
    left, top = (int(side) for side in np.maximum(low - margin, 0))
    right, bottom = (int(side) for side in np.minimum(high + margin, (picture.width, picture.height)))
    if max(right - left, bottom - top) > SMALL * max(picture.width, picture.height):
        return lines
    part = Picture(picture.pixels[top:bottom, left:right], picture.scale)
    near = [quad + np.array((left, top), quad.dtype) for quad in text_lines(engine, part, SEARCH_SIDE)]
    return max(near, lines, key=len)


def are_flat(lines: list[Quad], factor: float) -> bool:
    """Whether the usual line is too small to be found well in a picture that is reduced by a factor."""
    from ocr_async.local.reading import quads  # noqa: PLC0415  heavy

    return factor < 1 and (not lines or factor * median(quads.height(line) for line in lines) < FLAT)


def _reduced(picture: Image) -> Image:
    factor = max(picture.size) / LONGEST_SIDE
    if factor <= 1:
        return picture
    size = (max(1, round(picture.width / factor)), max(1, round(picture.height / factor)))
    if picture.mode in _PLAIN:
        return picture.resize(size, reducing_gap=2.0)
    return _reduced_in_bands(picture, size)


def _reduced_in_bands(picture: Image, size: tuple[int, int]) -> Image:
    """Reduce a picture whose mode must be changed for that, which would need it whole a second and third time."""
    from PIL import Image as images  # noqa: N813, PLC0415

    reduced = images.new("RGB", size)
    factor = picture.height / size[1]
    for top in range(0, size[1], BAND):
        bottom = min(top + BAND, size[1])
        band = picture.crop((0, round(top * factor), picture.width, round(bottom * factor)))
        reduced.paste(_flat(band).resize((size[0], bottom - top), reducing_gap=2.0), (0, top))
    return reduced


def _flat(picture: Image) -> Image:
    """Return the picture in RGB; what is transparent becomes white, as on paper."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        from PIL import Image as images  # noqa: N813, PLC0415

        overlay = picture.convert("RGBA")
        paper = images.new("RGBA", overlay.size, "white")
        return images.alpha_composite(paper, overlay).convert("RGB")
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    return picture.convert("RGB")
