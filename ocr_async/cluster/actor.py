"""Permits from a named Ray actor: the place of a cluster."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import Future
from importlib import import_module
from typing import Any

import anyio
from anyio.abc import TaskGroup
from attrs import define, field

from ocr_async.cluster.link_thread import LinkThread
from ocr_async.cluster.place import Grant, Outcome, Place
from ocr_async.gates import Limits

MOST_WAITING = 100_000
"""Calls that the actor runs at once: each permit that somebody waits for is one."""


class PlaceActor:
    """A place, as the methods of an actor."""

    def __init__(self, limits: Limits, lease: float) -> None:
        self._place = Place(limits, lease=lease)

    async def ask(self, name: str, gate: str, position: int, again: bool) -> Grant:  # noqa: FBT001  remote calls are positional
        """Wait for a permit."""
        return await self._place.ask(name, gate, position, again=again)

    async def end(self, name: str, number: int, outcome: Outcome) -> None:
        """Take a permit back."""
        self._place.end(name, number, outcome)

    async def alive(self, name: str) -> None:
        """Note that a holder is there, and take back what those had who are not."""
        self._place.alive(name)
        self._place.sweep()

    async def leave(self, name: str) -> None:
        """Let a holder go."""
        self._place.leave(name)


@define(eq=False)
class ActorLink:
    """Lends this process permits from the actor of that name, which the first process makes. Ray must be initialised."""

    actor: str
    limits: Limits
    lease: float
    _name: str = field(factory=lambda: secrets.token_hex(8), init=False)
    _handle: Any = field(default=None, init=False)
    _thread: LinkThread | None = field(default=None, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def ask(self, gate: str, position: int, *, again: bool) -> Future[Grant]:
        """Ask for a permit; the future fails with ConnectionError when the actor is gone. Cancel it to leave the line."""
        future: Future[Grant] = Future()
        self._running().start(self._ask, future, gate, position, again)
        return future

    def end(self, number: int, outcome: Outcome) -> None:
        """Give a permit back."""
        self._running().call(self._tell, "end", number, outcome)

    def close(self) -> None:
        """Say goodbye and end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.call(self._tell, "leave")
            thread.stop()

    def _running(self) -> LinkThread:
        with self._lock:
            if self._thread is None or not self._thread.is_of_this_process:
                self._name, self._handle = secrets.token_hex(8), None
                self._thread = LinkThread(self._run)
            return self._thread

    def _tell(self, method: str, *arguments: object) -> None:
        """Call a method of the actor that answers nothing; one that is gone has forgotten what it lent."""
        if self._handle is not None:
            getattr(self._handle, method).remote(self._name, *arguments)

    def _find(self) -> Any:
        """Return the actor, which is made where there is none (takes milliseconds, in the thread of the link)."""
        if self._handle is not None:
            return self._handle
        ray: Any = import_module("ray")  # the extra `ray`, which has no types
        remote = ray.remote(PlaceActor)
        options = {"name": self.actor, "namespace": "ocr-async", "get_if_exists": True, "max_restarts": -1}
        options |= {"num_cpus": 0, "max_concurrency": MOST_WAITING}
        self._handle = remote.options(**options).remote(self.limits, self.lease)
        return self._handle

    async def _run(self, _: TaskGroup) -> None:
        while True:
            await anyio.sleep(self.lease / 4)
            self._tell("alive")

    async def _ask(self, future: Future[Grant], gate: str, position: int, again: bool) -> None:  # noqa: FBT001  passed through
        errors: Any = import_module("ray.exceptions")
        try:
            grant: Grant = await self._find().ask.remote(self._name, gate, position, again)
        except (errors.RayError, ValueError):  # ValueError: the name is of an actor that is just ending
            self._handle = None
            if future.set_running_or_notify_cancel():
                future.set_exception(ConnectionError("the actor that lends permits is gone"))
            return
        if future.set_running_or_notify_cancel():
            future.set_result(grant)
        else:
            self.end(grant.number, Outcome())
