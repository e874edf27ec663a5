"""A wake-up for tasks of one loop."""

from __future__ import annotations

from ocr_async.loops import Wake


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
