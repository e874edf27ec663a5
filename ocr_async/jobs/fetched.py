"""The files of a job in a bucket, fetched to be looked at: what the last run that ended has put there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from ocr_async.errors import JobError, OcrError
from ocr_async.jobs.paths import ledger_of
from ocr_async.sources.names import is_in_bucket
from ocr_async.sources.storage import Buckets, StoredObject


@contextmanager
def at_hand(where: str | os.PathLike[str], *, output: bool = True) -> Generator[Path]:
    """Give the path of a job's output or ledger; from a bucket both are fetched to a folder that lasts as long as the block.

    Without `output` the ledger alone is. Buckets on OBS are read with the access key in the environment.

    Raises:
        JobError: there is no such object, or the store refuses.
    """
    address = os.fspath(where)
    if not is_in_bucket(address):
        yield Path(where)
        return
    with tempfile.TemporaryDirectory(prefix="ocr-async-") as folder:
        path = Path(folder) / (address.rpartition("/")[2] or "output")
        try:
            _fetch(address, path, output=output)
        except OcrError as error:
            raise JobError(f"{address}: {getattr(error, 'problem', error)}") from error
        yield path


def _fetch(address: str, path: Path, *, output: bool) -> None:
    with start_blocking_portal() as portal:
        found = portal.call(_find, address)
        ledger = portal.call(_find, f"{address.rpartition('/')[0]}/{ledger_of(path).name}")
    is_ledger = path.suffix == ledger_of(path).suffix
    if output or is_ledger:
        found.download(path)
    if not is_ledger and (not output or ledger.about_or_none() is not None):
        ledger.download(ledger_of(path))


async def _find(address: str) -> StoredObject:
    if not address.lower().startswith("obs:"):
        return await Buckets().find(address)
    from ocr_async.session import OcrSession  # noqa: PLC0415  for its access key alone

    async with OcrSession.from_env() as session:
        return await session.buckets.find(address)
