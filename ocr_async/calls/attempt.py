"""One attempt has a life: preparing, sent, answered. How far it came decides what its end teaches."""

from __future__ import annotations

from enum import Enum

from attrs import define

from ocr_async import protocol
from ocr_async.calls.endpoints import Endpoint
from ocr_async.calls.health import LONGEST, LONGEST_ALONE
from ocr_async.errors import ApiError, DecodeError, OcrError, ThrottledError, TransportError
from ocr_async.events import Emitter, EndpointBack, EndpointLeft
from ocr_async.gates import AnySlot, Concurrency, Rate
from ocr_async.loops import now
from ocr_async.retry import Tally, counts_against_endpoint

LONGEST_HOLD = 120.0
"""Seconds for which one reply holds all calls back, whatever it asks for: a call that is told to wait for longer ends with that,
and those that have no deadline must not wait for hours without a word."""


class State(Enum):
    """How far an attempt has come: only what was sent teaches health, only what was answered teaches the gate."""

    PREPARING = "preparing"
    """Credential, project, request and signature: what fails here says nothing of the endpoint."""
    SENT = "sent"
    ANSWERED = "answered"


@define(eq=False)
class Attempt:
    """One try at one endpoint: a slot of its gate, how far it came, and what its end says of gate and health.

    Must be ended by one of its methods.
    """

    tally: Tally
    endpoint: Endpoint
    slot: AnySlot
    is_scout: bool
    """Whether it tries an endpoint that was left alone."""
    has_others: bool
    """Whether the call could go elsewhere."""
    emit: Emitter
    state: State = State.PREPARING
    _may_have_been_read: bool = False

    def sending(self) -> None:
        """Note that the request goes out: from now on the service may read it."""
        self._may_have_been_read, self.tally.may_be_read = self.tally.may_be_read, True
        self.tally.sends += 1
        self.state = State.SENT

    def lost(self, *, sent: bool, waiting: bool = False) -> None:
        """Note that no reply will come; `waiting` for a connection that others use, the request has not left."""
        self.tally.may_be_read = self._may_have_been_read or sent
        if waiting:
            self.state = State.PREPARING
            self.tally.sends -= 1

    def answered(self) -> None:
        """Note that a reply came."""
        self.tally.may_be_read = self._may_have_been_read
        self.state = State.ANSWERED

    def prepare_again(self) -> None:
        """Note that the same attempt is sent once more, because its token had ended."""
        self.state = State.PREPARING

    def succeeded(self) -> None:
        """Note a result."""
        self.slot.admitted()
        self.endpoint.budget.earn()
        self.tally.may_be_read = False
        if self.is_scout or self.endpoint.health.faults:
            self._speaks_well()

    def failed(self, error: OcrError) -> None:
        """Note an error: what it says about limits goes to the gate, what it says about the endpoint to its health."""
        if self.state is State.PREPARING:
            self.abandoned()
        elif isinstance(error, ThrottledError):
            asked = error.retry_after
            self.slot.refused(_refusal(error), None if asked is None else min(asked, LONGEST_HOLD))
            self._speaks_well()
        elif counts_against_endpoint(error):
            self.slot.failed()
            if self.has_others or (isinstance(error, TransportError) and error.is_unreached):
                self._fault(error)
            else:
                self._speaks_well()  # where there is no other way, what can be reached is worth another try
        elif isinstance(error, ApiError | DecodeError):
            self.slot.admitted()
            self._speaks_well()
        else:
            self.abandoned()

    def timed_out(self, error: OcrError) -> None:
        """Note that the call's deadline passed: an endpoint that was silent is left where there is another one."""
        if self.state is not State.SENT or not self.has_others:
            self.abandoned()
            return
        self.slot.failed()
        self._fault(error, at_once=True)

    def abandoned(self) -> None:
        """Note that nothing was learnt."""
        self.slot.abandoned()
        self.endpoint.health.abandoned(scout=self.is_scout)
        self._wake()

    def _speaks_well(self) -> None:
        if self.endpoint.health.answered():
            self.emit(EndpointBack(self.endpoint.name))
        self._wake()

    def _fault(self, error: OcrError, *, at_once: bool = False) -> None:
        longest = LONGEST if self.has_others else LONGEST_ALONE
        seconds = self.endpoint.health.failed(now(), scout=self.is_scout, at_once=at_once, longest=longest)
        if seconds is not None:
            self.emit(EndpointLeft(self.endpoint.name, seconds, error))
        self._wake()

    def _wake(self) -> None:
        if self.is_scout:
            self.endpoint.wake()


def _refusal(error: ThrottledError) -> Concurrency | Rate:
    if error.code == "ModelArts.4401":
        return Concurrency()
    announced = protocol.rate_limit(error.message)
    return Rate(*announced) if announced else Rate()
