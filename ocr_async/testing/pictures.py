"""Distinct small pictures on demand, made in microseconds without an imaging library."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode
from itertools import cycle, islice

# 32 x 32 white pixels, baseline, without metadata.
_JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqm"
    "x5moq6T/wAALCAAgACABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AKYAAAAB/9k="
)


def picture(number: int, *, size: int = 0) -> bytes:
    """Return a valid PNG of 32 x 32 pixels, another one for each number, padded to `size` bytes."""
    return png(number).ljust(size, b"\0")


def png(number: int, *, width: int = 32, height: int = 32) -> bytes:
    """Return a grey PNG of that many pixels whose pixels spell the number."""
    rows = (b"\0" + _pixels(number, width)) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows, 1)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def bmp(number: int, *, width: int = 32, height: int = 32) -> bytes:
    """Return a BMP of that many pixels, 24 bits each, whose pixels spell the number."""
    row = _pixels(number, width * 3)
    rows = row.ljust(-(-len(row) // 4) * 4, b"\0") * height
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(rows), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54) + info + rows


def jpeg(number: int) -> bytes:
    """Return a white JPEG of 32 x 32 pixels whose comment is the number."""
    comment = str(number).encode()
    return _JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + _JPEG[2:]


def _pixels(number: int, count: int) -> bytes:
    return bytes(islice(cycle(number.to_bytes(8, "big")), count))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
