"""Those who send: what was found goes to the session, and each send is durable before it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from attrs import define, field

from ocr_async.auth.standing import doubts_credential
from ocr_async.batch import Done, Failed, Item
from ocr_async.errors import (
    AuthError,
    ClosedError,
    CredentialsError,
    OcrError,
    RegionError,
    SourceError,
    SubscriptionError,
)
from ocr_async.fields import Result
from ocr_async.jobs.content import Content, Drawing, StoredContent
from ocr_async.jobs.course import Course
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.keeping import Keeper
from ocr_async.jobs.record import Outcome
from ocr_async.jobs.settling import Send
from ocr_async.jobs.spending import Answer
from ocr_async.jobs.stored import Object
from ocr_async.jobs.types import AnyType
from ocr_async.sources import Url, open_source

if TYPE_CHECKING:
    from ocr_async.batch import Batch
    from ocr_async.calls.endpoints import EndpointStats
    from ocr_async.retry import Tally
    from ocr_async.session import OcrSession

GRACE = 10.0
"""Seconds that a run which is cancelled waits for the answers to what it has sent."""

HELD_BYTES = 128 * 1024 * 1024
"""Bytes of pictures that are in memory at a time."""


class _NotSentError(OcrError):
    """A send that may not happen; `before` is what the one before it ended in."""

    def __init__(self, before: OcrError | None = None, *, later: bool = False) -> None:
        super().__init__("it is not sent now")
        self.before, self.later = before, later


@define(eq=False)
class Sender:
    """Gives the session what has been found, and takes what comes back."""

    session: OcrSession
    type: AnyType | None
    keeper: Keeper
    course: Course
    concurrency: int
    timeout: float | None
    seconds: float
    """For one read of one entry."""
    _given: dict[str, Content | StoredContent] = field(factory=dict[str, "Content | StoredContent"])
    """What the session has, by key."""
    _sent: set[str] = field(factory=set[str])
    """What of it was let through to be sent."""
    _drawing: Drawing = field(factory=Drawing)

    @property
    def endpoints(self) -> tuple[EndpointStats, ...]:
        """What the session is doing."""
        return self.session.stats().endpoints

    @property
    def in_flight(self) -> int:
        """Items that are being sent, repeated, or waited for."""
        return len(self._sent)

    async def send(self, found: MemoryObjectReceiveStream[list[Entry]]) -> None:
        """Send what is found until there is nothing more, or the run is to end."""
        batch = self.session.recognize_many(
            self.type,
            self._items(found),
            concurrency=self.concurrency,
            timeout=self.timeout,
            max_bytes=HELD_BYTES,
        )
        try:
            async with batch:
                try:
                    await self._take_all(batch)
                finally:
                    await self._let_finish(batch)
        finally:
            for item in batch.untaken():
                self._take(item)
            self._put_back_unsent(frozenset(batch.cut_off))
            with anyio.CancelScope(shield=True):  # at once: the rest of the run may hang, and be killed for it
                await self.keeper.keep()

    async def _take_all(self, batch: Batch[Result]) -> None:
        """Take what comes back; in a run that is to end, no longer than something that was sent is out."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._end_in_time, tasks.cancel_scope)
            async for item in batch:
                self._take(item)
            tasks.cancel_scope.cancel()

    async def _end_in_time(self, scope: anyio.CancelScope) -> None:
        while not self.course.is_ending or self._sent:
            await self.course.change()
        scope.cancel()

    async def _let_finish(self, batch: Batch[Result]) -> None:
        """Wait, in a run that was cancelled and not stopped at once, for the answers to what was sent."""
        self.course.is_cancelled = bool(self._given)
        if self._sent and self.course.stop.asked < 2:
            with anyio.move_on_after(GRACE, shield=True):
                await self._take_all(batch)

    def _put_back_unsent(self, cut_off: frozenset[str]) -> None:
        """Let a later run begin afresh with what was given in this one, but for what the service may have read."""
        unsent = [content.entry for key, content in self._given.items() if key not in cut_off]
        self.keeper.returned += [Outcome(entry, put_back=True) for entry in unsent]
        self._given.clear()
        self._sent.clear()

    def _take(self, item: Done[Result] | Failed) -> None:
        content = self._given.pop(item.key)
        self._sent.discard(item.key)
        self.keeper.returned.append(self._outcome(item, content))
        self.course.notify()

    def _outcome(self, item: Done[Result] | Failed, content: Content | StoredContent) -> Outcome:
        entry, course = content.entry, (item.attempts, item.seconds, item.endpoint)
        if isinstance(item, Done):
            return Outcome(entry, item.result, None, *course)
        error = item.error
        if content.is_exchanged or (isinstance(error, _NotSentError) and error.later):
            return Outcome(entry, is_again=True)
        if isinstance(error, _NotSentError):
            if error.before is None:
                return Outcome(entry, put_back=True)
            error = error.before
        if self._is_fatal(error, entry):
            self.course.fail(error)
            return Outcome(entry, put_back=True)
        if isinstance(error, SourceError):  # the session knows no more than a file object
            error = SourceError(entry.place, error.problem)
        return Outcome(entry, None, error, *course)

    def _is_fatal(self, error: OcrError, entry: Entry) -> bool:
        """Tell an error that every other item would meet too."""
        if isinstance(error, RegionError | SubscriptionError):
            return entry.type == self.type
        if isinstance(error, AuthError):
            return doubts_credential(error)
        return isinstance(error, CredentialsError | ClosedError)

    async def _items(self, found: MemoryObjectReceiveStream[list[Entry]]) -> AsyncIterator[Item]:
        """Yield what the session is to recognise, as far as there is room."""
        settling = self.keeper.settling
        async for fresh in found:
            for entry in fresh:
                if settling.journal.rules.dry_run:
                    await self._try(entry)
                elif await self._has_room(entry):
                    yield self._item(entry)
                else:
                    self.keeper.returned.append(Outcome(entry, put_back=True))
        while not self.course.is_ending:
            await self.keeper.keep()
            fresh = await self.keeper.in_thread(settling.intake.again)
            if not fresh and not self._given and not self.keeper.returned and not settling.intake.released:
                return
            for entry in fresh:
                if await self._has_room(entry):
                    yield self._item(entry)
                else:
                    self.keeper.returned.append(Outcome(entry, put_back=True))
            if not fresh and not self.keeper.returned:
                await self.course.change()

    async def _try(self, entry: Entry) -> None:
        """Find out, without sending it, whether an entry could be sent."""
        if entry.page or entry.type is None or entry.source is None or entry.source.address is not None:
            return  # a page was counted, and an address is the service's to fetch
        try:
            await open_source(Content(entry, self.seconds, self._drawing), entry.type.limits)
        except SourceError as error:
            self.keeper.settling.intake.types[entry.type.api] -= 1
            self.keeper.returned.append(Outcome(entry, error=error))

    async def _has_room(self, entry: Entry) -> bool:
        """Wait until one more may be given to the session; False when it is not sent in this run."""
        while not self.course.is_ending:
            room = self.keeper.settling.spending.room(entry.type, len(self._given) - len(self._sent))
            if room is Answer.NEVER:
                return False
            if room is Answer.GO and len(self._given) < self.concurrency:
                return True
            await self.course.change()
        return False

    def _item(self, entry: Entry) -> Item:
        source, address = entry.source, entry.source.address if entry.source else None
        content: Content | StoredContent
        if isinstance(source, Object) and entry.page is None:
            content = StoredContent(entry, source, self.seconds)
        else:
            content = Content(entry, self.seconds, self._drawing)
        self._given[entry.key] = content
        ask = partial(self._ask, content)
        return Item(content if address is None else Url(address), entry.type, entry.key, ask)

    async def _ask(self, content: Content | StoredContent, tally: Tally) -> None:
        """Let a send happen once that is durable; raise when it may not happen."""
        key = content.entry.key
        if self.course.is_ending and key not in self._sent:
            raise _NotSentError
        answer = await self.keeper.let(Send(content.entry, tally.last_error), alone=len(self._given) < 2)
        if answer is not Answer.GO:
            raise _NotSentError(tally.last_error, later=answer is Answer.LATER)
        if self.course.is_ending and key not in self._sent:  # since it asked
            raise _NotSentError
        self._sent.add(key)
