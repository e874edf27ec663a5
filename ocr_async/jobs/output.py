"""The output of a job: JSON lines, appended in step with the ledger and repaired from it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from attrs import define

from ocr_async.errors import JobError
from ocr_async.jobs.atomic import replacing
from ocr_async.jobs.ledger import Ledger


@define
class Output:
    """The open output file.

    The ledger commits first, then the lines are appended. So the file may lack lines that the ledger has, after a
    crash or on a full disk, and never the other way round; opening it again brings it up to the ledger.
    """

    path: Path
    _file: int
    whole: bool = True
    """False after a failed write: the ledger has lines that the file lacks."""

    @classmethod
    def open(cls, path: Path, ledger: Ledger) -> Output:
        """Open the output of the job of `ledger` and repair it.

        Raises:
            JobError: it holds the lines of another job, or cannot be written.
        """
        if ledger.number("stale"):
            rebuild(path, ledger)
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            raise _job_error(path, error) from error
        output = cls(path, file)
        try:
            output._repair(ledger)
        except OSError as error:
            output.close()
            raise _job_error(path, error) from error
        except BaseException:
            output.close()
            raise
        return output

    def append(self, lines: bytes) -> None:
        """Append whole lines.

        After a failure nothing more is written: the ledger has the lines, and the next run puts them where they belong.

        Raises:
            JobError: the disk is full or the file cannot be written.
        """
        if not self.whole:
            return
        left = memoryview(lines)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            self.whole = False
            raise _job_error(self.path, error) from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _repair(self, ledger: Ledger) -> None:
        size, end, last = os.fstat(self._file).st_size, ledger.number("length"), 0
        for number, text in ledger.lines(backwards=True):
            if end <= size:
                last = number
                break
            end -= len(text)
        self._check_owner(ledger, last, end, size)
        os.ftruncate(self._file, end)
        for _, text in ledger.lines(after=last):
            self.append(text)

    def _check_owner(self, ledger: Ledger, last: int, end: int, size: int) -> None:
        """Refuse a file whose last whole line, or the torn one after it, is not what the ledger has there."""
        whole = ledger.line(last) if last else b""
        _, following = next(ledger.lines(after=last), (0, b""))
        expected = whole + following[: size - end]
        os.lseek(self._file, end - len(whole), os.SEEK_SET)
        if os.read(self._file, len(expected)) != expected or (size and not ledger.number("length")):
            raise JobError(
                f"output {self.path}: its lines are not those of the job in {ledger.path}: "
                "choose another `out`, or move this file away to have it written again"
            )


def rebuild(path: Path, ledger: Ledger) -> None:
    """Write the output afresh from the ledger, in one step as seen from outside.

    Raises:
        JobError: the disk is full or the folder cannot be written.
    """
    length = 0
    try:
        with replacing(path) as part, part.open("wb") as file:
            for _, text in ledger.lines():
                length += file.write(text)
    except OSError as error:
        raise _job_error(path, error) from error
    with ledger.transaction():
        ledger.set_fact("stale", 0)
        ledger.set_fact("length", length)


def _job_error(path: Path, error: OSError) -> JobError:
    """Say which file it was and what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        advice = "no room left; make room and run the same command again, what is finished is kept in the ledger"
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        advice = "it cannot be written; check the permissions of the file and its folder"
    elif error.errno in {errno.ENOENT, errno.ENOTDIR}:
        advice = "its folder does not exist; make it first"
    elif error.errno == errno.EISDIR:
        advice = "it is a folder; name a file in it"
    else:
        advice = f"{error.strerror}; what is finished is kept in the ledger"
    return JobError(f"output {path}: {advice}")
