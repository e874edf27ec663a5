"""The thread that keeps a process in touch with whoever lends it permits, however busy its event loops are."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from math import inf
from typing import Any, TypeAlias, cast

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectSendStream
from attrs import define, field

_Start: TypeAlias = tuple[Callable[..., Coroutine[Any, Any, None]], tuple[object, ...]]


class LinkThread:
    """A daemon thread with an event loop and a task group, which runs one function for good; `end` when all tasks have ended."""

    def __init__(
        self,
        run: Callable[[TaskGroup], Coroutine[Any, Any, None]],
        end: Callable[[], Coroutine[Any, Any, None]] = anyio.lowlevel.checkpoint,
    ) -> None:
        self._pid = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: TaskGroup | None = None
        self._starts: MemoryObjectSendStream[_Start] | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._main(run, end),), name="ocr-limits", daemon=True
        )
        self._thread.start()
        self._ready.wait()

    async def _main(
        self, run: Callable[[TaskGroup], Coroutine[Any, Any, None]], end: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._starts, starts = anyio.create_memory_object_stream[_Start](inf)
        async with self._starts, starts, anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(run, self._tasks)
            self._ready.set()
            async for function, arguments in starts:
                self._tasks.start_soon(function, *arguments)
        await end()
        for _ in range(6):  # rounds of the loop in which what was closed, or was just accepted, ends
            await asyncio.sleep(0)

    @property
    def is_of_this_process(self) -> bool:
        """Whether it runs here: a thread does not come along into a fork."""
        return self._pid == os.getpid()

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function in the thread, soon."""
        with suppress(RuntimeError):  # the interpreter is ending
            cast("asyncio.AbstractEventLoop", self._loop).call_soon_threadsafe(function, *arguments)

    def start(self, function: Callable[..., Coroutine[Any, Any, None]], *arguments: object) -> None:
        """Start a task in the thread, soon."""
        self.call(cast("MemoryObjectSendStream[_Start]", self._starts).send_nowait, (function, arguments))

    def stop(self) -> None:
        """End the thread."""
        self.call(cast("TaskGroup", self._tasks).cancel_scope.cancel)
        self._thread.join(timeout=5)


@define(eq=False)
class ThreadOnDemand:
    """The thread of a link: started when it is first needed, and afresh in a fork, where `start` makes it."""

    start: Callable[[], LinkThread]
    _thread: LinkThread | None = field(default=None, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def get(self) -> LinkThread:
        """Return the thread, started if there is none."""
        with self._lock:
            if self._thread is None or not self._thread.is_of_this_process:
                self._thread = self.start()
            return self._thread

    def known(self) -> LinkThread | None:
        """Return the thread if there is one; after the end nobody is to start another."""
        with self._lock:
            thread = self._thread
        return thread if thread is not None and thread.is_of_this_process else None

    def forget(self) -> LinkThread | None:
        """Return the thread to whoever is to stop it."""
        with self._lock:
            thread, self._thread = self._thread, None
        return thread
