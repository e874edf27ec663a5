"""The rules of a job: what is sent, what is copied, what is left alone, and how each answer is kept.

Everything here blocks for a moment and belongs into one thread at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from attrs import define, evolve, field

from ocr_async.errors import JobError, SourceError
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.ledger import Ledger, Row, State
from ocr_async.jobs.output import Output, rebuild
from ocr_async.jobs.record import Outcome, Record, copied, held, record

Unknown: TypeAlias = Literal["hold", "retry"]
"""What becomes of an item that was sent before a crash, so that nobody knows whether the service has read it."""


@define
class Journal:
    """The ledger and the output of one job, kept in step."""

    ledger: Ledger
    output: Output
    unknown: Unknown
    retry_failed: bool
    met: Counter[str] = field(factory=Counter[str])
    """What this run came across: "already", "repeated", "copied", and the states of what it finished."""
    output_error: JobError | None = None
    """Why the output lacks lines that the ledger has."""
    codes: Counter[str] = field(factory=Counter[str])
    """What this run failed with: the service's code, or the name of the error's class."""

    @classmethod
    def open(cls, out: Path, ledger: Path, job: str, unknown: Unknown, *, retry_failed: bool) -> Journal:
        """Open the two files and bring them in step; what was under way when the last run died is held or released.

        Raises:
            JobError: one of the files belongs to something else, or cannot be written.
        """
        memory = Ledger.open(ledger, job)
        try:
            journal = cls(memory, Output.open(out, memory), unknown, retry_failed)
            journal._settle_unknown()
        except BaseException:
            memory.close()
            if memory.fresh:
                ledger.unlink(missing_ok=True)
            raise
        return journal

    def _settle_unknown(self) -> None:
        with self._turn() as lines:
            self.ledger.replace_state(State.READY, State.WAITING)
            if self.unknown == "retry":
                self.ledger.replace_state(State.STARTED, State.WAITING)
            for row in self.ledger.in_state(State.STARTED):
                lines.append(self._write(row.key, held(row)))
        self.met.clear()
        self.codes.clear()

    def close(self) -> None:
        """Drop replaced lines from the output and close both files."""
        self.output.close()
        try:
            if self.output.whole and self.ledger.number("stale"):
                rebuild(self.output.path, self.ledger)
        finally:
            self.ledger.close()

    def sift(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the entries whose content has to be looked at: all but those settled in this run or an earlier one."""
        with self._turn():
            return [entry for given in entries if (entry := self._news(given.stamped())) is not None]

    def admit(self, entries: Iterable[Entry]) -> list[Entry]:
        """Note the entries (with their digests) and return those that have to be sent; the others get their lines."""
        with self._turn() as lines:
            return [entry for given in entries if (entry := self._news(given)) and self._has_to_be_sent(entry, lines)]

    def turn(self, outcomes: Iterable[Outcome], starts: Iterable[str] = ()) -> None:
        """Keep what came back and note what is sent next, in one transaction."""
        with self._turn() as lines:
            for outcome in outcomes:
                lines.extend(self._finish(outcome))
            self.ledger.set_state(starts, State.STARTED)

    @contextmanager
    def _turn(self) -> Generator[list[bytes]]:
        """Collect lines for the output; they follow the commit of what the ledger says of them."""
        lines: list[bytes] = []
        with self.ledger.transaction():
            yield lines
            text = b"".join(lines)
            if text:
                self.ledger.set_fact("length", self.ledger.number("length") + len(text))
        try:
            self.output.append(text)
        except JobError as error:
            self.output_error = error

    def _news(self, entry: Entry) -> Entry | None:
        row = self.ledger.find(entry.key)
        if row is not None and row.run == self.ledger.run:
            if entry.origin is not None and (row.source, row.page) == (entry.origin, entry.page):
                self.met["repeated"] += 1
                return None
            problem = f"its key {entry.key!r} is already that of {row.source or 'another item'}: keys must differ"
            entry = evolve(entry, key=entry.place, problem=problem, stamp=None, digest=None)
            row = self.ledger.find(entry.key)
        self._forget_mended(entry)
        if row is None or row.stamp != entry.stamp or not self._is_settled(row):
            return entry
        self.ledger.seen(entry.key)
        self.met["already"] += 1
        return None

    def _forget_mended(self, entry: Entry) -> None:
        """Forget the problem of a manifest's line that has none any more."""
        if entry.problem is None and entry.place != entry.key:
            row = self.ledger.find(entry.place)
            if row is not None and row.fingerprint is None and row.state == State.FAILED:
                self.ledger.drop(row)

    def _is_settled(self, row: Row) -> bool:
        match row.state:
            case State.DONE:
                return True
            case State.FAILED:
                return not self.retry_failed
            case State.HELD:
                return self.unknown == "hold"
            case _:
                return False

    def _has_to_be_sent(self, entry: Entry, lines: list[bytes]) -> bool:
        if entry.problem is not None:
            self._note(entry, State.WAITING)
            error = SourceError(entry.place, entry.problem)
            lines.append(self._write(entry.key, record(Outcome(entry, error=error))))
            return False
        row = self.ledger.find(entry.key)
        if row is not None and row.fingerprint == entry.fingerprint and self._is_settled(row):
            self._note(entry, row.state)
            self.met["already"] += 1
            return False
        twin = self._twin(entry)
        self._note(entry, State.READY if twin is None else State.WAITING)
        if twin is not None and twin.line is not None and twin.state not in (State.READY, State.STARTED):
            lines.append(self._copy(self.ledger.line(twin.line), entry.key))
        return twin is None

    def _twin(self, entry: Entry) -> Row | None:
        """Return the item whose answer serves this entry too."""
        states = [State.DONE, State.STARTED, State.READY]
        if self.unknown == "hold":
            states.append(State.HELD)
        if not self.retry_failed:
            states.append(State.FAILED)
        return None if entry.fingerprint is None else self.ledger.twin(entry.fingerprint, states)

    def _note(self, entry: Entry, state: str) -> None:
        api = entry.type.api if entry.type else None
        facts = (entry.key, entry.origin, entry.page, api, entry.options, entry.fingerprint, entry.stamp)
        self.ledger.add((*facts, state))

    def _finish(self, outcome: Outcome) -> Iterator[bytes]:
        key, fingerprint = outcome.entry.key, outcome.entry.fingerprint
        if outcome.put_back:
            self.ledger.set_state([key], State.WAITING)
            return
        finished = record(outcome)
        yield self._write(key, finished)
        for follower in self.ledger.followers(fingerprint) if fingerprint else ():
            yield self._copy(finished.text, follower.key)

    def _copy(self, text: bytes, key: str) -> bytes:
        row = self.ledger.find(key)
        if row is None:
            raise LookupError(key)
        self.met["copied"] += 1
        return self._write(key, copied(text, row))

    def _write(self, key: str, made: Record) -> bytes:
        self.ledger.write_line(key, made.text, made.facts)
        self.met[made.state] += 1
        if made.state == State.FAILED:
            self.codes[made.code or made.kind or ""] += 1
        return made.text
