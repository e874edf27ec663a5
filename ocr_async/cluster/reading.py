"""One shard, read by one task: a job of its own, whose results are published whole, and only once."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio.to_thread
import attrs
import orjson
from attrs import frozen

from ocr_async.cluster.shards import Shard
from ocr_async.cluster.shared_limits import SharedLimits
from ocr_async.cluster.worker import Plain, Worker, worker
from ocr_async.errors import JobError, SourceError
from ocr_async.gates import Limits
from ocr_async.jobs import JobSummary, run_job
from ocr_async.jobs.atomic import replacing
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.paths import FAILED, beside
from ocr_async.jobs.published import work_folder
from ocr_async.jobs.rows import State
from ocr_async.jobs.rules import Unknown
from ocr_async.sources.names import is_file_url
from ocr_async.sources.storage import StoredObject

Counts = Mapping[str, Any]
"""What a shard came to: numbers and lists of them, as JSON has them."""

_STATES = (State.DONE, State.FAILED, State.HELD)
_COUNTED = ("sent", "copied", "already", "repeated", "spent", "seconds")
_LISTED = ("failures", "slowest", "unsure")


def read_shard(
    shard: Shard,
    *,
    session: Plain | None = None,
    limits: SharedLimits | Limits | None = None,
    unknown: Unknown = "retry",
) -> Counts:
    """Read one shard of a plan, and return what it came to; one that is published already is left as it is.

    A task of any engine. Tasks of one process share one session, made of the environment and `session` (arguments of
    `OcrSession.from_env`), and `limits` (see `SharedLimits`). What another task of this shard had begun on this machine is
    gone on with; `unknown` says what becomes of what it had sent without an answer: "retry" sends it again.

    Under the shard's name in its `out`: `VERSION.jsonl` is the output, `.ledger` the ledger, `.json` the counts.

    Raises:
        OcrError: a refused credential, or another one that ends a job.
        JobError: another task reads this shard now, or the results cannot be kept.
    """
    here = worker(session, limits)
    return here.run(_read, here, Shard(*shard), unknown)


async def _read(here: Worker, shard: Shard, unknown: Unknown) -> Counts:
    place = await here.buckets.find(f"{shard.out}{shard.name}/")
    with _as_job_error():
        published = await anyio.to_thread.run_sync(place.child(f"{shard.version}.json").content)
        if published is not None:
            counts: Counts = orjson.loads(published)
            return {**counts, "sent": 0, "already": counts["done"] + counts["failed"]}
        files = await anyio.to_thread.run_sync(_prepared, place, shard)
    summary = await run_job(here.session, None, files.manifest, out=files.out, unknown=unknown)
    if summary.error is not None:
        raise summary.error
    with _as_job_error():
        return await anyio.to_thread.run_sync(_publish, place, shard, files, summary)


@frozen
class _Files:
    """The files of a shard on the machine that reads it."""

    folder: Path

    @classmethod
    def of(cls, shard: Shard) -> _Files:
        """Keep them beside the output where that is a folder, else in the user's cache."""
        if is_file_url(shard.out):
            return cls(Path(shard.out.removeprefix("file://")) / ".work" / shard.name)
        return cls(work_folder(shard.out) / shard.name)

    @property
    def out(self) -> Path:
        return self.folder / "read.jsonl"

    @property
    def ledger(self) -> Path:
        return self.folder / "read.ledger"

    @property
    def manifest(self) -> Path:
        return self.folder / "keys.jsonl"

    def remove(self) -> None:
        for path in (self.out, self.ledger, self.manifest, beside(self.out, FAILED)):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # somebody else's files are no business of ours
            self.folder.rmdir()


def _prepared(place: StoredObject, shard: Shard) -> _Files:
    """Put down what is to be read, and what was read of an earlier version of the shard."""
    files = _Files.of(shard)
    files.folder.mkdir(0o700, parents=True, exist_ok=True)
    with replacing(files.manifest) as part:
        part.write_text("".join(f"{line}\n" for line in shard.lines), encoding="utf-8", errors="surrogateescape")
    if not files.ledger.exists():
        earlier = [found.address for found in place.listed() if found.address.endswith(".ledger")]
        if earlier:
            with replacing(files.ledger) as part:
                place.child(earlier[-1].rpartition("/")[2]).download(part)
    return files


def _publish(place: StoredObject, shard: Shard, files: _Files, summary: JobSummary) -> Counts:
    """Write what the shard came to, the counts last: they are the mark that it is whole. What was there first stands."""
    lines, states = _last_run(files.ledger)
    counts = _counts(summary, states)
    _write_once(place.child(f"{shard.version}.jsonl"), lines)
    _write_once(place.child(f"{shard.version}.ledger"), files.ledger)
    _write_once(place.child(f"{shard.version}.json"), orjson.dumps(counts))
    for found in list(place.listed()):
        name = found.address.rpartition("/")[2]
        if not name.startswith(shard.version):
            place.child(name).delete()
    files.remove()
    return counts


def _write_once(target: StoredObject, content: bytes | Path) -> None:
    try:
        target.write(content)
    except SourceError:
        if target.content() is None:
            raise


def _last_run(ledger: Path) -> tuple[bytes, Mapping[str, int]]:
    """Return lines and states of what the last run came across: what the shard had before and has no more is left out."""
    opened = Ledger.look(ledger)
    try:
        query = "select text from line join item on line.number = item.line where item.run = ? order by number"
        lines = b"".join(text for (text,) in opened.select(query, (opened.run,)))
        states = dict(opened.select("select state, count(*) from item where run = ? group by state", (opened.run,)))
    finally:
        opened.close()
    return lines, states


def _counts(summary: JobSummary, states: Mapping[str, int]) -> Counts:
    numbers = {name: getattr(summary, name) for name in _COUNTED} | {name: states.get(name, 0) for name in _STATES}
    return numbers | {name: [attrs.asdict(one) for one in getattr(summary, name)] for name in _LISTED}


@contextmanager
def _as_job_error() -> Generator[None]:
    try:
        yield
    except SourceError as error:
        raise JobError(f"output {error.source}: {error.problem}") from error
    except OSError as error:
        raise JobError(f"{error.filename}: {error.strerror}") from error
