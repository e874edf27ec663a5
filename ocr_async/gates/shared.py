"""The seam for gates that several processes share: what a call needs of a gate, and who else may make one."""

from __future__ import annotations

from typing import Protocol

from ocr_async.gates.gate import AnySlot, Gate, GateStats
from ocr_async.gates.limits import Limits


class AnyGate(Protocol):
    """Holds calls back until they may be sent; see `Gate`."""

    async def acquire(self, position: int | None = None) -> AnySlot:
        """Wait until a call may start."""
        ...

    def wanted(self, opening: float) -> int:
        """How many calls of a run are to wait here; `opening` is how many seconds it takes to bring the next one."""
        ...

    def stats(self) -> GateStats:
        """Return what the gate is doing now."""
        ...


class SharedGates(Protocol):
    """Makes gates that more than one process keeps to, such as `ocr_async.cluster.SharedLimits`."""

    def gate(self, endpoint: str, api: str) -> AnyGate:
        """Return the gate of one API of an endpoint."""
        ...


def gate_of(limits: Limits | SharedGates | None, endpoint: str, api: str) -> AnyGate:
    """Return the gate of one API of an endpoint: one of this session alone, unless its limits are shared."""
    return Gate(limits) if limits is None or isinstance(limits, Limits) else limits.gate(endpoint, api)
