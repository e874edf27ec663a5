"""Rates, counted the two ways that gateways count, and the refusal of a call that comes too soon."""

from __future__ import annotations

import math

from attrs import define, frozen

from ocr_async.local.service.replies import Refused


@frozen
class Rate:
    """At most `calls` in each `seconds`.

    Without `burst` they are counted in windows from zero of the service's clock: all at once is fine. With `burst`
    they come back one by one, and so many may be saved up.
    `announced` puts the limit into the message of the refusal, as APIG.0308 does; otherwise the refusal is a bare
    HTTP 429. `retry_after` adds that header: whole seconds until a call may be admitted.
    """

    calls: int
    seconds: float = 1.0
    announced: bool = True
    retry_after: bool = False
    burst: int | None = None


@define
class Windows:
    """Counts calls in windows of time."""

    start: float = -math.inf
    used: int = 0

    def take(self, rate: Rate, now: float) -> float:
        """Admit a call and return 0, or return the seconds until the next window."""
        start = now // rate.seconds * rate.seconds
        if start != self.start:
            self.start, self.used = start, 0
        if self.used >= rate.calls:
            return start + rate.seconds - now
        self.used += 1
        return 0.0


@define
class Bucket:
    """Counts calls with a bucket that fills steadily."""

    saved: float = math.inf
    filled: float = 0.0

    def take(self, rate: Rate, now: float) -> float:
        """Admit a call and return 0, or return the seconds until one call has come back."""
        pace = rate.calls / rate.seconds
        self.saved = min(float(rate.burst or 1), self.saved + (now - self.filled) * pace)
        self.filled = now
        if self.saved < 1 - 1e-6:  # sums of fractions fall short of a whole
            return (1 - self.saved) / pace if pace else math.inf
        self.saved -= 1
        return 0.0


def too_often(rate: Rate, wait: float) -> Refused:
    """Return the refusal of a call that may be admitted in `wait` seconds."""
    headers = {"Retry-After": str(math.ceil(wait))} if rate.retry_after and math.isfinite(wait) else {}
    if not rate.announced:
        return Refused("", status=429, message="Too Many Requests", headers=headers)
    stretch = "1 minute" if rate.seconds == 60 else f"{rate.seconds:g} second"
    message = (
        f"The throttling threshold has been reached: policy user over ratelimit,limit:{rate.calls},time:{stretch}."
    )
    return Refused("APIG.0308", message=message, headers=headers)
