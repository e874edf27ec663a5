"""Sources of pictures: what a caller may pass, checked from the header bytes before anything is sent."""

from __future__ import annotations

import binascii
import os
import re
import stat
import sys
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeAlias, cast
from urllib.parse import quote, urlsplit

import anyio.to_thread
from attrs import field, frozen

from ocr_async.bodies import WHOLE_BYTES, Content, FileContent, MemoryContent, base64_length, body_around, digest
from ocr_async.errors import SourceError
from ocr_async.files import CACHED, DISK, Access, NotCachedError
from ocr_async.image_headers import Header, HeaderError, ReadAt, read_header
from ocr_async.readers import read

if TYPE_CHECKING:
    from PIL.Image import Image

    from ocr_async.model import Body

_SCHEMES = ("http://", "https://", "obs://")
_LONGEST_PATH = 4096
_JPEG_QUALITY = 95
_PNG_MODES = frozenset(("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"))
_JPEG_MODES = frozenset(("L", "RGB"))


class Limits(Protocol):
    """What a document type accepts; `documents.base.ImageLimits` is one."""

    @property
    def max_base64_bytes(self) -> int:
        """The most characters that the picture may have as base64."""
        ...

    @property
    def min_side(self) -> int:
        """The shortest side allowed, in pixels."""
        ...

    @property
    def max_side(self) -> int:
        """The longest side allowed, in pixels."""
        ...

    @property
    def formats(self) -> Sequence[str]:
        """Of "JPEG", "PNG", "BMP" and "TIFF", those accepted."""
        ...


def _percent_encoded(address: str) -> str:
    address = address.strip()
    if not address.lower().startswith(_SCHEMES):
        raise SourceError(f"<address of {len(address)} characters>", f"does not start with {' or '.join(_SCHEMES)}")
    if address.isascii() and " " not in address:
        return address
    split = urlsplit(address)
    host = split.netloc if split.netloc.isascii() else split.netloc.encode("idna").decode()
    return quote(split._replace(netloc=host).geturl(), safe="%/:=&?~#+!$,;'@()*[]")


@frozen
class Url:
    """A picture that the service itself downloads, from an http(s) address or from OBS.

    Characters outside ASCII are percent-encoded as UTF-8, as the service demands. The query is left out of the repr:
    it may hold the signature of a temporary address.
    """

    address: str = field(converter=_percent_encoded, repr=lambda address: repr(address.partition("?")[0]))

    @property
    def name(self) -> str:
        """The address without its query, to be shown."""
        return self.address.partition("?")[0]


Source: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | Url | BinaryIO | Image"
"""A picture: a path, its bytes, an http(s) or OBS address, a binary file object, or a Pillow image."""


@frozen
class Picture:
    """A picture that passed the checks; it is read again, or encoded, when its body is made."""

    name: str
    format: str
    width: int
    height: int
    content: Content = field(repr=False)

    @property
    def size(self) -> int:
        """The number of bytes before base64."""
        return self.content.size

    @property
    def memory(self) -> int:
        """About how many bytes it holds while it is sent: all of a picture in memory, the buffers of one in a file."""
        return self.content.size if isinstance(self.content, MemoryContent) else 2 * WHOLE_BYTES

    def body(self, prefix: bytes, suffix: bytes) -> bytes | Body:
        """Return prefix + base64 + suffix: bytes up to a few hundred KB, a stream above."""
        return body_around(self.content, prefix, suffix)

    async def digest(self) -> str:
        """Return the lower-case hex SHA-256 of the picture's bytes, which names it in a ledger."""
        return await digest(self.content)


async def open_source(source: Source, limits: Limits) -> Picture | Url:  # noqa: PLR0911  one for each kind of source
    """Return the picture ready to be sent, or the address that the service is to download.

    Raise SourceError when it cannot be read, is of another format, or breaks a limit. A str is an address when it
    starts with http://, https:// or obs://, the picture itself when it is a `data:` URL, and a path otherwise.
    """
    if isinstance(source, Url):
        return source
    if isinstance(source, str):
        if source[:8].lower().startswith(_SCHEMES):
            return Url(source)
        if source.startswith("data:"):
            return _from_bytes(*_decode_data_url(source, limits), limits)
    if isinstance(source, (str, os.PathLike)):
        return await _from_path(_path(os.fsdecode(source)), limits)
    if isinstance(source, (bytes, bytearray, memoryview)):
        content = bytes(source)
        return _from_bytes(f"<bytes, {len(content):,} B>", content, limits)
    if _is_pillow(source):
        return await anyio.to_thread.run_sync(_from_pillow, source, limits)
    if hasattr(source, "read"):
        return await anyio.to_thread.run_sync(_from_file, cast("BinaryIO", source), limits)
    raise SourceError(f"<{type(source).__name__}>", f"is no picture; {_ACCEPTED_SOURCES}")


_ACCEPTED_SOURCES = "pass a path, bytes, an http(s) or OBS address, a binary file object or a Pillow image"


def _path(text: str) -> str:
    if not text:
        raise SourceError("<empty path>", f"is no picture; {_ACCEPTED_SOURCES}")
    if len(text) > _LONGEST_PATH:  # most likely the base64 of a picture, which must not get into a message
        raise SourceError(
            f"<text of {len(text):,} characters>",
            "is too long for a path; put data:image/jpeg;base64, before base64 text, or pass the bytes that it stands for",
        )
    return text


