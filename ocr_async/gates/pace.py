"""How often calls may start: at a rate once the service has refused one for coming too soon, seldom while it is closed."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from attrs import define, field, frozen

from ocr_async.gates.limits import Rate
from ocr_async.gates.tuning import Tuning

ROW = 4
"""Refusals with as few calls between them belong together; as many in a row may mean a window of time that is used up."""

SCOUTING = 2
"""Refusals in a row after which only single scouts are sent, until one is admitted."""

LAG = 0.05
"""Seconds of delay in waking up that the next starts make good, unless a rate is stated."""

LEAST = 0.7
"""Share of a rate that one surprise leaves at least: else who happens to be refused first leaves a shared limit to the others."""

LONG = 5.0
"""Seconds from which what was accepted counts however little it was, and from which a row of refusals means a window of time."""

FALLEN = 0.4
"""Share of a rate that others leave at least, where no limit is told: of two who share one each has half of it."""

MANY = 50
"""Those who share a limit that was told, at most."""

FLAT, SEARCHING = 0.4, 0.6
"""Parts of the stretch in which the tried rate doubles: before the first a refusal is a surprise, a search begins at the second."""

ADMITTED = 0.2
"""Part of what was tried above the held rate that is kept at least: most of it was admitted."""


@frozen
class Mark:
    """A moment, and how many calls had been accepted by then."""

    time: float
    accepted: int

    def rate(self, later: Mark, expected: float = 0.0, seconds: float = 0.0) -> float:
        """Return the accepted calls a second from here to a later mark; the shorter the time, the nearer to what is expected.

        From one refusal to the next that is the limit itself: the bucket was empty at both, so all it got was used.
        """
        accepted = max(0, later.accepted - self.accepted)
        return (accepted + expected * seconds) / max(later.time - self.time + seconds, 0.1)


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
    rate: float | None = None
    """The rate that is held; None without a limit."""
    next_start: float = -inf
    _told: Rate | None = None
    _period: float = 0.0
    """Seconds of a limit that counts calls in windows of time, which is seen only when one ends."""
    _grown: float = 0.0
    """Part that has gone by, since the rate was set, of the stretch in which the tried rate doubles."""
    _last: int = 0
    _refused: int = 0
    _cut: int = 0
    _row: int = 0
    _rivals: int = 0
    _top: float = 0.0
    """The rate that was held when more was tried last, or when calls were refused in a row."""
    _deaf: bool = False
    """Whether single refusals are disregarded, since they come whatever is sent."""
    _marks: list[Mark] = field(factory=list[Mark])
    """Of the last six seconds, each half a second after the one before."""
    _refusal: Mark = Mark(-inf, 0)
    """The first one of the last row."""
    _opening: Mark | None = None
    """The end of the last row."""

    def __attrs_post_init__(self) -> None:
        self.rate = self.stated

    @property
    def tried(self) -> float:
        """Calls a second at which calls start now; infinite without a limit."""
        if self.rate is None:
            return inf
        more: float = self._grown**self.tuning.steep
        return min(self.rate * (1 + more), self.stated or inf)

    def delay(self) -> float:
        """Seconds until the next start may be handed out: 0 now."""
        if self.rate is None:
            return 0.0
        ahead = 0.0 if self.stated is None or self._row else self.ahead
        return max(0.0, self.next_start - ahead - self.clock())

    def start(self, number: int) -> None:
        """Count a call that starts; numbers rise."""
        if self.rate is not None:
            now = self.clock()
            if self._opening is None:
                self._opening = self._refusal = self._mark(now)
            if self._row >= SCOUTING and number > self._cut + 1:
                self._end_row(now)  # the scout had time enough to be refused
            self._schedule(now)
        elif number % 8 == 1:
            self._remember(self.clock())  # not at every call: reading the clock costs as much as all the rest
        self._last = number

    def admit(self, number: int) -> None:
        """Learn from a call that was admitted. Calls sent before the last change say nothing."""
        if self._row and number > self._cut:
            self._end_row(self.clock())

    def refuse(self, number: int, refusal: Rate) -> None:
        """Learn from a call that was refused for coming too soon. Calls sent before the last change say nothing."""
        self._refused += 1
        mark = Mark(self.clock(), number - self._refused)
        if self._deaf:
            self._hear(number)
            return
        is_news = self.rate is None or (refusal.announced is not None and refusal != self._told)
        if number <= self._cut and not is_news:
            return
        is_next = self._row > 0 and not is_news and number <= self._cut + ROW
        if is_news:
            self._begin(mark, refusal)
        elif not is_next:
            self._slow_down(mark)
        self._row, self._refusal = (self._row + 1, self._refusal) if is_next else (1, mark)
        self._cut = self._last
        self._wait(max(1 / self.tried, self._rest), mark.time)

    @property
    def _aim(self) -> float:
        return 0.995 * (self._told.announced or inf) if self._told else inf

    @property
    def _rest(self) -> float:
        """Seconds until the next call after some refusals in a row."""
        return 0.0 if self._row < SCOUTING else min(self._period / 40 or 0.05 * 1.5 ** (self._row - SCOUTING), 5.0)

    def _mark(self, now: float) -> Mark:
        return Mark(now, self._last - self._refused)

    def _remember(self, now: float) -> None:
        if not self._marks or now - self._marks[-1].time >= 0.5:
            self._marks = [*self._marks[-11:], self._mark(now)]

    def _schedule(self, now: float) -> None:
        self._remember(now)
        interval = 1 / self.tried
        if now - self.next_start < interval + LAG:  # else less is sent than may be
            rate, tuning = self.rate or 1.0, self.tuning
            stretch = max(tuning.calls, tuning.seconds * rate, 5 * self._period * rate)
            self._grown += (0.5 if self._rivals else 1.0) / stretch
        self.next_start = max(self.next_start, now if self.stated else now - min(interval, LAG)) + interval
        self._wait(self._rest, now)

    def _wait(self, seconds: float, now: float) -> None:
        self.next_start = max(self.next_start, now + seconds)

    def _set(self, rate: float, *, searching: bool = False) -> None:
        self.rate = min(max(rate, 0.01), self.stated or inf)
        self._grown = SEARCHING if searching else 0.0

    def _begin(self, mark: Mark, refusal: Rate) -> None:
        """Set the rate at the first refusal, of which a part was a burst, or at one that tells another limit."""
        if self.rate is None:
            marks = self._marks or [mark]
            self._opening = marks[0]
            self._set(max(0.6 * marks[-2:][0].rate(self._mark(mark.time)), 1.0), searching=True)
        if refusal.announced is not None:
            self._told, self._period = refusal, 0.0
            self._set(self._aim)
        self._top = self.rate or 0.0

    def _hear(self, number: int) -> None:
        """Disregard single refusals; after some in a row the next one counts again."""
        self._row = self._row + 1 if number <= self._cut + ROW else 1
        self._cut = number
        self._deaf = self._row < ROW

    def _slow_down(self, mark: Mark) -> None:
        rate, tried = self.rate or 0.0, self.tried
        accepted = self.tuning.margin * self._refusal.rate(mark, rate, 0.25)
        if self._grown >= FLAT:
            self._rivals = max(0, self._rivals - 1)
            self._top = rate
            lately = 0.9 * self._marks[-4:][0].rate(mark)
            found = min(max(accepted, lately, rate + ADMITTED * (tried - rate)), tried, self._aim)
            self._set(found, searching=tried > 1.2 * found)
        elif rate < min(FALLEN * self._top, self._aim / MANY):
            # so much less is sent, and still refused: it does not depend on it, unless a limit was told, which many may share
            self._deaf, self.rate = True, self.stated
        else:  # nothing was tried: the limit has fallen, or others have come
            self._rivals = 3
            least = LEAST * rate if mark.time - self._refusal.time < LONG else 0.0
            self._set(min(self.tuning.pace_keep * rate, max(accepted, least), self._aim))

    def _end_row(self, now: float) -> None:
        if self.rate is None or self._opening is None:
            return
        opening = self._mark(now)
        if self._row >= ROW:
            if now - self._refusal.time > LONG:  # closed for so long: it counts in windows of time
                self._learn_window(self.rate, self._opening, opening)
            self._top = self.rate
        self._row, self._opening = 0, opening

    def _learn_window(self, rate: float, begun: Mark, opening: Mark) -> None:
        """Set the rate by a window of time that has ended: from when the one before opened until now."""
        accepted = begun.rate(opening)
        if self._told is not None:
            self._period = self._told.period or 0.0
            self._set(self._aim if accepted >= LEAST * self._aim else max(accepted, LEAST * rate))
        elif not self._period or accepted < self.tuning.pace_keep * rate:
            self._period = opening.time - begun.time
            self._set(self.tuning.margin * accepted)
        self._refusal = opening
