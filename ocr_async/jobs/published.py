"""The files of a job whose output is in a bucket: kept in a folder of this machine, and put there whole at the end of a run.

Each is put on a condition: that there is none of its name yet, or that it is still the one that this machine knows. So two
machines that read the same job notice, and nothing that the job did not write is replaced.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import anyio.to_thread
from attrs import evolve, frozen

from ocr_async.errors import ConflictError, JobError, SourceError
from ocr_async.jobs.atomic import replacing
from ocr_async.jobs.paths import beside
from ocr_async.jobs.summary import JobSummary
from ocr_async.sources.storage import StoredObject

NOTE = "published.json"
"""What this machine knows of the files in the bucket: their ETags, and whether it has more than it has put there."""


@frozen
class Published:
    """A job whose output is an object."""

    target: StoredObject
    folder: Path

    @classmethod
    async def at(cls, target: StoredObject) -> Published:
        """Make the folder, with the ledger of the last run of any machine.

        Raises:
            ConflictError: the output is there and not of a job, or both this and another machine have read on.
            JobError: the folder or the bucket cannot be used.
        """
        published = cls(target, work_folder(target.address))
        await anyio.to_thread.run_sync(published._begin)
        return published

    @property
    def out(self) -> Path:
        """The output on this machine."""
        return self.folder / self.target.key.rpartition("/")[2]

    @property
    def ledger(self) -> Path:
        """The ledger on this machine."""
        return beside(self.out, ".ledger")

    async def publish(self, summary: JobSummary) -> JobSummary:
        """Put the files there; return the summary with their addresses.

        Raises:
            JobError: one cannot be written, or another machine has written it meanwhile; what was read is kept on this one.
        """
        files = [
            self.out,
            self.ledger,
            *map(Path, summary.tables),
            *([Path(summary.failed_list)] if summary.failed_list else ()),
        ]
        await anyio.to_thread.run_sync(self._put, files)
        failed = summary.failed_list and self._there(Path(summary.failed_list)).address
        tables = tuple(self._there(Path(table)).address for table in summary.tables)
        ledger = self._there(self.ledger).address
        return evolve(summary, out=self.target.address, ledger=ledger, failed_list=failed, tables=tables)

    def _begin(self) -> None:
        with explained(self.folder):
            self.folder.mkdir(0o700, parents=True, exist_ok=True)
            note, there = self._note(), self._there(self.ledger)
            known, now = note.get(self.ledger.name), _etag(there)
            if now is None and known is None and _etag(self.target) is not None:
                raise ConflictError(
                    f"{self.target.address} is there and is no output of this job: choose another `out`"
                )
            if now is not None and now != known:
                if note.get("more") and self.ledger.exists():
                    raise ConflictError(
                        f"{self.target.address} was written by another machine, while this one has read more, in {self.folder}: "
                        "read on there, or remove that folder to go on with what is in the bucket"
                    )
                self._take_over(there)
            self._write_note(self._note() | {"more": True})

    def _take_over(self, ledger: StoredObject) -> None:
        """Go on with what another machine has put there."""
        with replacing(self.ledger) as part:
            ledger.download(part)
        self.out.unlink(missing_ok=True)
        files = [child.address.rpartition("/")[2] for child in self._siblings()]
        self._write_note({name: _etag(self._there(self.folder / name)) for name in files})

    def _siblings(self) -> list[StoredObject]:
        names = [
            self.out,
            self.ledger,
            *(beside(self.out, ending) for ending in (".failed.csv", ".csv", ".xlsx", ".parquet")),
        ]
        return [found for name in names if _etag(found := self._there(name)) is not None]

    def _put(self, files: list[Path]) -> None:
        with explained(self.folder):
            for file in files:
                note, there = self._note(), self._there(file)
                try:
                    about = there.write(file, replaces=cast("str | None", note.get(file.name)))
                except SourceError as error:
                    raise JobError(
                        f"{there.address}: {error.problem}; what was read is kept in {self.folder}"
                    ) from error
                self._write_note(note | {file.name: about.etag})
            self._write_note(self._note() | {"more": False})

    def _there(self, file: Path) -> StoredObject:
        address, key = (text.rpartition("/")[0] for text in (self.target.address, self.target.key))
        return evolve(self.target, address=f"{address}/{file.name}", key=f"{key}/{file.name}".removeprefix("/"))

    def _note(self) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", json.loads((self.folder / NOTE).read_bytes()))
        except FileNotFoundError:
            return {}

    def _write_note(self, note: Mapping[str, Any]) -> None:
        with replacing(self.folder / NOTE) as part:
            part.write_bytes(json.dumps(note).encode())


def work_folder(address: str) -> Path:
    """Return the folder of this machine for what is written to an address."""
    digest = hashlib.sha256(address.encode()).hexdigest()[:16]
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # there is no home directory
        cache = Path(tempfile.gettempdir())
    return cache / "ocr-async" / digest


@contextmanager
def explained(folder: Path) -> Generator[None]:
    """Turn what a store or a disk says into a JobError."""
    try:
        yield
    except SourceError as error:
        raise JobError(f"output {error.source}: {error.problem}") from error
    except OSError as error:
        raise JobError(f"{error.filename or folder}: {error.strerror or error}") from error


def _etag(found: StoredObject) -> str | None:
    """Return the ETag of an object, None when there is none."""
    about = found.about_or_none()
    return None if about is None else about.etag or about.version