async def _from_path(path: str, limits: Limits) -> Picture:
    try:
        return _read_path(path, limits, CACHED)
    except NotCachedError:
        return await read(_from_disk, path, limits)


def _from_disk(path: str, limits: Limits) -> Picture:
    try:
        return _read_path(path, limits, DISK)
    except FileNotFoundError:
        raise SourceError(path, "no such file") from None
    except SourceError:
        raise
    except (OSError, ValueError) as error:
        raise SourceError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _read_path(path: str, limits: Limits, access: Access) -> Picture:
    file = access.open(path)
    status = os.fstat(file.number)
    size = status.st_size
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(path, "is a directory; pass the pictures in it one by one, or to recognize_many")
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(path, "is not a regular file; open it and pass the file object")
    _check_size(path, size, limits)
    if size > WHOLE_BYTES:
        header = _checked_header(path, partial(access.read, file), limits)
        return _picture(path, header, FileContent(path, size, status.st_mtime_ns))
    content = access.read(file, 0, size)
    if len(content) != size:
        raise SourceError(path, f"changed from {size:,} B to {len(content):,} B while it was read")
    return _picture(path, _checked_header(path, _slices(content), limits), MemoryContent(content))


def _from_bytes(name: str, content: bytes, limits: Limits) -> Picture:
    _check_size(name, len(content), limits)
    return _picture(name, _checked_header(name, _slices(content), limits), MemoryContent(content))


def _slices(content: bytes | bytearray) -> ReadAt:
    return lambda offset, count: content[offset : offset + count]


def _picture(name: str, header: Header, content: Content) -> Picture:
    return Picture(name, header.format, header.width, header.height, content)


def _from_file(file: BinaryIO, limits: Limits) -> Picture:
    name = f"<file {getattr(file, 'name', type(file).__name__)}>"
    try:
        content = _read_bounded(name, file, limits.max_base64_bytes)
    except (OSError, ValueError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(name, f"cannot be read: {error}") from error
    return _from_bytes(name, content, limits)


def _read_bounded(name: str, file: BinaryIO, most: int) -> bytes:
    """Read to the end, or to one chunk beyond `most`, which is enough to know that it is too big."""
    parts: list[bytes] = []
    left = most
    while left > 0 and (part := file.read(min(left, 1024 * 1024))):
        if not isinstance(cast("object", part), bytes):
            raise SourceError(name, "gives text, not bytes; open it with mode 'rb'")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _is_pillow(source: object) -> bool:
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(source, module.Image)


def _from_pillow(image: Any, limits: Limits) -> Picture:
    name = f"<Pillow image {image.width} x {image.height}, mode {image.mode}>"
    _check_sides(name, image.width, image.height, limits)
    content = _encode(image if image.mode in _PNG_MODES else image.convert("RGB"), "PNG", compress_level=1)
    if base64_length(len(content)) > limits.max_base64_bytes:
        content = _encode(image if image.mode in _JPEG_MODES else image.convert("RGB"), "JPEG", quality=_JPEG_QUALITY)
    return _from_bytes(name, content, limits)


def _encode(image: Any, format_: str, **options: Any) -> bytes:
    target = BytesIO()
    image.save(target, format_, **options)
    return target.getvalue()


def _decode_data_url(text: str, limits: Limits) -> tuple[str, bytes]:
    head, comma, encoded = text.partition(",")
    name = f"<{head[:40]}, {len(encoded):,} characters>"
    if not comma or not re.fullmatch(r"data:[\w.+/;=-]*;base64", head, flags=re.IGNORECASE):
        raise SourceError("<data URL>", "is not of the form data:image/...;base64,...")
    if len(encoded) > 2 * limits.max_base64_bytes:
        _check_size(name, len(encoded) * 3 // 4, limits)
    try:
        return name, binascii.a2b_base64("".join(encoded.split()), strict_mode=True)
    except (binascii.Error, ValueError):
        raise SourceError(name, "holds characters that are not base64, or is cut short") from None


def _checked_header(name: str, read_at: ReadAt, limits: Limits) -> Header:
    try:
        header = read_header(read_at)
    except HeaderError as error:
        raise SourceError(name, f"{error}; accepted are {', '.join(limits.formats)}") from None
    if header.format not in limits.formats:
        raise SourceError(name, f"it is a {header.format}; accepted are {', '.join(limits.formats)}")
    _check_sides(name, header.width, header.height, limits)
    return header


def _check_sides(name: str, width: int, height: int, limits: Limits) -> None:
    size = f"{width} x {height} px"
    if min(width, height) < limits.min_side:
        raise SourceError(name, f"is {size}; each side must have at least {limits.min_side} px")
    if max(width, height) > limits.max_side:
        raise SourceError(name, f"is {size}; each side may have at most {limits.max_side} px: scale it down")


def _check_size(name: str, size: int, limits: Limits) -> None:
    if size == 0:
        raise SourceError(name, "is empty")
    if base64_length(size) > limits.max_base64_bytes:
        most = limits.max_base64_bytes // 4 * 3
        raise SourceError(
            name,
            f"has {size:,} B, which are {base64_length(size):,} B as base64; the limit is {limits.max_base64_bytes:,} B "
            f"as base64, a file of {most:,} B: save it smaller or as JPEG",
        )
