"""What a run sends, and what it leaves alone."""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import frozen

from ocr_async.jobs import failures
from ocr_async.jobs.rows import Row, State

Unknown: TypeAlias = Literal["hold", "retry"]
"""What becomes of an item that was sent before a crash, so that nobody knows whether the service has read it."""


@frozen
class Rules:
    """What a run sends, and what it leaves alone."""

    unknown: Unknown = "hold"
    retry_failed: bool = False
    retry: frozenset[str] = frozenset()
    """Codes and kinds of failures that are sent again, in lower case."""
    dry_run: bool = False
    limit: int | None = None
    budget: int | None = None

    def settles(self, row: Row) -> bool:
        """Tell whether an item needs nothing more."""
        match row.state:
            case State.DONE:
                return True
            case State.FAILED:
                return not self._retries(row)
            case State.HELD:
                return self.unknown == "hold"
            case _:
                return False

    def _retries(self, row: Row) -> bool:
        """Tell whether a failed item is sent again."""
        return self.retry_failed or failures.matches(self.retry, row.code, row.kind)
