"""Permits from a named Ray actor: the place of a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from anyio.abc import TaskGroup
from attrs import define, field

from ocr_async.cluster.link import AGAIN, Link
from ocr_async.cluster.place import Place
from ocr_async.cluster.server import HolderConnection
from ocr_async.cluster.wire import Message
from ocr_async.gates import Limits

MOST_LISTENING = 10_000
"""Calls that the actor runs at once: each process has one that waits for permits."""


class PlaceActor:
    """A place, as the methods of an actor: messages go there by one, and come back as the reply to another that waits for them."""

    def __init__(self, limits: Limits, lease: float) -> None:
        self._place = Place(limits, lease=lease)
        self._connections: dict[str, _ActorConnection] = {}
        self._sweeping: asyncio.Task[None] | None = None

    async def tell(self, name: str, messages: Sequence[Message]) -> None:
        """Take what a holder says."""
        connection = self._connection(name)
        for message in messages:
            connection.take(message)

    async def hear(self, name: str) -> list[Message]:
        """Return what there is to say to a holder, once there is something, or it is time for it to ask again."""
        self._place.alive(name)
        return await self._connection(name).heard(self._place.lease / 4)

    def _connection(self, name: str) -> _ActorConnection:
        self._sweeping = self._sweeping or asyncio.create_task(self._sweep())
        connection = self._connections.get(name)
        if connection is None:
            connection = self._connections[name] = _ActorConnection(self._place, name)
            connection.open()
        return connection

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(max(0.01, self._place.next_sweep))
            for name in self._place.sweep():
                self._connections.pop(name).close()  # nobody will fetch what its asks would bring


class _ActorConnection(HolderConnection):
    """A connection whose words wait until they are fetched."""

    def __init__(self, place: Place, name: str) -> None:
        super().__init__(place, self._say, name)
        place.alive(name)
        self._words: list[Message] = []
        self._spoken = asyncio.Event()

    def _say(self, message: Message) -> None:
        self._words.append(message)
        self._spoken.set()

    async def heard(self, seconds: float) -> list[Message]:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._spoken.wait(), seconds)
        self._spoken.clear()
        words, self._words = self._words, []
        return words


@define(eq=False)
class ActorLink(Link):
    """Lends this process permits from the actor of that name, which the first process makes. Ray must be initialised."""

    actor: str
    limits: Limits
    lease: float
    _handle: Any = field(default=None, init=False)
    _words: list[Message] = field(factory=list[Message], init=False)

    async def _run(self, tasks: TaskGroup) -> None:  # noqa: ARG002  it needs no other tasks
        errors: Any = import_module("ray.exceptions")
        while True:
            try:
                self._handle = self._found()
                while True:
                    for message in await self._handle.hear.remote(self._name):
                        self._take(message)
            except (errors.RayError, ValueError):  # ValueError: the name is of an actor that is just ending
                self._handle = None
                self._lose()
                await asyncio.sleep(AGAIN)

    def _found(self) -> Any:
        """Return the actor, which is made where there is none (takes milliseconds, in the thread of the link)."""
        ray: Any = import_module("ray")  # the extra `ray`, which has no types
        options = {"name": self.actor, "namespace": "ocr-async", "get_if_exists": True, "max_restarts": -1}
        options |= {"num_cpus": 0, "max_concurrency": MOST_LISTENING}
        return ray.remote(PlaceActor).options(**options).remote(self.limits, self.lease)

    def _take(self, message: Message) -> None:
        super()._take(message)
        if "lease" in message:  # the first word of an actor that does not know this process, or no more
            self._greet()

    def _send(self, message: Message) -> None:
        """Send a message with all others of this moment: a remote call costs as much for many as for one."""
        if self._handle is None:
            return
        if not self._words:
            asyncio.get_running_loop().call_soon(self._tell)
        self._words.append(message)

    def _tell(self) -> None:
        words, self._words = self._words, []
        if self._handle is not None:
            self._handle.tell.remote(self._name, words)

    def _start_over(self) -> None:
        super()._start_over()
        self._handle, self._words = None, []
