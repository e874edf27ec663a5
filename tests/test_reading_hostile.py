from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.page import Box, Line, Page, in_reading_order
from ocr_async.local.recognizer import Unreadable

WORDS = st.sampled_from(
    [
        "站",
        "12车",
        "05车12F号",
        "2017年12月12日20:39开",
        "¥164.5元",
        "¥",
        "9901**12",
        "1402271998****0012张三",
        "65818301991213K092345",
        "K092345",
        "检票:",
        "G1004",
        "发票代码",
        "发票号码",
        "131001974143",
        "24911485",
        "伍拾元整",
        "税务局",
        "定额发票",
        "4111",
        "1111111111111111",
        "12/26",
        "VALID",
        "VISA",
        "BANK",
        "12345678901234567",
        "P<CHNZHANG<<SAN<<<<<<",
        "E123456785CHN8001014F2501017<<<<",
        "784-1981-0038867-1",
        "IDENTITY",
        "护照",
        "改签",
        "售",
        "始发改等",
    ]
)
NUMBERS = st.floats(0, 900)
LINES = st.builds(
    lambda text, score, left, top, width: Line(text, score, Box(left, top, left + 20 + width, top + 30)),
    st.one_of(WORDS, st.text(max_size=12)).filter(bool),
    st.floats(0, 1),
    NUMBERS,
    NUMBERS,
    NUMBERS,
)
PAGES = st.lists(LINES, max_size=12).map(lambda lines: Page(in_reading_order(lines), 1000.0, 700.0))


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.api)
@given(page=PAGES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_on_a_page_a_reader_answers_or_says_that_it_cannot(reader, page):
    assert 0 <= reader.likeness(page) <= 1
    try:
        result = reader.result(page)
    except Unreadable:
        return

    assert all(0 <= score <= 1 for score in scores(result.get("confidence", {})))


def scores(value):
    """Every number in a tree of confidences."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from scores(each)
    else:
        yield value
