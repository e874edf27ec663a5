"""The line of calls that wait for a slot: in the order of their positions, without polling and without a task of its own."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from typing import TYPE_CHECKING

import anyio
from attrs import define, field

from ocr_async.gates.admission import Admission
from ocr_async.loops import Wake

if TYPE_CHECKING:
    from ocr_async.gates.backlog import Backlog

arrivals = count()
"""Positions, in the order in which calls arrive: one count for all gates, so that a call keeps its place when it moves to another."""


@define(eq=False)
class Waiter:
    """Someone in the line, and when it wakes by itself."""

    wake: Wake = field(factory=Wake)
    due: float = inf
    gone: bool = False


@define(eq=False)
class Line:
    """Those who wait for an `Admission`. The first, lowest position, watches the clock; once its call starts it wakes the next."""

    admission: Admission
    _waiters: list[tuple[int, int, Waiter]] = field(factory=list[tuple[int, int, Waiter]])
    _gone: int = 0

    def __len__(self) -> int:
        return len(self._waiters) - self._gone

    async def wait(self, position: int, backlog: Backlog | None = None) -> int:
        """Return the number of a call that has been started for the caller; `backlog` counts it until then."""
        waiter = Waiter()
        if backlog is not None:
            backlog.waiting += 1
        heappush(self._waiters, (position, next(arrivals), waiter))
        try:
            while (delay := self.admission.delay() if self._first() is waiter else inf) > 0:
                await self._sleep(waiter, delay)
            heappop(self._waiters)
            return self.admission.start()
        except BaseException:
            self._leave(waiter)
            raise
        finally:
            if backlog is not None:
                backlog.waiting -= 1
            self.serve()

    def serve(self) -> None:
        """Wake the first in the line if it may start sooner than it wakes by itself."""
        first = self._first()
        if first is not None and (due := self.admission.delay() + self.admission.clock()) < first.due:
            first.due = due
            first.wake.set()

    def _first(self) -> Waiter | None:
        while self._waiters and self._waiters[0][2].gone:
            heappop(self._waiters)
            self._gone -= 1
        return self._waiters[0][2] if self._waiters else None

    async def _sleep(self, waiter: Waiter, delay: float) -> None:
        waiter.due = self.admission.clock() + delay
        if delay == inf:
            await waiter.wake.wait()
        else:
            with anyio.move_on_after(delay):
                await waiter.wake.wait()
        waiter.wake = Wake()

    def _leave(self, waiter: Waiter) -> None:
        waiter.gone = True
        self._gone += 1
        # Only when they are the majority, so that a cancelled call costs the same however many wait.
        if self._gone * 2 > len(self._waiters):
            self._waiters = [entry for entry in self._waiters if not entry[2].gone]
            heapify(self._waiters)
            self._gone = 0
