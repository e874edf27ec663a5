"""A bulk job on disk: everything once, nothing twice, stopped and resumed at any time."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from attrs import define, evolve, field

from ocr_async.auth.standing import doubts_credential
from ocr_async.batch import Done, Failed, Item
from ocr_async.batch.run import WORKERS
from ocr_async.errors import (
    AuthError,
    ClosedError,
    CredentialsError,
    JobError,
    OcrError,
    RegionError,
    SourceError,
    SubscriptionError,
)
from ocr_async.fields import DocumentType, Result
from ocr_async.jobs import moments, tables
from ocr_async.jobs.chunks import Digesting, looked_into, next_entries, startable
from ocr_async.jobs.entry import Entry, problem_of
from ocr_async.jobs.journal import Journal, Rules, Unknown
from ocr_async.jobs.ledger import State
from ocr_async.jobs.left_alone import LeftAlone, OnLeftAlone
from ocr_async.jobs.notebook import bar_in_notebook
from ocr_async.jobs.pages import counted, looked_at
from ocr_async.jobs.paths import Own, beside
from ocr_async.jobs.progress import OnProgress, Pace, Progress
from ocr_async.jobs.record import Outcome
from ocr_async.jobs.sending import ExchangedError, to_send
from ocr_async.jobs.sources import Given, Sources
from ocr_async.jobs.stop import Stop
from ocr_async.jobs.summary import JobSummary, summarize
from ocr_async.jobs.types import AnyType, describe
from ocr_async.sources.threads import in_thread

if TYPE_CHECKING:
    from ocr_async.session import OcrSession

T = TypeVar("T")

READ_SECONDS = 60.0
"""How long a read of one entry may take: one that the kernel holds up fails alone."""

TICK = 0.2
"""Seconds between two looks at what has come back: how long a finished item may wait for the disk."""

MOMENT = 1.0
"""Seconds between two looks at the gates that are written down."""

RESERVE = 16
"""Items beyond twice the windows that are started, so that there is always one waiting where a gate has room."""


async def run_job(  # noqa: PLR0913  the settings of a job
    session: OcrSession,
    document_type: DocumentType[Result] | type[DocumentType[Result]] | None,
    items: Given | Iterable[Given],
    *,
    out: str | os.PathLike[str],
    ledger: str | os.PathLike[str] | None = None,
    unknown: Unknown = "hold",
    retry_failed: bool = False,
    retry: Collection[str] = (),
    prune: bool = False,
    dry_run: bool = False,
    limit: int | None = None,
    budget: int | None = None,
    timeout: float | None = None,
    url_version: str | None = None,
    concurrency: int | None = None,
    to: Sequence[str] = (),
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
    on_left_alone: OnLeftAlone | None = None,
) -> JobSummary:
    """Read many pictures into a file of JSON lines; the same call again goes on where the last one ended.

    `document_type` may be None when every item or line of a manifest names its own. `items` are files, folders (read
    recursively), globs, PDF files (page by page, extra `pdf`), manifests (CSV or JSON lines), addresses or `Item` values.
    `out` gets one line an item, `ledger` (by default beside it, with the suffix `.ledger`) what is needed to go on.
    `unknown` decides on items that a run had sent when it ended, so that nobody knows whether the service has read them:
    "hold" lists them, "retry" sends them again. `retry_failed` sends what failed before again, `retry` only what failed with one of these codes or kinds of errors, such
    as "AIS.0104" or "timeout". `prune` drops the items whose files are gone. `dry_run` sends nothing and keeps nothing:
    the summary has what would be sent. `limit` is the most items that this run sends, `budget` the most sends that may be
    billed, over all runs of this ledger together; it is reserved before the send. `timeout` is the deadline of each item in
    seconds. `url_version` is part of the identity of every address: another one has them read again. `to` names tables to write
    at the end: "xlsx", "csv", "parquet" (extra `tables`). `stop` ends the job early. `on_progress` is called about five
    times a second; in a notebook it is a bar under the cell, unless you bring your own.
    `on_left_alone` is told, about as often, the path of each file or folder that was come across and is not read, and why.

    An item that cannot be read fails alone. A refused credential ends the job; `JobSummary.error` has the refusal. What
    the iterable or `on_progress` raises ends it too, and is raised when what is under way is finished and kept.

    Raises:
        JobError: the ledger, the output, a manifest or a table cannot be used or written. What is finished is kept.
    """
    for name in to:
        tables.check_format(name)
    if concurrency is not None and concurrency < 1:
        raise ValueError(f"concurrency={concurrency} is not at least 1")
    kind = document_type() if isinstance(document_type, type) else document_type
    path, stop, on_progress = Path(out), stop or Stop(), on_progress or bar_in_notebook()
    await anyio.to_thread.run_sync(tables.check_targets, path, to)
    remembered = Path(ledger) if ledger is not None else beside(path, ".ledger")
    left = LeftAlone(is_heard=on_left_alone is not None)
    sources = Sources(items, kind, url_version or "", Own(path, remembered), left)
    rules = Rules(unknown, retry_failed, frozenset(word.lower() for word in retry), dry_run, limit, budget)
    arguments = {"type": describe(kind), "unknown": unknown, "retry_failed": retry_failed, "retry": sorted(retry)}
    arguments |= {"prune": prune, "limit": limit, "budget": budget, "timeout": timeout, "concurrency": concurrency}
    about = {"arguments": arguments, "endpoints": [endpoint.name for endpoint in session.stats().endpoints]}
    opening = partial(Journal.open, path, remembered, describe(kind), rules, about)
    journal = await anyio.to_thread.run_sync(opening)
    job = _Job(session, kind, sources, journal, stop, concurrency or WORKERS, on_progress, on_left_alone, timeout)
    try:
        await job.run()
        if job.error is not None and (isinstance(job.error, JobError) or not isinstance(job.error, OcrError)):
            raise job.error
        pruned = await job.in_thread(partial(journal.note_gone, prune=prune)) if job.is_whole and not dry_run else 0
        ending = partial(summarize, journal, dict(sources.left.counts), job.seconds, stop.asked, job.error)
        summary = evolve(await job.in_thread(ending), pruned=pruned)
    finally:
        with anyio.CancelScope(shield=True):
            await job.in_thread(partial(job.close, stop))
    if dry_run:
        return summary
    return evolve(summary, tables=await anyio.to_thread.run_sync(tables.write_all, path, to))


@define(eq=False)
class _Job:
    """One run of a job: a scanner feeds the session, and what comes back is kept in batches."""

    session: OcrSession
    type: AnyType | None
    sources: Sources
    journal: Journal
    stop: Stop
    concurrency: int
    on_progress: OnProgress | None
    on_left_alone: OnLeftAlone | None = None
    timeout: float | None = None
    error: Exception | None = None
    """What ended the job early."""
    total: int | None = None
    is_total_final: bool = False
    begun: float = field(factory=time.monotonic)
    is_whole: bool = False
    """True once everything that was named has been looked at."""
    _again: list[Entry] = field(factory=list[Entry])
    _slot: anyio.CapacityLimiter = field(factory=lambda: anyio.CapacityLimiter(1))
    _under_way: dict[str, Entry] = field(factory=dict[str, Entry])
    _returned: list[Outcome] = field(factory=list[Outcome])
    _freed: anyio.Event = field(factory=anyio.Event)
    _pace: Pace = field(factory=Pace)
    _noted: float = 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Run what touches the journal, one call at a time."""
        return await anyio.to_thread.run_sync(function, limiter=self._slot)

    async def run(self) -> None:
        try:
            with self.stop.work:
                async with anyio.create_task_group() as tasks:
                    ready, found = anyio.create_memory_object_stream[list[Entry]](1)
                    tasks.start_soon(self._look, ready)
                    tasks.start_soon(self._tick)
                    with found:
                        await self._work(found)
                    tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._keep_or_fail()
        self._say_what_was_lost()
        self._report()

    def _say_what_was_lost(self) -> None:
        lost = sum(not outcome.put_back for outcome in self._returned)
        if lost and isinstance(self.error, JobError):
            text = f'{self.error}. {lost:,} answers could not be kept; unknown="retry" asks for them again'
            self.error = JobError(text)

    async def _look(self, ready: MemoryObjectSendStream[list[Entry]]) -> None:
        """Look for what there is to do, until it has all been found or the job is to end."""
        with ready, self.stop.intake:
            async with anyio.create_task_group() as tasks:
                if self.sources.repeatable:
                    tasks.start_soon(self._count)
                try:
                    await self._scan(ready)
                except Exception as error:  # noqa: BLE001  a generator of the caller may raise anything
                    self._fail(error)
                tasks.cancel_scope.cancel()

    async def _scan(self, ready: MemoryObjectSendStream[list[Entry]]) -> None:
        """Find out what has to be sent, a chunk ahead of the need."""
        walk, scanned = iter(self.sources), 0
        while chunk := await in_thread(next_entries, walk):
            looked = await looked_into(chunk, partial(looked_at, left=self.sources.left), READ_SECONDS)
            scanned += len(looked)
            news = await self.in_thread(partial(self.journal.sift, looked))
            known = await looked_into(news, Digesting(), READ_SECONDS)
            if fresh := await self.in_thread(partial(self.journal.admit, known)):
                await ready.send(fresh)
        self.total, self.is_total_final, self.is_whole = scanned, True, True

    def close(self, stop: Stop) -> None:
        """Write down how the run ended, and close its files."""
        how = f"ended by {type(self.error).__name__}" if self.error else "stopped" if stop.asked else "finished"
        try:
            with suppress(JobError):
                self.journal.count(self._counts(), how if self.is_whole or self.error or stop.asked else "cancelled")
        finally:
            self.journal.close()

    def _counts(self) -> dict[str, object]:
        met = self.journal.met
        names = (State.DONE, State.FAILED, State.HELD, "already", "copied")
        counts: dict[str, object] = {str(name): met[name] for name in names}
        about = {"total": self.total, "is_total_final": self.is_total_final, "sent": self.journal.started}
        return counts | about | {"seconds": round(self.seconds, 1)}

    async def _work(self, found: MemoryObjectReceiveStream[list[Entry]]) -> None:
        run = self.session.recognize_many(
            self.type, self._feed(found), concurrency=self.concurrency, timeout=self.timeout
        )
        try:
            async with run:
                async for item in run:
                    self._take(item)
                    self._freed.set()
        finally:
            for item in run.untaken():
                self._take(item)
            self._put_back_unsent(frozenset(run.cut_off))
            with anyio.CancelScope(shield=True):  # at once: the rest of the job may hang, and be killed for it
                await self._keep_or_fail()

    def _put_back_unsent(self, cut_off: frozenset[str]) -> None:
        """Let a later run begin afresh with what was started in this one, but for what the service may have read."""
        unsent = [entry for entry in self._under_way.values() if entry.key not in cut_off]
        self._returned += [Outcome(entry, put_back=True) for entry in unsent]
        self._under_way.clear()

    def _take(self, item: Done[Result] | Failed) -> None:
        entry = self._under_way.pop(item.key)
        if isinstance(item, Done):
            outcome = Outcome(entry, item.result, None, item.attempts, item.seconds, item.endpoint)
        elif self._is_fatal(item.error, entry):
            self._fail(item.error)
            outcome = Outcome(entry, put_back=True)
        else:
            outcome = Outcome(entry, None, item.error, item.attempts, item.seconds, item.endpoint)
        self._returned.append(outcome)

    def _is_fatal(self, error: OcrError, entry: Entry) -> bool:
        """Tell an error that every other item would meet too."""
        if isinstance(error, RegionError | SubscriptionError):
            return entry.type == self.type
        if isinstance(error, AuthError):
            return doubts_credential(error)
        return isinstance(error, CredentialsError | ClosedError)

    async def _feed(self, found: MemoryObjectReceiveStream[list[Entry]]) -> AsyncIterator[Item]:
        """Yield items once it is durable that they were started."""
        async for fresh in found:
            if self.journal.rules.dry_run:
                continue
            async for item in self._started(fresh):
                yield item
        while not self.stop.asked and self.error is None:
            await self._keep_or_fail()
            released = await self.in_thread(self.journal.again)
            if not released and not self._under_way and not self._returned and not self.journal.released:
                return
            async for item in self._started(released):
                yield item
            if not released:
                self._freed = anyio.Event()
                with anyio.move_on_after(TICK):
                    await self._freed.wait()

    async def _started(self, fresh: list[Entry]) -> AsyncIterator[Item]:
        while fresh and await self._has_room():
            group = startable(fresh, self._room())
            for item in await self._start(group):
                yield item
            fresh[:0] = self._again
            self._again.clear()

    async def _has_room(self) -> bool:
        """Wait until more may be started; False when the job is to end instead."""
        while not self.stop.asked and self.error is None and await self.in_thread(lambda: self.journal.has_room):
            if self._room() > 0:
                return True
            self._freed = anyio.Event()
            with anyio.move_on_after(TICK):
                await self._freed.wait()
        return False

    def _room(self) -> int:
        """Return how many items to start now: enough for the gates to have a choice, and no more than that.

        What is started and then lost in a crash is of unknown fate, so a long queue at a small window would be a pity.
        """
        window = sum(gate.window for endpoint in self.session.stats().endpoints for gate in endpoint.gates.values())
        return min(self.concurrency, 2 * window + RESERVE) - len(self._under_way)

    async def _start(self, group: list[Entry]) -> list[Item]:
        items = [item for entry in group if (item := await self._item(entry)) is not None]
        keys = {item.key for item in items}
        try:
            await self._keep()
            started = await self.in_thread(partial(self.journal.start, [e for e in group if e.key in keys]))
        except JobError as error:
            self._fail(error)
            return []
        self._under_way |= {entry.key: entry for entry in started}
        return [item for item in items if item.key in self._under_way]

    async def _item(self, entry: Entry) -> Item | None:
        """Make the item to send, of the very bytes whose digest is noted; a file that cannot be read fails here."""
        try:
            content, _ = await in_thread(to_send, entry)
        except ExchangedError as error:
            known = evolve(entry, digest=error.sha256, sha256=error.sha256, stamp=None)
            self._again += await self.in_thread(partial(self.journal.exchanged, known))
            return None
        except Exception as error:  # noqa: BLE001  whatever it is, it is about this entry alone
            problem = problem_of(error)
            self._returned.append(Outcome(entry.with_problem(problem), error=SourceError(entry.place, problem)))
            return None
        return Item(content, entry.type, entry.key)

    async def _keep(self) -> None:
        """Write down what has come back."""
        if self._returned:
            await self.in_thread(self._keep_now)
        if self.journal.output_error is not None:
            self._fail(self.journal.output_error)

    def _keep_now(self) -> None:
        count = len(self._returned)
        self.journal.turn(self._returned[:count])
        del self._returned[:count]

    async def _keep_or_fail(self) -> None:
        try:
            await self._keep()
        except JobError as error:
            self._fail(error)

    async def _tick(self) -> None:
        while True:
            await anyio.sleep(TICK)
            await self._keep_or_fail()
            await self._note_moment()
            try:
                self._report()
            except Exception as error:  # noqa: BLE001  so may the caller's function
                self._fail(error)

    async def _note_moment(self) -> None:
        """Write down about once a second what the gates are doing, for the report of the job."""
        if self.seconds - self._noted < MOMENT or self.journal.rules.dry_run:
            return
        self._noted = self.seconds
        with suppress(JobError):  # what is missing from a plot is no reason to stop
            await self.in_thread(partial(moments.note, self.journal.ledger, self.session.stats().endpoints))

    async def _count(self) -> None:
        """Count the items, well ahead of the scan, which has to look into each."""
        walk, number = iter(evolve(self.sources, left=LeftAlone())), 0
        with suppress(Exception):  # the scan meets it too
            while chunk := await in_thread(next_entries, walk):
                number += await in_thread(lambda entries: sum(map(counted, entries)), chunk)
                if self.is_total_final:
                    return
                self.total = number
            self.is_total_final = True

    def _fail(self, error: Exception) -> None:
        """End the job: what is under way is finished, nothing more is started."""
        self.error = self.error or error
        self.stop.intake.cancel()

    def _report(self) -> None:
        if self.on_left_alone is not None:
            for path, reason in self.sources.left.news():
                self.on_left_alone(path, reason)
        if self.on_progress is None:
            return
        met = self.journal.met
        finished = met[State.DONE] + met[State.FAILED] + met[State.HELD]
        self.on_progress(
            Progress(
                total=self.total,
                is_total_final=self.is_total_final,
                done=met[State.DONE],
                failed=met[State.FAILED],
                held=met[State.HELD],
                already=met["already"] + met["repeated"],
                copied=met["copied"],
                in_flight=len(self._under_way),
                seconds=self.seconds,
                rate=self._pace.rate(self.seconds, finished),
                codes=dict(self.journal.codes),
                endpoints=self.session.stats().endpoints,
                is_stopping=bool(self.stop.asked or self.error),
            )
        )
