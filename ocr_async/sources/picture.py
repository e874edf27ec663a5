"""A picture that can be sent: its name, format and bytes, checked against what its document type takes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from attrs import field, frozen

from ocr_async.errors import SourceError
from ocr_async.sources.content import Content, MemoryContent, base64_length
from ocr_async.sources.headers import Header, HeaderError, ReadAt, read_header
from ocr_async.sources.turns import turn

if TYPE_CHECKING:
    from ocr_async.fields import ImageLimits
    from ocr_async.sources.bodies import Body

WHOLE_BYTES = 384 * 1024
"""A picture up to this size is read at once and sent as one bytes object."""


@frozen
class Picture:
    """A picture that passed the checks; it is read again, or encoded, when its body is made.

    `width` and `height` are in pixels, None for a PDF or OFD document.
    """

    name: str
    format: str
    width: int | None
    height: int | None
    content: Content = field(repr=False)

    @property
    def size(self) -> int:
        """The number of bytes before base64."""
        return self.content.size

    @property
    def memory(self) -> int:
        """About how many bytes it holds while it is sent: what is in memory, and the body or its buffers."""
        if not isinstance(self.content, MemoryContent):
            return 2 * WHOLE_BYTES
        size = len(self.content.content)
        return size + min(base64_length(size), 2 * WHOLE_BYTES)

    async def body(self, prefix: bytes, suffix: bytes) -> bytes | Body:
        """Return prefix + base64 + suffix: bytes up to a few hundred KB, made in turns, a stream above."""
        _keep_freed_memory()
        if isinstance(self.content, MemoryContent) and self.size <= WHOLE_BYTES:
            import pybase64  # noqa: PLC0415  not needed to import the package

            await turn(self.size)
            return b"".join((prefix, pybase64.b64encode(self.content.content), suffix))
        from ocr_async.sources.bodies import Body  # noqa: PLC0415  httpx is loaded with the first request

        return Body(prefix, self.content, suffix)


def in_memory(name: str, content: bytes | bytearray, limits: ImageLimits) -> Picture:
    """Return the picture that these bytes are; raise SourceError when it breaks a limit."""
    check_size(name, len(content), limits)
    return checked(name, lambda at, count: content[at : at + count], MemoryContent(content), limits)


def checked(name: str, read_at: ReadAt, content: Content, limits: ImageLimits) -> Picture:
    """Return the picture of this content, once its header was read and found to be within the limits."""
    accepted = ", ".join(limits.formats)
    try:
        header = read_header(read_at, content.size, limits.formats)
    except HeaderError as error:
        raise SourceError(name, f"{error}; accepted are {accepted}") from None
    if header.format not in limits.formats:
        raise SourceError(name, f"it is {header.described}; accepted are {accepted}")
    check_sides(name, header, limits)
    return Picture(name, header.format, header.width, header.height, content)


def check_sides(name: str, header: Header, limits: ImageLimits) -> None:
    """Raise SourceError when a side is out of range."""
    if header.width is None or header.height is None:
        return
    if limits.min_side <= header.width <= limits.max_side and limits.min_side <= header.height <= limits.max_side:
        return
    size = f"{header.width} x {header.height} px"
    if min(header.width, header.height) < limits.min_side:
        raise SourceError(name, f"is {size}; each side must have at least {limits.min_side} px")
    raise SourceError(name, f"is {size}; each side may have at most {limits.max_side} px: scale it down")


def check_size(name: str, size: int, limits: ImageLimits) -> None:
    """Raise SourceError when there is nothing, or more than the limit."""
    if size == 0:
        raise SourceError(name, "is empty")
    if base64_length(size) > limits.max_base64_bytes:
        most = limits.max_base64_bytes // 4 * 3
        raise SourceError(
            name,
            f"has {size:,} B, which are {base64_length(size):,} B as base64; the limit is {limits.max_base64_bytes:,} B "
            f"as base64, a file of {most:,} B: save it smaller or as JPEG",
        )


@cache
def _keep_freed_memory() -> None:
    """Let the allocator keep what a body frees for the next one, up to some MiB.

    glibc gives blocks above 128 KiB back to the system at once, so each chunk would be paged in anew, a fifth of the
    time of a picture of 2 MB. Freeing a larger block, which is never touched, raises that limit.
    """
    bytes(2 * 1024 * 1024)
