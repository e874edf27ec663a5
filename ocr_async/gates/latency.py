"""Whether more calls in flight still bring more throughput, told from how long calls take.

By Little's law throughput is calls in flight over latency: where latency rises as fast as the window, the service queues,
and more in flight only wait longer. The idea is that of TCP Vegas (L. Brakmo, L. Peterson, 1995) and of Netflix's Gradient2:
compare what calls take with what they take when few are in flight. Unlike these it does not give up throughput for a low
latency, and it finds out when the service itself has become slower: then latency does not fall with the window.
"""

from __future__ import annotations

from math import ceil, inf, sqrt

from attrs import define, field

from ocr_async.gates.tuning import Tuning

BLOCK = 64
ENOUGH = 24
SURE = 3.0
RAMP = 2.35
SHARE = 1
FIRST = 2
DEEPER = 0.7
MORE = 30
MANY = 15


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
    """A smaller window, and what calls take in it once those that the change met half way have ended."""

    limit: int
    lower: int
    before: Sample
    after: int
    taken: Sample = field(factory=Sample)


@define
class Guard:
    """Learns from the latencies of admitted calls. Pure."""

    tuning: Tuning
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

    def room(self, *, ramping: bool) -> float:
        """How many calls in flight would not only queue."""
        return 0 if self._trial else self.served * (RAMP if ramping else self.tuning.unhurried)

    def learn(self, seconds: float, *, number: int, in_flight: int, limit: int, last: int) -> tuple[int,bool] | None:
        """Take the latency of a call that started with `in_flight` others; return the limit to hold now, if it is another one."""
        seconds = max(seconds, 1e-6)
        self._smooth(seconds, in_flight, limit)
        if self._trial is not None:
            return self._judge(self._trial, seconds, in_flight, number, last)
        if number <= FIRST or self._base.count < MANY * self._variance:
            self._base.add(seconds, in_flight)
        self._block.add(seconds, in_flight)
        if self._block.count < 8:
            return None
        error = self._error(self._block)
        if self._block.latency * (1 - error) > self._base.latency * self.tuning.unhurried:
            return self._try(limit, last)
        if self._block.latency * (1 + error) < self._base.latency:
            self._base, self._block = self._block, Sample()
        if self._block.count >= BLOCK:
            self._block = Sample()
        return None

    def _error(self, sample: Sample) -> float:
        return SURE * sqrt(self._variance / sample.count)

    def _smooth(self, seconds: float, in_flight: int, limit: int) -> None:
        now = self._now
        now.count = min(now.count, max(8, min(limit // SHARE, BLOCK)) - 1)
        if now.count >= 4:
            self._variance += ((seconds / now.latency - 1) ** 2 - self._variance) / BLOCK
        now.add(seconds, in_flight)

    def _try(self, limit: int, last: int):
        """Hold hardly more in flight than can be served at once, if what calls take is all waiting for each other."""
        before, self._block = self._block, Sample()
        lower = ceil(self.tuning.spare * before.load * self._base.latency / before.latency)
        if lower >= limit:
            return None
        self._trial = Trial(limit, lower, before, last)
        return lower, False

    def _judge(self, trial: Trial, seconds: float, in_flight: int, number: int, last: int):
        """See whether calls that started in the smaller window are faster; if not, the service itself is slower."""
        taken = trial.taken
        if taken.count or number > trial.after + trial.lower:
            taken.add(seconds, in_flight)
        if taken.count < max(ENOUGH, trial.lower, MORE * self._variance):
            return None
        expected = trial.before.load / taken.load
        fallen = trial.before.latency * (1 - self._error(trial.before) / SURE) / taken.latency
        if fallen**2 < expected and expected < 2 and trial.lower > 1:
            self._trial = Trial(trial.limit, int(DEEPER * trial.lower), trial.before, last)
            return self._trial.lower, False
        self._trial, self._now = None, Sample(taken.count, taken.latency, taken.load)
        if fallen**2 < expected:
            self._base = taken
            return trial.limit, False
        return trial.lower, True
