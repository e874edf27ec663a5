"""What comes in: which entries have to be sent, which get the answer to another one, and which are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from attrs import define, field

from ocr_async.errors import SourceError
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.identity import Identity, place_of
from ocr_async.jobs.journal import Journal
from ocr_async.jobs.names import to_column
from ocr_async.jobs.record import Outcome, record
from ocr_async.jobs.rows import Row, State

_UNDER_WAY = (State.READY, State.STARTED)


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

    def sift(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the entries whose content has to be looked at: all but those settled in this run or an earlier one."""
        self.identity.forget()
        with self.journal.turn():
            return [news[0] for given in entries if (news := self._news(given)) is not None]

    def admit(self, entries: Iterable[Entry]) -> list[Entry]:
        """Note the entries (with their digests) and return those that have to be sent; the others get their lines."""
        with self.journal.turn() as lines:
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
        api = entry.type.api if entry.type else None
        source, place = to_column(entry.origin), to_column(place_of(entry))
        about = (to_column(entry.key), source, place, entry.page, api, entry.options)
        self.journal.ledger.add((*about, entry.sha256, entry.fingerprint, entry.stamp, state))
        self.identity.noted(entry)

    def _news(self, given: Entry) -> tuple[Entry, Row | None] | None:
        """Return an entry under its key in the ledger, with its row when there is one; None when it is settled."""
        ledger = self.journal.ledger
        entry, row = self.identity.of(given)
        if row is not None and row.run == ledger.run and place_of(entry) is not None:
            self.journal.met["repeated"] += 1
            return None
        self.identity.forget_mended(entry)
        is_settled = row is not None and self.journal.rules.settles(row) and row.stamp == entry.stamp
        if entry.problem is not None or not is_settled:
            return entry, row
        ledger.seen(entry.key, entry.origin)
        self.journal.met["already"] += 1
        return None

    def _has_to_be_sent(self, entry: Entry, row: Row | None, lines: list[bytes]) -> bool:
        journal = self.journal
        if entry.problem is not None:
            self.note(entry, State.WAITING)
            error = SourceError(entry.place, entry.problem)
            lines.append(journal.write(entry.key, record(Outcome(entry, error=error), journal.ledger.run)))
            return False
        if row is not None and row.fingerprint == entry.fingerprint and journal.rules.settles(row):
            self.note(entry, row.state)
            journal.met["already"] += 1
            return False
        twin = self._twin(entry)
        self.note(entry, State.READY if twin is None else State.WAITING)
        if twin is None:
            return True
        if twin.line is not None and twin.state not in _UNDER_WAY:
            lines.append(journal.copy(journal.ledger.line(twin.line), entry.key))
        elif entry.fingerprint is not None:
            self._followers.setdefault(entry.fingerprint, []).append(entry)
        return False

    def _twin(self, entry: Entry) -> Row | None:
        """Return the item whose answer serves this entry too."""
        if entry.fingerprint is None:
            return None
        states = [State.DONE, State.STARTED, State.READY, State.HELD, State.FAILED]
        for row in self.journal.ledger.twins(entry.fingerprint, states):
            under_way = row.state in _UNDER_WAY and row.run == self.journal.ledger.run
            if row.key != entry.key and (under_way or (row.line is not None and self.journal.rules.settles(row))):
                return row
        return None
