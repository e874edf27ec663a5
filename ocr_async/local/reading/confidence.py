"""How sure a field is: the engine's score, moved by what else is known about the text.

The engine's scores crowd above 0.95, right or wrong, so the facts of the document move them apart: an independent
check that fits (a check digit, a number printed twice) leaves an eighth of the doubt, every character that had to be
repaired costs a tenth, and a text that does not have the form of its field never counts as sure.
"""

from __future__ import annotations

DOUBTFUL = 0.65
"""The most that a text gets which does not look as its field should."""


def confirmed(score: float) -> float:
    """Return the confidence of a text that an independent check confirms."""
    return 1.0 - (1.0 - score) / 8


def repaired(score: float, changes: int) -> float:
    """Return the confidence of a text after so many of its characters were replaced by what its form demands."""
    return float(score * 0.9**changes)


def doubtful(score: float) -> float:
    """Return the confidence of a text that does not have the form of its field, or contradicts another field."""
    return min(score, DOUBTFUL) * 0.9
