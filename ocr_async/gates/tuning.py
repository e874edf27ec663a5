"""The numbers that gates were tuned with: what each trades, and what its neighbours did in `benchmarks/limits.py`."""

from __future__ import annotations

from attrs import frozen


@frozen
class Tuning:
    """The numbers of a gate. Figures are means of four to eight seeds, share used / refused in percent."""

    initial: int = 4
    """Calls in flight at first: more floods a service of two servers before anything is known of it."""
    ceiling: int = 512
    """Calls in flight that are never exceeded."""
    backlog: float = 0.35
    """Calls of a run that wait for each in flight, once the window does not double. 0.25: files that take as long to open as to be
    read 0.1 % fewer a second at 64 at once; 0.5: the slowest twentieth at two servers takes 4.4 instead of 3.9 service times."""
    quick: float = 0.01
    """Part of the time of a call in which a picture is opened so soon that none need wait: as much of a slot is lost."""
    longest: int = 280
    """Successes before a probe at most. 250: constant caps 0.04 more refused, 16 -> 32 -> 8 96.7 instead of 97.8 %; 300: 96.2 %."""
    trips: int = 10
    """Round trips before a probe; of a shared window as many as it is wide, if that is less. 8: two clients 0.98 instead of 0.86 refused;
    7: 1.14."""
    keep: float = 0.85
    """Share of a window that is kept when others want room. 0.8: two clients use 96.7 instead of 97.9 %, on 64 93.6 instead of 95.7 %."""
    rivals: int = 20
    """Failed probes after which a window counts as shared no more. 10: who comes later to a near service gets 40 instead of 69 %, a cap
    of one is refused 2.6 instead of 3.4 % in two minutes."""
    calls: int = 250
    """Calls in which the rate that is tried doubles. 225: who comes later gets 79 instead of 83 % and makes 1.32 instead of 1.20 refused."""
    seconds: float = 10.0
    """Seconds in which it doubles at least. 12: 50 each second 1 % less used."""
    steep: float = 6.0
    """Power of that growth. 4: 50 each second, not announced, 8 % refused; with it the plateau is long and the rise short."""
    pace_keep: float = 0.95
    """Share of a rate that is kept when others want room. 0.9: 50 each second 96.2 instead of 97.9 %, two clients 1.1 instead of 1.0 refused."""
    margin: float = 0.99
    """Share that is used of what was accepted from one refusal to the next. 1: 20 -> 40 -> 10/s 93.4 instead of 94.3 %."""
    ramp: float = 2.2
    """Calls in flight for each that is served, and starts in a round trip, while the window doubles.

    2: a minute of 50/s 96.6 instead of 97.1 %; 2.35: 204 instead of 192 in flight at 64 servers.
    """
    unhurried: float = 1.6
    """The same later on, and latency, in times the unhurried one, that counts as slow. 1.5: one slow picture in ten 97 instead
    of 98.4 %; 1.75: two servers 2 instead of 1.85 service times in the median."""
