"""The one place where the gates of an account live: it lends permits to the processes that share them.

A holder is one process. What it was lent and has not given back returns when it was silent for the length of a lease.
Permits go round fairly: the next is for the holder that has had the fewest of late (start-time fair queueing: P. Goyal,
H. M. Vin, H. Cheng, "Start-time Fair Queueing", 1996), whoever asks for most at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Literal, TypeAlias

from attrs import define, field, frozen

from ocr_async.gates import Concurrency, Gate, GateStats, Limits, Rate, Slot

LEASE = 10.0
"""Seconds for which a silent holder keeps its permits."""

CLASS = 1 << 48
"""A caller's position below this is a single call, which goes before the items of batches."""

Ending: TypeAlias = Literal["admitted", "refused", "failed", "abandoned"]


@frozen
class Outcome:
    """What became of a call: how it ended and, when it was refused, by which limit and for how long."""

    ending: Ending = "abandoned"
    is_concurrency: bool = False
    limit: int | None = None
    period: float | None = None
    retry_after: float | None = None

    def tell(self, slot: Slot) -> None:
        """Tell it to a slot of a gate."""
        if self.ending == "refused":
            slot.refused(Concurrency() if self.is_concurrency else Rate(self.limit, self.period), self.retry_after)
        else:
            getattr(slot, self.ending)()


@frozen
class Grant:
    """A permit for one call: `position` puts a repeat of the call before later ones."""

    number: int
    position: int
    stats: GateStats
    holders: int


@define(eq=False)
class _Holder:
    seen: float
    lent: dict[int, Slot] = field(factory=dict[int, Slot])
    turns: dict[str, int] = field(factory=dict[str, int])
    """By gate and class of call, the turn that the holder had last."""


class Place:
    """Lends permits of gates, one gate for each API of each endpoint, to any number of holders.

    `limits` are those of the account, as for a session; what is left out is found by trying, once for all holders.
    """

    def __init__(
        self, limits: Limits | None = None, *, lease: float = LEASE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.lease = lease
        self._limits = limits
        self._clock = clock
        self._gates: dict[str, Gate] = {}
        self._holders: dict[str, _Holder] = {}
        self._turns: dict[str, int] = {}
        self._numbers = count(1)

    async def ask(self, name: str, gate: str, position: int, *, again: bool = False) -> Grant:
        """Wait for a permit. `again` is for the repeat of a call that had this very position before."""
        holder = self._holder(name)
        place = position if again else self._next_position(holder, gate, position)
        slot = await self._gate(gate).acquire(place)
        line = f"{gate} {place // CLASS}"
        self._turns[line] = max(self._turns.get(line, 0), place % CLASS)
        number = next(self._numbers)
        self._holder(name).lent[number] = slot
        return Grant(number, place, self._gate(gate).stats(), len(self._holders))

    def end(self, name: str, number: int, outcome: Outcome) -> None:
        """Take a permit back; one that returned with its lease is past."""
        slot = self._holder(name).lent.pop(number, None)
        if slot is not None:
            outcome.tell(slot)

    def alive(self, name: str) -> None:
        """Note that a holder is there."""
        self._holder(name)

    def leave(self, name: str) -> None:
        """Let a holder go that says goodbye: what it still has returns at once."""
        holder = self._holders.pop(name, None)
        for slot in holder.lent.values() if holder else ():
            slot.abandoned()

    def sweep(self) -> None:
        """Take back the permits of holders whose lease has ended."""
        since = self._clock() - self.lease
        for name in [name for name, holder in self._holders.items() if holder.seen < since]:
            self.leave(name)

    def stats(self) -> dict[str, GateStats]:
        """Return what each gate is doing."""
        return {name: gate.stats() for name, gate in self._gates.items()}

    def _holder(self, name: str) -> _Holder:
        holder = self._holders.setdefault(name, _Holder(0.0))
        holder.seen = self._clock()
        return holder

    def _gate(self, name: str) -> Gate:
        gate = self._gates.get(name)
        if gate is None:
            gate = self._gates[name] = Gate(self._limits)
        return gate

    def _next_position(self, holder: _Holder, gate: str, position: int) -> int:
        kind = min(1, position // CLASS)
        line = f"{gate} {kind}"
        turn = holder.turns[line] = max(holder.turns.get(line, 0), self._turns.get(line, 0)) + 1
        return kind * CLASS + turn
