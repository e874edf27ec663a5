"""The entries of a job in portions: small enough that a thread soon comes back, large enough to be worth its while."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice

from attrs import evolve

from ocr_async.jobs.entry import Entry

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
        size += len(entry.source) if isinstance(entry.source, bytes) else 0
        if size > BYTES or time.monotonic() > until:
            break
    return entries


def digested(entries: Iterable[Entry]) -> list[Entry]:
    """Look into the entries; a PDF file is read once for all its pages among them."""
    known: list[Entry] = []
    for entry in entries:
        same = known and entry.page and known[-1].origin == entry.origin and known[-1].stamp == entry.stamp
        known.append(evolve(entry, digest=known[-1].digest) if same else entry.digested())
    return known


def startable(fresh: list[Entry], most: int) -> list[Entry]:
    """Take the entries to start together off a list: one page of a PDF file, since it has to be drawn, or files."""
    count = 1
    if fresh[0].page is None:
        while count < min(most, len(fresh)) and fresh[count].page is None:
            count += 1
    group = fresh[:count]
    del fresh[:count]
    return group
