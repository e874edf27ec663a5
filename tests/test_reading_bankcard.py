from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.local.reading.documents.bankcard import BANKCARD, likeness
from ocr_async.local.reading.page import Box, Line
from ocr_async.local.reading.zones.check_digits import has_luhn_digit
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

CARD = """
    EXAMPLE BANK
             SPECIMEN 样张

    {number}
        {dates}
    JANE SPECIMEN                 {scheme}
"""
AS_PRINTED = {"number": "4111 1111 1111 1111", "dates": "VALID FROM  12/26   VALID THRU  02/29", "scheme": "VISA"}


def read(**changes):
    return BANKCARD.result(written(CARD.format(**AS_PRINTED | changes)))


def test_every_field_of_a_card_is_found_for_both_clouds():
    result = read()

    del result["confidence"]
    assert result == {
        "bank_name": "EXAMPLE BANK",
        "card_number": "4111 1111 1111 1111",
        "issue_date": "12/26",
        "expiry_date": "02/29",
        "type": "Visa",
        "card_holder": "JANE SPECIMEN",
    }


def test_a_number_that_fits_its_check_digit_is_surer_than_one_that_does_not():
    assert read()["confidence"]["card_number"] > 0.99
    assert read(number="4111 1111 1111 1112")["confidence"]["card_number"] < 0.7


def test_a_number_in_pieces_is_put_together():
    assert read(number="4111   1111   1111   1111")["card_number"] == "4111 1111 1111 1111"


def test_a_number_of_nineteen_digits_ends_in_a_group_of_three():
    assert read(number="6222021234567890128", scheme="")["card_number"] == "6222 0212 3456 7890 128"


def test_a_single_date_is_the_end_of_validity():
    result = read(dates="VALID THRU  10/24")

    assert (result["issue_date"], result["expiry_date"]) == ("", "10/24")


@pytest.mark.parametrize(
    ("number", "scheme", "answered"),
    [
        ("4111 1111 1111 1111", "VISA", "Visa"),
        ("5454 5454 5454 5454", "MasterCard", "MasterCard"),
        ("5454 5454 5454 5454", "", "MasterCard"),
        ("6200 0000 0000 0005", "SamplePay", ""),
        ("4111 1111 1111 1111", "", ""),
    ],
)
def test_the_scheme_is_told_by_its_name_or_by_the_numbers_of_mastercard(number, scheme, answered):
    assert read(number=number, scheme=scheme)["type"] == answered


def test_the_holder_is_the_lowest_of_two_names():
    page = written("""
        EXAMPLE BANK
        4111 1111 1111 1111
           01/14   VALID THRU   01/28
        COMPANY NAME
        M STEPHENS
    """)

    assert BANKCARD.result(page)["card_holder"] == "M STEPHENS"


def test_a_chinese_bank_is_found():
    page = written("中国样张银行   UnionPay\n6222021234567890128\n  有效期至  08/30")

    assert BANKCARD.result(page)["bank_name"] == "中国样张银行"


@pytest.mark.parametrize(
    ("number", "right"), [("4111111111111111", True), ("4111111111111112", False), ("79927398713", True)]
)
def test_the_check_digit_is_the_one_of_luhn(number, right):
    assert has_luhn_digit(number) is right


def test_a_long_number_alone_makes_no_card():
    assert likeness(written("订单号 4111111111111112")) < 0.5


def test_a_card_without_a_number_is_unreadable():
    with pytest.raises(Unreadable):
        BANKCARD.result(written("EXAMPLE BANK\nVALID THRU 10/24"))


def test_a_second_date_is_looked_for_in_the_row_of_the_first():
    page = written(CARD.format(**AS_PRINTED | {"dates": "VALID FROM          VALID THRU  02/29"}))
    (end,) = [line for line in page.lines if "02/29" in line.text]
    missed = Line("12/26", 0.95, Box(200.0, end.box.top, 260.0, end.box.bottom))

    def look(box):
        return (missed, end) if box.height < 4 * end.box.height else ()

    result = BANKCARD.result(evolve(page, look=look))
    assert (result["issue_date"], result["expiry_date"]) == ("12/26", "02/29")


@pytest.mark.parametrize("printed", ["2008/04", "05/2022"])
def test_dates_with_four_figures_of_the_year_are_answered_as_printed(printed):
    result = read(dates=printed, scheme="")

    assert printed in (result["issue_date"], result["expiry_date"])


