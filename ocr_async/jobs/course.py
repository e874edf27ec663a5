"""The course of a run: what those who look, those who send and those who keep know of it together."""

from __future__ import annotations

import time

import anyio
from attrs import define, field

from ocr_async.jobs.stop import Stop

TICK = 0.2
"""Seconds after which whoever waits looks again."""


@define(eq=False)
class Course:
    """How far a run is, and whether it is to end."""

    stop: Stop
    error: Exception | None = None
    """What ended the run early."""
    is_cancelled: bool = False
    total: int | None = None
    """Items in all; None as long as there is no telling."""
    is_total_final: bool = False
    is_whole: bool = False
    """True once everything that was named has been looked at."""
    begun: float = field(factory=time.monotonic)
    _changed: anyio.Event = field(factory=anyio.Event)

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self.begun

    @property
    def is_ending(self) -> bool:
        """True when nothing more is to be started."""
        return bool(self.stop.asked or self.error or self.is_cancelled)

    def fail(self, error: Exception) -> None:
        """End the run: what is under way is finished, nothing more is started."""
        self.error = self.error or error
        self.stop.intake.cancel()
        self.notify()

    def notify(self) -> None:
        """Let whoever waits look again."""
        self._changed.set()

    async def change(self) -> None:
        """Wait until something has changed, or for a moment."""
        if self._changed.is_set():
            self._changed = anyio.Event()
        with anyio.move_on_after(TICK):
            await self._changed.wait()

    @property
    def how(self) -> str:
        """How the run ended, for its row."""
        if self.error is not None:
            return f"ended by {type(self.error).__name__}"
        if self.stop.asked:
            return "stopped"
        return "finished" if self.is_whole and not self.is_cancelled else "cancelled"
