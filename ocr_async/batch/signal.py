"""A wake-up for tasks of one loop."""

from __future__ import annotations

import anyio


class Signal:
    """Wakes everyone who waits; costs nothing while nobody does."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

    async def wait(self) -> None:
        """Sleep until the next `notify`."""
        if self._event is None:
            self._event = anyio.Event()
        await self._event.wait()

    def notify(self) -> None:
        """Wake everyone who waits now."""
        if self._event is not None:
            self._event.set()
            self._event = None
