"""The one place where the gates of an account live: it lends permits to the processes that share them.

A holder is one process. What it was lent and has not given back returns when it was silent for the length of a lease.
Permits go round fairly: the next is for the holder that has had the fewest of late (start-time fair queueing: P. Goyal,
H. M. Vin, H. Cheng, "Start-time Fair Queueing", 1996), whoever asks for most at once.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from itertools import count

import anyio
from attrs import define, evolve, field, frozen

from ocr_async.gates import Concurrency, Ending, Gate, GateStats, Limits, Rate, Refusal, Slot

LEASE = 10.0
"""Seconds for which a silent holder keeps its permits."""

TURN = 0.5
"""Seconds for which a holder uses a permit of a stated concurrency for one call after the other, before others have their turn."""

AHEAD = 0.1
"""Seconds before its time that a permit of a stated rate is lent: longer than its way to the holder."""

MARGIN = 0.995
"""Of a stated rate that is lent: the service counts by another clock, and what is sent evenly arrives less so."""

CLASS = 1 << 48
"""A caller's position below this is a single call, which goes before the items of batches."""

KINDS = 2

GRACE = 0.5
"""Seconds for which a place that follows another one lends nothing: until its holders have said what they still have of that one."""


def kind_of(position: int) -> int:
    """Tell single calls, 0, from the items of batches, 1, which come after them."""
    return min(KINDS - 1, position // CLASS)


@frozen
class Outcome:
    """What became of a call: how it ended and, when it was refused, by which limit and for how long."""

    ending: Ending = "abandoned"
    is_concurrency: bool = False
    limit: int | None = None
    period: float | None = None
    retry_after: float | None = None

    @classmethod
    def of(cls, ending: Ending, refusal: Refusal | None, retry_after: float | None) -> Outcome:
        """Return what a slot was told."""
        if isinstance(refusal, Rate):
            return cls(ending, limit=refusal.limit, period=refusal.period, retry_after=retry_after)
        return cls(ending, is_concurrency=refusal is not None, retry_after=retry_after)

    def tell(self, slot: Slot) -> None:
        """Tell it to a slot of a gate."""
        if self.ending == "refused":
            slot.refused(Concurrency() if self.is_concurrency else Rate(self.limit, self.period), self.retry_after)
        else:
            getattr(slot, self.ending)()


@frozen
class Grant:
    """A permit for a call that starts after `wait` seconds, and for others after it until `turn` seconds have passed."""

    number: int
    stats: GateStats
    wait: float = 0.0
    turn: float = 0.0
    holders: int = 0
    sent: float | None = None
    """When it was lent, by the clock of the place; None where it came as the answer to a question."""


@define(eq=False)
class _Holder:
    seen: float
    lent: dict[int, Slot] = field(factory=dict[int, Slot])
    turns: dict[str, int] = field(factory=dict[str, int])
    """By gate and kind of call, the turn that the holder had last."""


class Place:
    """Lends permits of gates, one gate for each API of each endpoint, to any number of holders.

    `limits` are those of the account, as for a session; what is left out is found by trying, once for all holders.
    `opens` is the seconds until it begins to lend.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        lease: float = LEASE,
        opens: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lease = lease
        limits = limits or Limits()
        self._limits = evolve(limits, rate=limits.rate * MARGIN) if limits.rate else limits
        self._clock = clock
        self._opens = clock() + opens
        self._gates: dict[str, Gate] = {}
        self._holders: dict[str, _Holder] = {}
        self._turns: dict[str, int] = {}
        self._numbers = count(secrets.randbits(48))  # those of an earlier place mean nothing here

    async def ask(self, name: str, gate: str, kind: int) -> Grant:
        """Wait for a permit for a kind of call."""
        if (closed := self._opens - self._clock()) > 0:
            await anyio.sleep(closed)
        turn = self._next_turn(self._holder(name), line := f"{gate} {kind}")
        slot = await self._gate(gate).acquire(kind * CLASS + turn)
        self._turns[line] = max(self._turns.get(line, 0), turn)
        number = next(self._numbers)
        self._holder(name).lent[number] = slot
        stats = self._gate(gate).stats()
        return Grant(number, stats, slot.starts_in, self._turn(stats), len(self._holders), self._clock())

    def end(self, name: str, number: int, outcome: Outcome) -> None:
        """Take a permit back; one that returned with its lease is past."""
        slot = self._holder(name).lent.pop(number, None)
        if slot is not None:
            outcome.tell(slot)

    def adopt(self, name: str, number: int, gate: str) -> None:
        """Count what a holder was lent by an earlier place and still has, as far as there is room."""
        lent = self._holder(name).lent
        if number not in lent and (slot := self._gate(gate).try_acquire()) is not None:
            lent[number] = slot

    def alive(self, name: str) -> None:
        """Note that a holder is there."""
        self._holder(name)

    def leave(self, name: str) -> None:
        """Let a holder go that says goodbye: what it still has returns at once."""
        holder = self._holders.pop(name, None)
        for slot in holder.lent.values() if holder else ():
            slot.abandoned()

    def sweep(self) -> list[str]:
        """Take back the permits of holders whose lease has ended, and return their names."""
        since = self._clock() - self.lease
        silent = [name for name, holder in self._holders.items() if holder.seen <= since]
        for name in silent:
            self.leave(name)
        return silent

    @property
    def next_sweep(self) -> float:
        """Seconds until the lease of a holder may end."""
        seen = min((holder.seen for holder in self._holders.values()), default=self._clock())
        return max(0.0, seen + self.lease - self._clock())

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
            gate = self._gates[name] = Gate(self._limits, clock=self._clock, ahead=AHEAD)
        return gate

    def _turn(self, stats: GateStats) -> float:
        """Return how long a permit may be used: a limit that is being found out must hear of every call, and a rate counts each."""
        is_held = stats.pace is None and stats.window == self._limits.concurrency
        return TURN if is_held else 0.0

    def _next_turn(self, holder: _Holder, line: str) -> int:
        turn = holder.turns[line] = max(holder.turns.get(line, 0), self._turns.get(line, 0)) + 1
        return turn
