"""Jobs on a Ray cluster (extra `ray`): Ray places the work, this package keeps to the limits and pays for nothing twice."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from ocr_async.cluster.batches import Recognize
from ocr_async.cluster.reading import Counts, read_shard
from ocr_async.cluster.shards import SIZE, AnyType, Shard, output, plan
from ocr_async.cluster.shared_limits import SharedLimits
from ocr_async.cluster.totals import summary_of
from ocr_async.cluster.worker import Plain, worker
from ocr_async.errors import JobError, OcrError
from ocr_async.gates import Limits
from ocr_async.jobs import JobSummary
from ocr_async.jobs.rules import Unknown
from ocr_async.jobs.sources import Given

if TYPE_CHECKING:
    from ray.data import Dataset

__all__ = ["Recognize", "read_on_ray"]

AT_ONCE = 2
"""Shards that a worker reads at the same time: while one ends or begins, the other one keeps it busy."""

TRIES = 20
"""Deaths of workers that a shard survives: one that kills whoever reads it must come to an end."""

Items: TypeAlias = "Given | Iterable[Given] | Iterable[Mapping[str, Any]] | Dataset"
"""What is to be read: a prefix, a folder, a manifest, a list of addresses or rows, or a dataset of rows."""


def read_on_ray(  # noqa: PLR0913  the settings of a job
    items: Items,
    document_type: AnyType = None,
    *,
    out: str | os.PathLike[str],
    workers: int,
    session: Plain | None = None,
    limits: SharedLimits | Limits | None = None,
    size: int = SIZE,
    unknown: Unknown = "retry",
) -> JobSummary:
    """Read many pictures on the machines of a Ray cluster; the same call again goes on where the last one ended.

        summary = read_on_ray("s3://scans/2026/", TrainTicket, out="s3://results/2026/", workers=8,
                              session={"region": "cn-north-4"}, limits=Limits(rate=50))

    `items` as for `ocr_async.cluster.plan`, or a `ray.data.Dataset` with a column path, url or source, and if wanted key, type,
    options and page. `out` is a folder or prefix that all machines can write to: `*/*.jsonl` in it is the output.
    `workers` processes read, each on a session of its own made by `OcrSession.from_env(**session)`: plain values, for the
    credentials are those in the environment of the workers, and no part of what Ray keeps. `limits` are those of the
    account, kept to by all workers together through an actor; what is left out is found by trying, once for all.
    `size` is the number of keys in a shard.

    A worker that dies is replaced, and its shards go on from their ledgers; where its machine is lost too, its shards begin
    again. A shard that was published is never read again.

    Raises:
        JobError: the output cannot be used, or an item cannot be named to another machine.
        ValueError: `workers` is not at least 1.
    """
    if workers < 1:
        raise ValueError(f"workers={workers} is not at least 1")
    began = time.monotonic()
    shards = plan(_rows(items), document_type, out=out, size=size, session=session)
    shared = limits if isinstance(limits, SharedLimits) else SharedLimits("ray://", limits, share=workers)
    error: OcrError | None = None
    counts: list[Counts] = []
    try:
        counts.extend(_read_all(shards, workers, session or {}, shared, unknown))
    except JobError:
        raise
    except OcrError as refused:
        error = refused
    return summary_of(output(out, session).address, counts, len(shards), time.monotonic() - began, error)


def _rows(items: Items) -> Any:
    """Return a dataset as its rows, everything else as it is."""
    rows = getattr(items, "iter_rows", None)
    return rows() if callable(rows) else items


def _read_all(
    shards: list[Shard], workers: int, session: Plain, limits: SharedLimits, unknown: Unknown
) -> Iterator[Counts]:
    """Let actors read the shards, a few at a time each, so that what waits is a list here and no load on Ray."""
    ray: Any = import_module("ray")
    errors: Any = import_module("ray.exceptions")
    options = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": TRIES, "max_concurrency": AT_ONCE}
    reader = ray.remote(ShardReader).options(**options, scheduling_strategy="SPREAD")
    actors = [reader.remote(session, limits, unknown) for _ in range(min(workers, len(shards)))]
    waiting, reading = iter(shards), dict[Any, Any]()
    try:
        for actor in actors * AT_ONCE:
            if (shard := next(waiting, None)) is not None:
                reading[actor.read.remote(tuple(shard))] = actor
        while reading:
            (done,), _ = ray.wait(list(reading), num_returns=1)
            actor = reading.pop(done)
            if (shard := next(waiting, None)) is not None:
                reading[actor.read.remote(tuple(shard))] = actor
            try:
                yield ray.get(done)
            except errors.RayTaskError as failed:
                raise failed.cause if isinstance(failed.cause, OcrError) else failed from None
    finally:
        for actor in actors:
            ray.kill(actor)


class ShardReader:
    """Reads shards in a worker process of Ray."""

    def __init__(self, session: Plain, limits: SharedLimits, unknown: Unknown) -> None:
        self._settings = session, limits, unknown
        worker(session, limits)

    def read(self, shard: tuple[str, str, tuple[str, ...]]) -> Counts:
        """Read one."""
        session, limits, unknown = self._settings
        return read_shard(Shard(*shard), session=session, limits=limits, unknown=unknown)
