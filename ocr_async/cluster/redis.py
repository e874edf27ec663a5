"""Permits from a Redis server, for processes on any machine: it keeps count by its own clock.

Rates are kept by the generic cell rate algorithm (ITU-T I.371): each permit reserves the next moment of an even pace.
Concurrency is a set of permits that end with their lease; where several processes wait, they take turns as in `place`, and the next
one is told of a permit that has come back.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import anyio
from anyio.abc import TaskGroup
from attrs import Factory, define, field

from ocr_async.cluster.link_thread import LinkThread, ThreadOnDemand
from ocr_async.cluster.permits import Permits
from ocr_async.cluster.place import AHEAD, MARGIN, TURN, Grant, Outcome
from ocr_async.cluster.redis_scripts import PAUSE, RENEW, RETURN, TAKE
from ocr_async.gates import Gate, GateStats, Limits

if TYPE_CHECKING:
    from redis.asyncio import Redis

POLL = 0.1
"""Seconds after which a process that waits looks again: for permits whose holder died, which nobody gives back."""

PATIENCE = 2.0
"""Seconds after which a server that is silent counts as gone."""

AGAIN = 1.0
"""Seconds for which an unreachable server is not asked again."""

FIRST_PAUSE = 0.1
"""Seconds for which nobody starts a call after a refusal that does not say how long."""


@define(eq=False)
class _Line:
    """What this process asks for and has of one gate."""

    permits: Permits
    asked: list[int] = field(factory=list[int])
    """The kinds of the permits that are asked for, lowest first."""
    lent: set[int] = field(factory=set[int])
    arrived: anyio.Event = field(factory=anyio.Event)
    freed: anyio.Event = field(factory=anyio.Event)


@define(eq=False)
class RedisLink:
    """Lends this process permits from a Redis server.

    Raises ValueError when the limits state neither a rate nor a concurrency: Redis keeps count, it finds nothing out.
    """

    url: str = field(repr=False)
    limits: Limits
    lease: float
    _name: str = field(factory=lambda: secrets.token_hex(8), init=False)
    _lines: dict[int, _Line] = field(factory=dict[int, _Line], init=False)
    """By the identity of the permits that they are for."""
    _lent: dict[int, _Line] = field(factory=dict[int, _Line], init=False)
    _numbers: count[int] = field(factory=count, init=False)
    _lost_until: float = field(default=0.0, init=False)
    _redis: Redis | None = field(default=None, init=False)
    _stats: GateStats = field(init=False)
    _thread: ThreadOnDemand = field(
        default=Factory(lambda link: ThreadOnDemand(link.new_thread), takes_self=True), init=False
    )

    def __attrs_post_init__(self) -> None:
        if self.limits.rate is None and self.limits.concurrency is None:
            raise ValueError("Limits shared through Redis must state a rate or a concurrency.")
        self._stats = Gate(self.limits).stats()

    def ask(self, permits: Permits, kind: int) -> None:
        """Ask for a permit, which comes through `permits.take`; `permits.lose` tells that the server is gone."""
        self._thread.get().call(self._ask, permits, kind)

    def leave(self, permits: Permits) -> None:
        """Ask no more for what was asked for and has not come."""
        if (thread := self._thread.known()) is not None:
            thread.call(self._leave, permits)

    def end(self, number: int, outcome: Outcome) -> None:
        """Give a permit back; after the end its lease does."""
        if (thread := self._thread.known()) is not None:
            thread.start(self._give_back, number, outcome)

    def close(self) -> None:
        """End the link; what is still lent returns with its lease."""
        if (thread := self._thread.forget()) is not None:
            thread.stop()

    def new_thread(self) -> LinkThread:
        """Start a thread, and everything anew."""
        self._name, self._lines, self._lent, self._redis = secrets.token_hex(8), {}, {}, None
        return LinkThread(self._run, self._end)

    async def _run(self, tasks: TaskGroup) -> None:
        tasks.start_soon(self._hear)
        while True:
            await anyio.sleep(self.lease / 4)
            await self._renew()

    async def _end(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()

    def _ask(self, permits: Permits, kind: int) -> None:
        line, thread = self._lines.get(id(permits)), self._thread.known()
        if thread is None:
            return  # the link has ended since
        if line is None:
            line = self._lines[id(permits)] = _Line(permits)
            thread.start(self._serve, line)
        heappush(line.asked, kind)
        line.arrived.set()

    def _leave(self, permits: Permits) -> None:
        if (line := self._lines.get(id(permits))) is not None:
            line.asked.clear()

    async def _serve(self, line: _Line) -> None:
        while True:
            line.arrived = anyio.Event()
            while line.asked:
                await self._lend(line)
            await line.arrived.wait()

    async def _lend(self, line: _Line) -> None:
        line.freed = anyio.Event()
        try:
            wait = await self._take(line.permits.gate, number := next(self._numbers))
        except _errors():
            self._lost_until = time.monotonic() + AGAIN
            line.asked.clear()
            line.permits.lose()
            return
        if wait is None:
            with anyio.move_on_after(POLL):
                await line.freed.wait()
            return
        line.lent.add(number)
        self._lent[number] = line
        if line.asked:
            turn = 0.0 if self.limits.rate else TURN
            line.permits.take(heappop(line.asked), Grant(number, self._stats, wait, turn))
        else:
            await self._give_back(number, Outcome())
        await anyio.sleep(max(0.0, wait - AHEAD))

    async def _take(self, gate: str, number: int) -> float | None:
        """Return the seconds after which a call may start; None when all permits are lent or the service wants a pause."""
        if time.monotonic() < self._lost_until:
            raise ConnectionError
        interval = 1 / (self.limits.rate * MARGIN) if self.limits.rate else 0
        keys = [self._key(gate, part) for part in ("tat", "held", "line", "seen", "turns", "pause")]
        arguments = (self.limits.concurrency or 0, interval, self.lease, self._name, number, 2 * POLL)
        said = (await self._call(TAKE, keys, *arguments)).decode()
        if said == "full":
            return None
        if said.endswith(" paused"):
            await anyio.sleep(float(said.partition(" ")[0]))
            return None
        return float(said)

    async def _give_back(self, number: int, outcome: Outcome) -> None:
        line = self._lent.pop(number, None)
        if line is None:
            return
        line.lent.discard(number)
        gate = line.permits.gate
        try:
            if outcome.ending == "refused":
                seconds = outcome.retry_after if outcome.retry_after is not None else FIRST_PAUSE
                await self._call(PAUSE, [self._key(gate, "pause")], seconds)
            if self.limits.concurrency:
                keys = [self._key(gate, "held"), self._key(gate, "line")]
                if (await self._call(RETURN, keys, self._name, self._permit(number))).decode() == self._name:
                    line.freed.set()
        except _errors():
            self._lost_until = time.monotonic() + AGAIN  # the lease brings it back

    async def _hear(self) -> None:
        """Wake who waits when a permit has come back for this process."""
        while self.limits.concurrency:
            words = cast("Any", self._connected()).pubsub()
            try:
                with anyio.CancelScope(shield=True):
                    await words.subscribe(f"ocr-async:{self._name}")
                while True:
                    word = await words.get_message(ignore_subscribe_messages=True, timeout=1.0)
                    for line in self._lines.values() if word else ():
                        if word["data"].decode() == self._key(line.permits.gate, "held"):
                            line.freed.set()
            except _errors():
                await anyio.sleep(AGAIN)
            finally:
                with anyio.CancelScope(shield=True):
                    await words.aclose()

    async def _renew(self) -> None:
        for line in self._lines.values():
            if line.lent and self.limits.concurrency:
                try:
                    key = self._key(line.permits.gate, "held")
                    await self._call(RENEW, [key], self.lease, *map(self._permit, line.lent))
                except _errors():
                    self._lost_until = time.monotonic() + AGAIN

    async def _call(self, script: str, keys: list[str], *arguments: float | str) -> bytes:
        with anyio.CancelScope(shield=True):  # a client that is cancelled while it connects loses the connection
            return await cast(
                "Awaitable[bytes]", self._connected().eval(script, len(keys), *keys, *map(str, arguments))
            )
        raise AssertionError  # the scope is never cancelled

    def _connected(self) -> Redis:
        if self._redis is None:
            from redis.asyncio import Redis  # noqa: PLC0415  the extra `redis`

            self._redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
                self.url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
            )
        return self._redis

    def _key(self, gate: str, part: str) -> str:
        return f"ocr-async:{{{gate}}}:{part}"

    def _permit(self, number: int) -> str:
        return f"{self._name}:{number}"


def _errors() -> tuple[type[Exception], ...]:
    from redis.exceptions import RedisError  # noqa: PLC0415  the extra `redis`

    return RedisError, OSError, TimeoutError
