"""A bulk job on disk: everything once, nothing twice, stopped and resumed at any time."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from attrs import define, evolve, field

from ocr_async.batch.workers import WORKERS
from ocr_async.errors import ConflictError, JobError, OcrError
from ocr_async.fields import DocumentType, Result, instance
from ocr_async.jobs import failures, runs, tables
from ocr_async.jobs.course import Course
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.identity import Identity
from ocr_async.jobs.intake import Intake
from ocr_async.jobs.journal import Journal
from ocr_async.jobs.keeping import Keeper
from ocr_async.jobs.left_alone import LeftAlone, OnLeftAlone
from ocr_async.jobs.looking import READ_SECONDS, Looker
from ocr_async.jobs.manifest import failed_list
from ocr_async.jobs.notebook import bar_in_notebook
from ocr_async.jobs.paths import FAILED, Own, beside
from ocr_async.jobs.progress import OnProgress
from ocr_async.jobs.published import Published
from ocr_async.jobs.rules import Rules, Unknown
from ocr_async.jobs.sending import Sender
from ocr_async.jobs.settings import check_hooks, check_items, check_settings
from ocr_async.jobs.settling import Settling
from ocr_async.jobs.sources import Given, Sources
from ocr_async.jobs.spending import Spending
from ocr_async.jobs.stop import Stop
from ocr_async.jobs.stored import access_of
from ocr_async.jobs.summary import JobSummary
from ocr_async.jobs.summing import summarize
from ocr_async.jobs.telling import Teller
from ocr_async.jobs.types import describe
from ocr_async.jobs.versions import ETAG, Versions
from ocr_async.sources.names import is_in_bucket

if TYPE_CHECKING:
    from ocr_async.session import OcrSession


async def run_job(  # noqa: PLR0913  the settings of a job
    session: OcrSession,
    document_type: DocumentType[Result] | type[DocumentType[Result]] | None,
    items: Given | Iterable[Given],
    *,
    out: str | os.PathLike[str],
    ledger: str | os.PathLike[str] | None = None,
    unknown: Unknown = "hold",
    retry_failed: bool = False,
    retry: str | Collection[str] = (),
    prune: bool = False,
    dry_run: bool = False,
    limit: int | None = None,
    budget: int | None = None,
    timeout: float | None = None,
    url: bool | None = None,
    url_version: str | None = None,
    concurrency: int | None = None,
    to: Sequence[str] = (),
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
    on_left_alone: OnLeftAlone | None = None,
) -> JobSummary:
    """Read many pictures into a file of JSON lines; the same call again goes on where the last one ended.

    `document_type` may be None when every item or line of a manifest names its own. `items` are files, folders (read
    recursively), globs, PDF and TIFF files (page by page, extra `pdf`), manifests (CSV, TSV, JSON lines, Parquet),
    addresses or `Item` values. An address that ends with a slash is a prefix: what is under `s3://bucket/scans/` (also gs, az,
    obs; extra `storage`) is read as its listing comes, and again when its ETag is another one. Objects in buckets are read
    here, those of the web by the service: with `url=True` the service fetches all, each send from an address that is signed
    for it, with `url=False` none. What is come across in a folder or by a glob is known by its content, whatever its name.
    `out` gets one line an item, `ledger` (by default beside it, with the suffix `.ledger`) what is needed to go on. `out` may be in
    a bucket (`s3://bucket/results.jsonl`): the job works in the user's cache folder, and puts output, ledger, tables and list of
    failed items there at the end of each run, whole and only over what this job has written; any machine can go on with it.
    Names that are not UTF-8 stand in the lines as `os.fsdecode` gives them, with surrogate escapes.
    `unknown` decides on items that a run had sent when it ended, so that nobody knows whether the service has read them:
    "hold" lists them, "retry" sends them again. `retry_failed` sends what failed before again, `retry` only what failed
    with one of these codes or kinds of errors, such as "AIS.0104" or "timeout". `prune` drops the items whose files are
    gone. `dry_run` sends nothing and keeps nothing: the summary has what would be sent.
    `limit` is the most items that this run sends. `budget` is the most sends that may be billed, repeats included, over all
    runs of this ledger together: each is reserved in the ledger before it happens, and given back when the service
    refused it. A picture for auto-classification is reserved as ten documents, or as many as one has had, until its
    answer tells how many there were. `timeout` is the deadline of each item in seconds.
    `url_version` is part of the identity of every address: another one has them read again; "etag" asks the server of each
    for its ETag, or else its time and length, and what cannot be asked fails. `to` names tables to write at the end:
    "xlsx", "csv", "parquet" (extra `tables`). `stop` ends the job early. `on_progress` is called about five times a second;
    in a notebook it is a bar under the cell, unless you bring your own. `on_left_alone` is told, about as often, the path
    of each file or folder that was come across and is not read, and why.

    An item that cannot be read fails alone. A refused credential ends the job; `JobSummary.error` has the refusal. What
    the iterable or `on_progress` raises ends it too, and is raised when what is under way is finished and kept. Cancelled,
    as by Ctrl-C in `asyncio.run`, it sends nothing more and waits up to ten seconds for what it has sent.

    Raises:
        ValueError, TypeError: a setting cannot be meant.
        ConflictError: a file that the job did not make is where it would write; nothing was sent.
        JobError: the ledger, the output, a manifest or a table cannot be used or written. What is finished is kept.
    """
    to = [to] if isinstance(to, str) else to
    for name in to:
        tables.check_format(name)
    check_items(items)
    whether = {"retry_failed": retry_failed, "prune": prune, "dry_run": dry_run, "url": url}
    check_settings(unknown, whether, {"concurrency": concurrency, "limit": limit, "budget": budget}, timeout)
    check_hooks(on_progress=on_progress, on_left_alone=on_left_alone)
    chosen = failures.words(retry)
    kind = None if document_type is None else instance(document_type)
    published = await Published.at(await session.buckets.find(os.fspath(out))) if is_in_bucket(os.fspath(out)) else None
    path = published.out if published else Path(out)
    remembered = Path(ledger) if ledger is not None else beside(path, ".ledger")
    await anyio.to_thread.run_sync(_check_files, path, to)
    left = LeftAlone(is_heard=on_left_alone is not None)
    sources = Sources(items, kind, "" if url_version == ETAG else url_version or "", Own(path, remembered), left)
    rules = Rules(unknown, retry_failed, chosen, dry_run, limit, budget)
    arguments = {"type": describe(kind), "unknown": unknown, "retry_failed": retry_failed, "retry": sorted(chosen)}
    arguments |= {"prune": prune, "limit": limit, "budget": budget, "timeout": timeout, "concurrency": concurrency}
    journal, spending = await anyio.to_thread.run_sync(_opened, path, remembered, describe(kind), rules)
    job = _Job(session, sources, journal, spending, Course(stop or Stop()), concurrency or WORKERS, timeout)
    try:
        await job.begin(arguments)
        async with access_of(session, url) as sources.access:
            await job.run(url_version, on_progress or bar_in_notebook(), on_left_alone)
        summary = await job.summary(prune=prune)
    finally:
        with anyio.CancelScope(shield=True):
            await job.close()
    if dry_run:
        return evolve(summary, out=path)
    summary = evolve(summary, tables=await anyio.to_thread.run_sync(tables.write_all, path, to))
    return await published.publish(summary) if published else summary


def _opened(out: Path, ledger: Path, job: str, rules: Rules) -> tuple[Journal, Spending]:
    journal = Journal.open(out, ledger, job, rules)
    try:
        return journal, Spending(journal.ledger, rules)
    except BaseException:
        journal.close()
        raise


def _check_files(out: Path, to: Sequence[str]) -> None:
    if out.exists() and not out.is_file():  # opening a pipe may hang, and a device keeps nothing
        what = "a folder; name a file in it" if out.is_dir() else "no regular file; name another one"
        raise ConflictError(f"output {out}: it is {what}")
    tables.check_targets(out, to)
    failed_list.check(beside(out, FAILED))


@define(eq=False)
class _Job:
    """One run of a job: those who look feed those who send, and those who keep write down what comes back."""

    session: OcrSession
    sources: Sources
    journal: Journal
    spending: Spending
    course: Course
    concurrency: int
    timeout: float | None
    intake: Intake = field(init=False)
    settling: Settling = field(init=False)
    keeper: Keeper = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.intake = Intake(self.journal, Identity(self.journal.ledger))
        self.settling = Settling(self.journal, self.intake, self.spending)
        self.keeper = Keeper(self.settling, self.course)

    async def begin(self, arguments: Mapping[str, object]) -> None:
        """Write down that the run begins."""
        endpoints = [endpoint.name for endpoint in self.session.stats().endpoints]
        await self.keeper.in_thread(partial(runs.begin, self.journal.ledger, arguments, endpoints))

    async def run(
        self, url_version: str | None, on_progress: OnProgress | None, on_left_alone: OnLeftAlone | None
    ) -> None:
        """Look, send, keep and tell, to the end."""
        seconds = min(self.timeout or READ_SECONDS, READ_SECONDS)
        sender = Sender(
            self.session, self.sources.type, self.keeper, self.course, self.concurrency, self.timeout, seconds
        )
        teller = Teller(self.course, self.keeper, sender, self.sources.left, on_progress, on_left_alone)
        try:
            with self.course.stop.work:
                async with _versions(url_version, seconds) as versions, anyio.create_task_group() as tasks:
                    looker = Looker(self.sources, self.intake, self.keeper, self.course, versions, seconds)
                    ready, found = anyio.create_memory_object_stream[list[Entry]](1)
                    tasks.start_soon(looker.look, ready)
                    tasks.start_soon(self.keeper.keep_on)
                    tasks.start_soon(teller.tell_on)
                    with found:
                        await sender.send(found)
                    tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self.keeper.keep()
        self.keeper.say_what_was_lost()
        teller.tell()

    async def summary(self, *, prune: bool) -> JobSummary:
        """Sum up the run, or raise what ended it when that is no matter of credentials or service."""
        error, journal = self.course.error, self.journal
        if error is not None and (isinstance(error, JobError) or not isinstance(error, OcrError)):
            raise error
        await self.keeper.in_thread(self.settling.put_back_rest)
        pruned = 0
        if self.course.is_whole:
            await self.keeper.in_thread(partial(runs.note_gone, journal.ledger))
            pruned = await self.keeper.in_thread(partial(runs.prune, journal.ledger)) if prune else 0
        await self.keeper.in_thread(journal.finish)
        ending = partial(summarize, self.settling, dict(self.sources.left.counts), self.course, error)
        return evolve(await self.keeper.in_thread(ending), pruned=pruned)

    async def close(self) -> None:
        """Write down how the run ended, and close its files."""
        await self.keeper.in_thread(self._close)

    def _close(self) -> None:
        try:
            with suppress(JobError):
                self.settling.put_back_rest()
            with suppress(JobError):
                runs.count(self.journal.ledger, self.keeper.counts(), self.course.how)
            with suppress(JobError):
                self.journal.finish()
        finally:
            self.journal.close()


@asynccontextmanager
async def _versions(url_version: str | None, seconds: float) -> AsyncGenerator[Versions | None]:
    if url_version != ETAG:
        yield None
        return
    import httpx  # noqa: PLC0415  on first use

    async with httpx.AsyncClient(follow_redirects=True) as client:
        yield Versions(client, min(seconds, 10.0))
