"""Number plates of China: a province, a letter, and five or six letters and digits."""

from __future__ import annotations

import re

from attrs import evolve

from ocr_async.local.reading.confidence import doubtful, repaired
from ocr_async.local.reading.reader import Field, first_in
from ocr_async.local.reading.zones.forms import Form

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
PLATE = re.compile(rf"[{PROVINCES}][A-Z][A-Z0-9·-]?[A-Z0-9-]{{4,6}}[挂学警港澳]?")
NONE_OF_PLATES = str.maketrans("IO", "10")
"""Letters that plates do not have after the first one, as the digits that they look like."""


def plate(form: Form, name: str) -> Field:
    """Return the plate beside its label, else the one that stands elsewhere on the page, which is less sure."""
    beside = form.match(name, PLATE)
    return numbered(beside or (form.field(name) or first_in(form.page.lines, PLATE)).judged(doubtful))


def numbered(it: Field) -> Field:
    """Return a plate with digits for the letters that look like them and are in none."""
    if not PLATE.fullmatch(it.text):
        return it
    text = it.text[:2] + it.text[2:].translate(NONE_OF_PLATES)
    return evolve(it, text=text, confidence=repaired(it.confidence, sum(map(str.__ne__, text, it.text))))
