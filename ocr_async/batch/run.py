"""The run: workers over one iterator, bounded in calls and bytes, whose outcomes come as they finish.

A worker costs about a microsecond an item where a task an item costs fifty, and a million items cost no memory.
How many there are is up to the gates: see `Workers`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, cast

import anyio
from anyio.lowlevel import checkpoint

from ocr_async.auth.standing import doubts_credential
from ocr_async.batch.counts import BatchStats, Counts
from ocr_async.batch.host import Host
from ocr_async.batch.items import Intake, Items, document_type_of, unpack
from ocr_async.batch.memory import Holding, Memory
from ocr_async.batch.open_files import most_at_once
from ocr_async.batch.outbox import Outbox
from ocr_async.batch.outcomes import Done, Failed, Outcomes
from ocr_async.batch.workers import PATIENCE, WORKERS, MakeBacklog, Workers
from ocr_async.calls.call import Call
from ocr_async.errors import AuthError, OcrError, drop_frames, unexpected
from ocr_async.fields import DocumentType, Meta, Result, instance
from ocr_async.loops import is_cancelled, now
from ocr_async.retry import Tally
from ocr_async.settings import check_number

if TYPE_CHECKING:
    from ocr_async.calls.backlog import Backlog
    from ocr_async.calls.endpoints import EndpointStats

R = TypeVar("R", bound=Result, covariant=True)

_NO_META = Meta()


class Batch(Generic[R]):
    """A run over many pictures: an async context manager, and inside it an async iterator of `Done` and `Failed`.

    Leaving the block, by whatever way, ends what is still at work. Afterwards `untaken` has what had finished by then, and
    `cut_off` the keys of the items that the service may have read although nobody knows its answer.
    """

    def __init__(  # noqa: PLR0913  the settings of a run
        self,
        recognize: Callable[[Call], Awaitable[Any]],
        positions: Iterator[int],
        endpoint_stats: Callable[[], tuple[EndpointStats, ...]],
        document_type: DocumentType[R] | type[DocumentType[R]] | None,
        items: Items,
        *,
        make_backlog: MakeBacklog,
        concurrency: int | None,
        ordered: bool,
        timeout: float,
        max_bytes: int,
    ) -> None:
        if concurrency is not None:
            check_number("concurrency", concurrency, int)
        check_number("max_bytes", max_bytes, int | float)
        self._recognize = recognize
        self._positions = positions
        self._endpoint_stats = endpoint_stats
        self._default = None if document_type is None else instance(document_type)
        self.cut_off: list[str] = []
        self._intake = Intake(items)
        self._workers = Workers(min(concurrency or WORKERS, most_at_once()), self._start_worker, make_backlog)
        self._timeout = timeout
        self._memory = Memory(max_bytes)
        self._outbox: Outbox[R] = Outbox(2 * self._workers.most, ordered=ordered)
        self._host: Host | None = None
        self._until_end = anyio.CancelScope()
        self._stop: AuthError | None = None
        self._counts = Counts()

    async def __aenter__(self) -> Self:
        if self._host is not None:
            raise RuntimeError("A run goes once over its items: call recognize_many again.")
        self._host = Host()
        self._counts = Counts()
        self._host.open()
        if not self._intake.is_sync:
            self._host.start_soon(self._intake.feed)
        self._workers.add()
        self._host.start_soon(self._keep_going)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await cast("Host", self._host).aclose()
        self._workers.end()  # a worker that was cancelled before its first step came nowhere near its own end

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Done[R] | Failed:
        if self._host is None:
            raise RuntimeError("Use the run as a context manager: `async with session.recognize_many(...) as run:`")
        outcome = await self._outbox.take()
        if outcome is None:
            await self._host.ended()
            error = self._intake.error or self._host.error
            if error is not None:
                raise error
            raise StopAsyncIteration
        self._memory.taken(outcome.index)
        return outcome

    async def results(self) -> list[R]:
        """Run to the end and return the results in input order.

        Raises an ExceptionGroup of the errors when any item failed; what was finished is lost then: iterate to keep it.
        """
        outcomes = await self.outcomes()
        errors = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
        if errors:
            raise ExceptionGroup(f"{len(errors)} of {len(outcomes)} items failed", errors)
        return [outcome.result for outcome in outcomes if isinstance(outcome, Done)]

    async def outcomes(self) -> Outcomes[R]:
        """Run to the end and return all outcomes in input order, failures among them: a table in a notebook."""
        return Outcomes(sorted([outcome async for outcome in self], key=lambda outcome: outcome.index))

    def untaken(self) -> list[Done[R] | Failed]:
        """Return, and forget, the outcomes that were not taken by iterating."""
        outcomes = self._outbox.drain()
        for outcome in outcomes:
            self._memory.taken(outcome.index)
        return outcomes

    @property
    def stats(self) -> BatchStats:
        """What the run has come to, at any time."""
        counts = self._counts
        return BatchStats(
            done=counts.done,
            failed=dict(counts.failed),
            refused=counts.refused,
            retried=counts.retried,
            in_flight=self._workers.at_work,
            rate=counts.rate,
            seconds=counts.seconds,
            endpoints=self._endpoint_stats(),
        )

    def _start_worker(self) -> None:
        cast("Host", self._host).start_soon(self._work)

    async def _work(self) -> None:
        try:
            while await self._work_on_one() and not self._workers.take_leave():
                while self._outbox.is_full:
                    await self._outbox.space.wait()
        finally:
            self._workers.size -= 1
            if not self._workers.size:
                self._outbox.end()
                self._workers.end()
                self._until_end.cancel()

    async def _keep_going(self) -> None:
        """Look past pictures that take long to open, for as long as there are workers."""
        with self._until_end:
            while True:
                await anyio.sleep(PATIENCE)
                self._memory.look()
                self._workers.go_on()

    async def _work_on_one(self) -> bool:
        """Bring one item to its outcome and tell whether there was one; nothing of it stays behind in the worker."""
        if self._intake.is_sync:
            if not self._has_room:
                await self._until_room()
            entry = self._intake.take()
        else:
            entry = await self._intake.take_async(self._until_room)
        if entry is None:
            return False
        self._outbox.put(await self._process(*entry))
        return True

    @property
    def _has_room(self) -> bool:
        return not self._memory.is_full and self._outbox.accepts(self._intake.index)

    async def _until_room(self) -> None:
        while not self._has_room:
            await (self._memory.room if self._memory.is_full else self._outbox.space).wait()

    async def _process(self, index: int, item: Any) -> Done[R] | Failed:
        started = now()
        tally = Tally(deadline=started + self._timeout)
        source, given, key = item, self._default, str(index)
        holding: Holding | None = None
        backlog: Backlog | None = None
        self._workers.at_work += 1
        try:
            source, given, key = unpack(item, self._default, index)
            tally.before_send = getattr(item, "before_send", None)
            holding = Holding(self._memory, source)
            if self._stop is not None:
                _refuse(self._stop, key)
            kind = document_type_of(given, key)
            backlog = self._workers.took(kind)
            call = Call(kind, holding.to_read, tally, started, next(self._positions), holding.opened, backlog)
            result: R = await self._recognize(call)
        except (Exception, anyio.get_cancelled_exc_class()) as failure:  # an item never stops the run
            if not isinstance(failure, Exception) and is_cancelled():
                self._note_cut_off(tally, key, failure)
                raise
            if not tally.sends:
                await checkpoint()  # a million items that fail at once must not hold the loop
            error = failure if isinstance(failure, OcrError) else unexpected(key, failure)
            if isinstance(error, AuthError) and doubts_credential(error):
                self._stop = self._stop or error
            drop_frames(error)
            self._counts.count(tally, error)
            return Failed(key, index, source, error, tally.sends, now() - started, error.endpoint)
        except BaseException as ended_by:
            self._note_cut_off(tally, key, ended_by)
            raise
        finally:
            self._workers.done(backlog)
            if holding is not None:
                holding.end(index)
        self._counts.count(tally, None)
        meta = result.meta or _NO_META
        return Done(key, index, source, result, tally.sends, meta.seconds, meta.endpoint)

    def _note_cut_off(self, tally: Tally, key: str, ended_by: BaseException) -> None:
        """Keep the key of an item that was ended while the service may have read it."""
        # an interrupt, unlike a cancellation, comes at any moment: also when all has gone and nobody could note that yet
        is_unsure = isinstance(ended_by, KeyboardInterrupt | SystemExit) and tally.sends > 0
        if tally.may_be_read or is_unsure:
            self.cut_off.append(key)


def _refuse(refusal: AuthError, key: str) -> NoReturn:
    """Raise for an item that is not sent any more, because its credential was refused."""
    error = copy(refusal)
    error.attempts, error.endpoint, error.source = 0, None, key
    raise error
