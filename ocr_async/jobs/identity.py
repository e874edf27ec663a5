"""Which item of the ledger an entry is: the same place read as the same type is one, whatever it is called."""

from __future__ import annotations

from typing import TypeAlias

from attrs import define, evolve, field

from ocr_async.jobs.entry import Entry
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.rows import Row, State

Place: TypeAlias = tuple[str | None, int | None, str | None, str]
"""Where an entry is, its page, type and options."""


@define
class Identity:
    """Finds the items of entries."""

    ledger: Ledger
    _absent: set[str | Place] = field(factory=set[str | Place], repr=False)
    """The keys and places of a portion that the ledger was found not to know, and does not know yet."""

    def forget(self) -> None:
        """Ask the ledger about everything again."""
        self._absent.clear()

    def noted(self, entry: Entry) -> None:
        """Take into account that the ledger knows an entry now."""
        self._absent.difference_update((entry.key, _place(entry)))

    def of(self, entry: Entry) -> tuple[Entry, Row | None]:
        """Return an entry under its key in the ledger, with its row when there is one."""
        entry, row = self._identified(entry)
        if row is not None and row.run == self.ledger.run and place_of(entry) is None:
            return self._taken(entry, row)
        return entry, row

    def _identified(self, entry: Entry) -> tuple[Entry, Row | None]:
        """Find the item of an entry: by where it is and what it is read as; then by its key."""
        at = place, *_ = _place(entry)
        if entry.key in self._absent and at in self._absent:
            return entry, None
        rows = self.ledger.at(*at)
        same = next((row for row in rows if row.key == entry.key), None)
        if same is None and not entry.named:
            same = next((row for row in rows if row.run == self.ledger.run), rows[0] if rows else None)
        if same is not None:
            return evolve(entry, key=same.key), same
        holder = self.ledger.find(entry.key)
        if holder is None:
            self._absent.update((entry.key, at))
        if holder is None or place is None:
            return entry, holder
        if holder.place == place and holder.type is not None and holder.fingerprint is not None:
            other = evolve(entry, key=f"{entry.key}#{entry.label}")
            return other, self.ledger.find(other.key)
        return self._taken(entry, holder) if holder.run == self.ledger.run else (entry, holder)

    def _taken(self, entry: Entry, holder: Row) -> tuple[Entry, Row | None]:
        problem = f"its key {entry.key!r} is already that of {holder.source or 'another item'}: keys must differ"
        entry = evolve(
            entry, key=entry.place, problem=problem, stamp=None, digest=None, sha256=None, source=None, named=False
        )
        return entry, self.ledger.find(entry.key)

    def forget_mended(self, entry: Entry) -> None:
        """Forget the problem of a manifest's line that has none any more."""
        if entry.problem is None and entry.place != entry.key:
            row = self.ledger.find(entry.place)
            if row is not None and row.fingerprint is None and row.state == State.FAILED:
                self.ledger.drop(row)


def _place(entry: Entry) -> Place:
    return place_of(entry), entry.page, entry.type.api if entry.type else None, entry.options


def place_of(entry: Entry) -> str | None:
    """Return where an entry is, None when that is nowhere or cannot be told."""
    try:
        return None if entry.source is None else entry.source.place
    except Exception:  # noqa: BLE001  what is wrong with it is its problem, and said there
        return None
