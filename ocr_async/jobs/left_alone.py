"""What is found and not read, by reason: nothing is passed by in silence."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import TypeAlias

from attrs import define, field

OnLeftAlone: TypeAlias = Callable[[str, str], None]
"""Is told the path of what is left alone, and why."""


@define
class LeftAlone:
    """Counts what is left alone, from any thread, and remembers the names for a listener until `news` hands them over."""

    is_heard: bool = False
    counts: Counter[str] = field(factory=Counter[str])
    _news: deque[tuple[str, str]] = field(factory=deque[tuple[str, str]])

    def add(self, path: str, reason: str) -> None:
        """Count one."""
        self.counts[reason] += 1
        if self.is_heard:
            self._news.append((path, reason))

    def news(self) -> Iterator[tuple[str, str]]:
        """Yield, once, each path with its reason."""
        while self._news:
            yield self._news.popleft()
