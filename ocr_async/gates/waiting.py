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
    """Someone in the line."""

    number: int | None = None
    """Of the call, once it has started."""
    due: float = inf
    """When it is to look again by itself."""
    wake: Wake | None = None
    """Wakes it while it sleeps."""
    gone: bool = False

    def go(self, number: int) -> None:
        """Say that the call has started."""
        self.number = number
        if self.wake is not None:
            self.wake.set()

    def look_again(self, due: float) -> None:
        """Say when the call may start."""
        if due < self.due:
            self.due = due
            if self.wake is not None:
                self.wake.set()


@define(eq=False)
class WaitingLine:
    """Those who wait for an `Admission`, lowest position first. Who makes room starts the next calls; the first watches the clock."""

    admission: Admission
    in_flight: int = 0
    """Calls that were started for this line and have not ended."""
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
            self.serve()
            while waiter.number is None:
                await self._sleep(waiter)
        except BaseException:
            self._leave(waiter)
            raise
        finally:
            if backlog is not None:
                backlog.waiting -= 1
        return waiter.number

    def serve(self) -> None:
        """Start what may start, and have the first of the others look again when it may."""
        while (first := self._first()) is not None:
            delay = self.admission.delay()
            if delay > 0:
                if delay < inf:
                    first.look_again(self.admission.clock() + delay)
                return
            heappop(self._waiters)
            first.go(self.admission.start())

    def _first(self) -> Waiter | None:
        while self._waiters and self._waiters[0][2].gone:
            heappop(self._waiters)
            self._gone -= 1
        return self._waiters[0][2] if self._waiters else None

    async def _sleep(self, waiter: Waiter) -> None:
        """Sleep until the call has started, or the waiter is to look at the clock."""
        waiter.wake = wake = Wake()
        if waiter.due == inf:
            await wake.wait()
        else:
            with anyio.move_on_after(waiter.due - self.admission.clock()):
                await wake.wait()
        waiter.wake = None
        if waiter.number is None:
            waiter.due = inf
            self.serve()

    def _leave(self, waiter: Waiter) -> None:
        if waiter.number is not None:
            self.admission.release(waiter.number)
        else:
            waiter.gone = True
            self._gone += 1
        # Only when they are the majority, so that a cancelled call costs the same however many wait.
        if self._gone * 2 > len(self._waiters):
            self._waiters = [entry for entry in self._waiters if not entry[2].gone]
            heapify(self._waiters)
            self._gone = 0
        self.serve()
