"""What a run has come to."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping

from attrs import frozen

from ocr_async.calls.endpoints import EndpointStats
from ocr_async.errors import OcrError, code_of
from ocr_async.retry import Tally


@frozen
class BatchStats:
    """What a run has come to: counts of items, `failed` by error code, `rate` in items a second over the last seconds."""

    done: int
    failed: Mapping[str, int]
    refused: int
    retried: int
    in_flight: int
    rate: float
    seconds: float
    endpoints: tuple[EndpointStats, ...]

    def _repr_html_(self) -> str:
        """Show the counts in a notebook."""
        from ocr_async.batch import notebook  # noqa: PLC0415  only notebooks need it

        return notebook.batch_stats(self)


class Counts:
    """The counts of a run."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.done = 0
        self.refused = 0
        self.retried = 0
        self.failed: Counter[str] = Counter()
        self._recent: deque[tuple[int, int]] = deque(maxlen=6)

    @property
    def seconds(self) -> float:
        """The age of the run."""
        return time.monotonic() - self._began

    def count(self, tally: Tally, error: OcrError | None) -> None:
        """Count one item that ended."""
        self.refused += tally.refusals
        self.retried += max(0, tally.sends - 1)
        if error is None:
            self.done += 1
        else:
            self.failed[code_of(error)] += 1
        second = int(time.monotonic())  # the event loop's own clock costs ten times as much to read
        if self._recent and self._recent[-1][0] == second:
            self._recent[-1] = (second, self._recent[-1][1] + 1)
        else:
            self._recent.append((second, 1))

    @property
    def rate(self) -> float:
        """The items a second that ended within the last five seconds."""
        now = time.monotonic()
        since = max(self._began, now - 5)
        ended = sum(number for second, number in self._recent if second >= int(since))
        return ended / max(1.0, now - int(since)) if ended else 0.0
