"""Outcomes on their way to the consumer."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from operator import itemgetter
from typing import Generic, TypeVar

from ocr_async.batch.outcomes import Done, Failed
from ocr_async.fields import Result
from ocr_async.loops import Signal

R = TypeVar("R", bound=Result)


class Outbox(Generic[R]):
    """Outcomes on their way to the consumer, bounded; in input order when asked, through a bounded window."""

    def __init__(self, most: int, *, ordered: bool) -> None:
        self._most = most
        self._ordered = ordered
        self._ready: deque[Done[R] | Failed] = deque()
        self._early: list[tuple[int, Done[R] | Failed]] = []
        self._next = 0
        self._ended = False
        self._arrival = Signal()
        self.space = Signal()

    def accepts(self, index: int) -> bool:
        """Tell whether an item of this number may be started."""
        return not self._ordered or index < self._next + self._most

    @property
    def is_full(self) -> bool:
        """Whether the consumer is too far behind; in order, `accepts` keeps the distance instead."""
        return len(self._ready) >= self._most and not self._ordered

    def put(self, outcome: Done[R] | Failed) -> None:
        """Hand over an outcome."""
        if self._ordered:
            heappush(self._early, (outcome.index, outcome))
            while self._early and self._early[0][0] == self._next + len(self._ready):
                self._ready.append(heappop(self._early)[1])
        else:
            self._ready.append(outcome)
        if self._ready:
            self._arrival.notify()

    async def take(self) -> Done[R] | Failed | None:
        """Return the next outcome, None after the last one."""
        while not self._ready:
            if self._ended:
                return None
            await self._arrival.wait()
        outcome = self._ready.popleft()
        self._next += 1
        self.space.notify()
        return outcome

    def drain(self) -> list[Done[R] | Failed]:
        """Take all outcomes at once, whatever their order was to be."""
        outcomes = [*self._ready, *(outcome for _, outcome in sorted(self._early, key=itemgetter(0)))]
        self._ready.clear()
        self._early.clear()
        return outcomes

    def end(self) -> None:
        """Say that no more outcomes come."""
        self._ended = True
        self._arrival.notify()
