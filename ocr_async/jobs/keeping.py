"""Those who keep: what has come back is written down soon, one thing at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import anyio
from attrs import define, field

from ocr_async.errors import JobError
from ocr_async.jobs import runs
from ocr_async.jobs.course import Course
from ocr_async.jobs.record import Outcome
from ocr_async.jobs.rows import State
from ocr_async.jobs.settling import Send, Settling
from ocr_async.jobs.spending import Answer
from ocr_async.sources.threads import in_thread

T = TypeVar("T")

SOON = 0.05
"""Seconds that what came back may wait for the disk."""

REST, SHARE = 0.005, 9
"""Seconds that a transaction waits at most for more who ask, and how many times as long as the last one took."""


@define(eq=False)
class Keeper:
    """Writes into the journal of a run, in a thread."""

    settling: Settling
    course: Course
    returned: list[Outcome] = field(factory=list[Outcome])
    """What came back and is not written down yet."""
    _one: anyio.Lock = field(factory=anyio.Lock)
    _asking: list[Send] = field(factory=list[Send])
    _is_answering: bool = False
    _answered: anyio.Event = field(factory=anyio.Event)
    _rested: float = 0.0
    """When those who ask are to be answered, unless one asks alone."""
    _kept: float = 0.0
    """When what came back was written down last."""

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Run what touches the journal, one call at a time."""
        async with self._one:
            with anyio.CancelScope(shield=True):
                return await in_thread(function)
        raise AssertionError  # a shield lets nothing pass

    async def let(self, send: Send, *, alone: bool) -> Answer:
        """Ask whether a send may happen; it may when that is durable.

        Those who ask at the same time share a transaction; `alone` there is nobody to wait for.
        """
        self._asking.append(send)
        try:
            while send.answer is None:
                if self._is_answering:
                    await self._answered.wait()
                else:
                    await self._answer(alone=alone)
        except BaseException:
            if send in self._asking:
                self._asking.remove(send)
            raise
        return send.answer

    async def _answer(self, *, alone: bool) -> None:
        """Answer all who ask; the first of them does it for the others."""
        self._is_answering = True
        try:
            if not alone:
                await anyio.sleep(max(0.0, self._rested - time.monotonic()))
            sends, self._asking, begun = self._asking, [], time.monotonic()
            try:
                await self._let(sends)
            finally:  # whoever is cancelled here has asked for the others, too
                self._asking += [send for send in sends if send.answer is None]
            took = time.monotonic() - begun
            self._rested = time.monotonic() + min(REST, SHARE * took)
        finally:
            self._is_answering = False
            answered, self._answered = self._answered, anyio.Event()
            answered.set()

    async def _let(self, sends: list[Send]) -> None:
        try:
            await self.in_thread(partial(self._keep_now, sends))
        except JobError as error:
            for send in sends:
                send.answer = Answer.NEVER
            self.course.fail(error)

    async def keep(self) -> None:
        """Write down what has come back; what cannot be written ends the run."""
        try:
            if self.returned:
                await self.in_thread(self._keep_now)
        except JobError as error:
            self.course.fail(error)
        if self.settling.journal.output_error is not None:
            self.course.fail(self.settling.journal.output_error)
        self.course.notify()

    def _keep_now(self, sends: Sequence[Send] = ()) -> None:
        is_due = not sends or time.monotonic() > self._kept + SOON / 2
        outcomes = self.returned[:] if is_due else []
        self.settling.keep(outcomes, sends)
        if is_due:
            del self.returned[: len(outcomes)]
            self._kept = time.monotonic()

    async def keep_on(self) -> None:
        """Keep what comes back until cancelled."""
        while True:
            await anyio.sleep(SOON)
            if self.returned:
                await self.keep()

    def say_what_was_lost(self) -> None:
        """Add to the error that ended the run how many answers could not be kept."""
        lost = sum(not outcome.put_back for outcome in self.returned)
        if lost and isinstance(self.course.error, JobError):
            text = f'{self.course.error}. {lost:,} answers could not be kept; unknown="retry" asks for them again'
            self.course.error = JobError(text)

    def counts(self) -> dict[str, object]:
        """Return how far the run is, for its row."""
        met, course = self.settling.journal.met, self.course
        counts: dict[str, object] = {
            str(name): met[name] for name in (State.DONE, State.FAILED, State.HELD, "already", "copied")
        }
        counts |= {"total": course.total, "is_total_final": course.is_total_final}
        return counts | {"sent": self.settling.spending.started, "seconds": round(course.seconds, 1)}

    async def note_counts(self) -> None:
        """Write down how far the run is."""
        await self.in_thread(partial(runs.count, self.settling.journal.ledger, self.counts()))
