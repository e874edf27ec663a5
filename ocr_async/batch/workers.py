"""How many items of a run are at work: as many as the gates have a use for, and no more.

What waits for a slot holds its picture while its time runs. What still opens its picture does not count as waiting: where
pictures come slowly, there are as many workers as it takes to have some wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import define, field

from ocr_async.calls.backlog import Backlog
from ocr_async.fields import DocumentType

WORKERS = 256
"""Items at work at once at most, unless told otherwise."""

FIRST = 8
"""Items at work before one has got its slot: what the first calls of a gate need to double. With more, the first ones would
wait at a service that serves two at a time; with fewer it would take longer to have many where pictures come slowly."""

AHEAD = 8
"""Times the backlog that is wanted of each API in a run of several, as a mix varies. With two APIs of 16 calls at once 1 costs
4 % of the pictures a second, 4 costs 1 % and 8 nothing; an item of the busier API then waits twice as long as with 4.
After as many items of an API without a slot for one, it does not get on, and the run looks past it."""

ROW = 3
"""Items in a row that end while enough others wait, before a worker ends. What a worker less does is seen only when the pictures
that are being opened have come: with 1, pictures that take two calls to open swing between too many and too few."""

PATIENCE = 0.25
"""Seconds after which more pictures are opened when those at work do not get as far as a gate: with eight of each time,
60 files that hang keep those behind them waiting for 2 seconds, file objects for 6."""

MakeBacklog: TypeAlias = "Callable[[DocumentType[Any], Callable[[Backlog], None]], Backlog]"
"""Makes what counts the calls of a run that wait for an API; what it is given is called when one of them has got its slot."""


@define(eq=False)
class Workers:
    """Starts workers, at most so many at once, and tells when there is one too many."""

    most: int
    start: Callable[[], None]
    make_backlog: MakeBacklog
    size: int = 0
    at_work: int = 0
    """Those that have an item; the others wait for one."""
    _too_many: int = 0
    _got_on: bool = False
    """Whether a call has got its slot since this was last looked at."""
    _backlogs: dict[str, Backlog] = field(factory=dict[str, Backlog])

    def add(self) -> None:
        """Start one more."""
        self.size += 1
        self.start()

    def took(self, document_type: DocumentType[Any]) -> Backlog:
        """Return what counts an item of this type while it waits, and see whether another one is to be taken at once."""
        backlog = self._backlogs.get(document_type.api)
        if backlog is None:
            backlog = self._backlogs[document_type.api] = self.make_backlog(document_type, self._got_slot)
            for each in self._backlogs.values():
                each.is_mixed = self._is_mixed
        backlog.taken += 1
        if self.size < self.most and (self._begins(backlog) or self._looks_past(backlog)):
            self.add()
        return backlog

    def done(self, backlog: Backlog | None) -> None:
        """Count an item that ended; where enough others wait, one worker less will do."""
        self.at_work -= 1
        if backlog is None:
            return
        if not backlog.waiting or not self._has_enough(backlog):
            backlog.spared = 0
            return
        backlog.spared += 1
        if backlog.spared >= ROW:
            backlog.spared = 0
            self._too_many += 1

    def end(self) -> None:
        """Count no more among the runs at any gate."""
        for backlog in self._backlogs.values():
            backlog.runs.discard(backlog)

    def go_on(self) -> None:
        """Start some more when none has got on since the last time and too few wait: pictures come slowly, or not at all."""
        got_on, self._got_on = self._got_on, False
        if got_on or self.at_work < self.size or any(map(self._has_enough, self._backlogs.values())):
            return
        missing = max((each.wanted - each.waiting for each in self._backlogs.values()), default=FIRST)
        for _ in range(min(missing, FIRST, self.most - self.size)):
            self.add()

    def take_leave(self) -> bool:
        """Whether the worker that asks is one too many; it must end then."""
        if not self._too_many:
            return False
        self._too_many -= 1
        return True

    def _got_slot(self, backlog: Backlog) -> None:
        """Start one more where too few wait: one for each call that gets its slot, so that they become more at its pace."""
        backlog.taken, self._got_on = 0, True
        idle = self.size - self.at_work
        if self.size < self.most and backlog.waiting + idle < backlog.wanted and not self._is_held_up:
            self.add()

    def _begins(self, backlog: Backlog) -> bool:
        return backlog.taken <= FIRST and self.size < FIRST and self.size < backlog.wanted

    def _looks_past(self, backlog: Backlog) -> bool:
        """Whether to look for items of other APIs, as those of this one do not get on."""
        return self._is_mixed and backlog.taken >= AHEAD and backlog.waiting >= backlog.wanted

    @property
    def _is_mixed(self) -> bool:
        return len(self._backlogs) > 1

    @property
    def _is_held_up(self) -> bool:
        """Whether more of another API would be taken than get on there, in the hope of one of this."""
        return self._is_mixed and any(self._has_enough(each) and each.taken < AHEAD for each in self._backlogs.values())

    def _has_enough(self, backlog: Backlog) -> bool:
        return backlog.waiting >= backlog.wanted * (AHEAD if self._is_mixed else 1)
