"""What comes in: which entries have to be sent, which get the answer to another one, and which are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import define, field

from ocr_async.errors import SourceError
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.identity import Identity, columns, place_of
from ocr_async.jobs.journal import Journal
from ocr_async.jobs.record import Outcome, Record, record
from ocr_async.jobs.rows import Row, State


@define
class Intake:
    """Notes the entries of a run in its journal."""

    journal: Journal
    identity: Identity
    types: Counter[str] = field(factory=Counter[str])
    """What was found to be sent, by document type."""
    released: list[Entry] = field(factory=list[Entry])
    """Items that waited for the answer to another one, which did not come; they have to be sent themselves."""
    _followers: dict[bytes, list[Entry]] = field(factory=dict[bytes, list[Entry]])
    """What waits for the answer to another item with the same fingerprint, which is under way."""
    _answered: set[bytes] = field(factory=set[bytes])
    """The fingerprints of a portion that the ledger was found to have answers for."""

    def sift(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries whose content has to be looked at: all but those settled in this run or an earlier one."""
        with self.journal.turn():
            self.identity.look_up(entries)
            return [news[0] for given in entries if (news := self._news(given)) is not None]

    def admit(self, entries: Sequence[Entry]) -> list[Entry]:
        """Note the entries (with their digests) and return those that have to be sent; the others get their lines."""
        self.identity.look_again()
        with self.journal.turn() as lines:
            self._look_for_answers(entries)
            fresh = [
                news[0]
                for given in entries
                if (news := self._news(given)) is not None and self._has_to_be_sent(*news, lines)
            ]
        for entry in fresh:
            self.types[entry.type.api if entry.type else ""] += 1
        return fresh

    def again(self) -> list[Entry]:
        """Return the released items that have to be sent now."""
        entries, self.released = self.released, []
        with self.journal.turn() as lines:
            self._look_for_answers(entries)
            find = self.journal.ledger.find
            return [entry for entry in entries if self._has_to_be_sent(entry, find(entry.key), lines)]

    @property
    def waiting(self) -> int:
        """How many wait for the answer to another one."""
        return sum(map(len, self._followers.values()))

    def release(self, fingerprint: bytes | None) -> None:
        """Let go of what waits for an answer that does not come."""
        self.released += self.followers(fingerprint)

    def followers(self, fingerprint: bytes | None) -> list[Entry]:
        """Take what waits for the answer to content, page, type and options."""
        return self._followers.pop(fingerprint, []) if fingerprint else []

    def note(self, entry: Entry, state: str) -> None:
        """Note an entry as it is known now."""
        self.journal.ledger.note(columns(entry), state)
        self.identity.noted(entry)

    def settle(self, entry: Entry, made: Record) -> bytes:
        """Write an entry with its line, and return that for the output."""
        self.identity.noted(entry)
        return self.journal.settle(columns(entry), made)

    def put_back(self, entry: Entry) -> None:
        """Make an entry what it was before it was under way: failed, when it had failed, or waiting."""
        self.note(entry, State.WAITING)
        self.journal.ledger.put_back([entry.key])

    def put_back_rest(self) -> None:
        """Put back what is still under way at the end of a run, but for what was started."""
        for entry in [*self.identity.under_way.values(), *self.released]:
            self.identity.end(entry.key)
            if not self.journal.ledger.is_started(entry.key):
                self.put_back(entry)

    def _news(self, given: Entry) -> tuple[Entry, Row | None] | None:
        """Return an entry under its key in the ledger, with its row when there is one; None when it is settled."""
        ledger = self.journal.ledger
        entry, row = self.identity.of(given)
        if row is not None and row.run == ledger.run and place_of(entry) is not None:
            self.journal.met["repeated"] += 1
            return None
        self.identity.forget_mended(entry)
        if row is None or entry.problem is not None or row.stamp != entry.stamp or not self.journal.rules.settles(row):
            return entry, row
        ledger.seen(row, entry.origin)
        self.identity.noted(entry)
        self.journal.met["already"] += 1
        return None

    def _has_to_be_sent(self, entry: Entry, row: Row | None, lines: list[bytes]) -> bool:
        journal = self.journal
        if entry.problem is not None:
            error = SourceError(entry.place, entry.problem)
            lines.append(self.settle(entry, record(Outcome(entry, error=error), journal.ledger.run)))
            return False
        if row is not None and row.fingerprint == entry.fingerprint and journal.rules.settles(row):
            self.note(entry, row.state)
            journal.met["already"] += 1
            return False
        if entry.fingerprint in self._followers:
            self.note(entry, State.WAITING)
            self._followers[entry.fingerprint].append(entry)
            return False
        if (twin := self._twin(entry)) is not None and twin.line is not None:
            self.note(entry, State.WAITING)
            lines.append(journal.copy(journal.ledger.line(twin.line), entry.key))
            return False
        if journal.rules.dry_run:
            self.note(entry, State.READY)
        else:
            self.identity.begin(entry)
        if entry.fingerprint is not None:
            self._followers[entry.fingerprint] = []
        return True

    def _look_for_answers(self, entries: Iterable[Entry]) -> None:
        fingerprints = {entry.fingerprint for entry in entries if entry.problem is None}
        self._answered = self.journal.ledger.answered([each for each in fingerprints if each is not None])

    def _twin(self, entry: Entry) -> Row | None:
        """Return the item whose answer serves this entry too."""
        if entry.fingerprint is None or entry.fingerprint not in self._answered:
            return None
        for row in self.journal.ledger.twins(entry.fingerprint, (State.DONE, State.HELD, State.FAILED)):
            is_itself = row.key == entry.key or row.key in self.identity.under_way  # with other content by now
            if not is_itself and self.journal.rules.settles(row):
                return row
        return None
