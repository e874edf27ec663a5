"""The entries of a job in portions, looked into by threads: one that hangs is one entry that fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

import anyio
from anyio.lowlevel import checkpoint
from attrs import define, evolve, field

from ocr_async.jobs.entry import Entry
from ocr_async.jobs.source import Memory, Readable, at_once
from ocr_async.sources.page_cache import NotCachedError
from ocr_async.sources.threads import in_thread

Look: TypeAlias = Callable[[Entry, "Readable | None"], list[Entry]]
"""Looks into an entry, by way of its source or of what stands in for that."""

AT_ONCE = 0.002
"""Seconds for which entries are looked into on the event loop before others have their turn."""

ENTRIES = 128
SECONDS = 0.1
BYTES = 16 * 1024 * 1024
"""How much is looked up and hashed in one go."""


def next_entries(walk: Iterator[Entry]) -> list[Entry]:
    """Take the next entries, but not for long and not too many bytes of them."""
    entries: list[Entry] = []
    until, size = time.monotonic() + SECONDS, 0
    for entry in islice(walk, ENTRIES):
        entries.append(entry)
        size += len(entry.source.content) if isinstance(entry.source, Memory) else 0
        if size > BYTES or time.monotonic() > until:
            break
    return entries


async def looked_into(entries: Sequence[Entry], look: Look, seconds: float) -> list[Entry]:
    """Return what `look` makes of the entries: at once where they are in memory, else in a thread.

    An entry that takes longer than `seconds` is a problem.
    """
    known, left = await _at_once(entries, look)
    while left:
        portion = _Portion(look)
        with anyio.move_on_after(seconds):
            await in_thread(portion.run, left)
        portion.is_given_up = True
        done = list(portion.done)
        known += [entry for found in done for entry in found]
        if not done:
            known.append(left[0].with_problem(f"could not be read within {seconds:g} s"))
        del left[: max(1, len(done))]
    return known


async def _at_once(entries: Sequence[Entry], look: Look) -> tuple[list[Entry], list[Entry]]:
    """Return what `look` makes of entries up to the first that has to be waited for, and the rest."""
    known: list[Entry] = []
    until = time.monotonic() + AT_ONCE
    for place, entry in enumerate(entries):
        try:
            known += look(entry, at_once(entry.source))
        except NotCachedError:
            return known, list(entries[place:])
        if time.monotonic() > until:
            await checkpoint()
            until = time.monotonic() + AT_ONCE
    return known, []


@define
class _Portion:
    """What one thread has looked into; what it still finds when it was given up is nobody's."""

    look: Look
    done: list[list[Entry]] = field(factory=list[list[Entry]])
    is_given_up: bool = False

    def run(self, entries: Sequence[Entry]) -> None:
        for entry in list(entries):
            if self.is_given_up:
                return
            self.done.append(self.look(entry, None))


@define
class Digesting:
    """Looks into entries one after the other; a document is read once for all its pages in a row."""

    _last: Entry | None = None

    def __call__(self, entry: Entry, source: Readable | None) -> list[Entry]:
        """Return the entry with what stands for its content."""
        last = self._last
        if last and entry.page and last.origin == entry.origin and last.stamp == entry.stamp and not entry.problem:
            known = evolve(entry, digest=last.digest, sha256=last.sha256, problem=last.problem)
        else:
            known = entry.digested(source)
        self._last = known
        return [known]
