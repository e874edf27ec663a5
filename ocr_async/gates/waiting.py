"""The line of calls that wait for a slot: in the order of their positions, without polling and without a task of its own."""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import count
from math import inf
from operator import attrgetter

import anyio
from attrs import define, field

from ocr_async.gates.admission import Admission
from ocr_async.loops import Wake

arrivals = count()
"""Positions, in the order in which calls arrive: one count for all gates, so that a call keeps its place when it moves to another."""


PLACE = attrgetter("position")


@define(eq=False)
class Waiter:
    """Someone in the line."""

    position: int
    number: int | None = None
    """Of the call, once it has started."""
    due: float = inf
    """When it is to look again by itself."""
    wake: Wake | None = None
    """Wakes it while it sleeps."""

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
    _waiters: list[Waiter] = field(factory=list[Waiter])

    def __len__(self) -> int:
        return len(self._waiters)

    async def wait(self, position: int) -> int:
        """Return the number of a call that has been started for the caller."""
        waiter = Waiter(position)
        insort(self._waiters, waiter, key=PLACE)
        try:
            self.serve()
            while waiter.number is None:
                await self._sleep(waiter)
        except BaseException:
            self._leave(waiter)
            raise
        return waiter.number

    def serve(self) -> None:
        """Start what may start, and have the first of the others look again when it may."""
        while self._waiters:
            delay = self.admission.delay()
            if delay > 0:
                if delay < inf:
                    self._waiters[0].look_again(self.admission.clock() + delay)
                return
            self._waiters.pop(0).go(self.admission.start())

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
            del self._waiters[self._waiters.index(waiter, bisect_left(self._waiters, waiter.position, key=PLACE))]
        self.serve()
