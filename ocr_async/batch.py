"""Many calls: workers over one iterator, bounded in calls and bytes, whose outcomes come as they finish.

A worker costs about a microsecond an item where a task an item costs fifty, and a million items cost no memory.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from copy import copy
from heapq import heappop, heappush
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar, cast

import anyio
from anyio.lowlevel import checkpoint
from attrs import field, frozen

from ocr_async.calls import Call
from ocr_async.documents.base import DocumentType, Result
from ocr_async.errors import ApiError, AuthError, OcrError, SourceError
from ocr_async.images import Picture, Source, Url
from ocr_async.retry import Tally

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from ocr_async.endpoints import EndpointStats
    from ocr_async.session import SessionStats

R = TypeVar("R", bound=Result, covariant=True)

WORKERS = 256
"""Items at work at once by default; how many of them are in flight is up to the gates."""

UNOPENED_BYTES = 384 * 1024
"""What an item is taken to hold until its source is opened, and what a streamed one holds while it is sent."""


@frozen
class Item:
    """A picture of a run, with its own document type and a key that names it in the outcomes."""

    source: Source = field(repr=False)
    type: DocumentType[Any] | type[DocumentType[Any]] | None = None
    key: str | None = None


@frozen
class Done(Generic[R]):
    """An item that was recognized. `seconds` covers its whole call, waiting included."""

    key: str
    index: int
    source: object = field(repr=False)
    result: R = field(repr=False)
    attempts: int = 1
    seconds: float = 0.0
    endpoint: str = ""


@frozen
class Failed:
    """An item that was not recognized. `attempts` is 0 when nothing was sent for it."""

    key: str
    index: int
    source: object = field(repr=False)
    error: OcrError
    attempts: int = 0
    seconds: float = 0.0
    endpoint: str | None = None

    @property
    def sent(self) -> bool:
        """Whether anything was sent for this item."""
        return self.attempts > 0


Outcome: TypeAlias = "Done[R] | Failed"


@frozen
class BatchStats:
    """What a run has come to: counts of items, `failed` by error code, `rate` in items a second over the last seconds."""

    done: int
    failed: Mapping[str, int]
    refused: int
    retried: int
    in_flight: int
    rate: float
    seconds: float
    endpoints: tuple[EndpointStats, ...]


class Batch(Generic[R]):
    """A run over many pictures: an async context manager, and inside it an async iterator of `Done` and `Failed`.

    Leaving the block, by whatever way, ends what is still at work.
    """

    def __init__(  # noqa: PLR0913  the settings of a run
        self,
        recognize: Callable[[Call], Awaitable[Result]],
        session_stats: Callable[[], SessionStats],
        document_type: DocumentType[R] | type[DocumentType[R]] | None,
        items: Iterable[Any] | AsyncIterable[Any],
        *,
        concurrency: int | None,
        ordered: bool,
        timeout: float,
        max_bytes: int,
    ) -> None:
        if concurrency is not None and concurrency < 1:
            raise ValueError(f"concurrency={concurrency} is not at least 1")
        if max_bytes < 1:
            raise ValueError(f"max_bytes={max_bytes} is not at least 1")
        self._recognize = recognize
        self._session_stats = session_stats
        self._default = document_type
        self._intake = _Intake(items)
        self._most_workers = concurrency or WORKERS
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._outbox: _Outbox[R] = _Outbox(2 * self._most_workers, ordered=ordered)
        self._tasks: TaskGroup | None = None
        self._workers = 0
        self._held = 0
        self._room = _Signal()
        self._stop: AuthError | None = None
        self._progress = _Progress()

    async def __aenter__(self) -> Self:
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._progress.begin(anyio.current_time())
        self._add_worker()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = cast("TaskGroup", self._tasks)
        tasks.cancel_scope.cancel()
        if isinstance(error, Exception):
            # the consumer's own error must come out as it is, not inside the task group's exception group
            await tasks.__aexit__(None, None, None)
        else:
            await tasks.__aexit__(kind, error, trace)
        await self._intake.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Done[R] | Failed:
        if self._tasks is None:
            raise RuntimeError("Use the run as a context manager: `async with session.recognize_many(...) as run:`")
        outcome = await self._outbox.take()
        if outcome is None:
            if self._intake.error is not None:
                raise self._intake.error
            raise StopAsyncIteration
        return outcome

    async def results(self) -> list[R]:
        """Run to the end and return the results in input order.

        Raises an ExceptionGroup of the errors when any item failed; what was finished is lost then: iterate to keep it.
        """
        outcomes = sorted([outcome async for outcome in self], key=lambda outcome: outcome.index)
        errors = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
        if errors:
            raise ExceptionGroup(f"{len(errors)} of {len(outcomes)} items failed", errors)
        return [outcome.result for outcome in outcomes if isinstance(outcome, Done)]

    @property
    def stats(self) -> BatchStats:
        """What the run has come to, at any time."""
        progress = self._progress
        now = anyio.current_time()
        return BatchStats(
            done=progress.done,
            failed=dict(progress.failed),
            refused=progress.refused,
            retried=progress.retried,
            in_flight=progress.at_work,
            rate=progress.rate(now),
            seconds=now - progress.began,
            endpoints=self._session_stats().endpoints,
        )

    def _add_worker(self) -> None:
        self._workers += 1
        cast("TaskGroup", self._tasks).start_soon(self._work)

    async def _work(self) -> None:
        try:
            while True:
                await self._wait_for_room()
                entry = await self._intake.next()
                if entry is None:
                    return
                if self._workers < self._most_workers:
                    self._add_worker()
                await self._outbox.put(await self._process(*entry))
        finally:
            self._workers -= 1
            if not self._workers:
                self._outbox.end()

    async def _wait_for_room(self) -> None:
        while self._held >= self._max_bytes or not self._outbox.accepts(self._intake.index):
            await (self._room if self._held >= self._max_bytes else self._outbox.space).wait()

    async def _process(self, index: int, item: Any) -> Done[R] | Failed:
        source, kind, key = _unpack(item, self._default, index)
        started = anyio.current_time()
        if kind is None or self._stop is not None:
            await checkpoint()
            return self._not_sent(key, index, source, kind)
        tally = Tally(deadline=started + self._timeout)
        hold = _Hold(self, source)
        self._progress.at_work += 1
        try:
            call = Call(kind, source, tally, started, on_open=hold.opened)
            result = cast("R", await self._recognize(call))
        except Exception as failure:  # noqa: BLE001  an item never stops the run
            error = failure if isinstance(failure, OcrError) else _unexpected(failure, key)
            if isinstance(error, AuthError):
                self._stop = error
            self._progress.count(tally, anyio.current_time(), error)
            return Failed(key, index, source, error, tally.sends, anyio.current_time() - started, error.endpoint)
        finally:
            self._progress.at_work -= 1
            hold.release()
        self._progress.count(tally, anyio.current_time(), None)
        endpoint = result.meta.endpoint if result.meta else ""
        return Done(key, index, source, result, tally.sends, anyio.current_time() - started, endpoint)

    def _not_sent(self, key: str, index: int, source: object, kind: DocumentType[Any] | None) -> Failed:
        error: OcrError
        if kind is None:
            error = SourceError(key, "has no document type; give the run one, or pass Item(source, type=...)")
        else:
            error = copy(cast("AuthError", self._stop))
            error.attempts, error.source = 0, key
        self._progress.count(Tally(deadline=0.0), anyio.current_time(), error)
        return Failed(key, index, source, error)

    def _add_held(self, size: int) -> None:
        self._held += size
        if size < 0 and self._held < self._max_bytes:
            self._room.notify()


class _Hold:
    """What one item holds of the run's memory: an estimate until its source is opened, then what it is."""

    __slots__ = ("_batch", "_size")

    def __init__(self, batch: Batch[Any], source: object) -> None:
        self._batch = batch
        self._size = len(source) if isinstance(source, bytes | bytearray) else UNOPENED_BYTES
        batch._add_held(self._size)

    def opened(self, opened: Picture | Url) -> None:
        size = 0 if isinstance(opened, Url) else opened.memory
        self._batch._add_held(size - self._size)
        self._size = size

    def release(self) -> None:
        self._batch._add_held(-self._size)


