"""A second look at what no other fact confirms: print that is read differently from a little nearer is a guess."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mode

from attrs import evolve

from ocr_async.local.reading.page import Box, Page
from ocr_async.local.reading.reader import Field

CLEAR = 0.99
"""The score of print from which on it is not looked at again."""

GUESSED = 0.59
"""The most that is said of what several looks read differently."""

NEARER = -0.1, 0.1, 0.15
"""Heights by which the strip of each look is larger than what was found."""


def agreed(page: Page, it: Field, place: Box, said: Callable[[str], str]) -> Field:
    """Return a field as most of several looks at its line have it, a guess where they differ.

    Embossed and blurred characters are read as others with scores that say nothing; blanks come and go. `said` returns
    what a line says of the field, "" for nothing.
    """
    if it.confidence > CLEAR:
        return it
    boxes = (place.grown(more * place.height, 3 * more * place.height) for more in NEARER)
    texts = [it.text, *filter(None, (said(page.reread(box).text) for box in boxes))]
    characters = ["".join(text.split()) for text in texts]
    if len(set(characters)) == 1:
        return it
    likeliest = texts[characters.index(mode(characters))]
    return evolve(it, text=likeliest, confidence=min(it.confidence, GUESSED))
