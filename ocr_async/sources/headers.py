"""Format and size of a picture from its header bytes, without decoding it, in bounded time whatever they are.

Sources: ITU-T T.81 annex B (JPEG markers), the PNG specification section 11.2.1, the BITMAPFILEHEADER family of BMP,
TIFF 6.0 section 2, ISO 32000-1 section 7.5.2 (PDF), GB/T 33190-2016 (OFD: a ZIP archive with an OFD.xml).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Container
from typing import TypeAlias

from attrs import frozen

from ocr_async.sources.rare_formats import RARE_MEASURES, rare_format_of

ReadAt: TypeAlias = "Callable[[int, int], bytes | bytearray]"
"""`read_at(offset, count)` returns the bytes there, fewer at the end."""

_START_BYTES = 1024  # a PDF may begin with so much else
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = frozenset((0x01, *range(0xD0, 0xD9)))
_SCAN_OR_END = frozenset((0xD9, 0xDA))
_MOST_SEGMENTS = 4096
_FILL = b"\xff" * 65536
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_VALUES = {3: "H", 4: "I"}
_MOST_TIFF_ENTRIES = 1024
_ZIP_END = b"PK\x05\x06"
_LONGEST_ZIP_END = 65557
_MOST_ZIP_NAMES = 512 * 1024

_OTHERS = (
    (b"GIF8", "a GIF"),
    (b"PK\x03\x04", "a ZIP archive (Office or similar)"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL"),
    (b"8BPS", "a Photoshop file"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"II+\x00", "a BigTIFF"),
    (b"MM\x00+", "a BigTIFF"),
    (b"\x1f\x8b", "gzip data"),
    (b"/9j/", "base64, to be decoded first"),
    (b"iVBORw0KGgo", "base64, to be decoded first"),
    (b"data:", "a data URL, to be passed as text"),
)
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "a HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "an AVIF"),
}


@frozen
class Header:
    """What the header of a picture says; sides in pixels, None for a PDF or OFD document."""

    format: str
    width: int | None = None
    height: int | None = None

    @property
    def described(self) -> str:
        """The format with its article, for a message."""
        return f"{'an' if self.format == 'OFD' else 'a'} {self.format}"


class HeaderError(Exception):
    """The text says what the content is, or what is wrong with its header."""


def read_header(read_at: ReadAt, size: int, rare: Container[str] = ()) -> Header:
    """Return format and sides of a JPEG, PNG, BMP or TIFF of `size` bytes, or the format of a PDF or OFD document.

    `rare` are the names of other formats that are taken. Raise HeaderError for anything else.
    """
    start = read_at(0, _START_BYTES)
    format_ = _format_of(start, read_at, size, rare)
    if format_ is None:
        raise HeaderError(f"it is {_describe(start)}")
    measure = _MEASURES.get(format_)
    if measure is None:
        return Header(format_)
    try:
        return Header(format_, *measure(start, read_at))
    except (struct.error, IndexError, ValueError):
        raise HeaderError(f"it starts as a {format_} but its header is cut short") from None


def format_of(read_at: ReadAt, size: int, rare: Container[str] = ()) -> str | None:
    """Return the format that content of `size` bytes begins as, None when it is none of those; it may be damaged."""
    return _format_of(read_at(0, _START_BYTES), read_at, size, rare)


def _format_of(start: bytes | bytearray, read_at: ReadAt, size: int, rare: Container[str]) -> str | None:
    for format_, magic in _MAGIC:
        if start.startswith(magic):
            return format_
    if start.startswith(b"PK\x03\x04") and _has_ofd_xml(read_at, size):
        return "OFD"
    other = rare_format_of(start)
    if other is not None and other in rare:
        return other
    return "PDF" if b"%PDF-" in start else None


_MAGIC = (
    ("JPEG", b"\xff\xd8\xff"),
    ("PNG", b"\x89PNG\r\n\x1a\n"),
    ("TIFF", b"II*\x00"),
    ("TIFF", b"MM\x00*"),
    ("BMP", b"BM"),
)


def _has_ofd_xml(read_at: ReadAt, size: int) -> bool:
    """Look for OFD.xml among the names at the end of a ZIP archive."""
    end = read_at(max(0, size - _LONGEST_ZIP_END), _LONGEST_ZIP_END)
    at = end.rfind(_ZIP_END)
    if at < 0 or len(end) < at + 22:
        return False
    names_bytes, names_at = struct.unpack("<II", end[at + 12 : at + 20])
    return b"OFD.xml" in read_at(names_at, min(names_bytes, _MOST_ZIP_NAMES))


def _jpeg(_: bytes | bytearray, read_at: ReadAt) -> tuple[int, int]:
    offset = 2
    for _segment in range(_MOST_SEGMENTS):
        segment = read_at(offset, 9)
        if segment[:2] == _FILL[:2]:
            offset = _after_fill(read_at, offset)
            segment = read_at(offset, 9)
        if segment[0] != 0xFF:
            raise HeaderError("it starts as a JPEG but its header is damaged")
        marker = segment[1]
        if marker in _BARE_MARKERS:
            offset += 2
        elif marker in _FRAME_MARKERS:
            height, width = struct.unpack(">HH", segment[5:9])
            return width, height
        elif marker in _SCAN_OR_END:
            raise HeaderError("it starts as a JPEG but holds no frame header")
        else:
            offset += 2 + struct.unpack(">H", segment[2:4])[0]
    raise HeaderError(f"it starts as a JPEG but holds no frame header in its first {_MOST_SEGMENTS} segments")


def _after_fill(read_at: ReadAt, offset: int) -> int:
    """Return where the last of the 0xFF bytes from this offset is: any number of them may stand before a marker."""
    while (block := read_at(offset, len(_FILL))) == _FILL:
        offset += len(_FILL)
    return offset + len(block) - len(block.lstrip(b"\xff")) - 1


def _png(start: bytes | bytearray, _: ReadAt) -> tuple[int, int]:
    if start[12:16] != b"IHDR" and len(start) >= 16:
        raise HeaderError("it starts as a PNG but its header is damaged")
    width, height = struct.unpack(">II", start[16:24])
    return width, height


def _bmp(start: bytes | bytearray, _: ReadAt) -> tuple[int, int]:
    (header_bytes,) = struct.unpack("<I", start[14:18])
    if header_bytes == 12:
        width, height = struct.unpack("<HH", start[18:22])
    elif 16 <= header_bytes <= 256:
        width, height = struct.unpack("<ii", start[18:26])
    else:
        raise HeaderError("it starts as a BMP but its header is damaged")
    return width, abs(height)  # a negative height means that the rows run from top to bottom


def _tiff(start: bytes | bytearray, read_at: ReadAt) -> tuple[int, int]:
    order = "<" if start[:2] == b"II" else ">"
    (offset,) = struct.unpack(f"{order}I", start[4:8])
    count = min(struct.unpack(f"{order}H", read_at(offset, 2))[0], _MOST_TIFF_ENTRIES)
    directory = read_at(offset + 2, 12 * count)
    sides: dict[int, int] = {}
    for entry in range(0, 12 * count, 12):
        tag, kind = struct.unpack(f"{order}HH", directory[entry : entry + 4])
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT) and kind in _TIFF_VALUES:
            (sides[tag],) = struct.unpack_from(f"{order}{_TIFF_VALUES[kind]}", directory, entry + 8)
    if len(sides) < 2:
        raise HeaderError("it starts as a TIFF but its first page has no size")
    return sides[_TIFF_WIDTH], sides[_TIFF_HEIGHT]


_MEASURES = {"JPEG": _jpeg, "PNG": _png, "TIFF": _tiff, "BMP": _bmp, **RARE_MEASURES}


def _describe(start: bytes | bytearray) -> str:
    for magic, name in _OTHERS:
        if start.startswith(magic):
            return name
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "a WebP"
    if start[4:8] == b"ftyp":
        return _BRANDS.get(bytes(start[8:12]), "a video or other ISO media file")
    return "text" if _is_text(start[:64]) else "of no known picture format"


def _is_text(start: bytes | bytearray) -> bool:
    text = start.decode("utf-8", errors="replace").rstrip("\ufffd")
    return bool(text) and all(character.isprintable() or character in "\r\n\t\ufeff" for character in text)
