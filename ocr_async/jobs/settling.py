"""What goes out and comes back: sends are noted before they happen, answers are kept with all they settle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, evolve, field

from ocr_async.errors import OcrError
from ocr_async.jobs.entry import Entry
from ocr_async.jobs.identity import columns
from ocr_async.jobs.intake import Intake
from ocr_async.jobs.journal import Journal
from ocr_async.jobs.names import to_column
from ocr_async.jobs.record import Outcome, record
from ocr_async.jobs.rows import State
from ocr_async.jobs.spending import Answer, Spending


@define(eq=False)
class Send:
    """A send that asks whether it may happen."""

    entry: Entry
    before: OcrError | None = None
    """What the last send of the same call ended in."""
    answer: Answer | None = field(default=None, init=False)


@define
class Settling:
    """Notes sends and answers in the journal of a run."""

    journal: Journal
    intake: Intake
    spending: Spending

    def keep(self, outcomes: Iterable[Outcome], sends: Iterable[Send] = ()) -> None:
        """Keep what came back and answer whether sends may happen, in one transaction; those that may are noted as started."""
        with self.journal.turn() as lines:
            for outcome in outcomes:
                lines.extend(self._finish(outcome))
            for send in sends:
                send.answer = self.spending.reserve(send.entry.key, send.entry.type, send.before)
                if send.answer is Answer.GO and send.before is None:
                    self.journal.ledger.start(columns(send.entry))

    def put_back_rest(self) -> None:
        """Note what is still under way at the end of a run: what was started as held, the rest as what it was before."""
        with self.journal.turn() as lines:
            self.intake.put_back_rest()
            lines.extend(self.journal.hold())
            self.journal.ledger.put_back_state(State.READY)

    def _finish(self, outcome: Outcome) -> Iterator[bytes]:
        entry, journal = outcome.entry, self.journal
        self.spending.settle(outcome)
        before = self.intake.identity.end(entry.key)
        if outcome.put_back:
            self.intake.put_back(entry)
            return
        if outcome.is_again:
            journal.ledger.end(to_column(entry.key))
            self.intake.released.append(entry)  # first: what waited for it must not take it for its twin again
            self.intake.release(before.fingerprint if before else None)
            return
        if outcome.error is not None and not outcome.attempts:  # nothing was sent: it says nothing about others
            self.intake.release(entry.fingerprint)
            if entry.problem is not None:
                entry = evolve(entry, digest=None, sha256=None, stamp=None)
        finished = record(outcome, journal.ledger.run)
        yield self.intake.settle(entry, finished)
        for follower in self.intake.followers(outcome.entry.fingerprint):
            yield journal.copy(finished.text, follower.key)
