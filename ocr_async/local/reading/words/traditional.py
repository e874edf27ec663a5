"""Traditional Chinese characters with their simplified forms, where there is exactly one.

`traditional.txt` was made from the tables of OpenCC (Apache-2.0): characters that GB 2312 does not have, and whose
simplified form is among its 3755 common ones.
"""

from __future__ import annotations

from functools import cache

from ocr_async.local.reading.words import lines


@cache
def simplified() -> dict[int, str]:
    """Return the table for `str.translate`."""
    return {ord(pair[0]): pair[1] for pair in lines("traditional")}
