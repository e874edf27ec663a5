"""A process's link to the place that lends it permits: a thread of its own, which serves every event loop.

So that the place stays in touch with a process whose loop is busy, and one session may be used from several loops.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from math import inf
from typing import Protocol

import anyio
import attrs
import cattrs
from anyio.abc import SocketStream, TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from attrs import define, field

from ocr_async.cluster.link_thread import LinkThread
from ocr_async.cluster.place import Grant, Outcome, Place
from ocr_async.cluster.server import serve
from ocr_async.cluster.wire import Address, Message, line_of, messages

AGAIN = 0.05
"""Seconds between two tries to find the place, or to become it."""

PATIENCE = 10
"""Failed tries in a row after which a process goes on by itself, and still tries."""


class Lender(Protocol):
    """Whoever lends permits to this process; safe to call from any thread."""

    def ask(self, gate: str, position: int, *, again: bool) -> Future[Grant]:
        """Ask for a permit; the future fails with ConnectionError when the place is gone. Cancel it to leave the line."""
        ...

    def end(self, number: int, outcome: Outcome) -> None:
        """Give a permit back."""
        ...

    def close(self) -> None:
        """Give back everything and end the link."""
        ...


@define(eq=False)
class _Asked:
    """A permit that was asked for."""

    gate: str
    position: int
    again: bool
    future: Future[Grant] = field(factory=Future["Grant"])

    def message(self, number: int) -> Message:
        return {"ask": number, "gate": self.gate, "position": self.position, "again": self.again}


@define(eq=False)
class SocketLink:
    """A link over a socket. Where nobody listens yet, this process becomes the place for all."""

    address: Address
    place: Callable[[], Place]
    _name: str = field(factory=lambda: secrets.token_hex(8), init=False)
    _outbox: MemoryObjectSendStream[Message] | None = field(default=None, init=False)
    _is_lost: bool = field(default=False, init=False)
    _asked: dict[int, _Asked] = field(factory=dict[int, "_Asked"], init=False)
    _numbers: Iterator[int] = field(factory=count, init=False)
    _thread: LinkThread | None = field(default=None, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def ask(self, gate: str, position: int, *, again: bool) -> Future[Grant]:
        """Ask for a permit; the future fails with ConnectionError when the place is gone. Cancel it to leave the line."""
        asked = _Asked(gate, position, again)
        self._running().call(lambda: self._ask(asked))
        return asked.future

    def end(self, number: int, outcome: Outcome) -> None:
        """Give a permit back."""
        self._running().call(lambda: self._end(number, outcome))

    def close(self) -> None:
        """Say goodbye, which gives back what is still lent, and end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()

    def _running(self) -> LinkThread:
        with self._lock:
            if self._thread is None or not self._thread.is_of_this_process:
                self._asked, self._outbox, self._name = {}, None, secrets.token_hex(8)
                self._thread = LinkThread(self._run)
            return self._thread

    async def _run(self, tasks: TaskGroup) -> None:
        failures = 0
        while True:
            try:
                await self._be_linked(await self.address.connect())
                failures = 0
            except OSError:
                if not await self._hosts(tasks):  # somebody else is about to, or nobody can
                    failures += 1
                    if failures >= PATIENCE:
                        self._lose()
                    await anyio.sleep(AGAIN)

    async def _hosts(self, tasks: TaskGroup) -> bool:
        """Become the place; False when that is not possible now."""
        decided, listens = anyio.Event(), False

        def started() -> None:
            nonlocal listens
            listens = True
            decided.set()

        async def host() -> None:
            with suppress(OSError):
                await serve(self.place(), self.address, started=started)
            decided.set()

        tasks.start_soon(host)
        await decided.wait()
        return listens

    async def _be_linked(self, stream: SocketStream) -> None:
        outbox, waiting = anyio.create_memory_object_stream[Message](inf)
        async with stream, outbox, anyio.create_task_group() as tasks:
            self._outbox, self._is_lost = outbox, False
            self._send({"holder": self._name})
            for number, asked in self._asked.items():
                self._send(asked.message(number))
            tasks.start_soon(self._write, stream, waiting)
            try:
                async for message in messages(stream):
                    self._take(message, tasks)
            finally:
                self._outbox = None
                with anyio.CancelScope(shield=True), suppress(anyio.BrokenResourceError):
                    await stream.send(line_of({"bye": 1}))
                tasks.cancel_scope.cancel()

    def _take(self, message: Message, tasks: TaskGroup) -> None:
        match message:
            case {"lease": int(lease) | float(lease)}:
                tasks.start_soon(self._stay_alive, lease / 4)
            case {"grant": int(number)}:
                grant = _grant(message)
                asked = self._asked.pop(number, None)
                if asked is None or not asked.future.set_running_or_notify_cancel():
                    self._end(grant.number, Outcome())
                else:
                    asked.future.set_result(grant)
            case _:
                pass

    async def _write(self, stream: SocketStream, waiting: MemoryObjectReceiveStream[Message]) -> None:
        with waiting, suppress(anyio.BrokenResourceError):
            async for message in waiting:
                await stream.send(line_of(message))

    async def _stay_alive(self, every: float) -> None:
        while True:
            await anyio.sleep(every)
            self._send({"alive": 1})

    def _ask(self, asked: _Asked) -> None:
        number = next(self._numbers)
        self._asked[number] = asked
        asked.future.add_done_callback(lambda done: self._leave(number) if done.cancelled() else None)
        if not self._send(asked.message(number)) and self._is_lost:
            self._lose()

    def _leave(self, number: int) -> None:
        thread = self._thread
        if thread is not None:
            thread.call(lambda: self._asked.pop(number, None) and self._send({"leave": number}))

    def _end(self, number: int, outcome: Outcome) -> None:
        said = attrs.asdict(outcome, filter=lambda attribute, value: value != attribute.default)
        self._send({"end": number, **said})

    def _send(self, message: Message) -> bool:
        if self._outbox is None:
            return False
        self._outbox.send_nowait(message)
        return True

    def _lose(self) -> None:
        """Fail those who wait for permits of a place that is gone."""
        self._is_lost = True
        while self._asked:
            _, asked = self._asked.popitem()
            if asked.future.set_running_or_notify_cancel():
                asked.future.set_exception(ConnectionError("the place that lends permits is gone"))


def _grant(message: Message) -> Grant:
    return cattrs.structure(message, Grant)
