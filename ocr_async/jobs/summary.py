"""What a job has come to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import Factory, frozen

from ocr_async.errors import OcrError


@frozen
class Slow:
    """An item that took long: seconds from its first wait to its answer."""

    key: str
    seconds: float


@frozen
class Unsure:
    """An item with a field of low confidence (0 to 1)."""

    key: str
    field: str
    confidence: float


@frozen
class Failure:
    """What some items failed with, and what to do about it."""

    code: str | None
    kind: str
    count: int
    example: str
    """The key of one of them."""
    remedy: str


@frozen
class JobSummary:
    """The state of a job at the end of a run: the counts are of the whole job unless it says otherwise."""

    out: Path | str
    """The output; a text where it is an address."""
    ledger: Path | str
    done: int
    failed: int
    held: int
    waiting: int
    """Seen and not finished: the job was stopped."""
    finished: int
    """Items of this run that the service answered, or that failed."""
    copied: int
    """Items of this run that got the answer to another one with the same content."""
    already: int
    """Items of this run that were settled in an earlier one."""
    repeated: int
    """Items that were named twice in this run."""
    left_alone: Mapping[str, int]
    """What was come across and not read, by reason."""
    seconds: float
    slowest: tuple[Slow, ...]
    unsure: tuple[Unsure, ...]
    failures: tuple[Failure, ...]
    failed_list: Path | str | None
    """A manifest of the failed and held items, to run them alone."""
    stopped: bool
    """True when the job was asked to stop."""
    error: OcrError | None
    """What ended the job early, such as a refused credential."""
    tables: tuple[Path | str, ...] = ()
    gone: int = 0
    """Items of earlier runs whose file is not there any more."""
    pruned: int = 0
    """Of those, how many this run dropped."""
    sent: int = 0
    """Items that this run started to send, or would send at most in a dry run, limit and budget observed."""
    spent: int = 0
    """Sends that may be billed, over all runs."""
    to_send: Mapping[str, int] = Factory(dict[str, int])
    """Items that this run found to be sent, by document type; in a dry run, what would be sent."""
    exhausted: bool = False
    """True when something was not sent because of the budget."""
    foreign: Path | None = None
    """Where this run has put lines of the output that the job did not write."""
    dry_run: bool = False
    """True when nothing was sent and nothing kept: `copied`, `to_send` and `pruned` are what would be."""

    @property
    def ignored(self) -> int:
        """Files that were come across and left alone."""
        return sum(self.left_alone.values())

    @property
    def is_complete(self) -> bool:
        """True when every item was come to and none waits or is held; some may have failed."""
        return not (self.stopped or self.error or self.waiting or self.held)

    @property
    def rate(self) -> float:
        """Items that this run finished, a second."""
        return self.finished / self.seconds if self.seconds else 0.0

    def _repr_html_(self) -> str:
        """Show it as the last value of a notebook's cell."""
        from ocr_async.jobs.notebook import summary_html  # noqa: PLC0415  only notebooks need it

        return summary_html(self)
