"""The rules of a job: what is sent, what is copied, what is left alone, and how each answer is kept.

Everything here blocks for a moment and belongs into one thread at a time.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from attrs import define, evolve, field, frozen

from ocr_async.errors import AuthError, JobError, OcrError, RequestError, SourceError, SubscriptionError, ThrottledError
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.ledger import Ledger, Row, State
from ocr_async.jobs.names import to_column
from ocr_async.jobs.output import Output, rebuild
from ocr_async.jobs.record import Outcome, Record, copied, held, record, utc_now
from ocr_async.model import VERSION

Unknown: TypeAlias = Literal["hold", "retry"]
"""What becomes of an item that was sent before a crash, so that nobody knows whether the service has read it."""


@frozen
class Rules:
    """What a run sends, and what it leaves alone."""

    unknown: Unknown = "hold"
    retry_failed: bool = False
    retry: frozenset[str] = frozenset()
    """Codes and kinds of failures that are sent again, in lower case."""
    dry_run: bool = False
    limit: int | None = None
    budget: int | None = None

    def retries(self, row: Row) -> bool:
        """Tell whether a failed item is sent again."""
        if self.retry_failed or not self.retry:
            return self.retry_failed
        kind = (row.kind or "").lower()
        words = {(row.code or "").lower(), kind, kind.removesuffix("error")}
        return bool(self.retry & (words | ({"timeout"} if kind == "deadlineerror" else set())))


@define
class Journal:
    """The ledger and the output of one job, kept in step."""

    ledger: Ledger
    output: Output | None
    """None in a run that only looks what there would be to do."""
    rules: Rules = Rules()
    met: Counter[str] = field(factory=Counter[str])
    """What this run came across: "already", "repeated", "copied", and the states of what it finished."""
    output_error: JobError | None = None
    """Why the output lacks lines that the ledger has."""
    codes: Counter[str] = field(factory=Counter[str])
    """What this run failed with: the service's code, or the name of the error's class."""
    types: Counter[str] = field(factory=Counter[str])
    """What was found to be sent, by document type."""
    started: int = 0
    """Items that this run started to send."""
    released: list[Entry] = field(factory=list[Entry])
    """Items that waited for the answer to another one, which did not come; they have to be sent themselves."""
    _followers: dict[bytes, list[Entry]] = field(factory=dict[bytes, list[Entry]])
    _reserved: dict[str, int] = field(factory=dict[str, int])

    @classmethod
    def open(cls, out: Path, ledger: Path, job: str, rules: Rules, about: Mapping[str, Any]) -> Journal:
        """Open the two files and bring them in step; what was under way when the last run died is held or released.

        Raises:
            JobError: one of the files belongs to something else, or cannot be written.
        """
        memory = Ledger.open(ledger, job, out, dry=rules.dry_run)
        try:
            journal = cls(memory, None if rules.dry_run else Output.open(out, memory), rules)
            journal._settle_unknown()
            journal._begin(about)
        except BaseException:
            memory.close()
            if memory.fresh:
                ledger.unlink(missing_ok=True)
            raise
        return journal

    def _begin(self, about: Mapping[str, Any]) -> None:
        arguments, endpoints = json.dumps(about["arguments"], default=str), json.dumps(about["endpoints"])
        with self.ledger.transaction():
            self.ledger.change(
                "insert into run values (?, ?, null, null, ?, ?, ?, '{}')",
                (self.ledger.run, utc_now(), arguments, VERSION, endpoints),
            )

    def count(self, counts: Mapping[str, Any], how: str | None = None) -> None:
        """Write down how far the run is, and in the end how it ended."""
        with self.ledger.transaction():
            self.ledger.change(
                "update run set counts = ?, how = ?, ended = ? where number = ?",
                (json.dumps(counts), how, utc_now() if how else None, self.ledger.run),
            )

    def note_gone(self, *, prune: bool) -> int:
        """Mark what a whole run did not come across and is not there any more; return how many were dropped."""
        unseen = "select key, place, page from item where run < ? and gone is null and place is not null"
        gone = [
            key for key, place, page in self.ledger.select(unseen, (self.ledger.run,)) if self._is_gone(place, page)
        ]
        with self._turn():
            for key in gone:
                self.ledger.change("update item set gone = 1 where key = ?", (key,))
            if not prune:
                return 0
            keys = [key for (key,) in self.ledger.select("select key from item where gone = 1")]
            for key in keys:
                row = self.ledger.find(key if isinstance(key, str) else os.fsdecode(key))
                if row is not None:
                    self.ledger.drop(row)
            return len(keys)

    def _is_gone(self, place: str | bytes, page: int | None) -> bool:
        if isinstance(place, str) and "://" in place:
            return False
        if not os.path.lexists(place):
            return True
        query = "select 1 from item where place = ? and page is not null and run = ? limit 1"
        return page is not None and any(self.ledger.select(query, (place, self.ledger.run)))

    def _settle_unknown(self) -> None:
        with self._turn() as lines:
            self.ledger.put_back_state(State.READY)
            if self.rules.unknown == "retry":
                self.ledger.put_back_state(State.STARTED)
            for row in self.ledger.in_state(State.STARTED):
                lines.append(self._write(row.key, held(row, self.ledger.run)))
        self.met.clear()
        self.codes.clear()

    def close(self) -> None:
        """Drop replaced lines from the output and close both files."""
        try:
            if self.output is not None:
                self.output.close()
                if self.output.whole and self.ledger.number("stale"):
                    rebuild(self.output.path, self.ledger)
        finally:
            self.ledger.close()

    def sift(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the entries whose content has to be looked at: all but those settled in this run or an earlier one."""
        with self._turn():
            return [entry for given in entries if (entry := self._news(given)) is not None]

    def admit(self, entries: Iterable[Entry]) -> list[Entry]:
        """Note the entries (with their digests) and return those that have to be sent; the others get their lines."""
        with self._turn() as lines:
            fresh = [entry for given in entries if (entry := self._news(given)) and self._has_to_be_sent(entry, lines)]
        for entry in fresh:
            self.types[entry.type.api if entry.type else ""] += 1
        return fresh

    def start(self, entries: Iterable[Entry]) -> list[Entry]:
        """Note that entries are sent next, and return those for which limit and budget have room."""
        with self._turn():
            room = [entry for entry in entries if self._reserve(entry)]
            self.ledger.set_state([entry.key for entry in room], State.STARTED)
            return room

    def _reserve(self, entry: Entry) -> bool:
        cost = self._documents(entry)
        if not self.has_room or not self._affords(cost):
            return False
        self._spend(cost)
        self._reserved[entry.key] = cost
        self.started += 1
        return True

    @property
    def has_room(self) -> bool:
        """False when limit or budget let nothing more be sent."""
        return self._affords(1) and (self.rules.limit is None or self.started < self.rules.limit)

    def _affords(self, cost: int) -> bool:
        return self.rules.budget is None or self.ledger.number("spent") + cost <= self.rules.budget

    def _documents(self, entry: Entry) -> int:
        """Return for how many documents a send may be billed: for a classified picture the most that any has had."""
        several = entry.type is not None and entry.type.api == "auto-classification"
        return max(1, self.ledger.number("documents")) if several else 1

    def _spend(self, count: int) -> None:
        if count:
            self.ledger.set_fact("spent", self.ledger.number("spent") + count)

    def _settle_cost(self, outcome: Outcome) -> None:
        """Set what was reserved to what may be billed."""
        reserved = self._reserved.pop(outcome.entry.key, None)
        if reserved is not None:
            cost = _cost(outcome)
            if cost > 1:
                self.ledger.set_fact("documents", max(cost, self.ledger.number("documents")))
            self._spend(cost - reserved)

    def turn(self, outcomes: Iterable[Outcome]) -> None:
        """Keep what came back, in one transaction."""
        with self._turn() as lines:
            for outcome in outcomes:
                lines.extend(self._finish(outcome))

    def exchanged(self, entry: Entry) -> list[Entry]:
        """Note an entry whose content is another one than was noted; return what has to be sent now."""
        before = self.ledger.find(entry.key)
        with self._turn() as lines:
            self._release(before.fingerprint if before else None)
            return [entry] if self._has_to_be_sent(entry, lines) else []

    def again(self) -> list[Entry]:
        """Return the released items that have to be sent now."""
        entries, self.released = self.released, []
        with self._turn() as lines:
            return [entry for entry in entries if self._has_to_be_sent(entry, lines)]

    def _release(self, fingerprint: bytes | None) -> None:
        self.released += self._followers.pop(fingerprint, ()) if fingerprint else ()

    @contextmanager
    def _turn(self) -> Generator[list[bytes]]:
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

    def _news(self, given: Entry) -> Entry | None:
        """Return an entry under its key in the ledger, None when it is settled."""
        entry, row = self._identified(given)
        if row is not None and row.run == self.ledger.run:
            if self._place(entry) is not None:
                self.met["repeated"] += 1
                return None
            entry, row = self._taken(entry, row)
        self._forget_mended(entry)
        if row is None or row.stamp != entry.stamp or entry.problem is not None or not self._is_settled(row):
            return entry
        self.ledger.seen(entry.key, entry.origin)
        self.met["already"] += 1
        return None

    def _identified(self, entry: Entry) -> tuple[Entry, Row | None]:
        """Find the item of an entry: by where it is and what it is read as; then by its key."""
        rows = self.ledger.at(self._place(entry), entry.page, entry.type.api if entry.type else None, entry.options)
        same = next((row for row in rows if row.key == entry.key), None)
        if same is None and not entry.named:
            same = next((row for row in rows if row.run == self.ledger.run), rows[0] if rows else None)
        if same is not None:
            return evolve(entry, key=same.key), same
        holder = self.ledger.find(entry.key)
        if holder is None or self._place(entry) is None:
            return entry, holder
        if holder.place == self._place(entry) and holder.type is not None and holder.fingerprint is not None:
            other = evolve(entry, key=f"{entry.key}#{entry.label}")
            return other, self.ledger.find(other.key)
        return self._taken(entry, holder) if holder.run == self.ledger.run else (entry, holder)

    def _taken(self, entry: Entry, holder: Row) -> tuple[Entry, Row | None]:
        problem = f"its key {entry.key!r} is already that of {holder.source or 'another item'}: keys must differ"
        entry = evolve(entry, key=entry.place, problem=problem, stamp=None, digest=None, sha256=None, source=None)
        return entry, self.ledger.find(entry.key)

    def _place(self, entry: Entry) -> str | None:
        try:
            return None if entry.source is None else entry.source.place
        except (OSError, ValueError):
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
                return not self.rules.retries(row)
            case State.HELD:
                return self.rules.unknown == "hold"
            case _:
                return False

    def _has_to_be_sent(self, entry: Entry, lines: list[bytes]) -> bool:
        if entry.problem is not None:
            self._note(entry, State.WAITING)
            error = SourceError(entry.place, entry.problem)
            lines.append(self._write(entry.key, record(Outcome(entry, error=error), self.ledger.run)))
            return False
        row = self.ledger.find(entry.key)
        if row is not None and row.fingerprint == entry.fingerprint and self._is_settled(row):
            self._note(entry, row.state)
            self.met["already"] += 1
            return False
        twin = self._twin(entry)
        self._note(entry, State.READY if twin is None else State.WAITING)
        if twin is None:
            return True
        if twin.line is not None and twin.state not in (State.READY, State.STARTED):
            lines.append(self._copy(self.ledger.line(twin.line), entry.key))
        elif entry.fingerprint is not None:
            self._followers.setdefault(entry.fingerprint, []).append(entry)
            self.met["waiting twins"] += 1
        return False

    def _twin(self, entry: Entry) -> Row | None:
        """Return the item whose answer serves this entry too."""
        if entry.fingerprint is None:
            return None
        states = [State.DONE, State.STARTED, State.READY, State.HELD, State.FAILED]
        for row in self.ledger.twins(entry.fingerprint, states):
            under_way = row.state in (State.READY, State.STARTED) and row.run == self.ledger.run
            if row.key != entry.key and (under_way or (row.line is not None and self._is_settled(row))):
                return row
        return None

    def _note(self, entry: Entry, state: str) -> None:
        api = entry.type.api if entry.type else None
        source, place = to_column(entry.origin), to_column(self._place(entry))
        about = (to_column(entry.key), source, place, entry.page, api, entry.options)
        self.ledger.add((*about, entry.sha256, entry.fingerprint, entry.stamp, state))

    def _finish(self, outcome: Outcome) -> Iterator[bytes]:
        entry = outcome.entry
        self._settle_cost(outcome)
        if outcome.put_back:
            self.ledger.put_back([entry.key])
            return
        if (
            isinstance(outcome.error, OcrError) and not outcome.attempts
        ):  # nothing was sent: it says nothing about others
            self._release(entry.fingerprint)
            if entry.problem is not None:
                self._note(evolve(entry, digest=None, sha256=None, stamp=None), State.WAITING)
        finished = record(outcome, self.ledger.run)
        yield self._write(entry.key, finished)
        for follower in self._followers.pop(entry.fingerprint, ()) if entry.fingerprint else ():
            yield self._copy(finished.text, follower.key)

    def _copy(self, text: bytes, key: str) -> bytes:
        row = self.ledger.find(key)
        if row is None:
            raise LookupError(key)
        self.met["copied"] += 1
        return self._write(key, copied(text, row, self.ledger.run))

    def _write(self, key: str, made: Record) -> bytes:
        self.ledger.write_line(key, made.text, made.facts)
        self.met[made.state] += 1
        if made.state == State.FAILED:
            self.codes[made.code or made.kind or ""] += 1
        return made.text


_UNBILLED = (ThrottledError, AuthError, RequestError, SubscriptionError)


def _cost(outcome: Outcome) -> int:
    """Return how many documents may be billed for what came back."""
    if outcome.put_back or (outcome.error is not None and not outcome.attempts):
        return 0
    if outcome.error is not None:
        return 0 if isinstance(outcome.error, _UNBILLED) else 1
    documents = getattr(outcome.result, "items", None)
    return max(1, len(cast("Sequence[object]", documents))) if isinstance(documents, list | tuple) else 1