class _Signal:
    """Wakes everyone who waits; costs nothing while nobody does."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

    async def wait(self) -> None:
        if self._event is None:
            self._event = anyio.Event()
        await self._event.wait()

    def notify(self) -> None:
        if self._event is not None:
            self._event.set()
            self._event = None


class _Intake:
    """The items, numbered, handed out one at a time from a sync or async iterable."""

    def __init__(self, items: Iterable[Any] | AsyncIterable[Any]) -> None:
        self.index = 0
        self.error: Exception | None = None
        self._ended = False
        self._sync: Iterator[Any] | None = None
        self._async: AsyncIterator[Any] | None = None
        if isinstance(items, AsyncIterable):
            self._async = aiter(items)
        elif isinstance(items, str | bytes | os.PathLike):
            raise TypeError("items is one picture; pass a list of pictures, or call recognize")
        else:
            self._sync = iter(items)
        self._turn: anyio.Lock | None = None

    async def next(self) -> tuple[int, Any] | None:
        """Return the next item with its number, None when there is none left."""
        if self._sync is not None:
            return self._numbered(lambda: next(cast("Iterator[Any]", self._sync)))
        if self._turn is None:
            self._turn = anyio.Lock()
        async with self._turn:
            if self._ended:
                return None
            try:
                item = await anext(cast("AsyncIterator[Any]", self._async))
            except StopAsyncIteration:
                self._ended = True
                return None
            except Exception as error:  # noqa: BLE001  raised to the consumer when what was started has ended
                self._ended, self.error = True, error
                return None
            return self._numbered(lambda: item)

    def _numbered(self, take: Callable[[], Any]) -> tuple[int, Any] | None:
        if self._ended:
            return None
        try:
            item = take()
        except StopIteration:
            self._ended = True
            return None
        except Exception as error:  # noqa: BLE001  raised to the consumer when what was started has ended
            self._ended, self.error = True, error
            return None
        index, self.index = self.index, self.index + 1
        return index, item

    async def aclose(self) -> None:
        """Close a generator that was not run to its end."""
        close = getattr(self._async, "aclose", None)
        if close is not None:
            with anyio.CancelScope(shield=True):
                await close()


class _Outbox(Generic[R]):
    """Outcomes on their way to the consumer, bounded; in input order when asked, through a bounded window."""

    def __init__(self, most: int, *, ordered: bool) -> None:
        self._most = most
        self._ordered = ordered
        self._ready: deque[Done[R] | Failed] = deque()
        self._early: list[tuple[int, Done[R] | Failed]] = []
        self._next = 0
        self._ended = False
        self._arrival = _Signal()
        self.space = _Signal()

    def accepts(self, index: int) -> bool:
        """Tell whether an item of this number may be started."""
        return not self._ordered or index < self._next + self._most

    async def put(self, outcome: Done[R] | Failed) -> None:
        """Hand over an outcome; wait while the consumer is too far behind."""
        if self._ordered:
            heappush(self._early, (outcome.index, outcome))
            while self._early and self._early[0][0] == self._next + len(self._ready):
                self._ready.append(heappop(self._early)[1])
        else:
            self._ready.append(outcome)
        if self._ready:
            self._arrival.notify()
        while len(self._ready) >= self._most and not self._ordered:
            await self.space.wait()

    async def take(self) -> Done[R] | Failed | None:
        """Return the next outcome, None after the last one."""
        while not self._ready:
            if self._ended:
                return None
            await self._arrival.wait()
        outcome = self._ready.popleft()
        self._next += 1
        self.space.notify()
        return outcome

    def end(self) -> None:
        """Say that no more outcomes come."""
        self._ended = True
        self._arrival.notify()


class _Progress:
    """The counts of a run."""

    def __init__(self) -> None:
        self.began = 0.0
        self.done = 0
        self.at_work = 0
        self.refused = 0
        self.retried = 0
        self.failed: Counter[str] = Counter()
        self._recent: deque[tuple[int, int]] = deque(maxlen=6)

    def begin(self, now: float) -> None:
        self.began = now

    def count(self, tally: Tally, now: float, error: OcrError | None) -> None:
        """Count one item that ended."""
        self.refused += tally.refusals
        self.retried += max(0, tally.sends - 1)
        if error is None:
            self.done += 1
        else:
            self.failed[_code(error)] += 1
        second = int(now)
        if self._recent and self._recent[-1][0] == second:
            self._recent[-1] = (second, self._recent[-1][1] + 1)
        else:
            self._recent.append((second, 1))

    def rate(self, now: float) -> float:
        """Return the items a second that ended within the last five seconds."""
        since = max(self.began, now - 5)
        ended = sum(number for second, number in self._recent if second >= int(since))
        return ended / max(1.0, now - int(since)) if ended else 0.0


def _code(error: OcrError) -> str:
    return (error.code if isinstance(error, ApiError) else "") or type(error).__name__


def _unexpected(failure: Exception, key: str) -> OcrError:
    error = OcrError(f"{key}: unexpected {type(failure).__name__}: {failure}")
    error.__cause__ = failure
    return error


def _unpack(item: Any, default: Any, index: int) -> tuple[Any, DocumentType[Any] | None, str]:
    kind, key, source = default, None, item
    if isinstance(item, Item):
        kind, key, source = item.type or default, item.key, item.source
    elif isinstance(item, tuple) and len(item) == 2 and _is_type(item[0]):
        kind, source = item
    return source, kind() if isinstance(kind, type) else kind, key if key is not None else _name(source, index)


def _is_type(value: object) -> bool:
    return isinstance(value, DocumentType) or (isinstance(value, type) and issubclass(value, DocumentType))


def _name(source: object, index: int) -> str:
    if isinstance(source, os.PathLike):
        return os.fspath(source)
    if isinstance(source, Url):
        return source.name
    if isinstance(source, str) and not source.startswith("data:"):
        return source.partition("?")[0] if "://" in source else source
    return str(index)
