"""Whether and when a failed call is sent again, as a pure decision.

Refusals for load (ThrottledError) are paced by the gates and go back to the front of their queue, at once or when the
service says; every other fault waits by full jitter, uniform between 0 and base * 2^k (M. Brooker, "Exponential Backoff And Jitter", 2015).
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from attrs import define, field, frozen, validators

from ocr_async import error_codes
from ocr_async.errors import ApiError, OcrError, ThrottledError, TransportError

UNREACHED_SENDS = 4
"""Tries of one call that find no connection: a name or port that is wrong stays wrong, and the caller waits.

A call of a run meets an outage once or twice; after that `health` keeps it back until another call got through.
"""


@frozen
class RetryPolicy:
    """How patient a call is.

    `attempts`: sends that may end in a fault before the call fails; 1 sends once and never again. Where no connection
    opens, four are enough to know that the endpoint is not there.
    `refusals`: answers "too much" that a call accepts before it fails.
    `base`, `longest`: seconds, the first and the largest upper bound of a random wait.
    `patience`: the longest wait in seconds that a service may ask for; a longer one ends the call.
    `budget`: share of the successes of an endpoint that may be spent on repeating faults.
    """

    attempts: int = field(default=8, validator=validators.ge(1))
    refusals: int = field(default=100, validator=validators.ge(0))
    base: float = field(default=0.25, validator=validators.ge(0))
    longest: float = field(default=20.0, validator=validators.ge(0))
    patience: float = field(default=120.0, validator=validators.ge(0))
    budget: float = field(default=0.5, validator=validators.ge(0))


@define
class Tally:
    """What one call has met so far; times are those of the session's clock."""

    deadline: float
    sends: int = 0
    faults: int = 0
    refusals: int = 0

    may_be_read: bool = False
    """Whether the service may have read the picture although no answer of it came."""
    endpoint: str | None = None
    """Where it was tried last."""
    source: str | None = None
    """The name of what was opened."""
    last_error: OcrError | None = None
    """What the last attempt that failed ended in."""
    before_send: BeforeSend | None = None
    """Awaited before each send; what it raises ends the call unsent, and no send is repeated without it."""

    def count(self, error: OcrError) -> None:
        """Count one failed attempt."""
        self.last_error = error
        if isinstance(error, ThrottledError):
            self.refusals += 1
        else:
            self.faults += 1


BeforeSend: TypeAlias = Callable[[Tally], Awaitable[object]]
"""What is to happen before a send, given what its call has met so far; it raises an `OcrError` to forbid it."""


def decide(
    policy: RetryPolicy, tally: Tally, error: OcrError, now: float, *, chance: Callable[[], float] = random.random
) -> float | None:
    """Return the seconds to wait before the call is sent again, or None when it is over.

    `tally` already counts `error`; `chance` gives a number from 0 to 1.
    """
    if not error.retryable:
        return None
    hint = error.retry_after if isinstance(error, ApiError) else None
    if hint is not None and (hint > policy.patience or now + hint >= tally.deadline):
        return None
    if isinstance(error, ThrottledError):
        return hint or 0.0 if tally.refusals <= policy.refusals and policy.attempts > 1 else None
    if tally.faults >= _most_sends(policy, error):
        return None
    wait = hint if hint is not None else chance() * min(policy.longest, policy.base * 2 ** (tally.faults - 1))
    return wait if now + wait < tally.deadline else None


def counts_against_endpoint(error: OcrError) -> bool:
    """Tell whether a failure says something about the endpoint, not about the picture or the request."""
    return isinstance(error, TransportError) or (error.retryable and not isinstance(error, ThrottledError))


def _most_sends(policy: RetryPolicy, error: OcrError) -> int:
    if isinstance(error, TransportError) and error.is_unreached:
        return min(policy.attempts, UNREACHED_SENDS)
    if not isinstance(error, ApiError):
        return policy.attempts
    known = error_codes.error_codes().get(error.code)
    if known is None or known.max_retries is None:
        return policy.attempts
    return min(policy.attempts, known.max_retries + 1)
