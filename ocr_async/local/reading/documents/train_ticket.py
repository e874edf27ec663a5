"""Reads train tickets of China Railway: the blue and the red paper ones, which share their layout.

From top to bottom: number and gate; stations around the train number; their pinyin; time and seat; price, way of
sale and class; remarks; holder; the code of the sale with its office. The code ends with the last seven characters
of the number, which serves as a check of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from statistics import median

from attrs import evolve

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading import confidence
from ocr_async.local.reading.documents.train_ticket_fare import fare
from ocr_async.local.reading.documents.train_ticket_holder import holder
from ocr_async.local.reading.documents.train_ticket_journey import journey
from ocr_async.local.reading.documents.train_ticket_numbers import LOG_ID, are_of_two, number_in_code, numbers
from ocr_async.local.reading.page import Box, Page, Row, in_reading_order
from ocr_async.local.reading.reader import Field, Options, Reader, Reading, anchored, field_of

MARKS = ("始发改签", "变更到站", "退票费", "改签", "退票", "挂失补")
CHANGES = re.compile(r"^(始发改.|[变交]更到.|退票费|改签|退票|挂失补)(?!改签时|凭证)")
"""What is said of a ticket that was changed; of the long ones the first and the last character are given by the others."""

GATE = re.compile(
    r"(?:检[票据]|候车)口?\W{0,2}(?P<gate>(?:[一二三四地下负]{1,2}[层楼])?(?:[A-Z]\d{1,2}(?:[A-Z](?!\d))?|\d{1,2}[A-Z]?)"
    r"(?:[,.、/][A-Z]?\d{1,2}[A-Z]?|[A-Z]\d{1,2}|\d{1,2}[A-Z])*)"
)
GATE_ALONE = re.compile(r"[A-Z]\d{1,2}[A-Z]?|\d{1,2}[A-Z]")
"""A gate whose label was not read."""

MUDDLED, TALL = 0.9, 1.6
"""The score below which, and the height in usual ones from which on, a line is two that run into each other."""

ALWAYS, UPPER = frozenset({"ticket_id", "train_number", "departure_time", "ticket_price"}), 0.65
"""What every ticket has, and how far down its page: where one was missed, a closer look costs as much as the first."""

NEXT_ROW = 1.6
"""Distances between rows from which on there is room for another one."""

REMARK = 6.0
"""Heights of its row that a remark is wide: longer ones begin alike."""

RAILWAY = re.compile(
    r"(?:^|[一-鿿])[GDCZTKYLSP]\d{1,4}(?:次|$|[一-鿿])|\d{14}[A-Z]\d{6}|^[A-Z]\d{2}[A-Z]?\d{4,6}$|中国铁路|95306|12306"
    r"|\d车\d{1,3}[A-F号]",
    re.MULTILINE,
)
"""What only tickets of the railway have: train number, codes, seat in a carriage, the railway's name and telephone."""

ANCHORS = (
    (r"(?:19|20)\d\d年\d\d月\d\d日.*\d\d[:.]?\d\d开?", 0.35),
    (r"\d车(?:\d|无座|不对号)", 0.25),
    (r"[一-鿿]站$|[一-鿿]站[A-Z]\d", 0.2),
    (r"买票请到|发货请到|中国铁路|退票改签时|遗失不补", 0.35),
    (r"限乘当日|仅供报销", 0.15),
    (r"检票口?:?", 0.1),
    (r"\d{14}[A-Z]\d{6}", 0.35),
    (r"(?:一等|二等|商务|[软硬])[座卧]", 0.15),
)


def likeness(page: Page) -> float:
    """Return how much of what every ticket says is on the page; without anything of the railway it is of others."""
    return anchored(page.tight, ANCHORS) if RAILWAY.search(page.tight.text) else 0.0


def read(page: Page, _: Options) -> Reading:
    """Read a ticket, again from nearer where something is missing that all of them have."""
    page = _between_codes(_parted(page.tight))
    fields = _fields(page)
    if not fields.keys() >= ALWAYS:
        upper = Box(0.0, 0.0, page.width, UPPER * page.height)
        fields = _fields(page.looked_closer(upper)) | fields
        fields = number_in_code(fields) | fields
    if are_of_two(page):
        fields = {name: evolve(it, confidence=confidence.doubtful(it.confidence)) for name, it in fields.items()}
    return Reading(fields)


