"""Format and size of the pictures that a few APIs take besides the usual ones, from their first bytes.

Sources: GIF89a section 18, the WebP container specification and RFC 6386 section 9.1 (WEBP), the Photoshop file format
specification (PSD), ICONDIR of Windows icons (ICO), the ZSoft PCX manual.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

Start = bytes | bytearray

_MAGIC = (
    ("GIF", b"GIF87a"),
    ("GIF", b"GIF89a"),
    ("PSD", b"8BPS\x00\x01"),
    ("ICO", b"\x00\x00\x01\x00"),
    *(("PCX", bytes((10, version, 1))) for version in (0, 2, 3, 4, 5)),
)


def rare_format_of(start: Start) -> str | None:
    """Return the format that content begins as, None when it is none of these."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    return next((format_ for format_, magic in _MAGIC if start.startswith(magic)), None)


def _gif(start: Start, _: object) -> tuple[int, int]:
    width, height = struct.unpack("<HH", start[6:10])
    return width, height


def _psd(start: Start, _: object) -> tuple[int, int]:
    height, width = struct.unpack(">II", start[14:22])
    return width, height


def _ico(start: Start, _: object) -> tuple[int, int]:
    (count,) = struct.unpack("<H", start[4:6])
    entries = [start[at : at + 2] for at in range(6, 6 + 16 * min(count, 16), 16)]
    width, height = max((entry[0] or 256, entry[1] or 256) for entry in entries)  # 0 stands for 256
    return width, height


def _pcx(start: Start, _: object) -> tuple[int, int]:
    left, top, right, bottom = struct.unpack("<4H", start[4:12])
    return right - left + 1, bottom - top + 1


def _webp(start: Start, _: object) -> tuple[int, int]:
    kind = bytes(start[12:16])
    if kind == b"VP8X":
        width, height = (int.from_bytes(start[at : at + 3], "little") for at in (24, 27))
        return (width + 1, height + 1) if len(start) >= 30 else _cut()
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", start[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", start[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _cut() -> tuple[int, int]:
    raise struct.error


RARE_MEASURES: dict[str, Callable[[Start, object], tuple[int, int]]] = {
    "GIF": _gif,
    "PSD": _psd,
    "ICO": _ico,
    "PCX": _pcx,
    "WEBP": _webp,
}
"""How to find the width and height of each; struct.error, ValueError or IndexError when its header is cut short."""
