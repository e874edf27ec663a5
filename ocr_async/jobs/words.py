"""What there is to say about how a job ended: the same in a terminal and in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ocr_async.html import Look
from ocr_async.jobs.progress import duration
from ocr_async.jobs.spending import CLASSIFIES
from ocr_async.jobs.summary import JobSummary


def headline(done: JobSummary) -> tuple[str, Look]:
    """Return how the job ended, and how good that is."""
    if done.error is not None:
        return f"Ended early: {done.error}", "bad"
    if done.dry_run:
        return "Nothing was sent: this only counts", "good"
    if done.stopped:
        return "Stopped", "doubtful"
    if done.failed or done.held:
        return "Finished, but not everything could be read", "doubtful"
    if done.waiting:
        return "Finished as far as it was allowed to", "doubtful"
    return "Finished", "good"


def totals(done: JobSummary) -> Iterator[tuple[str, Look]]:
    """Yield the counts of the whole job, or of what it would do."""
    if done.dry_run:
        yield f"{sum(done.to_send.values()):,} would be sent", "good"
        for count, what in not_sent(done):
            if count:
                yield f"{count:,} {what}", ""
        return
    yield f"{done.done:,} done", "good"
    yield f"{done.failed:,} failed", "bad" if done.failed else "faint"
    if done.held:
        yield f"{done.held:,} held", "doubtful"
    if done.waiting:
        yield f"{done.waiting:,} or more waiting", "doubtful"


def not_sent(done: JobSummary) -> Iterator[tuple[int, str]]:
    """Yield what a dry run would not send, by reason."""
    yield done.already, "known from before"
    yield done.copied, "copies of the same picture"
    yield done.repeated, "named twice"
    yield done.finished, "cannot be read"
    yield from _gone(done)
    yield done.ignored, "other files left alone"


def this_run(done: JobSummary) -> str:
    """Return what this run has done."""
    parts = [f"{done.finished:,} read in {duration(done.seconds)}, {done.rate:.1f}/s"]
    parts += [f"{count:,} {what}" for count, what in _beside(done) if count]
    return ", ".join(parts)


def _beside(done: JobSummary) -> Iterator[tuple[int, str]]:
    yield done.already, "from before"
    yield done.copied, "copies of the same picture"
    yield done.repeated, "named twice"
    yield from _gone(done)
    yield done.ignored, "other files left alone"


def _gone(done: JobSummary) -> Iterator[tuple[int, str]]:
    if done.gone:
        yield done.gone, "whose file is gone"
    if done.pruned:
        yield done.pruned, "dropped, their files are gone"


def files(done: JobSummary) -> Iterator[tuple[str, Path | str]]:
    """Yield the files of the job, each with what it is."""
    if not done.dry_run:
        yield "results", done.out
        yield from (("table", table) for table in done.tables)
        if done.failed_list is not None:
            yield "not read", done.failed_list
        yield "ledger", done.ledger


def advice(done: JobSummary, again: str, retry_held: str) -> Iterator[str]:
    """Yield what to do next; `again` is how to go on, `retry_held` what to add for what is held."""
    if done.dry_run:
        return
    if done.exhausted:
        spent = f"the budget allows no more, {done.spent:,} of it are spent"
        classified = (
            "; a picture for auto-classification needs room for ten documents" if CLASSIFIES in done.to_send else ""
        )
        yield f"To go on: {again} with a larger one ({spent}{classified})."
    elif done.stopped or done.error or done.waiting:
        yield f"To go on: {again}; what is finished is not sent again."
    if done.held:
        what = f"{done.held:,} were sent, but a run ended before their answers came"
        yield f"{what}; {again} with {retry_held} sends them again."
