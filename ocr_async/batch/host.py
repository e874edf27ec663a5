"""A task group in a task of its own.

Whoever leaves a run, by whatever way and even in another task (an async generator that is closed by the event loop),
touches only that task: never the one that entered.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from inspect import CORO_CREATED, getcoroutinestate
from typing import TYPE_CHECKING, Any

import anyio

from ocr_async.loops import spawn

if TYPE_CHECKING:
    from anyio.abc import TaskGroup


class Host:
    """Runs pieces of work until they end, or `aclose` ends them; what they raise is in `error`."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._group: TaskGroup | None = None
        self._early: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._unbegun: list[Coroutine[Any, Any, None]] = []
        self._is_closing = False
        self._ended = anyio.Event()

    def open(self) -> None:
        """Start the task, in a copy of the caller's context."""
        spawn(self._run, self._ended.set)

    def start_soon(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start a piece of work, from the caller of `open` or from another piece; nothing once all is to end."""
        if self._is_closing:
            return
        if self._group is None:
            self._early.append(work)
        else:
            self._start(self._group, work)

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
                    self._start(self._group, work)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001  raised to the consumer
            self.error = error
        finally:
            for coroutine in self._unbegun:
                coroutine.close()

    def _start(self, group: TaskGroup, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        coroutine = work()
        # Of a loop that ends before it begins, anyio would leave it to the collector, which warns of it.
        self._unbegun = [each for each in self._unbegun if getcoroutinestate(each) == CORO_CREATED]
        self._unbegun.append(coroutine)
        group.start_soon(lambda: coroutine)
