from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.local.reading.classification import best_reader, classify, known
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.reader import NONE_SAID, Reader, Reading
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

TICKET = written("""
    K092345                          检票:B12
    长沙南站        G1004             武汉站
    2017年12月12日20:39开             05车12F号
    ¥164.5元         网               二等座
""")
INVOICE = written("""
    上海市税务局通用定额发票
    发票代码：131001974143
    发票号码：24911485
    伍拾元整
""")
INVOICE_THAT_CANNOT_BE_READ = written("""
    上海市税务局通用定额发票
    发票联
    伍拾元整
""")
NOTICE = written("会议通知\n请各部门于周五下午三点参加例会")


def classified(*pages, types=None):
    return classify([one for page in pages if (one := known(page, READERS))], types)


def test_each_document_is_an_item_with_the_content_of_its_own_api():
    items = classified(TICKET, INVOICE)

    assert [item["type"] for item in items] == ["train_ticket", "quota_invoice"]
    assert items[0]["status"] == {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    assert items[0]["content"]["train_number"] == "G1004"
    assert items[1]["content"]["amount"] == "￥50.00"


def test_the_location_is_top_left_top_right_bottom_right_bottom_left():
    (item,) = classified(TICKET)

    (left, top), (right, _), (_, bottom), (last, _) = item["location"]
    assert left == last < right
    assert top < bottom


def test_only_the_types_that_were_asked_for_are_answered():
    items = classified(TICKET, INVOICE, types=["quota_invoice"])

    assert [item["type"] for item in items] == ["quota_invoice"]


def test_an_item_that_cannot_be_read_has_an_error_and_no_content():
    items = classified(INVOICE_THAT_CANNOT_BE_READ)

    assert items[0]["status"]["error_code"] == "AIS.0104"
    assert items[0]["content"] == {}


def test_what_is_no_document_is_no_item():
    assert len(classified(NOTICE, TICKET)) == 1


def test_a_picture_without_documents_is_unreadable():
    with pytest.raises(Unreadable):
        classified(NOTICE)


def test_a_picture_without_a_document_of_the_types_asked_for_is_unreadable():
    with pytest.raises(Unreadable):
        classified(TICKET, types=["passport"])


def test_every_page_goes_to_the_reader_of_its_kind():
    assert best_reader(TICKET, READERS).api == "train-ticket"
    assert best_reader(INVOICE, READERS).api == "quota-invoice"
    assert best_reader(NOTICE, READERS) is None


def test_readers_are_asked_once_about_each_page_of_a_picture():
    asked = []
    reader = evolve(LOOKS_AGAIN, likeness=lambda page: asked.append(page) or 0.9)
    one = known(NOTICE, [reader])

    assert (one.likeness, one.likeness) == (0.9, 0.9)
    assert len(asked) == 2, "at a glance, and with a closer look"


LOOKS_AGAIN = Reader(
    api="notice",
    versions={},
    fields=(),
    likeness=lambda page: 0.9 if page.look(page.lines[0].box) else 0.0,
    read=lambda *_: Reading(NONE_SAID),
)


@pytest.mark.parametrize(("page", "api", "looked"), [(TICKET, "train-ticket", False), (NOTICE, "notice", True)])
def test_only_a_page_that_nobody_knows_at_a_glance_is_looked_at_again(page, api, looked):
    boxes = []
    page = evolve(page, look=lambda box: boxes.append(box) or page.lines)

    assert best_reader(page, (LOOKS_AGAIN, *READERS)).api == api
    assert bool(boxes) == looked
