"""How often calls may start: at a rate once the service has refused one for coming too soon, seldom while it is closed."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from attrs import Factory, define, field

from ocr_async.gates.limits import Rate
from ocr_async.gates.meter import NEVER, Mark, Meter
from ocr_async.gates.rivals import Rivals
from ocr_async.gates.tuning import Tuning

ROW, SCOUTING = 4, 2
"""Refusals with as few calls between them belong together; as many in a row may mean a window of time that is used up. After the
second only single scouts are sent, until one is admitted."""

LAG = 0.05
"""Seconds of delay in waking up that the next starts make good, unless a rate is stated."""

LEAST = 0.7
"""Share of a rate that one surprise leaves at least: else who happens to be refused first leaves a shared limit to the others."""

LONG = 5.0
"""Seconds from which what was accepted counts however little it was, and from which a row of refusals means a window of time."""

FALLEN, MANY = 0.4, 50
"""Others leave such a share of a rate at least, of two half of it; where a limit is told, at most so many share it."""

FLAT, SEARCHING = 0.4, 0.6
"""Parts of the stretch in which the tried rate doubles: before the first a refusal is a surprise, a search begins at the second."""

SLOWER = 3.5
"""Times as long that stretch is where others share the limit: each of them searches."""

ADMITTED = 0.2
"""Part of what was tried above the held rate that is kept at least: most of it was admitted."""


@define
class Pace:
    """When the next call may start; without a limit until the service refuses a call, unless a rate is stated.

    Pure but for the clock that is passed in. Calls are numbered in the order of their start. Between refusals the rate that is tried
    rises above the one that is held, flat at first and then steeply. Refusals with hardly a call accepted between them are
    one row: the first sets the rate, the others only make the next call wait.
    """

    clock: Callable[[], float] = field(repr=False)
    tuning: Tuning
    stated: float | None = None
    ahead: float = 0.0
    """Seconds before their time that starts at a stated rate are handed out."""
    rate: float | None = field(default=Factory(lambda self: self.stated, takes_self=True))
    """The rate that is held; None without a limit."""
    next_start: float = -inf
    _told: Rate | None = None
    _period: float = 0.0
    """Seconds of a limit that counts calls in windows of time, which is seen only when one ends."""
    _grown: float = 0.0
    """Part that has gone by, since the rate was set, of the stretch in which the tried rate doubles."""
    _meter: Meter = field(factory=Meter)
    _cut: int = 0
    _row: int = 0
    _rivals: Rivals = field(factory=lambda: Rivals(wary=1, lasting=3))
    _top: float = 0.0
    """The rate that was held when more was tried last, or when calls were refused in a row."""
    _deaf: bool = False
    """Whether single refusals are disregarded, since they come whatever is sent."""
    _refusal: Mark = NEVER
    """The first one of the last row."""
    _opening: Mark = NEVER
    """The end of the last row."""

    @property
    def tried(self) -> float:
        """Calls a second at which calls start now; infinite without a limit."""
        more: float = self._grown**self.tuning.steep
        return min((self.rate or inf) * (1 + more), self.stated or inf)

    def delay(self) -> float:
        """Seconds until the next start may be handed out: 0 now."""
        if self.rate is None:
            return 0.0
        ahead = 0.0 if self.stated is None or self._row else self.ahead
        return max(0.0, self.next_start - ahead - self.clock())

    def start(self, number: int) -> None:
        """Count a call that starts; numbers rise."""
        if number == 1:
            self._opening = self._refusal = self._meter.mark(self.clock())
        if self.rate is not None:
            now = self.clock()
            if self._row >= SCOUTING and number > self._cut + 1:
                self._end_row(now)  # the scout had time enough to be refused
            self._schedule(now)
        elif number % 8 == 1:
            self._meter.remember(self.clock())  # not at every call: reading the clock costs as much as all the rest
        self._meter.last = number

    def admit(self, number: int) -> None:
        """Learn from a call that was admitted. Calls sent before the last change say nothing."""
        if self._row and number > self._cut:
            self._end_row(self.clock())

    def refuse(self, number: int, refusal: Rate) -> None:
        """Learn from a call that was refused for coming too soon. Calls sent before the last change say nothing."""
        self._meter.refused += 1
        is_next = self._row > 0 and number <= self._cut + ROW
        if self._deaf:
            self._row, self._cut = self._row + 1 if is_next else 1, number
            self._deaf = self._row < ROW
            return
        is_news = self.rate is None or (refusal.announced is not None and refusal != self._told)
        if number <= self._cut and not is_news:
            return
        mark = Mark(self.clock(), number - self._meter.refused)
        if is_news:
            self._begin(mark.time, refusal)
        elif not is_next:
            self._slow_down(mark)
        self._row, self._refusal = (self._row + 1, self._refusal) if is_next and not is_news else (1, mark)
        self._cut = self._meter.last
        self.next_start = max(self.next_start, mark.time + max(1 / self.tried, self._rest))

    @property
    def _aim(self) -> float:
        return 0.995 * (self._told.announced or inf) if self._told else inf

    @property
    def _rest(self) -> float:
        """Seconds until the next call after some refusals in a row."""
        return 0.0 if self._row < SCOUTING else min(self._period / 40 or 0.05 * 1.5 ** (self._row - SCOUTING), LONG)

    @property
    def _stretch(self) -> float:
        """Calls in which the tried rate doubles; of a shared limit in time alone, or the larger share would also grow faster."""
        least, times = (0, SLOWER) if self._rivals.are_sure else (self.tuning.calls, 1)
        return max(least, max(times * self.tuning.seconds, 5 * self._period) * (self.rate or 1.0))

    def _schedule(self, now: float) -> None:
        self._meter.remember(now)
        interval = 1 / self.tried
        if now - self.next_start < interval + LAG:  # else less is sent than may be
            self._grown += (0.6 if self._rivals.left else 1.0) / self._stretch
        due = max(self.next_start, now if self.stated else now - min(interval, LAG))
        self.next_start = max(due + interval, now + self._rest)

    def _set(self, rate: float, *, searching: bool = False) -> None:
        self.rate = min(max(rate, 0.01), self.stated or inf)
        self._grown = SEARCHING if searching else 0.0

    def _begin(self, now: float, refusal: Rate) -> None:
        """Set the rate at the first refusal, of which a part was a burst, or at one that tells another limit."""
        if self.rate is None:
            self._opening = self._meter.earlier()
            self._set(max(0.6 * self._meter.earlier(2).rate(self._meter.mark(now)), 1.0), searching=True)
        if refusal.announced is not None:
            self._told, self._period = refusal, 0.0
            self._set(self._aim)
        self._top = self.rate or 0.0

    def _slow_down(self, mark: Mark) -> None:
        rate, tried = self.rate or 0.0, self.tried
        accepted = self.tuning.margin * self._refusal.rate(mark, rate, 0.25)
        if self._grown >= FLAT:
            self._rivals.search_refused()
            self._top = rate
            lately = 0.9 * self._meter.earlier(4).rate(mark)
            found = min(max(accepted, lately, rate + ADMITTED * (tried - rate)), tried, self._aim)
            self._set(found, searching=tried > 1.2 * found)
        elif rate < min(FALLEN * self._top, self._aim / MANY):
            # so much less is sent, and still refused: it does not depend on it, unless a limit was told, which many may share
            self._deaf, self.rate = True, self.stated
        else:  # nothing was tried: the limit has fallen, or others have come
            self._rivals.surprise()
            least = LEAST * rate if mark.time - self._refusal.time < LONG else 0.0
            self._set(min(self.tuning.pace_keep * rate, max(accepted, least), self._aim))

    def _end_row(self, now: float) -> None:
        opening = self._meter.mark(now)
        if self._row >= ROW and self.rate is not None:
            if now - self._refusal.time > LONG:
                self._learn_window(opening)
            self._top = self.rate
        self._row, self._opening = 0, opening

    def _learn_window(self, opening: Mark) -> None:
        """Set the rate after it was closed for long, as a limit is that counts in windows of time: by a whole one that has ended."""
        accepted = self._opening.rate(opening)
        if self._told is not None:
            self._period = self._told.period or 0.0
            self._set(self._aim if accepted >= LEAST * self._aim else accepted)
        else:
            self._period = opening.time - self._opening.time
            self._set(self.tuning.margin * accepted)
        self._refusal = opening
