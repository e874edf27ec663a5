from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.local.reading.documents.emirates_id_card import EMIRATES_ID_CARD, likeness
from ocr_async.local.reading.page import Box, Line
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

FRONT = """
    UNITED ARAB EMIRATES
    Federal Authority For Identity and Citizenship
    Resident Identity Card
    ID Number /
    {number}
    {name}
    Nationality: {nationality}
    Date of Birth: 13/12/1981
    Sex: F             Expiry Date: 01/02/2030
    Signature
"""
AS_PRINTED = {"number": "784-1981-0038867-1", "name": "Name: Fatima Ali Tajriba", "nationality": "India"}

BACK = """
    Sex: F
    Date of Birth: 20/07/1988
    Expiry Date: 22/04/2030
    Card Number: 240800534
    If you find this card please return it to the nearest police station

    ILARE2408005340784198800899928
    88O7205F3004227IND<<<<<<<<<<<4
    NAMOUTHAJ<<AHMED<MOHAMMED<<<<<
"""


@pytest.fixture(autouse=True)
def without_tesseract(monkeypatch):
    monkeypatch.setenv("PATH", "")


def front(**changes):
    return written(FRONT.format(**AS_PRINTED | changes))


def read(page, **options):
    result = EMIRATES_ID_CARD.result(page, options)
    del result["confidence"]
    return result


def test_the_front_is_read_from_its_labels_with_empty_arabic_where_that_cannot_be_read():
    assert read(front()) == {
        "side": "front",
        "id_number": "784-1981-0038867-1",
        "name": "Fatima Ali Tajriba",
        "name_arabic": "",
        "nationality": "India",
        "nationality_arabic": "",
        "sex": "F",
        "date_of_birth": "1981-12-13",
        "expiry_date": "2030-02-01",
    }


def test_the_back_is_read_from_its_machine_readable_zone():
    assert read(written(BACK)) == {
        "side": "back",
        "card_number": "240800534",
        "sex": "F",
        "date_of_birth": "1988-07-20",
        "expiry_date": "2030-04-22",
        "country_code": "ARE",
        "machinecode1": "ILARE2408005340784198800899928",
        "machinecode2": "8807205F3004227IND<<<<<<<<<<<4",
        "machinecode3": "NAMOUTHAJ<<AHMED<MOHAMMED<<<<<",
    }


def test_the_card_number_is_scored_under_the_name_that_the_service_uses():
    scores = EMIRATES_ID_CARD.result(written(BACK))["confidence"]

    assert scores["id_number"] > 0.98
    assert "card_number" not in scores


def test_a_laser_number_is_read_where_it_is_printed():
    assert read(written("Card Number: 240800534\nAB12-34567890-12"))["laser_number"] == "AB12-34567890-12"


@pytest.mark.parametrize(
    "misread", ["784-I98I-0038867-1", "784-1981-OO38867-1", "784 1981 0038867 1", "784198100388671"]
)
def test_an_identity_number_is_written_with_digits_and_hyphens(misread):
    assert read(front(number=misread))["id_number"] == "784-1981-0038867-1"


def test_an_identity_number_that_fits_its_luhn_digit_is_surer():
    right = EMIRATES_ID_CARD.result(front())["confidence"]["id_number"]
    wrong = EMIRATES_ID_CARD.result(front(number="784-1981-0038867-2"))["confidence"]["id_number"]

    assert right > 0.99
    assert wrong < 0.7


def test_a_name_below_its_label_and_on_two_lines_is_read_whole():
    page = front(name="Name:\n    Fatima Ali\n    Tajriba")

    assert read(page)["name"] == "Fatima Ali Tajriba"


@pytest.mark.parametrize("misread", ["lndia", "Indla", "INDIA"])
def test_a_nationality_is_put_right_by_the_names_of_countries(misread):
    assert read(front(nationality=misread))["nationality"].casefold() == "india"


@pytest.mark.parametrize(("side", "page"), [("front", written(BACK)), ("back", front())])
def test_a_picture_of_the_other_side_is_unreadable(side, page):
    with pytest.raises(Unreadable):
        read(page, side=side)


def test_both_sides_are_known_and_a_passport_is_not_taken_for_one():
    assert likeness(front()) > 0.9
    assert likeness(written(BACK)) > 0.9
    assert likeness(written("PASSPORT\nNationality\nUTOPIAN\nSex\nF")) < 0.5


def test_a_card_of_another_issuer_with_the_same_labels_is_none():
    library = "STATE LIBRARY\nName: Jane Specimen\nNationality: India\nCard Number: 123456789\nExpiry Date: 01/02/2027"

    assert likeness(written(library)) < 0.5


def test_a_name_whose_parts_are_joined_by_commas_is_answered_as_printed():
    assert read(front(name="Name: Ahmed,Ali,Tajriba"))["name"] == "Ahmed,Ali,Tajriba"


def test_dates_whose_labels_cannot_be_read_are_told_by_the_year_in_the_number():
    text = FRONT.format(**AS_PRINTED).replace("Date of Birth:", "Dae al teth /").replace("Expiry Date:", "Expy al")
    result = read(written(text.replace("Signature", "lesung     02/02/2025")))

    assert (result["date_of_birth"], result["expiry_date"]) == ("1981-12-13", "2030-02-01")


def test_a_name_that_looks_say_differently_is_a_guess():
    page = front()
    blurred = evolve(page, lines=tuple(evolve(it, score=0.97) for it in page.lines))

    def reread(box, stretch=1.0):
        return Line("Name: Fatima Al Tajriba", 0.97, box)

    result = EMIRATES_ID_CARD.result(evolve(blurred, reread=reread))
    assert result["confidence"]["name"] < 0.6


def test_the_article_of_arabic_names_is_spelled_with_a_small_l():
    assert read(front(name="Name: Saif AI Mithali"))["name"] == "Saif Al Mithali"
    assert read(front(name="Name: SAIF AI MITHALI"))["name"] == "SAIF AI MITHALI"


def test_what_stands_under_the_next_label_is_no_more_of_the_name():
    lines = (("Name", 0, 24), ("Ahmed Hassan", 24, 60), ("Nationality", 66, 90), ("Egypt", 86, 122))
    below = (Line(text, 0.98, Box(50, 100 + top, 50 + 14 * len(text), 100 + bottom)) for text, top, bottom in lines)
    number = written("784-1981-0038867-1")

    assert EMIRATES_ID_CARD.result(evolve(number, lines=(*number.lines, *below)))["name"] == "Ahmed Hassan"
