"""Work that outlives the call that asked for it: renewing a credential ahead of its end.

A caller must neither wait for a renewal while the old credential serves, nor cancel it for the others. So it runs in
a task that belongs to the session, not to a caller: referenced, ended by `aclose`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import anyio
from anyio.lowlevel import checkpoint, current_token

from ocr_async.loops import PerLoop


class Background:
    """Runs short pieces of work for a session, in the running loop."""

    def __init__(self) -> None:
        self._scopes: PerLoop[set[anyio.CancelScope]] = PerLoop(set)

    def start(self, work: Callable[[], Awaitable[None]]) -> None:
        """Start `work`, which must neither raise nor go on for ever."""
        scope = anyio.CancelScope()
        scopes = self._scopes.get()
        scopes.add(scope)

        async def run() -> None:
            try:
                with scope:
                    await work()
            finally:
                scopes.discard(scope)

        _spawn(run)

    async def aclose(self) -> None:
        """Cancel what still runs in this loop and let it end."""
        scopes = self._scopes.get()
        for scope in tuple(scopes):
            scope.cancel()
        while scopes:
            await checkpoint()


_tasks: set[asyncio.Task[None]] = set()


def _spawn(run: Callable[[], Awaitable[None]]) -> None:
    loop = current_token().native_token
    if isinstance(loop, asyncio.AbstractEventLoop):

        async def main() -> None:
            await run()

        # asyncio keeps only weak references to tasks
        task = loop.create_task(main())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
    else:
        from trio.lowlevel import spawn_system_task  # noqa: PLC0415  only where trio runs

        spawn_system_task(run)
