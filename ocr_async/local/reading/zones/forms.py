"""What a form is: labels, and what of the value beside each is its field.

A field is declared once, as a label with the ways in which it is printed and the way in which its value is taken:

    label("engine_no", "发动机号码", "发动机号", english="Engine No.", find=part(r"[A-Z0-9*-]{4,}"))
    label("issue_date", "发证日期", inside=True, find=whole(iso))
    label("vin", "车辆识别代号", find=part(r"[A-Z0-9]{17}", check=vehicle_number, elsewhere=VIN))
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TypeAlias

from attrs import field, frozen

from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.page import Box, Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, field_of, first_in


@frozen
class Entry:
    """A label that was found on a page, and the lines of its value as one row, from top to bottom."""

    name: str
    label: Line = field(repr=False)
    value: Row | None = field(repr=False)


@frozen(slots=False)
class Form:
    """The labels of a form that were found on a page, and the values that belong to each field."""

    page: Page = field(repr=False)
    """In its normal spelling, without white space and overprints."""

    entries: tuple[Entry, ...] = field(repr=False)

    @cached_property
    def labels(self) -> Mapping[str, Line]:
        """The first label of each field."""
        return {entry.name: entry.label for entry in reversed(self.entries)}

    @cached_property
    def values(self) -> Mapping[str, Row]:
        """The first value of each field."""
        return {entry.name: entry.value for entry in reversed(self.entries) if entry.value}

    def rows(self, name: str) -> list[Row]:
        """Return all values of a field, from top to bottom."""
        return [entry.value for entry in self.entries if entry.name == name and entry.value]

    def lines(self, name: str) -> tuple[Line, ...]:
        """Return the lines of all values of a field, from top to bottom."""
        return tuple(line for row in self.rows(name) for line in row.lines)

    def fields(self, labels: Iterable[Label]) -> dict[str, Field]:
        """Return the fields that labels declare."""
        return {name: find(self, name) for name, find in fields_of(labels).items()}

    def text(self, name: str) -> str:
        """Return a value as read, "" where there is none."""
        return self.values[name].text if name in self.values else ""

    def field(self, name: str, spelled: Callable[[str], str] = str, *, form: str = "") -> Field:
        """Return a value as a field, in the spelling that its field asks for; doubtful where it lacks its form.

        Where a part of it has the form, that is the field.
        """
        if name not in self.values:
            return MISSING
        whole = field_of(self.values[name].whole).spelled(spelled)
        fitting = self.match(name, form) if form else whole
        return fitting or (whole.judged(doubtful) if whole else MISSING)

    def match(self, name: str, pattern: str | re.Pattern[str]) -> Field:
        """Return the part of a value that a pattern finds, MISSING where it finds none."""
        return first_in(self.rows(name)[:1], pattern)

    def again(self, name: str, pattern: str) -> Field:
        """Read the place right of a label again, for a value that was not found there."""
        known = self.labels.get(name)
        if known is None:
            return MISSING
        box = known.box
        place = Box(box.right - 0.2 * box.height, box.top, min(box.right + 5 * box.height, self.page.width), box.bottom)
        found = self.page.reread_for(place, re.compile(pattern))
        return field_of(found[0], found[1][0], doubtful(found[0].score)) if found else MISSING

    def closer(self, name: str, spelled: Callable[[str], str]) -> Field:
        """Look closer at the place right of a label, for a value that a stamp covers."""
        known = self.labels.get(name)
        if known is None:
            return MISSING
        box = known.box
        right = min(box.right + WIDEST * box.height, self.page.width)
        place = Box(box.right, box.top - 0.4 * box.height, right, box.bottom + 0.4 * box.height)
        found = (field_of(line, spelled(line.text), doubtful(line.score)) for line in self.page.look(place))
        return next(filter(None, found), MISSING)


WIDEST = 8.0
"""Heights of a label that a value beside it takes up at most which is looked for again."""

Find: TypeAlias = Callable[[Form, str], Field]
"""Finds the field of a name on a form."""


def whole(spelled: Callable[[str], str] = str, *, form: str = "", closer: bool = False) -> Find:
    """Take the whole value, in a spelling, or the part of it that has a form; doubtful where none has.

    `closer` looks at its place again where that spelling leaves nothing of it.
    """

    def find(page: Form, name: str) -> Field:
        return page.field(name, spelled, form=form) or (page.closer(name, spelled) if closer else MISSING)

    return find


def part(
    pattern: str,
    spelled: Callable[[str], str] = str,
    *,
    check: Callable[[Field], Field] | None = None,
    elsewhere: str = "",
    again: bool = False,
) -> Find:
    """Take the part of the value that has a form, nothing where none has, in a spelling, put right by a check.

    What has its own form `elsewhere` on the page counts where the value has none, then the whole value; `again` reads
    the place beside the label once more, for a value of one or two characters that a detector misses.
    """

    def find(form: Form, name: str) -> Field:
        found = form.match(name, pattern)
        if not found and elsewhere:
            found = first_in(form.page.lines, elsewhere) or form.field(name)
        if not found and again:
            found = form.again(name, pattern)
        return check(found.spelled(spelled)) if check else found.spelled(spelled)

    return find


def anywhere(pattern: str, group: str | int = 0) -> Find:
    """Take what a pattern finds first in the rows of the page, or one of its groups."""
    return lambda form, _: first_in(form.page.rows, pattern, group)


@frozen
class Label:
    """A label of a form: how it may be printed, and the field that stands beside it."""

    name: str
    """The field; labels of nothing that is asked for keep their values away from others and are called ""."""

    texts: tuple[str, ...]
    """Without white space and colon, such as "号牌号码"; none for a field that has no label."""

    english: str = ""
    """What is printed in English under it, without white space."""

    inside: bool = False
    """Whether it also stands within a line, after the value of another, without a colon."""

    wraps: bool = False
    """Whether its value may run over several lines."""

    find: Find = field(default=whole(), repr=False)
    """How the field is taken from the form; of several labels of a field the first tells."""


def label(
    name: str, *texts: str, english: str = "", inside: bool = False, wraps: bool = False, find: Find | None = None
) -> Label:
    """Make a label from the ways in which it is printed, and in which its value is taken: whole unless told."""
    return Label(name, texts, english.replace(" ", ""), inside, wraps, find or whole())


def fields_of(labels: Iterable[Label]) -> Mapping[str, Find]:
    """Return the fields that labels stand for in their order, each with its way to be found."""
    firsts: dict[str, Find] = {}
    for known in labels:
        if known.name:
            firsts.setdefault(known.name, known.find)
    return firsts


def names(labels: Iterable[Label]) -> tuple[str, ...]:
    """Return the names of the fields that labels stand for, in their order."""
    return tuple(fields_of(labels))
