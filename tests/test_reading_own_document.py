"""How to teach the embedded service a further kind of document: parking tickets, from the reader to a session.

A reader is one value that brings all that is known of its document. Its rules see a page of lines, so that lines
written by hand are enough to try them; with `readers=` the service offers the API, and a session calls it.
"""

from __future__ import annotations

import io
import re

import pytest

from ocr_async import AutoClassification, OcrSession
from ocr_async.fields import DocumentType, Result, document
from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading.classification import best_reader
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import MISSING, Layout, Options, Reader, Reading, anchored, field_of, first_in
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

# 1. What every parking ticket says, and how much each of it tells.

ANCHORS = ((r"PARKING", 0.5), (r"PLATE", 0.3), (r"PAID UNTIL", 0.3))


def likeness(page: Page) -> float:
    return anchored(page, ANCHORS)


# 2. Where the fields stand: the plate beside its label, the end of the time anywhere.


def read(page: Page, options: Options) -> Reading:
    label = page.first("PLATE")
    beside = page.right_of(label) if label else []
    plate = field_of(beside[0]) if beside else MISSING
    return Reading({"plate": plate, "until": first_in(page.lines, r"\b\d\d:\d\d\b")})


# 3. All of it in one value: the name in the path, limits and parameters, layout, fields, what has to be found, functions.

PARKING_TICKET = Reader(
    api="parking-ticket",
    versions={"v2": Api(max_side=4096, parameters={"return_text_location": boolean})},
    layout=Layout.SLIP,
    item_type="parking_ticket",
    fields=("plate", "until"),
    needs=("plate",),
    likeness=likeness,
    read=read,
)

TICKET = """
    CITY PARKING
    PLATE        AB 1234
    PAID UNTIL   14:30
"""


def test_its_rules_are_tried_on_pages_written_by_hand():
    result = PARKING_TICKET.result(written(TICKET))

    assert (result["plate"], result["until"]) == ("AB 1234", "14:30")
    assert result["confidence"]["plate"] > 0.9


def test_a_ticket_without_its_plate_is_unreadable():
    with pytest.raises(Unreadable):
        PARKING_TICKET.result(written("CITY PARKING\nPAID UNTIL   14:30"))


def test_it_competes_with_the_readers_of_the_package():
    assert best_reader(written(TICKET), (*READERS, PARKING_TICKET)) is PARKING_TICKET
    assert best_reader(written("CITY LIBRARY\nPLATE 14"), (*READERS, PARKING_TICKET)) is None


# 4. A document type for the client, as for any API of the cloud, and the reader for the service.


@document
class ParkingTicketResult(Result):
    """What a parking ticket says."""

    plate: str = ""
    until: str = ""


class ParkingTicket(DocumentType[ParkingTicketResult]):
    """A ticket from a machine at the roadside."""

    api = "parking-ticket"


@pytest.mark.engine
async def test_a_session_reads_it_from_a_picture():
    pytest.importorskip("rapidocr")

    async with OcrSession.local(readers=[PARKING_TICKET]) as session:
        ticket = await session.recognize(ParkingTicket, drawn(TICKET))
        items = await session.recognize(AutoClassification, drawn(TICKET))

    assert ticket.plate.replace(" ", "") == "AB1234"
    assert [item.type for item in items] == ["parking_ticket"]


def drawn(text: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  the extra `local`

    picture = Image.new("RGB", (900, 500), "white")
    font = ImageFont.load_default(48)
    for row, line in enumerate(text.strip().splitlines()):
        left, *right = re.split(r"\s{2,}", line.strip())
        ImageDraw.Draw(picture).text((60, 80 + 120 * row), left, "black", font)
        for words in right:
            ImageDraw.Draw(picture).text((480, 80 + 120 * row), words, "black", font)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
