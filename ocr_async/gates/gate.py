"""One gate for each API of each endpoint, shared by everyone who calls it: no call is sent without a slot."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, Self, TypeAlias

from attrs import define, field, frozen

from ocr_async.gates.admission import Admission
from ocr_async.gates.limits import Limits, Refusal
from ocr_async.gates.waiting import WaitingLine, arrivals
from ocr_async.loops import PerLoop

Ending: TypeAlias = Literal["admitted", "refused", "failed", "abandoned"]
"""What became of a call."""


@frozen
class GateStats:
    """What a gate is doing: `window` in calls, `pace` in calls a second (None: unlimited), `paused_for` in seconds."""

    in_flight: int
    waiting: int
    window: int
    pace: float | None
    admitted: int
    refused: int
    paused_for: float
    reason: str = "holding"
    """Why it is where it is: ramping, probing, holding, limited, slow service or paused."""


@define(eq=False)
class AnySlot:
    """The right to send one call. Tell it what became of the call: the first word counts, later ones do nothing."""

    position: int
    """The place of the call in the line; a repeated call that passes it to `Gate.acquire` goes before later ones."""
    _open: bool = field(default=True, init=False, repr=False)

    def admitted(self) -> None:
        """Tell that the service took the call, whatever it said of the picture."""
        self._end("admitted")

    def refused(self, refusal: Refusal, retry_after: float | None = None) -> None:
        """Tell that the service did not take the call, and why; `retry_after` is in seconds from now."""
        self._end("refused", refusal, retry_after)

    def failed(self) -> None:
        """Tell that the call failed in a way that says nothing about limits: a timeout, a 5xx, no reply."""
        self._end("failed")

    def abandoned(self) -> None:
        """Tell that nothing was learnt: the call was cancelled, or not sent at all."""
        self._end("abandoned")

    def _end(self, ending: Ending, refusal: Refusal | None = None, retry_after: float | None = None) -> None:
        raise NotImplementedError


TWO_LOOPS = (
    "Calls of this session are under way in the event loop of another thread: a session serves one loop at a time. Make one "
    "session for each thread, or send all calls to one loop with asyncio.run_coroutine_threadsafe."
)


@define(eq=False)
class Slot(AnySlot):
    """One of a `Gate`. As a context manager it is given back at the end, as abandoned unless something was told before."""

    _number: int = field(repr=False)
    _line: WaitingLine = field(repr=False)

    @property
    def starts_in(self) -> float:
        """Seconds until the call may start: 0 unless the gate hands out starts ahead of their time."""
        return self._line.admission.starts_in(self._number)

    def _end(self, ending: Ending, refusal: Refusal | None = None, retry_after: float | None = None) -> None:
        if not self._open:
            return
        self._open = False
        self._line.in_flight -= 1
        admission = self._line.admission
        if refusal is not None:
            admission.refuse(self._number, refusal, retry_after)
        elif ending == "admitted":
            admission.admit(self._number)
        elif ending == "failed":
            admission.fail(self._number)
        else:
            admission.release(self._number)
        if len(self._line):
            self._line.serve()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.abandoned()


class Gate:
    """Holds calls back so that the service admits them: at most a window in flight, at a pace, and not during a pause.

    What the service says, told through each `Slot`, sets the window and the pace; `limits` bounds both.
    Serves the tasks of one event loop at a time, on asyncio and trio; what it has learnt survives a change of loop.

    `ahead` is for starts that have a way to go: at a stated rate they are handed out so many seconds before their time, which
    `Slot.starts_in` tells, so that neither the way nor a late start puts off the next ones.
    """

    def __init__(
        self, limits: Limits | None = None, *, clock: Callable[[], float] = time.monotonic, ahead: float = 0.0
    ) -> None:
        self._admission = Admission(limits or Limits(), clock, ahead=ahead)
        self._lines = PerLoop(lambda: WaitingLine(self._admission))

    async def acquire(self, position: int | None = None) -> Slot:
        """Wait until a call may start. A repeated call passes the position of its first slot.

        Does not yield to the event loop when there is nothing to wait for. Safe to cancel: a start that was granted
        at that moment goes to the next in the line.

        Raises RuntimeError where it would have to wait for calls in the loop of another thread, whose end wakes nobody here.
        """
        if (slot := self.try_acquire(position)) is not None:
            return slot
        if any(line.in_flight or len(line) for line in self._lines.of_others()):
            raise RuntimeError(TWO_LOOPS)
        position, line = next(arrivals) if position is None else position, self._lines.get()
        number = await line.wait(position)
        line.in_flight += 1
        return Slot(position, number, line)

    def try_acquire(self, position: int | None = None) -> Slot | None:
        """Start a call if it need not wait, neither for the service nor behind others."""
        line = self._lines.get()
        if len(line) or self._admission.delay() > 0:
            return None
        line.in_flight += 1
        return Slot(next(arrivals) if position is None else position, self._admission.start(), line)

    @property
    def available(self) -> bool:
        """Whether a call could start now without waiting."""
        return not len(self._lines.get()) and self._admission.delay() <= 0

    def wanted(self, opening: float) -> int:
        """How many calls of a run are to wait here; `opening` is how many seconds it takes to bring the next one."""
        return self._admission.wanted(opening)

    def pause(self, seconds: float) -> None:
        """Start nothing for that long; a shorter pause never ends a longer one."""
        self._admission.pause(seconds)

    def stats(self) -> GateStats:
        """Return what the gate is doing now."""
        admission = self._admission
        return GateStats(
            in_flight=admission.window.in_flight,
            waiting=sum(map(len, self._lines.values())),
            window=admission.window.limit,
            pace=admission.pace.rate,
            admitted=admission.admitted,
            refused=admission.refused,
            paused_for=admission.paused_for,
            reason=_reason(admission),
        )


def _reason(admission: Admission) -> str:
    if admission.paused_for > 0:
        return "paused"
    if admission.is_slow:
        return "slow service"
    if admission.pace.rate is not None:
        return "limited"
    window = admission.window
    if window.is_ramping and window.limit < window.ceiling:
        return "ramping"
    return "probing" if window.is_probing else "holding"
