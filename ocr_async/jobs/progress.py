"""How far a job is, as a value that displays are made from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import TypeAlias

from attrs import define, field, frozen

from ocr_async.calls.endpoints import EndpointStats

RATE_SPAN = 20.0
"""Seconds over which the rate is taken."""


@frozen
class Progress:
    """A running job at one moment; the counts are of this run."""

    total: int | None
    """Items in all; `None` when there is no telling before the end."""
    is_total_final: bool
    """False while files are still being counted."""
    done: int
    failed: int
    held: int
    already: int
    """Settled in an earlier run."""
    copied: int
    """Given the answer to another item with the same content; counted in `done` and the others too."""
    in_flight: int
    seconds: float
    rate: float
    """Items a second over the last 20 seconds."""
    codes: Mapping[str, int]
    """Failures by the service's code, or by the name of the error's class."""
    endpoints: tuple[EndpointStats, ...]
    is_stopping: bool

    @property
    def settled(self) -> int:
        """Items that need nothing more."""
        return self.done + self.failed + self.held + self.already

    @property
    def seconds_left(self) -> float | None:
        """The time that the rest will take at the present rate; `None` when there is no telling."""
        if self.total is None or not self.is_total_final or not self.rate:
            return None
        return max(0, self.total - self.settled) / self.rate

    def __str__(self) -> str:
        """Say it in one line."""
        total = "" if self.total is None else f"/{self.total:,}{'' if self.is_total_final else '+'}"
        parts = [
            f"{self.settled:,}{total} items",
            f"{self.done:,} done",
            f"{self.failed:,} failed",
            *([f"{self.held:,} held"] if self.held else []),
            *([f"{self.already:,} from before"] if self.already else []),
            f"{self.rate:.1f}/s",
            f"{duration(self.seconds)} so far",
        ]
        if self.seconds_left is not None:
            parts.append(f"{duration(self.seconds_left)} left")
        if self.is_stopping:
            parts.append(f"stopping, {self.in_flight} under way")
        return ", ".join(parts)


OnProgress: TypeAlias = Callable[[Progress], None]


@define
class RecentRate:
    """The rate of something counted, over the last seconds."""

    _samples: deque[tuple[float, int]] = field(factory=deque[tuple[int | float, int]])

    def rate(self, now: float, count: int) -> float:
        """Take a sample and return the rate a second."""
        self._samples.append((now, count))
        while now - self._samples[0][0] > RATE_SPAN:
            self._samples.popleft()
        then, before = self._samples[0]
        return (count - before) / (now - then) if now > then else 0.0


def duration(seconds: float) -> str:
    """Return seconds for people: 42 s, 3:05 min, 2:10 h."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02} h"