def _fields(page: Page) -> dict[str, Field]:
    return {
        **numbers(page),
        **_gate(page),
        **journey(page),
        **fare(page),
        **_remarks(page),
        **holder(page),
    }


TRAIN_TICKET = Reader(
    api="train-ticket",
    item_type="train_ticket",
    versions={"v2": Api(8192, parameters={"return_text_location": boolean}), "v1.0": Api(4096)},
    fields=(
        *("ticket_id", "check_port", "train_number", "departure_station", "destination_station"),
        *("departure_station_en", "destination_station_en", "departure_time", "seat_number", "ticket_price"),
        *("sale_method", "seat_category", "ticket_changing", "id_number", "name", "log_id", "sale_location"),
    ),
    needs=("departure_time", "departure_station", "destination_station"),
    likeness=likeness,
    read=read,
    confidence_names={
        "departure_station": "starting_station",
        "departure_station_en": "starting_station_en",
        "departure_time": "starting_time",
        "ticket_price": "ticket_rates",
        "sale_location": "ticket_office",
    },
)


def _parted(page: Page) -> Page:
    """Return the page with what a slanting overprint was read into one line with looked at again, without the print."""
    usual = median(line.box.height for line in page.lines) if page.lines else 0.0
    muddles = [line for line in page.lines if line.score < MUDDLED and line.box.height > TALL * usual]
    clear = [line for line in page.lines if line not in muddles]
    return evolve(
        page, lines=in_reading_order([*clear, *(part for line in muddles for part in page.look(line.box) or (line,))])
    )


def _between_codes(page: Page) -> Page:
    """Return the page without what stands above the code of a ticket over this one, or below this one's own code."""
    codes = [line.box for line, _ in page.search(LOG_ID)]
    top = max((box.bottom for box in codes if box.bottom < 0.3 * page.height), default=0.0)
    bottom = min((box.bottom for box in codes if box.top > 0.6 * page.height), default=page.height)
    return evolve(page, lines=tuple(line for line in page.lines if top <= line.box.middle[1] <= bottom))


def _gate(page: Page) -> dict[str, Field]:
    """Read the gate in one line, else over the lines of a row: the one beside may begin with digits too."""
    for row in chain((Row((line,)) for line in page.lines), page.rows):
        match = GATE.search(row.text)
        if match:
            gate = row.group(match, "gate")
            return {"check_port": field_of(gate, gate.text.replace(".", ","))}
    alone = next((line for line in page.inside(0.6, 0, 1, 0.2) if GATE_ALONE.fullmatch(line.text)), None)
    return {"check_port": field_of(alone, confidence=confidence.doubtful(alone.score))} if alone else {}


def _remarks(page: Page) -> dict[str, Field]:
    """Read what is said of a ticket that was changed, also in a row that the detector missed: overprints cross it."""
    missed = (page.reread(place) for place in _free_rows(page))
    for line in chain(page.inside(0, 0.3, 1, 0.9), missed):
        match = CHANGES.match(line.text)
        if match:
            said = next(mark for mark in MARKS if mark[1:3] == match[1][1:3])
            return {
                "ticket_changing": field_of(
                    line.part(*match.span(1)), said, confidence.repaired(line.score, said != match[1])
                )
            }
    return {}


def _free_rows(page: Page) -> Iterator[Box]:
    """Yield the place below the last row at the left that has another row's room below it, above the holder."""
    left = [line.box for line in page.inside(0, 0.25, 0.6, 0.8) if line.box.left < 0.25 * page.width]
    for above, last, below in zip(left, left[1:], left[2:], strict=False):
        pitch = last.middle[1] - above.middle[1]
        if 0.5 * last.height < pitch < (below.middle[1] - last.middle[1]) / NEXT_ROW:
            top = last.top + pitch
            yield Box(last.left, top, last.left + REMARK * last.height, top + last.height)
