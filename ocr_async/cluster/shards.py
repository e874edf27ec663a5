"""A large job in parts: which keys belong to which part is decided once, and stays so however the list grows or is ordered."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, TypeAlias, cast

import orjson

from ocr_async.cluster.worker import Plain, worker
from ocr_async.errors import JobError, SourceError
from ocr_async.fields import DocumentType, Result
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.manifest.separated import SOURCES
from ocr_async.jobs.sources import Given, Sources
from ocr_async.jobs.stored import Access
from ocr_async.jobs.types import options_text
from ocr_async.sources.names import is_address, is_file_url, is_in_bucket
from ocr_async.sources.storage import StoredObject

SIZE = 1000
"""Keys of a shard: what a machine that is lost for good may cost, and a table that a person still opens."""

PLAN = "plan.json"
"""Keeps how many shards there are."""

COLUMNS = ("key", "source", "type", "options", "page", "version")
"""What a line has of an item; `version` is for the shard alone."""

AnyType: TypeAlias = "DocumentType[Result] | type[DocumentType[Result]] | None"


class Shard(NamedTuple):
    """A part of a job that one task reads: the lines of a manifest, and where its results go; plain values."""

    out: str
    name: str
    lines: tuple[str, ...]

    @property
    def version(self) -> str:
        """Another one when a key was added or dropped, or the content of one has changed."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]


def plan(
    items: Given | Iterable[Given] | Iterable[Mapping[str, Any]],
    document_type: AnyType = None,
    *,
    out: str | os.PathLike[str],
    size: int = SIZE,
    session: Plain | None = None,
) -> list[Shard]:
    """Return the shards of a job; `out` is the folder or prefix (`s3://bucket/results/`) that all machines write to.

    `items` as for `run_job`: prefixes, folders, globs, manifests, addresses; or rows with the columns of a manifest. They are
    listed to the end, at about 200 bytes of memory a key. How many shards there are is kept in `out` with the first plan
    (`size` keys each), so that a later one gives every key to the same shard. `session` is needed for `obs://` alone.

    Raises:
        JobError: `out` has the plan of something else, an item has no address or type, or a store refuses.
    """
    folder = output(out, session)
    lines = dict(_line(row) for row in _rows(items, document_type, session))
    count = _count(folder, _described(items), math.ceil(len(lines) / size) or 1)
    members: list[list[str]] = [[] for _ in range(count)]
    for key, line in sorted(lines.items()):
        members[int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()[:8]) % count].append(
            line
        )
    name = "{:05}-of-{:05}".format
    return [Shard(folder.address, name(n, count), tuple(found)) for n, found in enumerate(members) if found]


def output(out: str | os.PathLike[str], session: Plain | None = None) -> StoredObject:
    """Return the folder or prefix that results go to."""
    name = os.fspath(out)
    address = name if is_in_bucket(name) or is_file_url(name) else f"file://{os.path.abspath(name)}"  # noqa: PTH100  a text
    here = worker(session)
    return here.run(here.buckets.find, address.rstrip("/") + "/")


def _rows(items: Any, document_type: AnyType, session: Plain | None) -> Iterator[Mapping[str, Any]]:
    """Yield what is to be read as rows of a manifest, with the type in each."""
    kind = document_type() if isinstance(document_type, type) else document_type
    given = iter(cast("Iterable[Any]", [items] if isinstance(items, str | os.PathLike) else items))
    first: Any = next(given, None)
    if isinstance(first, Mapping):
        said = {} if kind is None else {"type": kind.api, "options": options_text(kind)}
        for row in chain([cast("Mapping[str, Any]", first)], given):
            yield said | {name.lower(): value for name, value in row.items() if value is not None}
    elif first is not None:
        access = Access(partial(worker(session).run, worker(session).buckets.find))
        for entry in Sources(chain([first], given), kind, access=access):
            yield _row(entry)


def _row(entry: Entry) -> Mapping[str, Any]:
    source = entry.source
    if source is not None and source.shown is None:
        raise JobError(f"{entry.place}: a shard takes paths and addresses, which other machines can read; not bytes")
    row = {
        "key": entry.key,
        "source": source and (source.address or source.shown),
        "type": entry.type and entry.type.api,
        "options": entry.options,
        "page": entry.page,
    }
    with suppress(OSError, ValueError):  # the shard meets it too
        row["version"] = source and source.stamp()
    return {name: value for name, value in row.items() if value}


def _line(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the key of a row, and the row as a line."""
    source = next((str(row[name]) for name in SOURCES if row.get(name)), "")
    if source and not is_address(source) and not is_file_url(source):
        source = os.path.abspath(source)  # noqa: PTH100  stays a text
    key = str(row.get("key") or source)
    plain = {name: value for name, value in row.items() if name in COLUMNS} | {"key": key, "source": source}
    try:
        return key, orjson.dumps(plain, option=orjson.OPT_SORT_KEYS, default=str).decode()
    except TypeError:  # a name that is not UTF-8
        return key, json.dumps(plain, sort_keys=True, default=str)


def _count(folder: StoredObject, items: str | None, count: int) -> int:
    """Return how many shards there are: as many as the first plan for this output said."""
    first = orjson.dumps({"items": items, "shards": count})
    try:
        folder.child(PLAN).write(first)
    except SourceError as error:
        kept = folder.child(PLAN).content()
        if kept is None:
            raise JobError(f"output {error.source}: {error.problem}") from error
        first = kept
    known = orjson.loads(first)
    if None not in (items, known["items"]) and items != known["items"]:
        raise JobError(f"{folder.address} holds the results of {known['items']}, not of {items}: choose another `out`")
    return int(known["shards"])


def _described(items: object) -> str | None:
    return os.fspath(items) if isinstance(items, str | os.PathLike) else None
