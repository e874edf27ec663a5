"""Number plates of China: a province, a letter, and five or six letters and digits."""

from __future__ import annotations

import re

from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.reader import Field, first_in
from ocr_async.local.reading.zones.forms import Form

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
PLATE = re.compile(rf"[{PROVINCES}][A-Z][A-Z0-9·-]?[A-Z0-9-]{{4,6}}[挂学警港澳]?")


def plate(form: Form, name: str) -> Field:
    """Return the plate beside its label, else the one that stands elsewhere on the page, which is less sure."""
    beside = form.match(name, PLATE)
    return beside or (form.field(name) or first_in(form.page.lines, PLATE)).judged(doubtful)
