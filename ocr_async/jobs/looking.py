"""Those who look: what there is to do is found a portion ahead of the need."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from attrs import define, evolve

from ocr_async.jobs.chunks import Digesting, looked_into, next_entries
from ocr_async.jobs.course import Course
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.intake import Intake
from ocr_async.jobs.keeping import Keeper
from ocr_async.jobs.left_alone import LeftAlone
from ocr_async.jobs.pages import counted, looked_at
from ocr_async.jobs.source import Readable
from ocr_async.jobs.sources import Sources
from ocr_async.jobs.versions import Versions
from ocr_async.sources.threads import in_thread

READ_SECONDS = 60.0
"""How long a read of one entry may take: one that the kernel holds up fails alone."""


@define(eq=False)
class Looker:
    """Finds what has to be sent."""

    sources: Sources
    intake: Intake
    keeper: Keeper
    course: Course
    versions: Versions | None = None
    """Asks addresses for the version of what they lead to."""
    seconds: float = READ_SECONDS
    """For one read of one entry."""

    async def look(self, ready: MemoryObjectSendStream[list[Entry]]) -> None:
        """Look for what there is to do, until it has all been found or the run is to end."""
        with ready, self.course.stop.intake:
            async with anyio.create_task_group() as tasks:
                if self.sources.repeatable:
                    tasks.start_soon(self._count)
                try:
                    await self._scan(ready)
                except Exception as error:  # noqa: BLE001  a generator of the caller may raise anything
                    self.course.fail(error)
                tasks.cancel_scope.cancel()

    async def _scan(self, ready: MemoryObjectSendStream[list[Entry]]) -> None:
        walk, scanned = iter(self.sources), 0
        while portion := await in_thread(next_entries, walk):
            entries = await self._looked_at(portion)
            scanned += len(entries)
            news = await self.keeper.in_thread(partial(self.intake.sift, entries))
            known = await looked_into(news, Digesting(), self.seconds)
            if fresh := await self.keeper.in_thread(partial(self.intake.admit, known)):
                await ready.send(fresh)
        self.course.total, self.course.is_total_final, self.course.is_whole = scanned, True, True

    async def _looked_at(self, portion: Sequence[Entry]) -> list[Entry]:
        if self.versions is not None:
            portion = await self.versions.of(portion)
        return await looked_into(portion, self._look, self.seconds)

    def _look(self, entry: Entry, source: Readable | None) -> list[Entry]:
        return looked_at(entry, self.sources.left, source)

    async def _count(self) -> None:
        """Count the items, well ahead of the scan, which has to look into each."""
        walk, number = iter(evolve(self.sources, left=LeftAlone())), 0
        with suppress(Exception):  # the scan meets it too
            while portion := await in_thread(next_entries, walk):
                number += await in_thread(_total, portion)
                if self.course.is_total_final:
                    return
                self.course.total = number
            self.course.is_total_final = True


def _total(portion: Sequence[Entry]) -> int:
    return sum(map(counted, portion))
