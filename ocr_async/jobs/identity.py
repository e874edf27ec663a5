"""Which item of the ledger an entry is: the same place read as the same type is one, whatever it is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from attrs import define, evolve, field

from ocr_async.jobs.entry import Entry
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.names import to_column
from ocr_async.jobs.rows import Row, State

Place: TypeAlias = tuple[str | None, int | None, str | None, str]
"""Where an entry is, its page, type and options."""


@define
class Identity:
    """Finds the items of entries."""

    ledger: Ledger
    under_way: dict[str, Entry] = field(factory=dict[str, Entry], repr=False)
    """By key, what this run sends or is about to send."""
    _at_work: dict[Place, str] = field(factory=dict[Place, str], repr=False)
    _named: dict[str, Row | None] = field(factory=dict[str, "Row | None"], repr=False)
    _placed: dict[Place, list[Row]] = field(factory=dict[Place, "list[Row]"], repr=False)
    """What the ledger knows of a portion of entries, by key and by place, as far as it has not changed since."""

    def begin(self, entry: Entry) -> None:
        """Take into account that an entry is under way, which the ledger need not know before it is started."""
        self.under_way[entry.key] = entry
        self._at_work[_place(entry)] = entry.key

    def end(self, key: str) -> Entry | None:
        """Take into account that an entry is not under way any more, and return it as it was when it began."""
        entry = self.under_way.pop(key, None)
        if entry is not None:
            self._at_work.pop(_place(entry), None)
            self.noted(entry)
        return entry

    def look_up(self, entries: Sequence[Entry]) -> None:
        """Ask the ledger about a portion at once."""
        self._placed = {at: [] for at in map(_place, entries)}
        placed = self.ledger.at({place for place, *_ in self._placed if place is not None})
        for row in placed:
            if (at := (row.place, row.page, row.type, row.options or "")) in self._placed:
                self._placed[at].append(row)
        keys = {entry.key for entry in entries} | {entry.place for entry in entries}
        found = {row.key: row for row in placed}
        found |= {row.key: row for row in self.ledger.named(keys - found.keys())}
        self._named = dict[str, Row | None].fromkeys(keys) | found

    def look_again(self) -> None:
        """Ask the ledger again about what it knew: that may have changed, and the rest cannot."""
        self._named = {key: row for key, row in self._named.items() if row is None}
        self._placed = {at: rows for at, rows in self._placed.items() if not rows}

    def noted(self, entry: Entry) -> None:
        """Take into account that the ledger knows an entry now, or knows it as another."""
        self._named.pop(entry.key, None)
        self._placed.pop(_place(entry), None)

    def _at(self, entry: Entry) -> list[Row]:
        """Return the items that read the same place as the same type with the same options."""
        at = place, *rest = _place(entry)
        if place is None:
            return []
        at_work = [self._row(self.under_way[self._at_work[at]])] if at in self._at_work else []
        if at in self._placed:
            return at_work + self._placed[at]
        return at_work + [row for row in self.ledger.at([place]) if [row.page, row.type, row.options or ""] == rest]

    def _find(self, key: str) -> Row | None:
        if key in self.under_way:
            return self._row(self.under_way[key])
        return self._named[key] if key in self._named else self.ledger.find(key)

    def _row(self, entry: Entry) -> Row:
        run = self.ledger.run
        about: tuple[Any, ...] = (*columns(entry), run, run, None, State.READY)
        return Row(*about)

    def of(self, entry: Entry) -> tuple[Entry, Row | None]:
        """Return an entry under its key in the ledger, with its row when there is one."""
        entry, row = self._identified(entry)
        if row is not None and row.run == self.ledger.run and place_of(entry) is None:
            return self._taken(entry, row)
        return entry, row

    def _identified(self, entry: Entry) -> tuple[Entry, Row | None]:
        """Find the item of an entry: by where it is and what it is read as; then by its key."""
        place, rows = place_of(entry), self._at(entry)
        same = next((row for row in rows if row.key == entry.key), None)
        if same is None and not entry.named:
            same = next((row for row in rows if row.run == self.ledger.run), rows[0] if rows else None)
        if same is not None:
            return entry if entry.key == same.key else evolve(entry, key=same.key), same
        holder = self._find(entry.key)
        if holder is None or place is None:
            return entry, holder
        if holder.place == place and holder.type is not None and holder.fingerprint is not None:
            other = evolve(entry, key=f"{entry.key}#{entry.label}")
            return other, self._find(other.key)
        return self._taken(entry, holder) if holder.run == self.ledger.run else (entry, holder)

    def _taken(self, entry: Entry, holder: Row) -> tuple[Entry, Row | None]:
        problem = f"its key {entry.key!r} is already that of {holder.source or 'another item'}: keys must differ"
        entry = evolve(
            entry, key=entry.place, problem=problem, stamp=None, digest=None, sha256=None, source=None, named=False
        )
        return entry, self._find(entry.key)

    def forget_mended(self, entry: Entry) -> None:
        """Forget the problem of a manifest's line that has none any more."""
        if entry.problem is None and entry.place != entry.key:
            row = self._find(entry.place)
            if row is not None and row.fingerprint is None and row.state == State.FAILED:
                self.ledger.drop(row)
                self._named.pop(row.key, None)


def _place(entry: Entry) -> Place:
    return place_of(entry), entry.page, entry.type.api if entry.type else None, entry.options


def columns(entry: Entry) -> tuple[Any, ...]:
    """Return what the ledger notes of an entry: key, source, place, page, type, options, sha256, fingerprint, stamp."""
    place, page, api, options = _place(entry)
    about = (to_column(entry.key), to_column(entry.origin), to_column(place), page, api, options)
    return *about, entry.sha256, entry.fingerprint, entry.stamp


def place_of(entry: Entry) -> str | None:
    """Return where an entry is, None when that is nowhere or cannot be told."""
    try:
        return None if entry.source is None else entry.source.place
    except Exception:  # noqa: BLE001  what is wrong with it is its problem, and said there
        return None