def test_a_year_before_its_month_is_the_day_of_issue():
    assert read(dates="2008/04", scheme="UnionPay")["issue_date"] == "2008/04"


@pytest.mark.parametrize(
    "printed",
    ["ATM", "NOT TRANSFERABLE", "AMERICAN EXPRESS", "SAMPLE TRADING LTD", "YALD", "THAU", "VAUD THEU", "DATES"],
)
def test_what_cards_print_is_no_holder(printed):
    card = CARD.replace("JANE SPECIMEN", printed)

    assert BANKCARD.result(written(card.format(**AS_PRINTED)))["card_holder"] == ""


def test_the_name_under_its_label_is_the_holder_whatever_its_case():
    card = CARD.replace("JANE SPECIMEN", "CARD HOLDER\n    Thomas Sample")

    assert BANKCARD.result(written(card.format(**AS_PRINTED)))["card_holder"] == "Thomas Sample"


def test_one_word_as_holder_is_not_sure():
    card = CARD.replace("JANE SPECIMEN", "REVOLUT")

    assert BANKCARD.result(written(card.format(**AS_PRINTED)))["confidence"]["card_holder"] < 0.6


def test_a_number_in_four_rows_is_one():
    page = written("4242\n4242\n4242\n4242")

    assert likeness(page) >= 0.5
    assert BANKCARD.result(page)["card_number"] == "4242 4242 4242 4242"


@pytest.mark.parametrize("number", ["0012 3456 7890 1234", "BAB1834260101201B"])
def test_digits_that_no_issuer_gives_out_are_no_card(number):
    assert likeness(written(f"VALIDEZ 01 01 2026\n{number}\nBANK")) < 0.5


@pytest.mark.parametrize("bank", ["Emirates NBD", "Capital One", "HSBC"])
def test_a_bank_that_does_not_call_itself_one_is_known(bank):
    assert BANKCARD.result(written(CARD.format(**AS_PRINTED).replace("EXAMPLE BANK", bank)))["bank_name"] == bank


@pytest.mark.parametrize("printed", ["O EXAMPLE BANK", "○ EXAMPLE BANK", ") EXAMPLE BANK"])
def test_the_sign_of_a_bank_is_no_part_of_its_name(printed):
    result = BANKCARD.result(written(CARD.format(**AS_PRINTED).replace("EXAMPLE BANK", printed)))

    assert result["bank_name"] == "EXAMPLE BANK"


def test_a_holder_whose_letters_are_not_clear_is_not_sure():
    page = written(CARD.format(**AS_PRINTED), score=0.95)

    assert BANKCARD.result(page)["confidence"]["card_holder"] < 0.9


@pytest.mark.parametrize("dates", ["02/29", "VALID FROM    02/29   VALID THRU", "VALID THRU 02/29   12/2"])
def test_a_single_date_that_may_be_one_of_two_is_a_guess(dates):
    confidences = read(dates=dates)["confidence"]

    assert max(confidences["issue_date"], confidences["expiry_date"]) < 0.6


def test_a_single_date_with_its_label_is_sure():
    assert read(dates="VALID THRU  02/29")["confidence"]["expiry_date"] > 0.9


def test_a_tiny_label_is_found_on_a_closer_look():
    page = written(CARD.format(**AS_PRINTED | {"dates": "02/29"}))
    (end,) = [line for line in page.lines if "02/29" in line.text]
    label = Line("GOOD THRU", 0.9, Box(end.box.left, end.box.top - 20, end.box.right, end.box.top))

    result = BANKCARD.result(evolve(page, look=lambda _: (label,)))
    assert result["confidence"]["expiry_date"] > 0.9


def test_a_date_that_looks_say_differently_is_what_most_of_them_say_but_a_guess():
    page = written(CARD.format(**AS_PRINTED), score=0.97)

    def reread(box, stretch=1.0):
        return Line("02/28" if box.left > 300 else "12/26", 0.97, box)

    result = BANKCARD.result(evolve(page, reread=reread))
    assert (result["issue_date"], result["expiry_date"]) == ("12/26", "02/28")
    assert result["confidence"]["expiry_date"] < 0.6 < result["confidence"]["issue_date"]


def test_dates_as_light_as_the_card_are_found_by_their_colour():
    page = written(CARD.format(**AS_PRINTED | {"dates": ""}))
    shown = written(CARD.format(**AS_PRINTED))

    result = BANKCARD.result(evolve(page, look_at_colour=lambda box: shown.lines))
    assert (result["issue_date"], result["expiry_date"]) == ("12/26", "02/29")


