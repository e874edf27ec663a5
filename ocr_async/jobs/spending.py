"""Sends that may be billed: reserved in the ledger before the send, settled by what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import cast

from attrs import define, field

from ocr_async.errors import (
    AuthError,
    DocumentError,
    OcrError,
    RequestError,
    SubscriptionError,
    ThrottledError,
    TransportError,
)
from ocr_async.jobs.ledger import Ledger
from ocr_async.jobs.record import Outcome
from ocr_async.jobs.rules import Rules
from ocr_async.jobs.types import AnyType

CLASSIFIES = "auto-classification"
"""The API that is billed by what it finds."""

CLASSIFIED = 10
"""Documents of one picture that are reserved for `auto-classification`, unless one has had more; the rest is given back."""


class Answer(Enum):
    """What becomes of a send."""

    GO = "go"
    LATER = "later"
    """When something that is reserved has come back, there may be room."""
    NEVER = "never"


@define
class Spending:
    """What is spent of the budget, over all runs of a ledger; its changes belong into a transaction."""

    ledger: Ledger
    rules: Rules
    started: int = 0
    """Items that this run sent, or is about to."""
    is_exhausted: bool = False
    """True once something was not sent because of the budget."""
    _spent: int = field(init=False)
    _reserved: dict[str, int] = field(factory=dict[str, int])
    """By the key of what is being sent."""

    def __attrs_post_init__(self) -> None:
        self._spent = self.ledger.number("spent")

    def room(self, document_type: AnyType | None, unsent: int) -> Answer:
        """Tell whether one more may be made ready beside `unsent` others that are, and have reserved nothing yet."""
        limit = self.rules.limit
        if limit is not None and self.started + unsent >= limit:
            return Answer.LATER if self.started < limit else Answer.NEVER
        if self._affords(self._most(document_type.api if document_type else None) * (unsent + 1)):
            return Answer.GO
        return self._refused(is_final=not (unsent or self._reserved))

    def room_for(self, types: Mapping[str, int]) -> int:
        """Return how many items, so many of each type, this run may send at most: when each is billed once."""
        rules, count, others = self.rules, sum(types.values()), sum(types.values()) - types.get(CLASSIFIES, 0)
        left = count if rules.budget is None else rules.budget - self._spent
        if others < count:  # the last of them needs room for as many documents as it may have
            left = left if rules.budget is None else min(left, max(0, left - self._most(CLASSIFIES) + 1) + others)
        return min(count, max(0, left), count if rules.limit is None else rules.limit)

    def reserve(self, key: str, document_type: AnyType | None, before: OcrError | None) -> Answer:
        """Reserve what a send may cost; `before` is what the last send of the same call ended in."""
        is_repeat = key in self._reserved
        if is_repeat and (before is None or _is_unbilled(before)):
            return Answer.GO  # what was reserved for a send that was refused
        if not is_repeat and self.rules.limit is not None and self.started >= self.rules.limit:
            return Answer.NEVER
        cost = self._most(document_type.api if document_type else None)
        if not self._affords(cost):
            return self._refused(is_final=is_repeat or not self._reserved)
        self._spend(cost)
        self._reserved[key] = cost  # of the send before, nobody knows: it stays spent
        self.started += not is_repeat
        return Answer.GO

    def settle(self, outcome: Outcome) -> None:
        """Set what was reserved to what may be billed."""
        reserved = self._reserved.pop(outcome.entry.key, None)
        if reserved is None:
            return
        self.started -= outcome.put_back and not outcome.attempts
        if outcome.error is None and not outcome.put_back:
            cost = _documents(outcome.result)
            if cost > 1:
                self.ledger.set_fact("documents", max(cost, self.ledger.number("documents")))
        elif not outcome.attempts or (outcome.error is not None and _is_unbilled(outcome.error)):
            cost = 0
        else:
            cost = 1 if isinstance(outcome.error, DocumentError) else reserved
        self._spend(cost - reserved)

    def _refused(self, *, is_final: bool) -> Answer:
        self.is_exhausted = self.is_exhausted or is_final
        return Answer.NEVER if is_final else Answer.LATER

    def _affords(self, cost: int) -> bool:
        return self.rules.budget is None or self._spent + cost <= self.rules.budget

    def _spend(self, count: int) -> None:
        if count:
            self._spent += count
            self.ledger.set_fact("spent", self._spent)

    def _most(self, api: str | None) -> int:
        if api != CLASSIFIES:
            return 1
        return max(CLASSIFIED, self.ledger.number("documents"))


def _documents(result: object) -> int:
    """Return for how many documents a result may be billed."""
    documents = getattr(result, "items", None)
    return max(1, len(cast("Sequence[object]", documents))) if isinstance(documents, list | tuple) else 1


_UNBILLED = (ThrottledError, AuthError, RequestError, SubscriptionError)


def _is_unbilled(error: OcrError) -> bool:
    return isinstance(error, _UNBILLED) or (isinstance(error, TransportError) and not error.sent)
