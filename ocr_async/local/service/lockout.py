"""The lock on a name after several failures in a row, for keys and for users."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from attrs import define, field

MOST_NAMES = 10_000


@define
class Lockout:
    """Refuses a name for `seconds` after `failures` consecutive failures.

    The reference pages name five failures and five minutes for an access key. A caller may invent names, so only the
    latest ones are remembered.
    """

    clock: Callable[[], float]
    failures: int = 5
    seconds: float = 300.0
    _counts: OrderedDict[str, tuple[int, float]] = field(
        factory=OrderedDict[str, tuple[int, float]], init=False, repr=False
    )

    def is_locked(self, name: str) -> bool:
        """Say whether the name is refused now; a lock that ran out starts the count afresh."""
        count, failed_at = self._counts.get(name, (0, 0.0))
        if count < self.failures:
            return False
        if self.clock() < failed_at + self.seconds:
            return True
        del self._counts[name]
        return False

    def failed(self, name: str) -> None:
        """Count a failure."""
        count, _ = self._counts.pop(name, (0, 0.0))
        self._counts[name] = (count + 1, self.clock())
        if len(self._counts) > MOST_NAMES:
            self._counts.popitem(last=False)

    def passed(self, name: str) -> None:
        """Forget the failures: only consecutive ones count."""
        self._counts.pop(name, None)
