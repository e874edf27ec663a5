"""The run: workers over one iterator, bounded in calls and bytes, whose outcomes come as they finish.

A worker costs about a microsecond an item where a task an item costs fifty, and a million items cost no memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

import anyio
from anyio.lowlevel import checkpoint

from ocr_async.batch.items import Intake, Items, document_type_of, unpack
from ocr_async.batch.outbox import Outbox
from ocr_async.batch.outcomes import Done, Failed
from ocr_async.batch.progress import BatchStats, Progress
from ocr_async.batch.signal import Signal
from ocr_async.calls import Call
from ocr_async.documents.base import DocumentType, Meta, Result, instance
from ocr_async.errors import AuthError, OcrError
from ocr_async.loops import now
from ocr_async.retry import Tally
from ocr_async.sources import Picture, Url

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from ocr_async.endpoints import EndpointStats

R = TypeVar("R", bound=Result, covariant=True)

WORKERS = 256
"""Items at work at once by default; how many of them are in flight is up to the gates."""

UNOPENED_BYTES = 384 * 1024
"""What an item is taken to hold until its source is opened."""


class Batch(Generic[R]):
    """A run over many pictures: an async context manager, and inside it an async iterator of `Done` and `Failed`.

    Leaving the block, by whatever way, ends what is still at work. Afterwards `untaken` has what had finished by then, and
    `cut_off` the keys of the items that the service may have read although nobody knows its answer.
    """

    def __init__(  # noqa: PLR0913  the settings of a run
        self,
        recognize: Callable[[Call], Awaitable[Result]],
        endpoint_stats: Callable[[], tuple[EndpointStats, ...]],
        document_type: DocumentType[R] | type[DocumentType[R]] | None,
        items: Items,
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
        self._endpoint_stats = endpoint_stats
        self._default = None if document_type is None else instance(document_type)
        self.cut_off: list[str] = []
        self._intake = Intake(items)
        self._most_workers = concurrency or WORKERS
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._outbox: Outbox[R] = Outbox(2 * self._most_workers, ordered=ordered)
        self._tasks: TaskGroup | None = None
        self._workers = 0
        self._held = 0
        self._room = Signal()
        self._stop: AuthError | None = None
        self._progress = Progress()

    async def __aenter__(self) -> Self:
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._progress = Progress()
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

    def untaken(self) -> list[Done[R] | Failed]:
        """Return, and forget, the outcomes that were not taken by iterating."""
        return self._outbox.drain()

    @property
    def stats(self) -> BatchStats:
        """What the run has come to, at any time."""
        progress = self._progress
        return BatchStats(
            done=progress.done,
            failed=dict(progress.failed),
            refused=progress.refused,
            retried=progress.retried,
            in_flight=progress.at_work,
            rate=progress.rate,
            seconds=progress.seconds,
            endpoints=self._endpoint_stats(),
        )

    def _add_worker(self) -> None:
        self._workers += 1
        cast("TaskGroup", self._tasks).start_soon(self._work)

    async def _work(self) -> None:
        try:
            while True:
                while self._is_full:
                    await self._room_to_come().wait()
                entry = self._intake.take() if self._intake.is_sync else await self._intake.take_async()
                if entry is None:
                    return
                if self._workers < self._most_workers:
                    self._add_worker()
                self._outbox.put(await self._process(*entry))
                while self._outbox.is_full:
                    await self._outbox.space.wait()
        finally:
            self._workers -= 1
            if not self._workers:
                self._outbox.end()

    @property
    def _is_full(self) -> bool:
        return self._held >= self._max_bytes or not self._outbox.accepts(self._intake.index)

    def _room_to_come(self) -> Signal:
        return self._room if self._held >= self._max_bytes else self._outbox.space

    async def _process(self, index: int, item: Any) -> Done[R] | Failed:
        source, given, key = unpack(item, self._default, index)
        started = now()
        tally = Tally(deadline=started + self._timeout)
        holding = _Holding(self, source)
        self._progress.at_work += 1
        try:
            self._check_going(key)
            call = Call(document_type_of(given, key), source, tally, started, on_open=holding.opened)
            result = cast("R", await self._recognize(call))
        except Exception as failure:  # noqa: BLE001  an item never stops the run
            if not tally.sends:
                await checkpoint()  # a million items that fail at once must not hold the loop
            error = failure if isinstance(failure, OcrError) else _unexpected(failure, key)
            if isinstance(error, AuthError):
                self._stop = self._stop or error
            self._progress.count(tally, error)
            return Failed(key, index, source, error, tally.sends, now() - started, error.endpoint)
        except BaseException:
            if tally.is_out:
                self.cut_off.append(key)
            raise
        finally:
            self._progress.at_work -= 1
            holding.release()
        self._progress.count(tally, None)
        meta = result.meta or Meta()
        return Done(key, index, source, result, tally.sends, meta.seconds, meta.endpoint)

    def _check_going(self, key: str) -> None:
        """Raise for an item that is not sent any more, because its credential was refused."""
        if self._stop is not None:
            error = copy(self._stop)
            error.attempts, error.endpoint, error.source = 0, None, key
            raise error

    def hold(self, size: int) -> None:
        """Count bytes that an item holds, or with a negative size lets go of."""
        self._held += size
        if size < 0 and self._held < self._max_bytes:
            self._room.notify()


class _Holding:
    """What one item holds of the run's memory: an estimate until its source is opened, then what it is."""

    __slots__ = ("_batch", "_size")

    def __init__(self, batch: Batch[Any], source: object) -> None:
        self._batch = batch
        self._size = len(source) if isinstance(source, bytes | bytearray) else UNOPENED_BYTES
        batch.hold(self._size)

    def opened(self, opened: Picture | Url) -> None:
        size = 0 if isinstance(opened, Url) else opened.memory
        self._batch.hold(size - self._size)
        self._size = size

    def release(self) -> None:
        self._batch.hold(-self._size)


def _unexpected(failure: Exception, key: str) -> OcrError:
    error = OcrError(f"{key}: unexpected {type(failure).__name__}: {failure}")
    error.__cause__ = failure
    return error
