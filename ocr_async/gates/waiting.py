"""The line of calls that wait for a slot: in the order of their positions, without polling and without a task of its own."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from math import inf

import anyio
from attrs import define, field

from ocr_async.gates.admission import Admission
from ocr_async.loops import Wake

arrivals = count()
"""Positions, in the order in which calls arrive: one count for all gates, so that a call keeps its place when it moves to another."""


@define(eq=False)
class Waiter:
    """Someone in the line: `number` is that of the call once it may start."""

    wake: Wake = field(factory=Wake)
    number: int | None = None
    gone: bool = False


@define(eq=False)
class Line:
    """Hands the starts that an `Admission` allows to those who wait, the lowest position first.

    Whoever ends a call hands the start on. When only time has to pass, one of the waiters, the timekeeper, sleeps until it has.
    """

    admission: Admission
    waiters: list[tuple[int, int, Waiter]] = field(factory=list[tuple[int, int, Waiter]])
    _gone: int = 0
    _timekeeper: Waiter | None = None
    _due: float = inf

    def __len__(self) -> int:
        return len(self.waiters) - self._gone

    async def wait(self, position: int) -> int:
        """Return the number of a call that has been started for the caller."""
        waiter = Waiter()
        heappush(self.waiters, (position, next(arrivals), waiter))
        try:
            self.serve()
            while waiter.number is None:
                await self._sleep(waiter)
        except BaseException:
            self._leave(waiter)
            raise
        return waiter.number

    def serve(self) -> None:
        """Start the calls that may start now, and see that someone watches the clock for the next."""
        while self.waiters:
            _, _, waiter = self.waiters[0]
            if waiter.gone:
                self._gone -= 1
            else:
                delay = self.admission.delay()
                if delay > 0:
                    self._watch(delay)
                    return
                self._start(waiter)
            heappop(self.waiters)

    def _start(self, waiter: Waiter) -> None:
        waiter.number = self.admission.start()
        waiter.wake.set()
        if waiter is self._timekeeper:
            self._timekeeper = None

    def _watch(self, delay: float) -> None:
        if delay == inf:
            return
        due = self.admission.clock() + delay
        if self._timekeeper is None:
            self._timekeeper = self.waiters[0][2]
        elif due >= self._due:
            return
        self._due = due
        self._timekeeper.wake.set()

    async def _sleep(self, waiter: Waiter) -> None:
        if waiter is not self._timekeeper:
            await waiter.wake.wait()
        else:
            with anyio.move_on_after(max(0.0, self._due - self.admission.clock())):
                await waiter.wake.wait()
            if waiter.number is None and not waiter.wake.is_set:
                self._timekeeper = None
                self.serve()
        if waiter.number is None:
            waiter.wake = Wake()

    def _leave(self, waiter: Waiter) -> None:
        waiter.gone = True
        if waiter is self._timekeeper:
            self._timekeeper = None
        if waiter.number is None:
            self._gone += 1
            self._forget_the_gone()
        else:
            self.admission.release(waiter.number)
        self.serve()

    def _forget_the_gone(self) -> None:
        # Only when they are the majority, so that a cancelled call costs the same however many wait.
        if self._gone * 2 > len(self.waiters):
            self.waiters = [entry for entry in self.waiters if not entry[2].gone]
            heapify(self.waiters)
            self._gone = 0
