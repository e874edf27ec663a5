"""What goes into a run: items, unpacked into source, document type and key, numbered and taken one at a time."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Any, TypeAlias, cast

import anyio
from attrs import field, frozen

from ocr_async.errors import SourceError
from ocr_async.fields import DocumentType, Result, instance
from ocr_async.loops import Signal, is_cancelled
from ocr_async.retry import BeforeSend
from ocr_async.sources import Source, Stored, Url
from ocr_async.sources.names import is_address, is_base64, is_data_url, public_part


@frozen
class Item:
    """A picture of a run, with its own document type and a key that names it in the outcomes.

    The source is `None` for a type whose options are all that is sent, such as `InvoiceVerification`.
    """

    source: Source | None = field(repr=False)
    type: DocumentType[Result] | type[DocumentType[Result]] | None = None
    key: str | None = None
    before_send: BeforeSend | None = field(default=None, repr=False, eq=False)
    """Awaited before each send of it, repeats included; an `OcrError` that it raises is its failure, and nothing is sent."""


ItemLike: TypeAlias = "Item | Source | tuple[DocumentType[Result] | type[DocumentType[Result]], Source]"
"""What a run takes: a picture, a picture with its document type, or an item with a key."""

Items: TypeAlias = "Iterable[ItemLike] | AsyncIterable[ItemLike]"
"""Where the pictures of a run come from."""


class Intake:
    """The items, numbered, handed out one at a time from a sync or async iterable."""

    def __init__(self, items: Items) -> None:
        self.index = 0
        self.error: Exception | None = None
        self._ended = False
        self._sync: Iterator[Any] | None = None
        self._async: AsyncIterator[Any] | None = None
        if isinstance(items, str | bytes | bytearray | memoryview | os.PathLike) or hasattr(items, "read"):
            raise TypeError("items is one picture or file; pass a list of pictures, or call recognize")
        if isinstance(items, AsyncIterable):
            self._async = aiter(items)
        else:
            self._sync = iter(items)
        self._turn: anyio.Lock | None = None
        self._asked, self._answered = Signal(), Signal()
        self._is_asked = False
        self._given: list[Any] = []

    @property
    def is_sync(self) -> bool:
        """Whether items come without waiting."""
        return self._sync is not None

    def take(self) -> tuple[int, Any] | None:
        """Return the next item of a sync iterable with its number, None when there is none left."""
        if self._ended or self._sync is None:
            return None
        try:
            item = next(self._sync)
        except StopIteration:
            self._ended = True
            return None
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  raised to the consumer when what was started has ended
            self._ended, self.error = True, _own(error)
            return None
        self.index += 1
        return self.index - 1, item

    async def take_async(self, room: Callable[[], Awaitable[None]]) -> tuple[int, Any] | None:
        """Return the next item of an async iterable with its number, None when there is none left.

        Nothing is asked for before there is `room`.
        """
        self._turn = self._turn or anyio.Lock()
        async with self._turn:
            await room()
            self._is_asked = True
            self._asked.notify()
            while not self._given and not self._ended:
                await self._answered.wait()
            if not self._given:
                return None
            self.index += 1
            return self.index - 1, self._given.pop()

    async def feed(self) -> None:
        """Run the async iterable, in one task from its first step to its end, as generators with timeouts need."""
        items = cast("AsyncIterator[Any]", self._async)
        try:
            while True:
                while not self._is_asked:
                    await self._asked.wait()
                self._given.append(await anext(items))
                self._is_asked = False
                self._answered.notify()
        except StopAsyncIteration:
            pass
        except (
            Exception,
            anyio.get_cancelled_exc_class(),
        ) as error:  # raised to the consumer when what was started has ended
            if not isinstance(error, Exception) and is_cancelled():
                raise
            self.error = _own(error)
        finally:
            self._ended = True
            self._answered.notify()
            await self._close(items)

    async def _close(self, items: Any) -> None:
        close = getattr(items, "aclose", None)
        if close is not None:
            with anyio.CancelScope(shield=True):
                await close()


def _own(error: BaseException) -> Exception:
    """Return what an iterable raised as an error that ends nobody's task."""
    if isinstance(error, Exception):
        return error
    failure = RuntimeError(f"the items raised {type(error).__name__}")
    failure.__cause__ = error
    return failure


def unpack(item: Any, default: Any, index: int) -> tuple[Any, Any, str]:
    """Return the source, the given document type and the key of an item."""
    key: str | None = None
    kind: Any = default
    source: Any = item
    if isinstance(item, Item):
        kind, key, source = item.type or default, item.key, item.source
    elif isinstance(item, tuple):
        pair = cast("tuple[object, ...]", item)
        if len(pair) == 2 and _is_type(pair[0]):
            kind, source = pair
    return source, kind, key if key is not None else _name(source, index)


def document_type_of(given: Any, key: str) -> DocumentType[Any]:
    """Return the document type that was given for an item; raise SourceError when it is none."""
    if given is None:
        raise SourceError(key, "has no document type; give the run one, or pass Item(source, type=...)")
    try:
        return instance(given)
    except TypeError as error:
        raise SourceError(key, f"cannot be read as anything: {error}") from None


def _is_type(value: object) -> bool:
    return isinstance(value, DocumentType) or (isinstance(value, type) and issubclass(value, DocumentType))


def _name(source: Any, index: int) -> str:
    if isinstance(source, (Url, Stored)):
        return public_part(source.address)
    if not isinstance(source, (str, os.PathLike)):
        return str(index)
    text = source if isinstance(source, str) else os.fsdecode(source)  # pyright: ignore[reportUnknownArgumentType]
    if is_address(text):
        return public_part(text.strip())
    return str(index) if is_data_url(text) or is_base64(text) else text
