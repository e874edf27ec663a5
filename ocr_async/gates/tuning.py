"""Every number that the gates were tuned with, what it trades, and what its neighbours did."""

from __future__ import annotations

from attrs import frozen


@frozen
class Tuning:
    """The numbers of a gate."""

    initial: int = 4
    ceiling: int = 512
    patience: int = 10
    longest: int = 280
    trips: int = 6
    keep: float = 0.85
    rivals: int = 20
    calls: int = 200
    seconds: float = 10.0
    steep: float = 6.0
    pace_keep: float = 0.95
    margin: float = 0.99
    unhurried: float = 1.75
    spare: float = 1.5
