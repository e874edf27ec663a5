"""How often calls may start: at a rate once the service has refused one for coming too soon, seldom while it is closed."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from attrs import define, field, frozen

from ocr_async.gates.limits import Rate
from ocr_async.gates.tuning import Tuning

ROW = 4
LAG = 0.05
FIRST_REST = 0.05
LONGEST_REST = 5.0
SHORT = 2.0
SLOWEST = 0.01
PERIODS = 3.0
DOUBT = 1.0
SHARED = 2.0
RIVALS = 3
FAR = 1.08


@frozen
class Mark:
    """A moment, and how many calls had been accepted by then."""

    time: float
    accepted: int

    def rate(self, later: Mark, expected: float, seconds: float) -> float:
        """Return the accepted calls a second from here to a later mark; the shorter the time, the nearer to what is expected.

        From one refusal to the next that is the limit itself: the bucket was empty at both, so all it got was used.
        """
        accepted = max(0, later.accepted - self.accepted)
        return (accepted + expected * seconds) / max(later.time - self.time + seconds, 0.1)


@define
class Pace:
    """When the next call may start; without a limit until the service refuses a call, unless a rate is stated.

    Pure but for the clock that is passed in. Calls are numbered in the order of their start. Between refusals the rate that is
    tried rises above the one that is held, flat at first and then steeply. Refusals with hardly a call accepted between them are one
    row: the first sets the rate, the others only make the next call wait.
    """

    clock: Callable[[], float] = field(repr=False)
    tuning: Tuning
    stated: float | None = None
    rate: float | None = None
    next_start: float = -inf
    _told: Rate | None = None
    _period: float = 0.0
    _used: float = 0.0
    """Calls that started as soon as the pace allowed, since the rate was set."""
    _last: int = 0
    _refused: int = 0
    _cut: int = 0
    _row: int = 0
    _rivals: int = 0
    _marks: list[Mark] = field(factory=list[Mark])
    _refusal: Mark | None = None
    _opening: Mark | None = None

    def __attrs_post_init__(self) -> None:
        self.rate = self.stated

    @property
    def tried(self) -> float:
        """Calls a second at which calls start now; infinite without a limit."""
        if self.rate is None:
            return inf
        tried = self.rate * (1 + (self._used / self._doubles_after) ** self.tuning.steep)
        return min(tried, self.stated or inf)

    @property
    def _is_told(self) -> bool:
        return self._told is not None and self.rate is not None and self.rate >= 0.999 * self._aim

    @property
    def _aim(self) -> float:
        return (self._told.announced or inf) * 0.995 if self._told else inf

    @property
    def _doubles_after(self) -> float:
        rate = self.rate or 1.0
        calls = max(self.tuning.calls, self.tuning.seconds * rate, PERIODS * self._period * rate)
        return calls * (DOUBT if self._is_told else SHARED if self._rivals else 1)

    def delay(self) -> float:
        """Seconds until the next start: 0 now."""
        return 0.0 if self.rate is None else max(0.0, self.next_start - self.clock())

    def start(self, number: int) -> None:
        """Count a call that starts; numbers rise."""
        if self.rate is not None:
            now = self.clock()
            if self._row >= ROW and number > self._cut + 1:
                self._end_row(now)  # the scout had time enough to be refused
            self._schedule(now)
        elif number % 16 == 1:
            # Not at every call: reading the clock costs as much as all the rest.
            self._remember(self.clock())
        self._last = number

    def admit(self, number: int) -> None:
        """Learn from a call that was admitted. Calls sent before the last change say nothing."""
        if self.rate is not None and number > self._cut:
            self._end_row(self.clock())

    def refuse(self, number: int, refusal: Rate) -> None:
        """Learn from a call that was refused for coming too soon. Calls sent before the last change say nothing."""
        self._refused += 1
        now = self.clock()
        if self.rate is None or (refusal.announced is not None and refusal != self._told):
            self._begin(Mark(now, number - self._refused), refusal)
        elif number > self._cut:
            self._give_way(number, now)

    def _mark(self, now: float) -> Mark:
        return Mark(now, self._last - self._refused)

    def _remember(self, now: float) -> None:
        if not self._marks or now - self._marks[-1].time >= 3:
            self._marks = [*self._marks[-1:], self._mark(now)]

    def _schedule(self, now: float) -> None:
        interval = 1 / self.tried
        late = 0.0 if self.stated else min(interval, LAG)
        if now - self.next_start < interval + LAG:
            self._used += 1
        self.next_start = max(self.next_start, now - late) + interval
        if self._row >= ROW:
            self._wait(self._rest, now)

    def _begin(self, mark: Mark, refusal: Rate) -> None:
        """Set the rate at the first refusal, or at one that tells another limit."""
        if self.rate is None:
            opening = self._marks[0] if self._marks else mark
            self._set(max(0.75 * opening.rate(self._mark(mark.time), 0, 0), 1.0), searching=True)
        if refusal.announced is not None:
            self._told, self._period = refusal, 0.0
            self._set(self._aim)
        self._row = 1
        self._refusal = mark
        self._cut = self._last
        self._wait(1 / self.tried, mark.time)

    def _set(self, rate: float, *, searching: bool = False) -> None:
        self.rate = min(max(rate, SLOWEST), self.stated or inf)
        self._used = 0.6 * self._doubles_after if searching else 0.0

    def _give_way(self, number: int, now: float) -> None:
        if number > self._cut + ROW or not self._row:
            self._slow_down(Mark(now, number - self._refused))
        else:
            self._row += 1
        self._cut = self._last
        self._wait(max(1 / self.tried, self._rest), now)

    def _slow_down(self, mark: Mark) -> None:
        rate, tried = self.rate or 1.0, self.tried
        accepted = self._refusal.rate(mark, rate, ROW / rate + 0.25) if self._refusal else rate
        surprised = self._used < 0.4 * self._doubles_after
        self._rivals = RIVALS if surprised else max(0, self._rivals - 1)
        if surprised:
            self._set(min(self.tuning.pace_keep * rate, self.tuning.margin * accepted, self._aim))
        elif self._is_told:
            self._set(self._aim)
        else:
            found = min(max(self.tuning.margin * accepted, 0.7 * tried, 0.97 * rate), tried, self._aim)
            self._set(found, searching=tried > FAR * found)
        self._refusal = mark
        self._row = 1

    @property
    def _rest(self) -> float:
        if self._row < 2:
            return 0.0
        return min(max(FIRST_REST * 1.5 ** (self._row - 2), self._period / 40), LONGEST_REST)

    def _wait(self, seconds: float, now: float) -> None:
        self.next_start = max(self.next_start, now + seconds)

    def _end_row(self, now: float) -> None:
        if not self._row:
            return
        opening = self._mark(now)
        if self._row >= ROW and self._refusal and now - self._refusal.time > SHORT:
            self._learn_window(opening)
            self._refusal = opening
            self._cut = self._last
            self._wait(1 / self.tried, now)
        self._row = 0
        self._opening = opening

    def _learn_window(self, opening: Mark) -> None:
        """Set the rate by a window of time that has ended: from when the one before opened until now."""
        begun = self._opening or (self._marks[0] if self._marks else opening)
        accepted = begun.rate(opening, 0, 0)
        if self._told is not None:
            self._period = self._told.period or 0.0
            whole = accepted >= 0.95 * self._aim
            self._set(self._aim if whole else accepted)
        elif not self._period or accepted < 0.9 * (self.rate or 0.0):
            self._period = opening.time - begun.time
            self._set(0.98 * accepted)
