"""Gates: how many calls may be in flight, how often one may start, and where the others wait."""

from ocr_async.gates.gate import Gate, GateStats, Slot
from ocr_async.gates.limits import Concurrency, Limits, Rate, Refusal

__all__ = ["Concurrency", "Gate", "GateStats", "Limits", "Rate", "Refusal", "Slot"]
