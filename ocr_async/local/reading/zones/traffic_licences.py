"""What the licences of the traffic police share: two sides, and a square seal of rows of Chinese characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from attrs import evolve

from ocr_async.local.apis import Api, boolean, one_of
from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.page import Line, Page, Row
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, field_of
from ocr_async.local.reading.zones.forms import Label, label
from ocr_async.local.reading.zones.key_value import reads

ROW = re.compile(r"[一-鿿]{4,9}")
OFFICE = re.compile("公安|交通|警察|支队|大队|总队|管理局")

TITLES = (
    label("", "中华人民共和国机动车驾驶证", english="Driving License of the People's Republic of China"),
    label(
        "", "中华人民共和国机动车驾驶证副页", english="Duplicate of Driving License of the People's Republic of China"
    ),
    label("", "中华人民共和国机动车行驶证", english="Vehicle License of the People's Republic of China"),
    label(
        "", "中华人民共和国机动车行驶证副页", english="Duplicate of Vehicle License of the People's Republic of China"
    ),
)


def side_of(api: str, *switches: str) -> Callable[..., Reader]:
    """Return what makes the reader of one side of a licence, from its `side`, labels and the rest."""
    sides = {"side": one_of("front", "back", "double_side")}
    return partial(
        Reader,
        api=api,
        versions={
            "v2": Api(8000, min_side=100, parameters={**sides, **dict.fromkeys(switches, boolean)}),
            "v1.0": Api(8000, min_side=100, parameters=sides),
        },
        layout=Layout.CARD,
        side_unsaid="front",
        optional=frozenset({"issuing_authority"}),
        confidence_when=None,
    )


def reads_sealed(labels: Sequence[Label]) -> Callable[[Page, Options], Reading]:
    """Return the `read` of a form that is stamped with such a seal: `issuing_authority`, where that is asked for."""

    def read(page: Page, options: Options) -> Reading:
        seal, rest = _square_seal(page, labels)
        fields = reads(labels)(rest, options).fields
        return Reading({**fields, "issuing_authority": seal} if options.get("return_issuing_authority") else fields)

    return read


def _square_seal(page: Page, labels: Sequence[Label]) -> tuple[Field, Page]:
    """Return the text of the square seal on a page, never sure because its ink runs, and the page without it."""
    page = page.tight
    words = tuple(text for label in labels for text in label.texts)
    likely = [
        line for line in page.inside(0.0, 0.3, 0.5, 1.0) if ROW.fullmatch(line.text) and not line.text.startswith(words)
    ]
    for rows in _stacks(likely):
        row = Row(tuple(rows))
        if len(rows) > 1 and OFFICE.search(row.text):
            rest = tuple(line for line in page.lines if line not in rows)
            return field_of(row.whole).judged(doubtful), evolve(page, lines=rest)
    return MISSING, page


def _stacks(lines: list[Line]) -> list[list[Line]]:
    """Return lines of about the same size and place that stand below each other, the longest stack first."""
    stacks: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.top):
        stack = next((stack for stack in stacks if _goes_on(stack[-1], line)), None)
        if stack is None:
            stacks.append([line])
        else:
            stack.append(line)
    return sorted(stacks, key=len, reverse=True)


def _goes_on(above: Line, line: Line) -> bool:
    one, other = above.box, line.box
    return (
        one.overlap_along(other) > 0.7
        and 0.6 < one.height / other.height < 1.6
        and -0.3 * one.height < other.top - one.bottom < 1.3 * one.height
    )
