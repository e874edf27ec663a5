"""Which pages of a picture are answered: its documents apart, or all of its text as one."""

from __future__ import annotations

from itertools import zip_longest

import pytest
from attrs import evolve

from ocr_async.local.reading.answers import answer_from
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.documents.train_ticket import TRAIN_TICKET
from ocr_async.local.reading.splits import are_among
from ocr_async.local.reading.torn import tell_different_things, whole_of
from ocr_async.local.recognizer import Refusal, Unreadable
from tests.test_reading_invoices import DIGITAL, ITINERARY, TAXI
from tests.test_reading_licences import DRIVER, EMBLEM, ID_CARD
from tests.test_reading_train_ticket import AS_PRINTED, TICKET
from tests.written_pages import written


class Seen:
    """A picture that was looked at: its documents apart, all of its text together, and what lies on the first document, or on print."""

    def __init__(
        self,
        *apart: str,
        together: str = "",
        parts: tuple[str, ...] = (),
        lying: tuple[str, ...] = (),
        on_print: tuple[str, ...] = (),
    ):
        self._apart, self._together, self._parts, self._lying = apart, together, parts, lying
        self.on_print = on_print

    def apart(self):
        return [written(text) for text in self._apart]

    def cut(self, page, boxes):
        return [written(text) for text in self._parts]

    def lying_on(self, page, accept):
        return [text for text in self._lying if accept(written(text).lines)]

    def corners(self, outline):
        return written(outline).corners

    def read(self, outlines):
        return map(written, outlines)

    @property
    def together(self):
        return [written(self._together)] if self._together else []

    def whole(self):
        return self.together

    def cornered(self, corners):
        return written(self._together)


def answer(seen, api, **options):
    return answer_from(seen, api, options, READERS)


def test_the_cells_of_a_form_that_fills_its_picture_are_not_its_documents():
    head, table, foot = DIGITAL[: DIGITAL.index("    项目")], "金额  税率\n1191.30  6%", "价税合计(大写)\n开票人:黄四"
    seen = Seen(head, table, foot, together=DIGITAL)

    assert answer(seen, "vat-invoice")["total"] == "￥1262.78"
    assert len(answer(seen, "auto-classification")) == 1


def test_two_documents_stay_two_though_all_text_together_is_like_one():
    seen = Seen(TAXI, ID_CARD, together=TAXI + ID_CARD)

    assert [item["type"] for item in answer(seen, "auto-classification")] == ["taxi_invoice", "id_card_portrait_side"]


def test_two_cards_without_an_edge_between_them_are_read_one_by_one():
    wide = " " * 60 + "样张"
    seen = Seen(f"{ID_CARD}{wide}\n\n{DRIVER}", parts=(ID_CARD, DRIVER))

    assert [item["type"] for item in answer(seen, "auto-classification")] == [
        "id_card_portrait_side",
        "driver_license_front",
    ]


def test_four_cards_in_a_square_without_edges_are_read_one_by_one():
    rows = [
        "\n".join(
            f"{one:46}{other}"
            for one, other in zip_longest(*(it.strip("\n").splitlines() for it in pair), fillvalue="")
        )
        for pair in ((ID_CARD, EMBLEM), (EMBLEM, ID_CARD))
    ]
    seen = Seen("\n".join(rows), parts=(ID_CARD, EMBLEM, EMBLEM, ID_CARD))

    assert len(answer(seen, "auto-classification")) == 4


