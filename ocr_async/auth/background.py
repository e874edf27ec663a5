"""Work that outlives the call that asked for it: renewing a credential ahead of its end.

A caller must neither wait for a renewal while the old credential serves, nor cancel it for the others. So it runs in
a task that belongs to the session, not to a caller: referenced, ended by `aclose`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
from anyio.lowlevel import checkpoint

from ocr_async.loops import PerLoop, spawn


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
            with scope:
                await work()

        spawn(run, lambda: scopes.discard(scope))

    async def aclose(self) -> None:
        """Cancel what still runs in this loop and let it end."""
        scopes = self._scopes.get()
        for scope in tuple(scopes):
            scope.cancel()
        while scopes:
            await checkpoint()
