"""Permits from a Redis server, for processes on any machine: it keeps count by its own clock.

Rates are kept by the generic cell rate algorithm (ITU-T I.371): each permit reserves the next moment of an even pace.
Concurrency is a set of permits that end with their lease; where several processes wait, the one with the fewest goes first.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Awaitable
from concurrent.futures import Future
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, cast

import anyio
from anyio.abc import TaskGroup
from attrs import define, field

from ocr_async.cluster.link_thread import LinkThread
from ocr_async.cluster.place import Grant, Outcome
from ocr_async.cluster.redis_scripts import PAUSE, RENEW, RETURN, TAKE
from ocr_async.gates import Gate, Limits

if TYPE_CHECKING:
    from redis.asyncio import Redis

MARGIN = 0.995
"""Of a stated rate that is used: the service counts by another clock, and what is sent evenly arrives less so."""

POLL = 0.01
"""Seconds between two looks for a permit when all are lent."""

AGAIN = 1.0
"""Seconds for which an unreachable server is not asked again."""

FIRST_PAUSE = 0.1
"""Seconds for which nobody starts a call after a refusal that does not say how long."""


@define(order=True)
class _Asked:
    position: int
    number: int
    again: bool = field(order=False)
    future: Future[Grant] = field(factory=Future["Grant"], order=False)


@define(eq=False)
class _Line:
    """Those of this process who wait for permits of one gate, and the permits that they were lent."""

    asked: list[_Asked] = field(factory=list[_Asked])
    lent: set[int] = field(factory=set[int])
    arrived: anyio.Event = field(factory=anyio.Event)


@define(eq=False)
class RedisLink:
    """Lends this process permits from a Redis server.

    Raises ValueError when the limits state neither a rate nor a concurrency: Redis keeps count, it finds nothing out.
    """

    url: str = field(repr=False)
    limits: Limits
    lease: float
    _name: str = field(factory=lambda: secrets.token_hex(8), init=False)
    _lines: dict[str, _Line] = field(factory=dict[str, _Line], init=False)
    _gates: dict[int, str] = field(factory=dict[int, str], init=False)
    _numbers: count[int] = field(factory=count, init=False)
    _lost_until: float = field(default=0.0, init=False)
    _redis: Redis | None = field(default=None, init=False)
    _thread: LinkThread | None = field(default=None, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        if self.limits.rate is None and self.limits.concurrency is None:
            raise ValueError("Limits shared through Redis must state a rate or a concurrency.")

    def ask(self, gate: str, position: int, *, again: bool) -> Future[Grant]:
        """Ask for a permit; the future fails with ConnectionError when the server is gone. Cancel it to leave the line."""
        asked = _Asked(position, next(self._numbers), again)
        self._running().call(self._queue, gate, asked)
        return asked.future

    def end(self, number: int, outcome: Outcome) -> None:
        """Give a permit back."""
        self._running().start(self._give_back, number, outcome)

    def close(self) -> None:
        """End the link; what is still lent returns with its lease."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()

    def _running(self) -> LinkThread:
        with self._lock:
            if self._thread is None or not self._thread.is_of_this_process:
                self._name, self._lines, self._gates = secrets.token_hex(8), {}, {}
                self._thread = LinkThread(self._run)
            return self._thread

    async def _run(self, _: TaskGroup) -> None:
        try:
            while True:
                await anyio.sleep(self.lease / 4)
                await self._renew()
        finally:
            if self._redis is not None:
                with anyio.CancelScope(shield=True):
                    await self._redis.aclose()
                self._redis = None

    def _queue(self, gate: str, asked: _Asked) -> None:
        line = self._lines.get(gate)
        if line is None:
            line = self._lines[gate] = _Line()
            self._running().start(self._serve, gate, line)
        heappush(line.asked, asked)
        line.arrived.set()

    async def _serve(self, gate: str, line: _Line) -> None:
        while True:
            line.arrived = anyio.Event()
            while line.asked:
                if line.asked[0].future.cancelled():
                    heappop(line.asked)
                else:
                    await self._lend(gate, line)
            await line.arrived.wait()

    async def _lend(self, gate: str, line: _Line) -> None:
        try:
            wait = await self._take(gate, number := next(self._numbers))
        except _errors():
            self._lost_until = time.monotonic() + AGAIN
            self._lose(line)
            return
        if wait is None:
            await anyio.sleep(POLL)
            return
        line.lent.add(number)
        self._gates[number] = gate
        await anyio.sleep(wait)
        while line.asked:
            asked = heappop(line.asked)
            if asked.future.set_running_or_notify_cancel():
                stats = Gate(self.limits).stats()
                asked.future.set_result(Grant(number, asked.position, stats, 0))
                return
        await self._give_back(number, Outcome())

    async def _take(self, gate: str, number: int) -> float | None:
        """Return the seconds after which a call may start; None when all permits are lent or the service wants a pause."""
        if time.monotonic() < self._lost_until:
            raise ConnectionError
        interval = 1 / (self.limits.rate * MARGIN) if self.limits.rate else 0
        keys = [self._key(gate, part) for part in ("tat", "held", "waiting", "pause")]
        arguments = (self.limits.concurrency or 0, interval, self.lease, self._name, number)
        said = (await self._call(TAKE, keys, *arguments)).decode()
        if said == "full":
            return None
        if said.endswith(" paused"):
            await anyio.sleep(float(said.partition(" ")[0]))
            return None
        return float(said)

    async def _give_back(self, number: int, outcome: Outcome) -> None:
        gate = self._gates.pop(number, None)
        if gate is None:
            return
        self._lines[gate].lent.discard(number)
        try:
            if outcome.ending == "refused":
                seconds = outcome.retry_after if outcome.retry_after is not None else FIRST_PAUSE
                await self._call(PAUSE, [self._key(gate, "pause")], seconds)
            if self.limits.concurrency:
                await self._call(RETURN, [self._key(gate, "held")], self._permit(number))
        except _errors():
            self._lost_until = time.monotonic() + AGAIN  # the lease brings it back

    async def _renew(self) -> None:
        for gate, line in self._lines.items():
            if line.lent:
                try:
                    await self._call(RENEW, [self._key(gate, "held")], self.lease, *map(self._permit, line.lent))
                except _errors():
                    self._lost_until = time.monotonic() + AGAIN

    async def _call(self, script: str, keys: list[str], *arguments: float | str) -> bytes:
        if self._redis is None:
            from redis.asyncio import Redis  # noqa: PLC0415  the extra `redis`

            self._redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
                self.url, socket_timeout=2.0, socket_connect_timeout=1.0
            )
        return await cast("Awaitable[bytes]", self._redis.eval(script, len(keys), *keys, *map(str, arguments)))

    def _lose(self, line: _Line) -> None:
        while line.asked:
            future = heappop(line.asked).future
            if future.set_running_or_notify_cancel():
                future.set_exception(ConnectionError("the Redis server that lends permits is gone"))

    def _key(self, gate: str, part: str) -> str:
        return f"ocr-async:{{{gate}}}:{part}"

    def _permit(self, number: int) -> str:
        return f"{self._name}:{number}"


def _errors() -> tuple[type[Exception], ...]:
    from redis.exceptions import RedisError  # noqa: PLC0415  the extra `redis`

    return RedisError, OSError, TimeoutError
