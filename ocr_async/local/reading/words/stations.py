"""Names of railway stations with their pinyin as tickets print it: each confirms or corrects the other.

About 900 towns; the stations of one town differ by a point of the compass (长沙南, Changshanan), which is added here.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches
from functools import cache

from ocr_async.local.reading.words import lines

DIRECTIONS = {"": "", "东": "dong", "南": "nan", "西": "xi", "北": "bei"}
ALIKE = 0.5
"""Share of characters that a name must have in common with what was read to be taken for it."""


SYLLABLE = (
    "(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?"
    "(?:i?ang?|i?ao?|ai|e[inr]?|eng|i?ong|i?ou?|i[aeu]|ing?|i|u[aeino]|u?ang?|uai|ue|u|v)"
)
ALMOST = 0.85
"""Likeness of a pinyin to one that lost or gained a letter or two."""


def stations(pinyin: str) -> frozenset[str]:
    """Return the names that are written so in pinyin; empty when the place is not known."""
    return _by_pinyin().get(pinyin.lower().replace("'", ""), frozenset())


def in_pinyin(name: str) -> str | None:
    """Return a station in pinyin as tickets print it; None for one that is not known."""
    return _by_name().get(name)


def is_pinyin(text: str, characters: int) -> bool:
    """Whether a text can be the pinyin of so many characters."""
    return re.fullmatch(rf"(?:{SYLLABLE}){{{characters}}}", text.lower().replace("'", "")) is not None


def corrected(name: str, pinyin: str) -> str | None:
    """Return the station that a name and its pinyin mean; None when the pinyin tells nothing about the name."""
    known = stations(pinyin)
    if name in known:
        return name
    likeness = {it: SequenceMatcher(None, name, it).ratio() for it in known if _same_side(name, it)}
    best = max(likeness, key=lambda station: likeness[station], default=None)
    return best if best and likeness[best] >= ALIKE else None


def spelled(name: str, pinyin: str) -> str | None:
    """Return the pinyin of a station where what was read is nearly that, and is the pinyin of no other; else None."""
    if stations(pinyin):
        return None
    near = get_close_matches(
        pinyin.lower().replace("'", ""), [key for key, names in _by_pinyin().items() if name in names], 1, ALMOST
    )
    return near[0].capitalize() if near else None


def nearest(name: str, pinyin: str) -> tuple[str, str] | None:
    """Return the station and its pinyin where both were read nearly so; None where what was read can be pinyin."""
    if is_pinyin(pinyin, len(name)):
        return None
    for key in get_close_matches(pinyin.lower().replace("'", ""), _by_pinyin(), 3, ALMOST):
        station = corrected(name, key)
        if station and station != name:
            return station, key.capitalize()
    return None


def _same_side(name: str, station: str) -> bool:
    """Whether no point of the compass is at stake: a clear 南 is not to be made a 西 by a misread syllable."""
    return not (set(name) ^ set(station)) & DIRECTIONS.keys()


@cache
def _by_name() -> dict[str, str]:
    return {name: pinyin.capitalize() for pinyin, names in _by_pinyin().items() for name in names}


@cache
def _by_pinyin() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, pinyin in (line.split() for line in lines("stations")):
        for character, syllable in DIRECTIONS.items():
            found.setdefault(pinyin.lower() + syllable, set()).add(name + character)
    return {pinyin: frozenset(names) for pinyin, names in found.items()}
