"""Pictures in binary file objects, sync or async, read from where they stand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable, iscoroutinefunction
from io import BytesIO, IOBase
from typing import TYPE_CHECKING, Any, Protocol, cast

from anyio import get_cancelled_exc_class
from anyio.lowlevel import checkpoint

from ocr_async.errors import SourceError
from ocr_async.loops import is_cancelled
from ocr_async.sources.names import shown
from ocr_async.sources.picture import Picture, in_memory
from ocr_async.sources.refusals import explained, refusal
from ocr_async.sources.threads import in_thread

if TYPE_CHECKING:
    from ocr_async.fields import ImageLimits

_FIRST, _AT_A_TIME = 64 * 1024, 1024 * 1024
"""Bytes asked for: few at first, so that a slow source is soon known from one that hangs."""


class Readable(Protocol):
    """A binary file object, such as `open(path, "rb")`, or an async one, such as an upload of a web framework."""

    def read(self, size: int, /) -> bytes | Awaitable[bytes]:
        """Return at most `size` bytes, none at the end."""
        ...


async def open_file_object(file: Any, limits: ImageLimits, on_part: Callable[[], None] = lambda: None) -> Picture:
    """Return the picture in the rest of a file object; a sync one is read in a thread, unless it is in memory.

    `on_part` is called whenever something was read, maybe in that thread.

    Raise SourceError when it cannot be read, gives something else than bytes, or holds no picture within the limits.
    """
    reading = _Reading(_name(file), limits.max_base64_bytes, on_part)
    if iscoroutinefunction(file.read):
        unread = [file.read(reading.wanted)]
    else:
        unread = reading.run(file) if type(file) is BytesIO else await in_thread(reading.run, file)
    if unread:
        await _await(reading, file, unread[0])
    if not reading.content:
        raise SourceError(reading.name, "is empty, or was read to its end before: seek to its start")
    return in_memory(reading.name, reading.content, limits)


class _Reading:
    """What was read so far: to the end, or to what is enough to know that it is too big."""

    def __init__(self, name: str, most: int, on_part: Callable[[], None]) -> None:
        self.name = name
        self._on_part = on_part
        self.content = bytearray()
        self._most = most

    @property
    def wanted(self) -> int:
        return min(self._most - len(self.content), _AT_A_TIME if self.content else _FIRST)

    def run(self, file: Any) -> list[Awaitable[object]]:
        """Read all; return what is to be awaited, in a list as trio takes no bare one, of what turns out to be an async file object."""
        with explained(self.name):
            while True:
                part = file.read(self.wanted)
                if isawaitable(part):
                    return [part]
                if not self.take(part):
                    return []

    def take(self, part: object) -> bool:
        """Keep what was read, and tell whether to read on."""
        if isinstance(part, str):
            raise SourceError(self.name, "gives text, not bytes; open it with mode 'rb'")
        if part is None:
            raise SourceError(self.name, "has no bytes yet: it does not block; read it yourself and pass the bytes")
        self._on_part()
        before = len(self.content)
        try:
            self.content += memoryview(cast("bytes", part))  # whatever has a buffer will do
        except TypeError:
            raise SourceError(self.name, f"gives {type(part).__name__}, not bytes") from None
        return before < len(self.content) < self._most


async def _await(reading: _Reading, file: Any, part: Awaitable[object]) -> None:
    passing = (KeyboardInterrupt, SystemExit, GeneratorExit, SourceError)
    try:
        while reading.take(await part):
            await checkpoint()  # it may have all in memory, and never let anybody else run
            part = file.read(reading.wanted)
    except passing:
        raise
    except BaseException as error:
        if isinstance(error, get_cancelled_exc_class()) and is_cancelled():
            raise
        raise refusal(reading.name, error) from error


def _name(file: Any) -> str:
    # what a web framework hands over has the name of its form field as `name`; a packed file warns of its `filename`
    for attribute in ("name",) if isinstance(file, IOBase) else ("filename", "name"):
        name = getattr(file, attribute, None)
        if isinstance(name, str) and name:
            return f"<file {shown(name)}>"
    return f"<file object of {type(file).__name__}>"
