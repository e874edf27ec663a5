"""Pictures that are themselves a text: `data:image/png;base64,...`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from ocr_async.errors import SourceError
from ocr_async.sources.names import text_name
from ocr_async.sources.picture import WHOLE_BYTES, Picture, check_size, in_memory
from ocr_async.sources.threads import in_thread

if TYPE_CHECKING:
    from ocr_async.fields import ImageLimits

_LONGEST_HEAD = 200
_HEAD = re.compile(r"data:[\w.+/;=-]*;base64", flags=re.IGNORECASE)


async def open_data_url(text: str, limits: ImageLimits) -> Picture:
    """Return the picture in a data URL; raise SourceError when there is none within the limits."""
    name = text_name(text)
    head, comma, _ = text[:_LONGEST_HEAD].lstrip().partition(",")
    if not comma or not _HEAD.fullmatch(head):
        raise SourceError(name, "is not of the form data:image/...;base64,...")
    if len(text) > 2 * limits.max_base64_bytes + _LONGEST_HEAD:
        check_size(name, len(text) * 3 // 4, limits)
    if len(text) > WHOLE_BYTES:
        return in_memory(name, await in_thread(_decoded, name, text), limits)
    return in_memory(name, _decoded(name, text), limits)


def _decoded(name: str, text: str) -> bytes:
    from pybase64 import b64decode  # noqa: PLC0415  not needed to import the package

    encoded = text.partition(",")[2]
    try:
        unquoted = unquote_to_bytes(encoded) if "%" in encoded else encoded.encode("ascii")
        return b64decode(b"".join(unquoted.split()), validate=True)
    except ValueError:
        raise SourceError(name, "holds characters that are not base64, or is cut short") from None
