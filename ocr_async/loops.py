"""The running event loop: its clock, tasks that belong to nobody, how they wait for each other, and what is made for each loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextvars import copy_context
from typing import Any, Generic, TypeVar, cast
from weakref import ReferenceType, WeakKeyDictionary, ref

import anyio
from anyio.lowlevel import current_token

T = TypeVar("T")


def now() -> float:
    """Return the time of the running loop, by which deadlines are kept, in seconds."""
    try:
        return asyncio.get_running_loop().time()  # a tenth of what asking anyio costs
    except RuntimeError:
        return anyio.current_time()


def is_cancelled() -> bool:
    """Tell whether somebody has cancelled the running task, as against an error that only looks so: that of a future it awaited."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # trio, where nothing else looks so
        return True
    return task is None or task.cancelling() > 0


def run_soon(function: Callable[[], None]) -> None:
    """Have the running loop call a function in its next pass."""
    loop = _running()  # on trio its token
    schedule = loop.call_soon if isinstance(loop, asyncio.AbstractEventLoop) else cast("Any", loop).run_sync_soon
    schedule(function)


_tasks: set[asyncio.Task[None]] = set()
"""asyncio itself keeps only weak references to tasks."""


def spawn(work: Callable[[], Coroutine[Any, Any, None]], ended: Callable[[], None]) -> None:
    """Start `work`, which must not raise, in a task that belongs to nobody, with a copy of the caller's context.

    `ended` is called at its end, and at that of a task that was cancelled before it began.
    """
    loop = _running()
    if isinstance(loop, asyncio.AbstractEventLoop):
        task = loop.create_task(work())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
        task.add_done_callback(lambda _: ended())
        return
    from trio.lowlevel import spawn_system_task  # noqa: PLC0415  only where trio runs

    async def run() -> None:
        try:
            await work()
        finally:
            ended()

    spawn_system_task(run, context=copy_context())


class Wake:
    """Lets one task sleep until another one wakes it, once; on asyncio at a fifth of the cost of an `anyio.Event`."""

    __slots__ = ("_event", "_future")

    def __init__(self) -> None:
        try:
            self._future: asyncio.Future[None] | None = asyncio.get_running_loop().create_future()
            self._event: anyio.Event | None = None
        except RuntimeError:
            self._future, self._event = None, anyio.Event()

    async def wait(self) -> None:
        """Sleep until `set`; a task that was cancelled here takes another one to sleep again."""
        if self._future is not None:
            await self._future
        elif self._event is not None:
            await self._event.wait()

    def set(self) -> None:
        """Wake the task that waits or is going to."""
        if self._future is None:
            if self._event is not None:
                self._event.set()
        elif not self._future.done():
            self._future.set_result(None)

    @property
    def is_set(self) -> bool:
        """Whether the task was woken, as against one that was cancelled."""
        if self._future is None:
            return self._event is not None and self._event.is_set()
        return self._future.done() and not self._future.cancelled()


class Signal:
    """Wakes everyone who waits; costs nothing while nobody does."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Wake] = []

    async def wait(self) -> None:
        """Sleep until the next `notify`."""
        wake = Wake()
        self._waiting.append(wake)
        try:
            await wake.wait()
        finally:
            if wake in self._waiting:
                self._waiting.remove(wake)

    def notify(self) -> None:
        """Wake everyone who waits now."""
        while self._waiting:
            self._waiting.pop().set()


async def at_loop_end(work: Callable[[], Awaitable[None]]) -> AsyncGenerator[None, None]:
    """Await `work` when this generator is closed, or the running loop ends, which closes all that were begun; to be held on to."""
    try:
        yield
    finally:
        await work()


class PerLoop(Generic[T]):
    """Holds a value for each running event loop, made by `factory` on first use, dropped when its loop is closed."""

    def __init__(self, factory: Callable[[], T]) -> None:
        self._factory = factory
        self._values: WeakKeyDictionary[object, T] = WeakKeyDictionary()
        self._last: tuple[ReferenceType[object], T] | None = None
        """The loop that asked last and its value: a third of the cost of looking it up."""

    def values(self) -> list[T]:
        """Return the values of all loops that are still there."""
        return list(self._values.values())

    def of_others(self) -> list[T]:
        """Return the values of the asyncio loops that run in other threads now."""
        mine = _running()
        loops = [loop for loop in list(self._values) if loop is not mine]
        return [
            self._values[loop] for loop in loops if isinstance(loop, asyncio.AbstractEventLoop) and loop.is_running()
        ]

    def get(self) -> T:
        """Return the running loop's value."""
        loop, last = _running(), self._last  # another thread may set it meanwhile
        if last is not None and last[0]() is loop:
            return last[1]
        value = self._values.get(loop)
        if value is None:
            self._drop_closed()
            value = self._values[loop] = self._factory()
        self._last = ref(loop), value
        return value

    def pop(self) -> T | None:
        """Forget the running loop's value, and return it."""
        self._last = None
        return self._values.pop(_running(), None)

    def _drop_closed(self) -> None:
        # a value may hold its loop, which then is never collected
        for loop in list(self._values):
            if isinstance(loop, asyncio.AbstractEventLoop) and loop.is_closed():
                del self._values[loop]


def _running() -> object:
    try:
        return asyncio.get_running_loop()  # a third of what asking anyio costs
    except RuntimeError:
        return current_token().native_token
