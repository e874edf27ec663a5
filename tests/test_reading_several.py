from __future__ import annotations

from itertools import zip_longest

import pytest

from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.several import is_several
from tests.test_reading_invoices import DIGITAL, ITINERARY, ROLL, TAXI, TOLL
from tests.test_reading_licences import DRIVER, EMBLEM, ID_CARD
from tests.written_pages import written

OTHER_TOLL = TOLL.replace("53473453", "53473460").replace("150.39", "20.00").replace("2019-05-25", "2019-06-01")


def beside(one, other):
    rows = zip_longest(*(it.strip("\n").splitlines() for it in (one, other)), fillvalue="")
    return "\n".join(f"{left:70}{right}" for left, right in rows)


@pytest.mark.parametrize("place", [lambda one, other: one + other, beside], ids=["below", "beside"])
@pytest.mark.parametrize(("one", "other"), [(TOLL, OTHER_TOLL), (TAXI, ITINERARY), (ID_CARD, DRIVER)])
def test_two_documents_are_several(one, other, place):
    assert is_several(written(place(one, other)), READERS)


@pytest.mark.parametrize("text", [DIGITAL, ITINERARY, ROLL, TAXI, TOLL, DRIVER, EMBLEM, ID_CARD])
def test_one_document_is_not_several(text):
    assert not is_several(written(text), READERS)


def test_what_a_document_says_twice_makes_it_no_two():
    assert not is_several(written(TOLL + TOLL), READERS)
