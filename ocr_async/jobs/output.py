"""The output of a job: JSON lines, appended in step with the ledger and repaired from it."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import define

from ocr_async.errors import JobError
from ocr_async.jobs.atomic import replacing
from ocr_async.jobs.foreign import Foreign, sorted_out
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.output_errors import explained


@define
class Output:
    """The open output file.

    The ledger commits first, then the lines are appended. So the file may lack lines that the ledger has, after a
    crash or on a full disk; opening it again brings it up to the ledger. What it has and the job did not write is kept
    in a file beside it.
    """

    path: Path
    _file: int
    whole: bool = True
    """False after a failed write: the ledger has lines that the file lacks."""
    foreign: Foreign | None = None
    """What was found in the file that the job did not write."""

    @classmethod
    def open(cls, path: Path, ledger: Ledger) -> Output:
        """Open the output of the job of `ledger` and repair it.

        Raises:
            JobError: it holds the lines of another job, or cannot be written.
        """
        output = cls(path, _opened(path))
        try:
            with explained(path):
                output._repair(ledger)
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
            with explained(self.path):
                while left:
                    left = left[os.write(self._file, left) :]
        except JobError:
            self.whole = False
            raise

    def settle(self, ledger: Ledger) -> None:
        """Take out of the file what has been replaced in it, and what the job did not write.

        Raises:
            JobError: the disk is full or the folder cannot be written.
        """
        if not self.whole:
            return
        with explained(self.path):
            if os.fstat(self._file).st_size != ledger.number("length"):
                self._sort_out(ledger)
            elif ledger.number("stale"):
                self._rebuild(ledger)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _repair(self, ledger: Ledger) -> None:
        size, end, last = os.fstat(self._file).st_size, ledger.number("length"), 0
        if ledger.number("stale") and size == end:
            self._rebuild(ledger)
            return
        for number, text in ledger.lines(backwards=True):
            if end <= size:
                last = number
                break
            end -= len(text)
        if ledger.number("stale") or not self._is_in_step(ledger, last, end, size):
            self._sort_out(ledger)
            return
        os.ftruncate(self._file, end)
        for _, text in ledger.lines(after=last):
            self.append(text)

    def _is_in_step(self, ledger: Ledger, last: int, end: int, size: int) -> bool:
        """Tell whether the last whole line, and the torn one after it, are what the ledger has there."""
        whole = ledger.line(last) if last else b""
        _, following = next(ledger.lines(after=last), (0, b""))
        expected = whole + following[: size - end]
        os.lseek(self._file, end - len(whole), os.SEEK_SET)
        found = os.read(self._file, len(expected) + 1)
        return found == expected and not (size and not ledger.number("length"))

    def _sort_out(self, ledger: Ledger) -> None:
        """Keep aside what the job did not write, and write the rest afresh.

        Raises:
            JobError: there is nothing of the job in it.
        """
        foreign = sorted_out(self.path, ledger)
        if self.foreign is None or foreign is not None:
            self.foreign = foreign
        self._rebuild(ledger)

    def _rebuild(self, ledger: Ledger) -> None:
        """Write the file afresh from the ledger, in one step as seen from outside."""
        length = 0
        with replacing(self.path) as part, part.open("wb") as file:
            for _, text in ledger.lines():
                length += file.write(text)
        with ledger.transaction():
            ledger.set_fact("stale", 0)
            ledger.set_fact("length", length)
            ledger.change("delete from replaced")
        os.close(self._file)
        self._file = _opened(self.path)


def _opened(path: Path) -> int:
    with explained(path):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
