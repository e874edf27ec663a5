"""The permits that a process has of one gate, and those in it who wait for one."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from threading import Lock
from typing import Protocol

from attrs import define, field

from ocr_async.cluster.place import KINDS, LEASE, Grant, Outcome, kind_of

MOST_ASKED = 4
"""Permits of a kind that a process asks for at once: enough to have one on the way at any time, and all that a death between two
words can take to the grave until the lease ends."""


LATE = 0.05
"""Seconds by which a call of a rate may start late. A process that was held up would else start together what should go one by
one: a start that is given up costs one call, a refusal slows all of them down."""


class Lender(Protocol):
    """Whoever lends permits to this process; safe to call from any thread."""

    def ask(self, permits: Permits, kind: int) -> None:
        """Ask for a permit, which comes through `permits.take`; `permits.lose` tells that the place is gone."""
        ...

    def leave(self, permits: Permits) -> None:
        """Ask no more for what was asked for and has not come."""
        ...

    def end(self, number: int, outcome: Outcome) -> None:
        """Give a permit back."""
        ...

    def close(self) -> None:
        """Give back everything and end the link."""
        ...


@define(eq=False)
class Permit:
    """What was lent, for a call that starts at a moment; until its turn ends it serves one call after the other."""

    grant: Grant
    starts: float
    turn_ends: float
    is_used: bool = False

    def is_late(self, now: float) -> bool:
        """Tell whether its call may start no more, because its time in an even pace is past."""
        return self.grant.stats.pace is not None and now > self.starts + LATE


@define(order=True)
class _Waiter:
    position: int
    number: int
    future: Future[Permit] = field(factory=Future["Permit"], order=False)
    waits: bool = field(default=True, order=False)


@define(eq=False)
class Permits:
    """Hands permits to those who wait, by position. Safe to call from any thread.

    A permit that is free again goes to the next one here at once, without a word to the place, until its turn ends; then it goes
    round among the processes. So the way to the place and back costs a small part of a turn, however short the calls are.
    """

    lender: Lender
    gate: str
    clock: Callable[[], float] = time.monotonic
    _waiters: list[_Waiter] = field(factory=list[_Waiter], init=False)
    _waiting: list[int] = field(factory=lambda: [0] * KINDS, init=False)
    _asked: list[int] = field(factory=lambda: [0] * KINDS, init=False)
    _numbers: count[int] = field(factory=count, init=False)
    _offset: float = field(default=inf, init=False)
    """Of this clock from that of the place, and the time that the shortest way from there took."""
    _lock: Lock = field(factory=Lock, init=False)

    def wait(self, position: int) -> Future[Permit]:
        """Join the line; the future fails with ConnectionError when the place is gone. Cancel it to leave the line."""
        waiter = _Waiter(position, next(self._numbers))
        with self._lock:
            heappush(self._waiters, waiter)
            self._waiting[kind_of(position)] += 1
            self._ask()
        waiter.future.add_done_callback(lambda done: self._gone(waiter) if done.cancelled() else None)
        return waiter.future

    def take(self, kind: int, grant: Grant) -> None:
        """Take a permit that was asked for."""
        now = self.clock()
        with self._lock:
            self._asked[kind] = max(0, self._asked[kind] - 1)  # 0: it was on its way when no more was asked for
            sent = now if grant.sent is None else grant.sent + self._offset_at(now - grant.sent)
        permit = Permit(grant, sent + grant.wait, now + grant.turn)
        if permit.is_late(now):
            self.lender.end(grant.number, Outcome())
            with self._lock:
                self._ask()
        elif not self._hand_on(permit):
            self.lender.end(grant.number, Outcome())
            with self._lock:
                self._asked = [0] * KINDS
                self.lender.leave(self)
                self._ask()

    def end(self, permit: Permit, outcome: Outcome) -> None:
        """Hand a permit on, or give it back with what became of its call."""
        says_nothing = outcome.ending in ("admitted", "abandoned")
        if says_nothing and self.clock() < permit.turn_ends:
            permit.is_used = True
            if self._hand_on(permit):
                return
        self.lender.end(permit.grant.number, Outcome() if says_nothing and permit.is_used else outcome)

    def lose(self) -> None:
        """Tell those who wait that the place is gone."""
        with self._lock:
            waiters, self._waiters = self._waiters, []
            self._waiting, self._asked = [0] * KINDS, [0] * KINDS
            for waiter in waiters:
                waiter.waits = False
        for waiter in waiters:
            if waiter.future.set_running_or_notify_cancel():
                waiter.future.set_exception(ConnectionError("the place that lends permits is gone"))

    def _hand_on(self, permit: Permit) -> bool:
        while (waiter := self._next()) is not None:
            if waiter.future.set_running_or_notify_cancel():
                waiter.future.set_result(permit)
                return True
        return False

    def _next(self) -> _Waiter | None:
        with self._lock:
            while self._waiters:
                waiter = heappop(self._waiters)
                if waiter.waits:
                    self._leave(waiter)
                    self._ask()
                    return waiter
        return None

    def _ask(self) -> None:
        for kind, waiting in enumerate(self._waiting):
            while self._asked[kind] < min(waiting, MOST_ASKED):
                self._asked[kind] += 1
                self.lender.ask(self, kind)

    def _offset_at(self, seen: float) -> float:
        """Return how far the clock of the place is off; one that differs by seconds is that of another place."""
        self._offset = seen if abs(seen - self._offset) > LEASE else min(seen, self._offset)
        return self._offset

    def _leave(self, waiter: _Waiter) -> None:
        waiter.waits = False
        self._waiting[kind_of(waiter.position)] -= 1

    def _gone(self, waiter: _Waiter) -> None:
        with self._lock:
            if waiter.waits:
                self._leave(waiter)
            if len(self._waiters) > 2 * sum(self._waiting) + 16:  # a cancelled call costs the same however many wait
                self._waiters = [one for one in self._waiters if one.waits]
                heapify(self._waiters)
