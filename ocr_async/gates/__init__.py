"""Gates: how many calls may be in flight, how often one may start, and where the others wait."""

from ocr_async.gates.gate import Gate, GateStats, Slot
from ocr_async.gates.limits import Concurrency, Limits, Rate, Refusal
from ocr_async.gates.shared import AnyGate, AnySlot, SharedGates, gate_of

__all__ = [
    "AnyGate",
    "AnySlot",
    "Concurrency",
    "Gate",
    "GateStats",
    "Limits",
    "Rate",
    "Refusal",
    "SharedGates",
    "Slot",
    "gate_of",
]
