"""The endpoints of a session: each with its own address, project, gates, health and budget for repeats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import anyio
from attrs import define, field, frozen

from ocr_async.auth.renewed import Lease, Renewed
from ocr_async.auth.wallet import Account, Wallet
from ocr_async.calls.addresses import Address
from ocr_async.calls.budget import Budget
from ocr_async.calls.health import Health
from ocr_async.errors import RegionError
from ocr_async.fields import DocumentType, check_offered
from ocr_async.gates import AnyGate, GateStats, Limits, SharedGates, gate_of
from ocr_async.loops import PerLoop, Signal, now


@frozen
class EndpointStats:
    """What an endpoint is doing now; `gates` by API, `left_for` in seconds when it is left alone."""

    name: str
    left_for: float
    gates: Mapping[str, GateStats]


@define(eq=False)
class Endpoint:
    """One place that calls can go to."""

    address: Address
    project_id: str | None
    wallet: Wallet
    limits: Limits | SharedGates | None
    budget: Budget
    health: Health = field(factory=Health)
    name: str = field(init=False)
    """How the endpoint is called in results, events and statistics."""
    _account: Renewed[Account] = field(init=False)
    _gates: dict[str, AnyGate] = field(factory=dict[str, "AnyGate"], init=False)
    _recovery: PerLoop[Signal] = field(init=False, factory=lambda: PerLoop(Signal))

    def __attrs_post_init__(self) -> None:
        self.name = self.address.name
        self._account = Renewed(self._open_account, self.wallet.background)

    @property
    def host(self) -> str:
        """The name of the machine that calls go to."""
        return urlsplit(self.address.url).hostname or ""

    @property
    def known_account(self) -> Account | None:
        """What completes requests to here, None as long as it was not looked for."""
        return self._account.lasting

    async def account(self) -> Account:
        """Return what completes requests to here; found on first use."""
        return await self._account.get()

    def gate(self, api: str) -> AnyGate:
        """Return the gate of an API here; what it has learnt survives a change of event loop."""
        gate = self._gates.get(api)
        if gate is None:
            gate = self._gates[api] = gate_of(self.limits, self.name, api)
        return gate

    def delay(self) -> float | None:
        """Return the seconds until a call may go here: 0 is now, None is when the call that tries it has ended."""
        return 0.0 if self.health.well else self.health.delay(now())

    def refusal(self, document_type: DocumentType[Any]) -> RegionError | None:
        """Return why the type is not offered here, None when it is or when nobody knows."""
        if self.address.region is None or not self.address.strict:
            return None
        try:
            check_offered(document_type, self.address.region)
        except RegionError as error:
            return error
        return None

    async def recovery(self, seconds: float | None) -> None:
        """Wait that long, or until the call that tries this endpoint has ended."""
        with anyio.move_on_after(seconds):
            await self._recovery.get().wait()

    def wake(self) -> None:
        """Let everyone who waits for this endpoint look again."""
        self._recovery.get().notify()

    def stats(self) -> EndpointStats:
        """Return what the endpoint is doing now."""
        gates = {api: gate.stats() for api, gate in self._gates.items()}
        return EndpointStats(self.name, self.delay() or 0.0, gates)

    async def _open_account(self) -> Lease[Account]:
        region = self.address.region
        return Lease(
            await self.wallet.account(
                endpoint=self.address.url,
                iam_endpoint=self.address.iam,
                region=region.id if region else None,
                project_id=self.project_id,
            )
        )
