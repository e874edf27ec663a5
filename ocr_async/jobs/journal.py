"""The ledger and the output of one job, kept in step: what the ledger has committed, the output gets.

Everything here blocks for a moment and belongs into one thread at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field

from ocr_async.errors import JobError
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.output import Output
from ocr_async.jobs.record import Record, copied, held
from ocr_async.jobs.rows import State
from ocr_async.jobs.rules import Rules


@define
class Journal:
    """The ledger and the output of one job."""

    ledger: Ledger
    output: Output | None
    """None in a run that only looks what there would be to do."""
    rules: Rules = field(factory=Rules)
    met: Counter[str] = field(factory=Counter[str])
    """What this run came across: "already", "repeated", "copied", and the states of what it finished."""
    codes: Counter[str] = field(factory=Counter[str])
    """What this run failed with: the service's code, or the name of the error's class."""
    output_error: JobError | None = None
    """Why the output lacks lines that the ledger has."""

    @classmethod
    def open(cls, out: Path, ledger: Path, job: str, rules: Rules) -> Journal:
        """Open the two files and bring them in step; what was under way when the last run died is held or released.

        Raises:
            JobError: one of the files belongs to something else, or cannot be written.
        """
        memory = Ledger.open(ledger, job, out, dry=rules.dry_run)
        try:
            journal = cls(memory, None if rules.dry_run else Output.open(out, memory), rules)
            journal._settle_unknown()
        except BaseException:
            memory.close()
            if memory.fresh:
                ledger.unlink(missing_ok=True)
            raise
        return journal

    def _settle_unknown(self) -> None:
        """Settle what is of the last run, and begin another one: that may come across it, changed or under another name."""
        with self.turn() as lines:
            self.ledger.note_started()
            self.ledger.put_back_state(State.READY)
            if self.rules.unknown == "retry":
                self.ledger.put_back_state(State.STARTED)
            lines.extend(self.hold())
            self.ledger.next_run()
        self.met.clear()
        self.codes.clear()

    def hold(self) -> list[bytes]:
        """Hold what was started and has not come to an end: nobody knows whether it was read. Return its lines."""
        self.ledger.note_started()
        return [self.settle(row.about, held(row, self.ledger.run)) for row in self.ledger.in_state(State.STARTED)]

    @contextmanager
    def turn(self) -> Generator[list[bytes]]:
        """Collect lines for the output; they follow the commit of what the ledger says of them."""
        lines: list[bytes] = []
        with self.ledger.transaction():
            yield lines
            text = b"".join(lines)
            if text:
                self.ledger.set_fact("length", self.ledger.number("length") + len(text))
        if self.output is None:
            return
        try:
            self.output.append(text)
        except JobError as error:
            self.output_error = error

    def settle(self, about: Sequence[object], made: Record) -> bytes:
        """Write an item (its columns up to the stamp) with its line into the ledger, and return that for the output."""
        self.ledger.settle(about, made.text, made.facts)
        self.met[made.state] += 1
        if made.state == State.FAILED:
            self.codes[made.code or made.kind or ""] += 1
        return made.text

    def copy(self, text: bytes, key: str) -> bytes:
        """Write the line of another item for one with the same content, and return it for the output."""
        row = self.ledger.find(key)
        if row is None:
            raise LookupError(key)
        self.met["copied"] += 1
        return self.settle(row.about, copied(text, row, self.ledger.run))

    def finish(self) -> None:
        """Bring the output to its final form.

        Raises:
            JobError: the disk is full or the folder cannot be written.
        """
        if self.output is not None:
            self.output.settle(self.ledger)

    def close(self) -> None:
        """Close both files."""
        try:
            if self.output is not None:
                self.output.close()
        finally:
            self.ledger.close()
