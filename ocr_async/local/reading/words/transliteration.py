"""Compare an Arabic name with its spelling in Latin letters: both are reduced to the consonants that they share.

Dots are what a reader of Arabic misses first (ب ت ث ن ي differ by dots alone), and the Latin spelling tells them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations, zip_longest
from types import MappingProxyType

from ocr_async.local.reading.words.arabic_names import usual

SOUNDS = MappingProxyType(dict(zip("بتثجحخدذرزسشصضطظغفقكلمنه", "bttjhxttrzs$stttjfkklmnh", strict=True)))
"""The consonant of each letter; letters that are vowels, or silent in Latin spelling, have none."""

DIGRAPHS = (("kh", "x"), ("gh", "j"), ("sh", "$"), ("ch", "$"), ("th", "t"), ("dh", "t"), ("ph", "f"), ("ck", "k"))
SINGLE = str.maketrans("gqcpvd", "jkkbft", "aeiouyw'- .")

SAME_SHAPE = ("بتثني", "ئني", "جحخ", "دذ", "رز", "سش", "صض", "طظ", "عغ", "فق", "هة", "كل")
"""Letters that differ by dots, or by a stroke that is easily lost."""
UNDOTTED = str.maketrans("تثنجخذزشضظغقة", "بببححدرسصطعفه")


def likeness(arabic: str, latin: str) -> float:
    """Return how well the consonants of both spellings agree, 0 to 1."""
    return SequenceMatcher(None, _of_arabic(arabic), _of_latin(latin), autojunk=False).ratio()


def repaired(arabic: str, latin: str) -> tuple[str, int]:
    """Return the Arabic with letters changed so that it agrees with the Latin spelling, and how many were.

    A word that disagrees becomes the usual form of that name if it is near; else one or two of its letters change
    their dots, if that makes the consonants agree in full.
    """
    words, spelled = arabic.split(), latin.split()
    if len(words) != len(spelled):
        return _word(arabic, latin)
    pairs = [_word(word, other) for word, other in zip(words, spelled, strict=True)]
    return " ".join(word for word, _ in pairs), sum(changes for _, changes in pairs)


def _word(arabic: str, latin: str) -> tuple[str, int]:
    wanted = _of_latin(latin)
    if arabic.endswith("ى") and latin.lower().endswith(("i", "y", "ee")):
        arabic = f"{arabic[:-1]}ي"
    known = usual(latin)
    if known and _bare(known) == _bare(arabic):
        return known, 0
    if known and sorted(known) == sorted(arabic):  # two letters changed places
        return known, 1
    if _of_arabic(arabic) == wanted:
        return arabic, 0
    if known and SequenceMatcher(None, arabic, known).ratio() > 0.5:
        return known, sum(one != other for one, other in zip_longest(arabic, known))
    for changes in (1, 2):
        fitting = {other for other in _variants(arabic, changes) if _of_arabic(other) == wanted}
        if len(fitting) == 1:
            return fitting.pop(), changes
    return arabic, 0


def _bare(word: str) -> str:
    """Return a word without the dots that are easily misread."""
    return word.translate(UNDOTTED)


def _variants(word: str, changes: int) -> Iterator[str]:
    swaps = [
        (place, other)
        for place, letter in enumerate(word)
        for group in SAME_SHAPE
        if letter in group
        for other in group
        if other != letter
    ]
    for chosen in combinations(swaps, changes):
        letters = list(word)
        for place, other in chosen:
            letters[place] = other
        yield "".join(letters)


def _of_arabic(text: str) -> str:
    return "".join(SOUNDS.get(letter, "") for letter in _once(" ".join(_open_ended(text, "ه"))))


def _of_latin(text: str) -> str:
    lower = _once(" ".join(_open_ended(text.lower(), "h")))
    for letters, sound in DIGRAPHS:
        lower = lower.replace(letters, sound)
    return lower.translate(SINGLE)


def _open_ended(text: str, silent: str) -> list[str]:
    """Return the words without the last letter where that is not heard, as in Fatimah and Abdullah."""
    return [word.removesuffix(silent) for word in text.split()]


def _once(text: str) -> str:
    """Return the text with doubled letters written once."""
    return re.sub(r"(.)\1+", r"\1", text)
