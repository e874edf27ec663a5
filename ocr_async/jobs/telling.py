"""Those who tell: the caller's functions hear how far a run is, and its ledger gets what a report needs."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import anyio
from attrs import define, field

from ocr_async.calls.endpoints import EndpointStats
from ocr_async.errors import JobError
from ocr_async.jobs import moments
from ocr_async.jobs.course import TICK, Course
from ocr_async.jobs.keeping import Keeper
from ocr_async.jobs.left_alone import LeftAlone, OnLeftAlone
from ocr_async.jobs.progress import OnProgress, Progress, RecentRate
from ocr_async.jobs.rows import State
from ocr_async.jobs.sending import Sender

MOMENT = 1.0
"""Seconds between two looks at counts and gates that are written down."""


@define(eq=False)
class Teller:
    """Tells how far a run is."""

    course: Course
    keeper: Keeper
    sender: Sender
    left: LeftAlone
    on_progress: OnProgress | None
    on_left_alone: OnLeftAlone | None
    _rate: RecentRate = field(factory=RecentRate)
    _noted: float = 0.0

    async def tell_on(self) -> None:
        """Tell about five times a second, until cancelled; what a function of the caller raises ends the run."""
        while True:
            await anyio.sleep(TICK)
            try:
                self.tell()
            except Exception as error:  # noqa: BLE001  the caller's function may raise anything
                self.course.fail(error)
            if self.course.seconds - self._noted >= MOMENT and not self.keeper.settling.journal.rules.dry_run:
                self._noted = self.course.seconds
                await self._note(self.sender.endpoints)

    async def _note(self, endpoints: tuple[EndpointStats, ...]) -> None:
        """Write down what those see who look at a running job."""
        with suppress(JobError):  # what is missing from a plot is no reason to stop
            await self.keeper.note_counts()
            await self.keeper.in_thread(partial(moments.note, self.keeper.settling.journal.ledger, endpoints))

    def tell(self) -> None:
        """Tell now."""
        if self.on_left_alone is not None:
            for path, reason in self.left.news():
                self.on_left_alone(path, reason)
        if self.on_progress is not None:
            self.on_progress(self._progress())

    def _progress(self) -> Progress:
        journal, course = self.keeper.settling.journal, self.course
        met = journal.met
        finished = met[State.DONE] + met[State.FAILED] + met[State.HELD]
        return Progress(
            total=course.total,
            is_total_final=course.is_total_final,
            done=met[State.DONE],
            failed=met[State.FAILED],
            held=met[State.HELD],
            already=met["already"] + met["repeated"],
            copied=met["copied"],
            in_flight=self.sender.in_flight,
            seconds=course.seconds,
            rate=self._rate.rate(course.seconds, finished),
            codes=dict(journal.codes),
            endpoints=self.sender.endpoints,
            is_stopping=course.is_ending,
        )
