"""Quadrilaterals of documents and of their lines of text, as a search would find them."""

from __future__ import annotations

import numpy as np


def box(left, top, right, bottom):
    """Return an upright rectangle as four corners."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float32)


def lines_in(left, top, count=5):
    """Return lines of text, one below the other, in a document whose corner is there."""
    return [box(left + 20, top + 20 + 30 * row, left + 220, top + 40 + 30 * row) for row in range(count)]
