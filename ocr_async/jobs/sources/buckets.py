"""Manifests that are in buckets themselves: copied, read, and what they name beside them looked for in the bucket."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve

from ocr_async.errors import JobError, SourceError
from ocr_async.jobs import manifest
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.files import File
from ocr_async.jobs.stored import Access, Object
from ocr_async.jobs.types import AnyType


def listed(address: str, document_type: AnyType | None, access: Access) -> Iterator[Entry]:
    """Yield the entries of a manifest in a bucket.

    Raises:
        JobError: it cannot be read, or is no manifest.
    """
    prefix, _, name = address.rpartition("/")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, name)
        try:
            _, pieces = access.find(address).read()
            with copy.open("wb") as file:
                file.writelines(pieces)
        except SourceError as error:
            raise JobError(f"manifest {address}: {error.problem}") from error
        try:
            for entry in manifest.entries(copy, document_type):
                yield _in_bucket(entry, f"{folder}/", f"{prefix}/")
        except JobError as error:
            raise JobError(str(error).replace(f"{folder}/", f"{prefix}/")) from error


def _in_bucket(entry: Entry, folder: str, prefix: str) -> Entry:
    """Return an entry of the copy as one of the manifest itself."""
    key, place, source = entry.key.replace(folder, prefix, 1), entry.place.replace(folder, prefix, 1), entry.source
    if isinstance(source, File) and source.path.startswith(folder):
        source = Object(prefix + source.path.removeprefix(folder))
    return evolve(entry, key=key, place=place, source=source)
