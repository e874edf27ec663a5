"""Whether more calls in flight still bring more throughput, told from how long calls take.

By Little's law throughput is calls in flight over latency: where latency rises as fast as the window, the service queues,
and more in flight only wait longer. The idea is that of TCP Vegas (L. Brakmo, L. Peterson, 1995) and of Netflix's Gradient2:
compare what calls take with what they take when few are in flight. Unlike these it does not give up throughput for a low
latency, and it finds out when the service itself has become slower: then latency does not fall with the window.
"""

from __future__ import annotations

from math import ceil, inf

from attrs import define, field

GROW_BELOW = 1.75
"""Times the unhurried latency up to which the window grows: lower wastes servers, higher lets calls queue."""

SHRINK_ABOVE = 2.5
"""Times the unhurried latency from which it shrinks; between the two it holds, for latencies are noisy."""

SPARE = 1.25
"""Of what can be served at once, what is held: a little in the queue keeps every server at work."""

FIRST = 2
"""Calls in flight at which a latency is taken to be unhurried at first."""

LEAST, MOST = 8, 64
"""Calls over which the latency is smoothed, about as many as are in flight: fewer mistake noise for a queue, more let it grow."""

RECENT = 24
"""Calls that have to end before the window is made smaller; twice as many judge the smaller one."""

BLOCK = 200
"""Calls whose mean may lower the unhurried latency: of fewer the lowest mean is too much a matter of luck."""


@define
class Mean:
    """The mean of some seconds."""

    count: int = 0
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Take one more."""
        self.count += 1
        self.total += seconds

    @property
    def value(self) -> float:
        """The mean of all."""
        return self.total / self.count


@define
class Trial:
    """A smaller window, and what the calls take that start in it, from the number `first` on."""

    limit: int
    lower: int
    latency: float
    first: int | None = None
    taken: Mean = field(factory=Mean)
    ended: int = 0


@define
class Guard:
    """Learns from the latencies of admitted calls; times are in seconds. Pure."""

    unhurried: float = inf
    """What calls take when they need not wait for each other."""
    latency: float = 0.0
    """What they take now, smoothed."""
    _calls: int = 0
    _load: float = 0.0
    """How many were in flight when the calls that are ending now started."""
    _recent: Mean = field(factory=Mean)
    _first: Mean = field(factory=Mean)
    _block: Mean = field(factory=Mean)
    _trial: Trial | None = None

    @property
    def may_grow(self) -> bool:
        """Whether more calls in flight would not only queue."""
        return self._trial is None and self.latency <= GROW_BELOW * self.unhurried

    def started(self, number: int) -> None:
        """Note that a call starts; the numbers of calls rise."""
        if self._trial is not None and self._trial.first is None:
            self._trial.first = number

    def learn(self, seconds: float, *, number: int, in_flight: int, limit: int) -> int | None:
        """Take the latency of a call that started with `in_flight` others; return the limit to hold now, if it is another one."""
        self._smooth(seconds, in_flight, limit)
        if self._trial is not None:
            return self._judge(self._trial, seconds, number)
        is_long = self._recent.count >= BLOCK
        is_slow = is_long and self._recent.value > GROW_BELOW * self.unhurried
        if is_slow or (self._recent.count >= RECENT and self.latency > SHRINK_ABOVE * self.unhurried):
            return self._try(limit)
        if is_long:
            self._recent = Mean()
        return None

    def _smooth(self, seconds: float, in_flight: int, limit: int) -> None:
        self._recent.add(seconds)
        self._calls += 1
        share = 1 / min(self._calls, MOST, max(LEAST, limit))
        self.latency += (seconds - self.latency) * share
        self._load += (in_flight - self._load) * share
        if in_flight <= FIRST and self._first.count < FIRST:
            self._first.add(seconds)
            self.unhurried = min(self.unhurried, self._first.value)
        self._block.add(seconds)
        if self._block.count >= BLOCK:
            self.unhurried = min(self.unhurried, self._block.value)
            self._block = Mean()

    def _try(self, limit: int) -> int | None:
        """Hold hardly more in flight than can be served at once, if what calls take is all waiting for each other."""
        lower = max(2, ceil(SPARE * self._load * self.unhurried / self.latency))
        if lower >= limit:
            return None
        self._trial = Trial(limit, lower, min(self.latency, self._recent.value))  # what set it off was partly luck
        return lower

    def _judge(self, trial: Trial, seconds: float, number: int) -> int | None:
        """See whether calls that started in the smaller window are faster; if not, the service itself is slower."""
        if trial.first is None or number < trial.first:
            return None
        trial.ended += 1
        enough = max(2 * RECENT, trial.lower)
        if number < trial.first + enough:  # all of the first ones: those that end first are the fast ones
            trial.taken.add(seconds)
        if trial.taken.count < enough and trial.ended < 4 * enough:
            return None
        self._trial, self.latency = None, trial.taken.value
        self._recent, self._block = Mean(), Mean()
        if self.latency <= trial.latency * (1 + trial.lower / trial.limit) / 2:
            return None
        self.unhurried = self.latency
        return trial.limit
