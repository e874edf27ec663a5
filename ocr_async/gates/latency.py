"""Whether more calls in flight still bring more throughput, told from how long calls take."""

from __future__ import annotations

from math import ceil, inf, sqrt

from attrs import define, field

from ocr_async.gates.tuning import Tuning

BLOCK = 64
"""Calls that are looked at together."""

SHORT = 0.025
"""Seconds up to which the latency of calls tells nothing of the service: it is that of this process, and no wait to speak of."""

SURE = 3.0
"""Standard errors from which a difference counts."""


@define
class Sample:
    """The mean latency of some calls, in seconds, and how many were in flight when they started."""

    count: int = 0
    latency: float = 0.0
    load: float = 0.0

    def add(self, seconds: float, in_flight: int) -> None:
        """Take one more call into the means."""
        self.count += 1
        self.latency += (seconds - self.latency) / self.count
        self.load += (in_flight - self.load) / self.count


@define
class Trial:
    """A smaller window, and what calls take in it once those that were under way have ended."""

    limit: int
    lower: int
    before: Sample
    last: int
    taken: Sample = field(factory=Sample)


@define
class Guard:
    """Learns from the latencies of admitted calls how many the service works on at once. Pure.

    By Little's law that is what is in flight, times the latency of calls that need not wait, over the latency of those that do.
    """

    tuning: Tuning
    is_queueing: bool = False
    """Whether calls were seen to become faster with fewer in flight."""
    _base: Sample = field(factory=Sample)
    """Calls that need not wait for each other."""
    _now: Sample = field(factory=Sample)
    _variance: float = 0.06
    """Of one latency, in proportion to the square of the mean."""
    _block: Sample = field(factory=Sample)
    _trial: Trial | None = None

    @property
    def served(self) -> float:
        """How many calls the service works on at once; the others only wait."""
        return self._now.load * self._base.latency / self._now.latency if self._base.count else inf

    @property
    def latency(self) -> float:
        """Seconds that calls take now; 0 until one has ended."""
        return self._now.latency

    @property
    def is_telling(self) -> bool:
        """Whether calls take long enough for their latency to say something of the service."""
        return self._now.latency > SHORT

    def room(self, *, ramping: bool = False) -> float:
        """How many calls in flight would not only queue."""
        if self._trial:
            return 0.0
        return self.served * (self.tuning.ramp if ramping else self.tuning.unhurried) if self.is_telling else inf

    def learn(self, seconds: float, in_flight: int, *, number: int, last: int, limit: int) -> int | None:
        """Take what a call took, in seconds above 0, that started with `in_flight` others; return the limit to hold from now on, if it is another one.

        `last` is the number of the call that was started last.
        """
        self.note(seconds, in_flight, limit)
        if self._trial is not None:
            return self._judge(self._trial, seconds, in_flight, number, last)
        most = max(in_flight, last - number + 1)
        if number == 2 and most == 1:  # the first call also connected, and may have had a cold service load
            self._base = Sample()
        is_unsure = number <= 2 or self._base.count < 15 * self._variance
        if is_unsure and (most == 1 or self._base.load != 1):  # to calls that were alone no others are added
            self._base.add(seconds, most)
        self._block.add(seconds, in_flight)
        return self._look(limit, last) if self._block.count >= 8 else None

    def note(self, seconds: float, in_flight: int, limit: int) -> None:
        """Take what a call took into what calls take now, without learning from it how many are served."""
        now = self._now
        now.count = min(now.count, max(8, min(limit, BLOCK)) - 1)
        if now.count >= 4:
            self._variance += ((seconds / now.latency - 1) ** 2 - self._variance) / BLOCK
        now.add(seconds, in_flight)

    def _look(self, limit: int, last: int) -> int | None:
        """See whether the calls of a block were slower, or faster, than those that need not wait."""
        block, error = self._block, self._error(self._block, SURE)
        if self.is_telling and block.latency * (1 - error) > self._base.latency * self.tuning.unhurried:
            self._block = Sample()
            return self._try(block, limit, last)
        if block.latency * (1 + error) < self._base.latency:
            self._base, self._block = block, Sample()
        elif block.count >= BLOCK:
            self._block = Sample()
        return None

    def _error(self, sample: Sample, errors: float) -> float:
        return errors * sqrt(self._variance / sample.count)

    def _try(self, before: Sample, limit: int, last: int) -> int | None:
        """Hold little more in flight than can be served at once, if what calls take is all waiting for each other."""
        lower = ceil(self.tuning.unhurried * before.load * self._base.latency / before.latency)
        if lower >= limit:
            return None
        self._trial = Trial(limit, lower, before, last)
        return lower

    def _judge(self, trial: Trial, seconds: float, in_flight: int, number: int, last: int) -> int | None:
        """See whether calls are faster in the smaller window; if not even in half of it, the service itself is slower."""
        taken = trial.taken
        if taken.count or number > trial.last + trial.lower:
            taken.add(seconds, in_flight)
        if taken.count < max(24, trial.lower, 30 * self._variance):
            return None
        fewer = trial.before.load / taken.load
        faster = trial.before.latency * (1 - self._error(trial.before, 1)) / taken.latency
        if faster**2 < fewer < 2 and trial.lower > 1:
            self._trial = Trial(trial.limit, int(0.7 * trial.lower), trial.before, last)
            return self._trial.lower
        self._trial, self._now = None, Sample(taken.count, taken.latency, taken.load)
        self.is_queueing = faster**2 >= fewer
        if self.is_queueing:
            return trial.lower
        self._base = taken
        return trial.limit
