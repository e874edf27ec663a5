"""Number plates of China: a province, a letter, and five or six letters and digits."""

from __future__ import annotations

import re

from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import MISSING, Field, field_of
from ocr_async.local.reading.zones.key_value import Form

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
PLATE = re.compile(rf"[{PROVINCES}][A-Z][A-Z0-9·-]?[A-Z0-9-]{{4,6}}[挂学警港澳]?")


def plate(page: Page, form: Form, name: str = "number") -> Field:
    """Return the plate beside its label, else the one that stands elsewhere on the page, which is less sure."""
    beside = form.match(name, PLATE.pattern)
    if beside.text:
        return beside
    given = form.field(name)
    found = page.tight.search(PLATE)
    if found and not given.text:
        line, match = found[0]
        return field_of(line.part(*match.span()), confidence=doubtful(line.score))
    return Field(given.text, doubtful(given.confidence), given.box) if given.text else MISSING
