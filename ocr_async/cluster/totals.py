"""What all shards came to together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import evolve

from ocr_async.cluster.reading import Counts
from ocr_async.errors import OcrError
from ocr_async.jobs import JobSummary
from ocr_async.jobs.summary import Failure, Slow, Unsure
from ocr_async.jobs.summing import SHOWN


def summary_of(out: str, counts: Sequence[Counts], shards: int, seconds: float, error: OcrError | None) -> JobSummary:
    """Sum up the counts of the shards that were read, of so many."""
    sums: dict[str, Any] = {name: sum(one[name] for one in counts) for name in _SUMMED}
    return JobSummary(
        out=out,
        ledger=out,
        **sums,
        waiting=0,
        finished=sum(one["done"] + one["failed"] - one["already"] for one in counts),
        left_alone={},
        seconds=seconds,
        slowest=tuple(sorted(_all(Slow, counts, "slowest"), key=lambda slow: -slow.seconds)[:SHOWN]),
        unsure=tuple(sorted(_all(Unsure, counts, "unsure"), key=lambda one: one.confidence)[:SHOWN]),
        failures=tuple(_failures(counts)),
        failed_list=None,
        stopped=len(counts) < shards and error is None,
        error=error,
    )


_SUMMED = ("done", "failed", "held", "copied", "already", "repeated", "sent", "spent")


def _all(kind: type[Any], counts: Iterable[Counts], name: str) -> list[Any]:
    return [kind(**one) for shard in counts for one in shard[name]]


def _failures(counts: Iterable[Counts]) -> list[Failure]:
    """Return what items failed with, the most frequent first."""
    together: dict[tuple[str | None, str], Failure] = {}
    for failure in _all(Failure, counts, "failures"):
        known = together.get((failure.code, failure.kind))
        count = failure.count + (known.count if known else 0)
        together[failure.code, failure.kind] = evolve(failure, count=count)
    return sorted(together.values(), key=lambda failure: -failure.count)