def test_a_nought_read_as_a_letter_begins_a_date_that_is_not_sure():
    result = read(dates="VALID FROM 12/25   VALID THRU   Q1/30")

    assert (result["issue_date"], result["expiry_date"]) == ("12/25", "01/30")
    assert result["confidence"]["expiry_date"] < 0.6


def test_a_doubtful_date_makes_no_sure_start_of_the_other():
    result = read(dates="04/27   VALID THRU   Q2/29")

    assert (result["issue_date"], result["expiry_date"]) == ("04/27", "02/29")
    assert max(result["confidence"][name] for name in ("issue_date", "expiry_date")) < 0.6


def test_dates_further_apart_than_any_card_is_valid_are_not_both_its_own():
    result = read(dates="VALID THRU 04/27   Q2/75")

    assert (result["issue_date"], result["expiry_date"]) == ("", "04/27")


def test_a_name_above_the_number_is_the_holder_where_none_stands_below_and_a_guess():
    result = BANKCARD.result(
        written("""
        Sparkasse Muster

        ANNA M TESTOVA
        4111 1111 1111 1111
        EXP 11/32                       VISA
    """)
    )

    assert (result["card_holder"], result["confidence"]["card_holder"] < 0.6) == ("ANNA M TESTOVA", True)


@pytest.mark.parametrize("printed", ["Muster Credit Union", "World Elite"])
def test_a_bank_or_a_kind_of_card_above_the_number_is_no_holder(printed):
    assert BANKCARD.result(written(f"{printed}\n4111 1111 1111 1111\nEXP 11/32   VISA"))["card_holder"] == ""


@pytest.mark.parametrize("printed", ["Exp. Date", "ISSUED BY MUSTER", "GÜLTIG BIS", "VALIDA HASTA", "VENCE FIN"])
def test_a_label_is_no_holder(printed):
    assert BANKCARD.result(written(f"4111 1111 1111 1111\n11/32   VISA\n{printed}"))["card_holder"] == ""


@pytest.mark.parametrize(
    ("misread", "name"),
    [
        ("Amína Luca Esempio", "Amina Luca Esempio"),
        ("0 TESTOVA", "O TESTOVA"),
        ("olga M Ejemplo", "Olga M Ejemplo"),
    ],
)
def test_a_name_is_spelled_as_cards_spell_names_and_less_sure(misread, name):
    result = BANKCARD.result(written(f"4111 1111 1111 1111\nVALID THRU 11/32   VISA\n{misread}"))

    assert (result["card_holder"], result["confidence"]["card_holder"] < 0.9) == (name, True)


def test_a_card_whose_number_has_a_misread_digit_is_known_by_its_scheme():
    card = "EXAMPLE NBD\n{number}\nJANE SPECIMEN    {scheme}"

    assert likeness(written(card.format(number="4111 1111 1111 1112", scheme="VISA"))) >= 0.5
    assert likeness(written(card.format(number="6222 1111 1111 1113", scheme="VISA"))) < 0.5


@pytest.mark.parametrize(("misread", "printed"), [("64/29", "04/29"), ("87/29", "07/29")])
def test_a_month_cannot_begin_with_more_than_one(misread, printed):
    result = read(dates=f"VALID THRU  {misread}")

    assert result["expiry_date"] == printed
    assert result["confidence"]["expiry_date"] < 0.6


def test_of_two_lines_of_a_name_the_upper_is_the_person_and_the_lower_the_company():
    result = BANKCARD.result(
        written("""
        EXAMPLE BANK

        4111 1111 1111 1111
              VALID THRU 11/32
        ANNA M TESTOVA
        MUSTER STUDIO                   VISA
    """)
    )

    assert (result["card_holder"], result["confidence"]["card_holder"] < 0.6) == ("ANNA M TESTOVA", True)


@pytest.mark.parametrize(("look", "sure"), [("JANE SPECIMEN", True), ("JANE SPECLMEN", False)])
def test_a_name_is_sure_where_looks_agree_and_a_guess_where_they_do_not(look, sure):
    page = written(CARD.format(**AS_PRINTED), score=0.98)

    result = BANKCARD.result(evolve(page, reread=lambda box, stretch=1.0: Line(look, 0.99, box)))
    assert (result["confidence"]["card_holder"] > 0.6) is sure
