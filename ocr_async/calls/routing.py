"""Which endpoint an attempt goes to, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import anyio
from attrs import field, frozen

from ocr_async.calls.attempt import Attempt
from ocr_async.calls.backlog import Backlog
from ocr_async.calls.endpoints import Endpoint
from ocr_async.events import Emitter
from ocr_async.fields import DocumentType
from ocr_async.gates import AnySlot
from ocr_async.retry import Tally

QUEUE_SLICE = 0.25
"""Seconds that a call waits at one endpoint's gate before it looks whether another has room."""


@frozen
class Router:
    """Sends calls where there is room, and only where their type is offered."""

    endpoints: Sequence[Endpoint]
    emit: Emitter
    runs: dict[str, set[Backlog]] = field(factory=dict[str, "set[Backlog]"], init=False, repr=False)
    """The backlogs of the runs under way, by API."""

    def waits_for(self, document_type: DocumentType[Any]) -> str:
        """Say what keeps a call from being sent now: who has not answered yet, faults, the service's word, or other calls."""
        if asked := self.endpoints[0].wallet.waits_for:
            return asked
        offering = self._offering(document_type)
        if all(each.delay() != 0 for each in offering):
            return f"every endpoint is left alone for a moment after repeated faults: {', '.join(each.name for each in offering)}"
        gates = [each.gate(document_type.api).stats() for each in offering]
        if paused := min(gate.paused_for for gate in gates):
            return f"the service has asked to wait, for {paused:.0f} s more"
        return "other calls went first" if all(gate.in_flight or gate.waiting for gate in gates) else ""

    def check_offered(self, document_type: DocumentType[Any]) -> None:
        """Raise RegionError when no endpoint offers the type."""
        refusal = None
        for endpoint in self.endpoints:
            refused = endpoint.refusal(document_type)
            if refused is None:
                return
            refusal = refusal or refused
        if refusal is not None:
            raise refusal

    def backlog(self, document_type: DocumentType[Any], on_slot: Callable[[Backlog], None]) -> Backlog:
        """Return what counts the calls of a run that wait for the type's API, at all endpoints."""
        runs = self.runs.setdefault(document_type.api, set())
        backlog = Backlog([each.gate(document_type.api) for each in self._offering(document_type)], on_slot, runs=runs)
        runs.add(backlog)
        return backlog

    async def enter(
        self,
        document_type: DocumentType[Any],
        tally: Tally,
        position: int | None,
        failed_at: Endpoint | None,
        backlog: Backlog | None = None,
    ) -> Attempt:
        """Wait for a slot at the endpoint with the most room, rather not at the one where the call just failed."""
        while True:
            endpoint = self._choose(document_type, failed_at)
            delay = endpoint.delay()
            if delay != 0:
                await endpoint.recovery(delay)
                continue
            slot = await self._acquire(endpoint, document_type.api, position, backlog)
            if slot is None:
                continue
            if backlog is not None:
                backlog.on_slot(backlog)
            if endpoint.delay() == 0:
                has_others = self._has_others(endpoint, document_type)
                return Attempt(tally, endpoint, slot, endpoint.health.start(), has_others, self.emit)
            slot.abandoned()

    def _has_others(self, endpoint: Endpoint, document_type: DocumentType[Any]) -> bool:
        return len(self.endpoints) > 1 and any(
            other.health.well for other in self._offering(document_type) if other is not endpoint
        )

    async def _acquire(
        self, endpoint: Endpoint, api: str, position: int | None, backlog: Backlog | None
    ) -> AnySlot | None:
        gate = endpoint.gate(api)
        if backlog is not None:
            backlog.waiting += 1
        try:
            if len(self.endpoints) == 1:
                return await gate.acquire(position)
            with anyio.move_on_after(QUEUE_SLICE):
                return await gate.acquire(position)
            return None
        finally:
            if backlog is not None:
                backlog.waiting -= 1

    def _choose(self, document_type: DocumentType[Any], failed_at: Endpoint | None) -> Endpoint:
        if len(self.endpoints) == 1:
            return self.endpoints[0]
        return min(
            self._offering(document_type),
            key=lambda each: _load(each, document_type.api) + (10 if each is failed_at else 0),
        )

    def _offering(self, document_type: DocumentType[Any]) -> list[Endpoint]:
        return [each for each in self.endpoints if each.refusal(document_type) is None]


def _load(endpoint: Endpoint, api: str) -> float:
    """Rank an endpoint by how full its gate is; one that is left alone comes last."""
    delay = endpoint.delay()
    if delay != 0:
        return 1e6 + (1e6 if delay is None else delay)
    stats = endpoint.gate(api).stats()
    return (stats.in_flight + stats.waiting) / max(1, stats.window) + stats.paused_for
