"""The Arabic name and nationality on the front of an Emirates ID card, put right by their Latin counterparts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from operator import attrgetter

from ocr_async.local.reading.confidence import repaired
from ocr_async.local.reading.page import Box, Page
from ocr_async.local.reading.reader import MISSING, Field
from ocr_async.local.reading.words import transliteration
from ocr_async.local.reading.words.countries import countries
from ocr_async.local.reading.zones import arabic

NAME_LABEL, NATIONALITY_LABEL = "الاسم", "الجنسية"
CONFIDENCE = attrgetter("confidence")
COLONS = ("لا", "لأ", "لإ", "ل", "ا", "أ", "إ", "نا")
"""What the colon after an Arabic label may be read as."""


def arabic_fields(page: Page, name: Field, nationality: Field) -> dict[str, Field]:
    """Return `name_arabic` and `nationality_arabic`: two lines in the middle of the card, one above the other.

    `name` and `nationality` are the same fields in Latin letters; each says how its Arabic is likely spelled.
    """
    names, nations = MISSING, MISSING
    if name.box is not None and arabic.available():
        for box in _arabic_lines(page, name.box, nationality.box):
            readings = list(_readings(page, box, name, nationality))
            names = max([names, *(it for label, it in readings if label == NAME_LABEL)], key=CONFIDENCE)
            nations = max([nations, *(it for label, it in readings if label != NAME_LABEL)], key=CONFIDENCE)
    return {"name_arabic": names, "nationality_arabic": nations}


def _arabic_lines(page: Page, name: Box, nationality: Box | None) -> list[Box]:
    """Return the lines that stand in the rows of name and nationality, or above them, and are not in Latin letters."""
    from ocr_async.local.reading.zones import ink  # noqa: PLC0415  heavy

    known = [line.box for line in page.lines if line.score > 0.9]
    above = [box.bottom for box in known if box.bottom < name.top + 0.3 * name.height and box.left < name.right]
    top = max([*above, name.top - 3 * name.height]) - 0.1 * name.height
    bottom = nationality.bottom + 0.4 * nationality.height if nationality else name.bottom + 3 * name.height
    return ink.lines_in(page, Box(name.left, top, page.width, bottom), known, name.height)


def _readings(page: Page, box: Box, name: Field, nationality: Field) -> Iterator[tuple[str, Field]]:
    """Yield what a line says and the label before it, at one size after the other until it agrees with the Latin."""
    for text in arabic.readings(page, box, (name.box or box).height):
        label, rest = _split(text)
        if label == NAME_LABEL:
            it = _arabic_name(rest, name.text, box)
        elif label == NATIONALITY_LABEL:
            it = _arabic_nation(rest, nationality.text, box)
        else:
            continue
        yield label, it
        if it.confidence > 0.9:
            return


def _split(text: str) -> tuple[str, str]:
    """Return the label that a line begins with, though it may be misread by a letter or two, and what follows."""
    for start in (0, *(place + 1 for place, character in enumerate(text) if character == " ")):
        for label in (NATIONALITY_LABEL, NAME_LABEL):
            for length in (len(label), len(label) - 1, len(label) + 1):
                if SequenceMatcher(None, text[start : start + length], label).ratio() > 0.72:
                    return label, text[start + length :].strip()
    return "", text


def _arabic_name(text: str, latin: str, box: Box) -> Field:
    """Return the name without what the colon was read as, put right by its Latin spelling."""
    starts = {text} | {text.removeprefix(colon).strip() for colon in COLONS}
    likely = max(starts, key=lambda start: (transliteration.likeness(start, latin), *_wellformed(start, latin)))
    whole, changes = transliteration.repaired(likely, latin)
    agrees = transliteration.likeness(whole, latin)
    return Field(whole, repaired(0.95, changes) if agrees == 1.0 else 0.85 * agrees, box)


def _wellformed(text: str, latin: str) -> tuple[bool, int]:
    """Rank how a name may begin: no letter alone, no alif before another vowel or before a Latin consonant."""
    vowel = latin[:1].upper() in "AEIOU" and not re.match("[اأإ][اأإع]", text)
    return text[1:2] != " ", len(text) if vowel else -len(text)


def _arabic_nation(text: str, nationality: str, box: Box) -> Field:
    """Return the nationality put right by the Arabic name of the country that is also printed in English."""
    country = next((one for one in countries().values() if one.name == nationality), None)
    if country is not None:
        likeness = max(SequenceMatcher(None, text[start:], country.name_arabic).ratio() for start in range(3))
        if likeness > 0.5:
            return Field(country.name_arabic, 0.98 if likeness > 0.8 else 0.92, box)
    return Field(text, 0.5, box)
