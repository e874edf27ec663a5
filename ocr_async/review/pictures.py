"""The pictures of a job as a reviewer sees them: read again from where they were, and only if they are still the same."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from math import dist
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ocr_async.documents import registry
from ocr_async.errors import JobError, OcrError, SourceError
from ocr_async.fields import ImageLimits, Quad
from ocr_async.jobs.entry import problem_of
from ocr_async.jobs.files import opened
from ocr_async.jobs.pages import drawn

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES, LONGEST_SIDE = 8 * 1024 * 1024, 4096
"""Of a picture that goes to the browser as it is; a larger one is made smaller."""

REDUCED_SIDE = 3000
_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png"}
_ORIENTATION = 274
"""The EXIF tag by which a browser would turn the picture away from its places."""


@frozen
class Shown:
    """A picture as a browser shows it."""

    content: bytes = field(repr=False)
    media_type: str
    width: int
    """Of the picture file in pixels, as is the height: places are in these."""
    height: int


def content_of(line: Mapping[str, Any], place: str | None) -> bytes:
    """Return the bytes of the picture of a line, that of its page for a document of several; `place` is its path.

    Raises:
        OcrError: it is at an address, is gone, has changed, or cannot be read.
    """
    key = line["key"]
    if place is None or "://" in place:
        raise SourceError(key, "its picture is not on this machine")
    try:
        with opened(place) as file:
            content = file.read()
    except (OSError, ValueError) as error:
        raise SourceError(key, f"its picture cannot be read: {problem_of(error)}") from error
    known = line.get("sha256")
    if known is not None and hashlib.sha256(content).hexdigest() != known:
        raise SourceError(key, "its picture is not the one that was read any more")
    return content if line.get("page") is None else _page(content, line)


def _page(content: bytes, line: Mapping[str, Any]) -> bytes:
    kind = registry.get(line["type"]) if line["type"] else None
    limits = kind.picture if kind else ImageLimits()
    return drawn(content, int(line["page"]), limits, line["key"])


def shown(content: bytes) -> Shown:
    """Return a picture in a form that every browser shows, without the note of a camera which way is up.

    Raises:
        OcrError: it is no picture.
    """
    with decoded(content) as picture:
        width, height = picture.size
        plain = picture.getexif().get(_ORIENTATION, 1) == 1
        if picture.format in _FORMATS and plain and len(content) <= MOST_BYTES and max(width, height) <= LONGEST_SIDE:
            return Shown(content, _FORMATS[picture.format], width, height)
        picture.draft("RGB", (REDUCED_SIDE, REDUCED_SIDE))
        return Shown(jpeg(picture, REDUCED_SIDE), "image/jpeg", width, height)


def decoded(content: bytes) -> Image:
    """Open a picture; only its header is read.

    Raises:
        OcrError: it is no picture, or Pillow is not installed.
    """
    try:
        from PIL import Image as images  # noqa: N813, PLC0415  an extra
    except ImportError as error:
        raise JobError("pictures need Pillow: pip install 'ocr-async[review]'") from error
    try:
        return images.open(io.BytesIO(content))
    except (OSError, ValueError, SyntaxError, images.DecompressionBombError) as error:
        raise OcrError(f"the picture cannot be shown: {type(error).__name__}") from error


def jpeg(picture: Image, side: int, quality: int = 85) -> bytes:
    """Return a picture as JPEG, its longer side no longer than this.

    Raises:
        OcrError: it is damaged.
    """
    target = io.BytesIO()
    try:
        picture.thumbnail((side, side), reducing_gap=2.0)
        flat(picture).save(target, "JPEG", quality=quality)
    except (OSError, ValueError, SyntaxError) as error:
        raise OcrError(f"the picture cannot be shown: {type(error).__name__}") from error
    return target.getvalue()


def flat(picture: Image) -> Image:
    """Return a picture in RGB; what is transparent becomes white, as on paper."""
    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda value: value / 256).convert("L")
    if "A" in picture.getbands() or "transparency" in picture.info:
        from PIL import Image as images  # noqa: N813, PLC0415  an extra

        overlay = picture.convert("RGBA")
        return images.alpha_composite(images.new("RGBA", overlay.size, "white"), overlay).convert("RGB")
    return picture.convert("RGB")


def crop(picture: Image, quad: Quad, height: int, width: int) -> Image:
    """Return a place of a picture, upright and with a little of what is around it, within a height and a width."""
    from PIL import Image as images  # noqa: N813, PLC0415  an extra

    top_left, top_right, bottom_right, bottom_left = quad
    across, down = max(dist(top_left, top_right), 4.0), max(dist(top_left, bottom_left), 4.0)
    along = ((top_right[0] - top_left[0]) / across, (top_right[1] - top_left[1]) / across)
    border = 0.4 * min(down, across)

    def outward(point: tuple[int, int], right: int, below: int) -> tuple[float, float]:
        x, y = right * border, below * border
        return point[0] + x * along[0] - y * along[1], point[1] + x * along[1] + y * along[0]

    corners = (
        *outward(top_left, -1, -1),
        *outward(bottom_left, -1, 1),
        *outward(bottom_right, 1, 1),
        *outward(top_right, 1, -1),
    )
    scale = min(height / (down + 2 * border), width / (across + 2 * border), 2.0)
    size = max(8, round((across + 2 * border) * scale)), max(8, round((down + 2 * border) * scale))
    return picture.transform(size, images.Transform.QUAD, corners, images.Resampling.BICUBIC, fillcolor="white")
