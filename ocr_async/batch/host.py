"""A task group in a task of its own.

Whoever leaves a run, by whatever way and even in another task (an async generator that is closed by the event loop),
touches only that task: never the one that entered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

_tasks: set[asyncio.Task[None]] = set()
"""asyncio itself keeps only weak references to tasks."""


class Host:
    """Runs pieces of work until they end, or `aclose` ends them; what they raise is in `error`."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._group: TaskGroup | None = None
        self._early: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._is_closing = False
        self._ended = anyio.Event()

    def open(self) -> None:
        """Start the task, in a copy of the caller's context."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            from trio.lowlevel import spawn_system_task  # noqa: PLC0415  only where trio runs

            spawn_system_task(self._run, context=copy_context())
            return
        task = loop.create_task(self._run())
        _tasks.add(task)
        task.add_done_callback(self._forget)

    def start_soon(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start a piece of work, from the caller of `open` or from another piece; nothing once all is to end."""
        if self._is_closing:
            return
        if self._group is None:
            self._early.append(work)
        else:
            self._group.start_soon(work)

    async def ended(self) -> None:
        """Wait until all work has ended; `error` has then what it raised."""
        await self._ended.wait()

    async def aclose(self) -> None:
        """Cancel what still runs and let it end."""
        self._is_closing = True
        if self._group is not None:
            self._group.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await self._ended.wait()

    async def _run(self) -> None:
        try:
            async with anyio.create_task_group() as self._group:
                if self._is_closing:
                    self._group.cancel_scope.cancel()
                for work in self._early:
                    self._group.start_soon(work)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001  raised to the consumer
            self.error = error
        finally:
            self._ended.set()

    def _forget(self, task: asyncio.Task[None]) -> None:
        _tasks.discard(task)
        self._ended.set()  # a task that was cancelled before it ran got nowhere near its own end
