"""What the items of a run hold in memory: estimated until they are opened, known then, and kept by an outcome."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any, cast

from attrs import define, field, frozen

from ocr_async.fields import ImageLimits
from ocr_async.loops import Signal, now
from ocr_async.sources import Picture, Stored, Url
from ocr_async.sources.deferred import Deferred
from ocr_async.sources.file_object import open_file_object
from ocr_async.sources.picture import WHOLE_BYTES
from ocr_async.sources.pillow import is_pillow

UNOPENED_PATH_BYTES = 512 * 1024
"""What a picture in a file is taken to hold until it is opened."""

UNOPENED_BYTES = 8 * 1024 * 1024
"""What a file object or an image is taken to hold until it is opened: about the most that the service takes."""


SILENT_SECONDS = 0.5
"""After so long without a byte a file object is taken to hold little: those that hang must not keep the others out."""


@define(eq=False)
class Memory:
    """The bytes that a run holds, bounded: nothing is taken while `most` are held."""

    most: int
    held: int = 0
    room: Signal = field(factory=Signal)
    _kept: dict[int, int] = field(factory=dict[int, int])
    _silent: dict[Holding, float] = field(factory=dict["Holding", float])
    """What has not given a byte, since when."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be taken."""
        return self.held >= self.most

    def add(self, size: int) -> None:
        """Count bytes that are held, or with a negative size let go of."""
        self.held += size
        if size < 0 and self.held < self.most:
            self.room.notify()

    def listen(self, holding: Holding) -> None:
        """Expect that what an item holds is read soon."""
        self._silent[holding] = now()

    def heard(self, holding: Holding) -> None:
        """Learn, maybe in a thread, that it is being read."""
        self._silent.pop(holding, None)

    def look(self) -> None:
        """Count little for what has been silent for long."""
        for holding, since in list(self._silent.items()):
            if now() - since >= SILENT_SECONDS:
                self.heard(holding)
                holding.expect(UNOPENED_PATH_BYTES)

    def keep(self, index: int, size: int) -> None:
        """Note what the outcome of an item goes on holding until it is taken."""
        if size:
            self._kept[index] = size

    def taken(self, index: int) -> None:
        """Count an outcome as the consumer's."""
        if self._kept:
            self.add(-self._kept.pop(index, 0))


class Holding:
    """What one item holds; `to_read` is its source, which tells this when it is read."""

    __slots__ = ("_memory", "_shared", "_size", "_source", "to_read")

    def __init__(self, memory: Memory, source: object) -> None:
        self._memory = memory
        self.to_read: Any = source
        if type(source) is str and len(source) <= WHOLE_BYTES:  # most are paths
            self._source, self._shared, self._size = 0, 0, UNOPENED_PATH_BYTES
        else:
            self._source = resident(source)
            self._shared = self._source if type(source) is bytes else 0  # the picture is the same object
            self._size = self._source + _unopened(source, self._source) - self._shared
            if _is_read(source):
                self.to_read = _FileObject(source, partial(memory.heard, self))
                memory.listen(self)
        memory.held += self._size

    def opened(self, opened: Picture | Url) -> None:
        """Count what the source turned out to hold."""
        size = self._source + (0 if isinstance(opened, Url) else opened.memory - self._shared)
        self.expect(size)

    def expect(self, size: int) -> None:
        """Count so many bytes from now on."""
        self._memory.add(size - self._size)
        self._size = size

    def end(self, index: int) -> None:
        """Count only what the outcome holds from now on."""
        self._memory.heard(self)
        self._memory.keep(index, self._source)
        self._memory.add(self._source - self._size)


@frozen
class _FileObject(Deferred):
    file: Any
    on_part: Callable[[], None]

    async def picture(self, limits: ImageLimits) -> Picture:
        return await open_file_object(self.file, limits, self.on_part)


def resident(source: Any) -> int:
    """Return about how many bytes of memory a source itself holds."""
    if isinstance(source, bytes | bytearray):
        return len(source)
    if isinstance(source, str):
        return len(source) if len(source) > WHOLE_BYTES else 0
    if isinstance(source, (os.PathLike, Url)):
        return 0
    if isinstance(source, memoryview):
        return cast("memoryview[int]", source).nbytes
    if isinstance(source, BytesIO):
        return 0 if source.closed else source.getbuffer().nbytes
    return int(source.width * source.height * len(source.getbands())) if is_pillow(source) else 0


def _unopened(source: object, resident: int) -> int:
    if isinstance(source, bytes | bytearray | memoryview):
        return resident + min(2 * resident, 2 * WHOLE_BYTES)
    if isinstance(source, (str, os.PathLike, Stored, Deferred)):
        return UNOPENED_PATH_BYTES
    return UNOPENED_BYTES if hasattr(source, "read") else 0  # of a BytesIO too: its content is copied


def _is_read(source: object) -> bool:
    """Whether it is a file object whose content is not in memory yet."""
    return hasattr(source, "read") and not isinstance(source, (os.PathLike, Stored, Deferred, BytesIO))
