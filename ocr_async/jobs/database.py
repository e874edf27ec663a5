"""How a ledger's database is opened by those who only read it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ocr_async.jobs.lock import WAIT


def opened_to_read(path: Path) -> sqlite3.Connection:
    """Open a database to read it, while others write it or not; whoever closes it last leaves one file behind.

    One in a folder that may not be written is taken as it is. Raises sqlite3.Error where there is none.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"  # a reader that may not write would leave its -wal and -shm files
    try:
        database = sqlite3.connect(address, timeout=WAIT, isolation_level=None, uri=True, check_same_thread=False)
        try:
            database.execute("pragma query_only = 1")
            database.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.OperationalError:
            database.close()
            raise
    except sqlite3.OperationalError:
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        database = sqlite3.connect(address, isolation_level=None, uri=True, check_same_thread=False)
    return database
