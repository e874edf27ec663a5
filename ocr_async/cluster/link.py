"""A process's link to the place that lends it permits: a thread of its own, which serves every event loop.

So that the place stays in touch with a process whose loop is busy, and one session may be used from several loops.
"""

from __future__ import annotations

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

import attrs
import cattrs
from anyio.abc import TaskGroup
from attrs import Factory, define, field

from ocr_async.cluster.link_thread import LinkThread, ThreadOnDemand
from ocr_async.cluster.permits import Permits
from ocr_async.cluster.place import GRACE, LEASE, Grant, Outcome, Place
from ocr_async.cluster.server import serve
from ocr_async.cluster.wire import Address, Lines, Message

AGAIN = 0.05
"""Seconds between two tries to find the place, or to become it."""

PATIENCE = 10
"""Failed tries in a row after which a process goes on by itself, and still tries."""


@define(eq=False)
class Link(ABC):
    """Asks for permits and takes them by messages, whatever carries these."""

    _name: str = field(factory=lambda: secrets.token_hex(8), init=False)
    _asked: dict[int, tuple[Permits, int]] = field(factory=dict[int, tuple[Permits, int]], init=False)
    _lent: dict[int, str] = field(factory=dict[int, str], init=False)
    """The gates of the permits that this process has."""
    _numbers: Iterator[int] = field(factory=count, init=False)
    _lease: float = field(default=LEASE, init=False)
    _is_lost: bool = field(default=False, init=False)
    _thread: ThreadOnDemand = field(
        default=Factory(lambda link: ThreadOnDemand(link.new_thread), takes_self=True), init=False
    )

    def ask(self, permits: Permits, kind: int) -> None:
        """Ask for a permit, which comes through `permits.take`; `permits.lose` tells that the place is gone."""
        self._thread.get().call(self._ask, permits, kind)

    def leave(self, permits: Permits) -> None:
        """Ask no more for what was asked for and has not come."""
        if (thread := self._thread.known()) is not None:
            thread.call(self._leave, permits)

    def end(self, number: int, outcome: Outcome) -> None:
        """Give a permit back; after the end nothing is left to be given back."""
        if (thread := self._thread.known()) is not None:
            thread.call(self._end, number, outcome)

    def close(self) -> None:
        """Say goodbye, which gives back what is still lent, and end the thread."""
        if (thread := self._thread.forget()) is not None:
            thread.call(self._send, {"bye": 1})
            thread.call(self._lose)
            thread.stop()

    @abstractmethod
    async def _run(self, tasks: TaskGroup) -> None:
        """Stay in touch with the place, for good."""

    @abstractmethod
    def _send(self, message: Message) -> None:
        """Send a message if there is a place to hear it."""

    def new_thread(self) -> LinkThread:
        """Start a thread, and everything anew."""
        self._start_over()
        return LinkThread(self._run)

    def _start_over(self) -> None:
        """Forget a link that was closed, or is that of the process that this one was forked from."""
        self._name, self._asked, self._lent, self._is_lost = secrets.token_hex(8), {}, {}, False

    def _take(self, message: Message) -> None:
        match message:
            case {"lease": int(lease) | float(lease)}:
                self._lease = lease
            case {"grant": int(number), "number": int(lent)}:
                permits, kind = self._asked.pop(number, (None, 0))
                if permits is None:
                    self._send({"end": lent})
                else:
                    self._lent[lent] = permits.gate
                    permits.take(kind, cattrs.structure(message, Grant))
            case _:
                pass

    def _greet(self) -> None:
        """Say who this is and what is asked for, to a place that was just found; hearing it twice does it no harm."""
        self._is_lost = False
        self._send({"holder": self._name, "has": {str(number): gate for number, gate in self._lent.items()}})
        for number in self._asked:
            self._send(self._question(number))

    def _ask(self, permits: Permits, kind: int) -> None:
        self._asked[number := next(self._numbers)] = permits, kind
        self._send(self._question(number))
        if self._is_lost:
            self._lose()

    def _end(self, number: int, outcome: Outcome) -> None:
        self._lent.pop(number, None)
        said = attrs.asdict(outcome, filter=lambda attribute, value: value != attribute.default)
        self._send({"end": number, **said})

    def _question(self, number: int) -> Message:
        permits, kind = self._asked[number]
        return {"ask": number, "gate": permits.gate, "kind": kind}

    def _leave(self, permits: Permits) -> None:
        for number in [number for number, (who, _) in self._asked.items() if who is permits]:
            del self._asked[number]
            self._send({"leave": number})

    def _lose(self) -> None:
        """Fail those who wait for permits of a place that is gone."""
        self._is_lost = True
        lost, self._asked = {id(permits): permits for permits, _ in self._asked.values()}, {}
        for permits in lost.values():
            permits.lose()


@define(eq=False)
class SocketLink(Link):
    """A link over a socket. Where nobody listens yet, this process becomes the place for all."""

    address: Address
    place: Callable[[float], Place]
    """Makes one that opens after so many seconds."""
    _lines: Lines | None = field(default=None, init=False)
    _was_linked: bool = field(default=False, init=False)

    async def _run(self, tasks: TaskGroup) -> None:
        failures = 0
        while True:
            try:
                await self._be_linked()
                failures = 0
            except OSError:
                if not await self._hosts(tasks):  # somebody else is about to, or nobody can
                    failures += 1
                    if failures >= PATIENCE:
                        self._lose()
                    await asyncio.sleep(AGAIN)

    async def _be_linked(self) -> None:
        ended = asyncio.Event()
        self._lines = lines = await self.address.connect(lambda: Lines(self._take, ended.set))
        self._was_linked = True
        self._greet()
        try:
            while not ended.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), self._lease / 4)
                self._send({"alive": 1})
        finally:
            self._lines = None
            lines.close()

    async def _hosts(self, tasks: TaskGroup) -> bool:
        """Become the place; False when that is not possible now."""
        listens: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        async def host() -> None:
            try:
                place = self.place(GRACE if self._was_linked else 0.0)
                await serve(place, self.address, started=lambda: listens.set_result(True))
            except OSError:
                listens.set_result(False)

        tasks.start_soon(host)
        return await listens

    def _send(self, message: Message) -> None:
        if self._lines is not None:
            self._lines.send(message)

    def _start_over(self) -> None:
        super()._start_over()
        self._lines = None
