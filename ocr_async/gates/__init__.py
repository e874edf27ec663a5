"""Gates: how many calls may be in flight, how often one may start, and where the others wait.

A service says that a call was one too many, or came too soon, or nothing at all and lets it wait. From each a part learns:

- `Window`, from refusals for concurrency: probe and hold. It doubles each round trip until the first refusal, starting calls evenly
  over it, since of a burst many would be refused; it holds what was admitted, and seldom grows by one, by more while that is
  admitted: a refused step is taken back. A probe comes at any part of a round trip: where all calls take as long, a place that others
  leave is free for a moment of each. A refusal within the limit means that others share it: then it grows by one
  at a time and shrinks by a share, at its own refused probes too (additive increase, multiplicative decrease: D. Chiu and R. Jain,
  1989), for that makes the shares alike.
- `Pace`, from refusals for rate: a limit that is told is taken; else what was accepted from one refusal to the next is the limit.
  Between refusals the rate that is tried grows with the calls sent, flat around what is held and then steeply, which is what CUBIC
  does in TCP and in the adaptive retry mode of botocore; steeper than a cube, so that refusals are rarer. Who is refused without
  having tried more gives way, and where that is not by chance tries again after a time, not after some calls, so that the larger
  share of a limit does not grow faster. A limit that counts each minute closes for long: then single scouts find when it opens,
  and the whole window is measured. Where less and less is sent and single calls are refused all the same, these come at random:
  then only refusals in a row mean a limit.
- `Rivals`, for both: one refusal where no more was sent than before may be chance, another soon after means that others are there.
- `Guard`, from latency: by Little's law calls in flight, times what a call takes that need not wait, over what they take now, is how
  many are served at once (TCP Vegas and Netflix's Gradient2 compare the same two latencies). In flight are at most 2.2 times as many
  while ramping, 1.6 times later. Where latency rises a smaller window is tried: if calls get faster, they had queued, and it is kept;
  if not even in half of it, the service has become slower, and the old one comes back.

All are pure, with the clock passed in; `Admission` puts them together, `Gate` lets tasks wait. Stated `Limits` are never exceeded,
probes included: starts at a stated rate are never closer than it says. Refusals for
concurrency that come at random are taken for a limit. Most numbers are in `Tuning`; `benchmarks/limits.py` is the contract.
"""

from ocr_async.gates.gate import AnySlot, Ending, Gate, GateStats, Slot
from ocr_async.gates.limits import Concurrency, Limits, Rate, Refusal
from ocr_async.gates.shared import AnyGate, SharedGates, gate_of

__all__ = [
    "AnyGate",
    "AnySlot",
    "Concurrency",
    "Ending",
    "Gate",
    "GateStats",
    "Limits",
    "Rate",
    "Refusal",
    "SharedGates",
    "Slot",
    "gate_of",
]