def test_a_document_that_could_be_known_by_either_half_stays_one():
    seen = Seen(TAXI, parts=(TAXI[: len(TAXI) // 2], TAXI[len(TAXI) // 2 :]))

    assert len(answer(seen, "auto-classification")) == 1


def test_documents_on_a_sheet_are_read_one_by_one():
    sheet, other = "        票据粘贴单\n", TAXI.replace("51.30", "20.00").replace("05033569", "05033570")
    seen = Seen(sheet + TAXI + ITINERARY + other, lying=(TAXI, ITINERARY, other))

    items = answer(seen, "auto-classification")
    assert [item["type"] for item in items] == ["taxi_invoice", "flight_itinerary", "taxi_invoice"]
    assert [items[place]["content"]["number"] for place in (0, 2)] == ["05033569", "05033570"]


def test_halves_are_the_documents_where_what_edges_surround_is_one_of_them():
    left, top, right, bottom = (0, 0, 1000, 600)
    halves = [[(x, top), (x + 500, top), (x + 500, bottom), (x, bottom)] for x in (left, 500)]
    with_a_band = [(left, top), (550, top), (550, bottom), (left, bottom)]

    assert are_among([with_a_band], halves)
    assert not are_among([[(left, top), (right, top), (right, bottom), (left, bottom)]], halves)


def test_what_holds_two_of_the_documents_on_a_sheet_is_none():
    seen = Seen(TAXI + ITINERARY, lying=(TAXI + ITINERARY, TAXI, ITINERARY))

    assert len(answer(seen, "auto-classification")) == 2


def test_one_document_on_a_sheet_is_not_looked_for():
    seen = Seen(TAXI, lying=(TAXI[: len(TAXI) // 2], TAXI[len(TAXI) // 2 :]))

    assert len(answer(seen, "auto-classification")) == 1


class Below(Seen):
    """Pages one below the other, with the same sides."""

    def apart(self):
        pages, top = [], 0
        for text in self._apart:
            page = written(text)
            down = top
            pages.append(evolve(page, width=1200.0, to_picture=lambda box, down=down: _corners(box, down)))
            top += page.height + 20
        return pages


def _corners(box, down, along=0):
    left, top, right, bottom = map(round, (box.left + along, box.top + down, box.right + along, box.bottom + down))
    return (left, top), (right, top), (right, bottom), (left, bottom)


def test_the_upper_and_the_lower_part_of_a_form_are_one_document():
    place = ITINERARY.index("票价")
    seen = Below(ITINERARY[:place], ITINERARY[place:], together=ITINERARY)

    (item,) = answer(seen, "auto-classification")
    assert (item["content"]["passenger_name"], item["content"]["total"]) == ("杨测试", "CNY 13800.00")
    assert answer(seen, "flight-itinerary")["total"] == "CNY 13800.00"


def beside(*texts):
    """Return pages one right of the other, as high as each other."""
    pages, left = [], 0
    for text in texts:
        page, along = written(text), left
        pages.append(evolve(page, height=720.0, to_picture=lambda box, along=along: _corners(box, 0, along)))
        left += page.width + 20
    return pages


def test_the_two_parts_of_a_ticket_that_a_fold_parts_are_of_one_document():
    rows = [(row[:34], row[34:]) for row in TICKET.format(**AS_PRINTED).strip("\n").split("\n")]
    first, second = beside(*("\n".join(part) for part in zip(*rows, strict=True)))

    assert whole_of(first, second) == (first.corners[0], second.corners[1], second.corners[2], first.corners[3])
    assert whole_of(second, first) is None
    assert tell_different_things(TRAIN_TICKET, first, second)


def test_two_tickets_beside_each_other_tell_the_same():
    ticket = TICKET.format(**AS_PRINTED)

    assert not tell_different_things(TRAIN_TICKET, *beside(ticket, ticket))


def test_two_slips_of_one_kind_below_each_other_stay_two():
    assert len(answer(Below(TAXI, TAXI, together=TAXI + TAXI), "auto-classification")) == 2


def test_a_document_whose_border_cannot_be_seen_is_found_by_its_text():
    assert answer(Seen(together=TAXI), "taxi-invoice")["number"] == "05033569"


def test_the_side_that_is_asked_for_is_answered():
    both = Seen(ID_CARD, EMBLEM)

    assert answer(both, "id-card", side="back")["valid_to"] == "2042-03-23"
    assert answer(both, "id-card", side="front")["name"] == "张样本"
    assert set(answer(both, "id-card", side="double_side")) == {"front", "back"}
    with pytest.raises(Unreadable):
        answer(Seen(EMBLEM), "id-card", side="front")


def test_a_document_of_another_kind_is_unreadable():
    with pytest.raises(Unreadable):
        answer(Seen(TAXI, together=TAXI), "quota-invoice")


def test_an_api_without_a_reader_is_refused():
    with pytest.raises(Refusal):
        answer(Seen(TAXI), "vin")


def test_a_document_on_print_is_read_where_neither_parts_nor_all_text_are_known():
    seen = Seen("monthly report\n" * 40, on_print=(TAXI,))

    assert answer(seen, "taxi-invoice")["number"] == "05033569"


def test_what_lies_on_print_is_not_looked_for_where_a_document_is_known():
    seen = Seen(TAXI, on_print=(ID_CARD,))

    assert [item["type"] for item in answer(seen, "auto-classification")] == ["taxi_invoice"]
