"""Which endpoint a call goes to, when, and what its end says about the endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

import anyio
from attrs import define, frozen

from ocr_async import protocol
from ocr_async.endpoints import Endpoint
from ocr_async.errors import ApiError, DecodeError, OcrError, ThrottledError, TransportError
from ocr_async.events import Emitter, EndpointBack, EndpointLeft
from ocr_async.fields import DocumentType
from ocr_async.gates import AnySlot, Concurrency, Rate
from ocr_async.loops import now
from ocr_async.retry import counts_against_endpoint

QUEUE_SLICE = 0.25
"""Seconds that a call waits at one endpoint's gate before it looks whether another has room."""


class State(Enum):
    """How far an attempt has come: only what was sent teaches health, only what was answered teaches the gate."""

    PREPARING = "preparing"
    """Credential, project, request and signature: what fails here says nothing of the endpoint."""
    SENT = "sent"
    ANSWERED = "answered"


@define(eq=False)
class Visit:
    """One send at one endpoint: a slot of its gate, and whether it tries an endpoint that was left alone.

    Must be ended by one of its methods.
    """

    endpoint: Endpoint
    slot: AnySlot
    is_scout: bool
    has_others: bool
    """Whether the call could go elsewhere."""
    emit: Emitter
    state: State = State.PREPARING

    def succeeded(self) -> None:
        """Note a result."""
        self.slot.admitted()
        self.endpoint.budget.earn()
        self._answered()

    def failed(self, error: OcrError) -> None:
        """Note an error: what it says about limits goes to the gate, what it says about the endpoint to its health."""
        if self.state is State.PREPARING:
            self.abandoned()
        elif isinstance(error, ThrottledError):
            self.slot.refused(_refusal(error), error.retry_after)
            self._answered()
        elif counts_against_endpoint(error):
            self.slot.failed()
            if self.has_others or _is_unreached(error):
                self._fault(error)
            else:
                self._answered()  # where there is no other way, what can be reached is worth another try
        elif isinstance(error, ApiError | DecodeError):
            self.slot.admitted()
            self._answered()
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

    def _answered(self) -> None:
        if self.endpoint.health.answered():
            self.emit(EndpointBack(self.endpoint.name))
        self._wake()

    def _fault(self, error: OcrError, *, at_once: bool = False) -> None:
        seconds = self.endpoint.health.failed(now(), scout=self.is_scout, at_once=at_once)
        if seconds is not None:
            self.emit(EndpointLeft(self.endpoint.name, seconds, error))
        self._wake()

    def _wake(self) -> None:
        if self.is_scout:
            self.endpoint.wake()


@frozen
class Router:
    """Sends calls where there is room, and only where their type is offered."""

    endpoints: Sequence[Endpoint]
    emit: Emitter

    def check_offered(self, document_type: DocumentType[Any]) -> None:
        """Raise RegionError when no endpoint offers the type."""
        refusals = [endpoint.refusal(document_type) for endpoint in self.endpoints]
        if all(refusals) and refusals[0] is not None:
            raise refusals[0]

    async def enter(self, document_type: DocumentType[Any], position: int | None, failed_at: Endpoint | None) -> Visit:
        """Wait for a slot at the endpoint with the most room, rather not at the one where the call just failed."""
        while True:
            endpoint = self._choose(document_type, failed_at)
            delay = endpoint.delay()
            if delay != 0:
                await endpoint.recovery(delay)
                continue
            slot = await self._acquire(endpoint, document_type.api, position)
            if slot is None:
                continue
            if endpoint.delay() == 0:
                return Visit(endpoint, slot, endpoint.health.start(), self._has_others(endpoint), self.emit)
            slot.abandoned()

    def _has_others(self, endpoint: Endpoint) -> bool:
        return any(other.health.well for other in self.endpoints if other is not endpoint)

    async def _acquire(self, endpoint: Endpoint, api: str, position: int | None) -> AnySlot | None:
        gate = endpoint.gate(api)
        if len(self.endpoints) == 1:
            return await gate.acquire(position)
        with anyio.move_on_after(QUEUE_SLICE):
            return await gate.acquire(position)
        return None

    def _choose(self, document_type: DocumentType[Any], failed_at: Endpoint | None) -> Endpoint:
        if len(self.endpoints) == 1:
            return self.endpoints[0]
        offering = [each for each in self.endpoints if each.refusal(document_type) is None]
        return min(offering, key=lambda each: _load(each, document_type.api) + (10 if each is failed_at else 0))


def _load(endpoint: Endpoint, api: str) -> float:
    """Rank an endpoint by how full its gate is; one that is left alone comes last."""
    delay = endpoint.delay()
    if delay != 0:
        return 1e6 + (1e6 if delay is None else delay)
    stats = endpoint.gate(api).stats()
    return (stats.in_flight + stats.waiting) / max(1, stats.window) + stats.paused_for


def _is_unreached(error: OcrError) -> bool:
    return isinstance(error, TransportError) and not error.sent


def _refusal(error: ThrottledError) -> Concurrency | Rate:
    if error.code == "ModelArts.4401":
        return Concurrency()
    announced = protocol.rate_limit(error.message)
    return Rate(*announced) if announced else Rate()
