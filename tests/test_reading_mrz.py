from __future__ import annotations

import random

import pytest

from ocr_async.fields.mrz import check_digit
from ocr_async.local.reading.page import Box, Line, Page
from ocr_async.local.reading.zones.mrz import birth, expiry, glance, read_zone
from ocr_async.local.reading.zones.mrz_repair import repair

FIRST = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
SECOND = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD = ("ILARE2408005340784198800899928", "8807205F3004227IND<<<<<<<<<<<4", "NAMOUTHAJ<<AHMED<MOHAMMED<<<<<")
SMALL = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")


def line(text: str, top: float, left: float = 20, right: float = 980, score: float = 0.99) -> Line:
    return Line(text, score, Box(left, top, right, top + 30))


def page(*lines: Line, reread: dict[int, str] | None = None) -> Page:
    again = {} if reread is None else reread

    def look(box: Box) -> Line:
        nearest = min(again, key=lambda top: abs(top - box.top), default=None)
        near = nearest is not None and abs(nearest - box.top) < 15
        return Line(again[nearest] if near and nearest is not None else "", 0.95, box)

    return Page(lines, 1000, 700, reread=look)


def second_line(number: str, birthday: str, sex: str, end: str, optional: str) -> str:
    parts = [f"{text}{check_digit(text)}" for text in (number, birthday, end, optional)]
    return f"{parts[0]}UTO{parts[1]}{sex}{parts[2]}{parts[3]}{check_digit(parts[0] + parts[1] + parts[2] + parts[3])}"


def test_a_zone_that_was_read_well_stays_as_it_is():
    zone = repair([FIRST, SECOND])
    assert zone is not None
    assert zone.lines == (FIRST, SECOND)
    assert zone.mrz.valid


@pytest.mark.parametrize(("rows", "layout"), [((FIRST, SECOND), "TD3"), (SMALL, "TD2"), (CARD, "TD1")])
def test_each_layout_is_told_by_its_lines(rows, layout):
    zone = repair(rows)
    assert zone is not None
    assert zone.layout.name == layout
    assert zone.mrz.valid


def test_digits_in_a_name_become_the_letters_they_look_like():
    zone = repair(["P<UT0ER1K550N<<ANNA<MAR1A<<<<<<<<<<<<<<<<<<<", SECOND])
    assert zone is not None
    assert zone.lines[0] == FIRST


def test_letters_in_a_date_become_the_digits_they_look_like():
    zone = repair([FIRST, "L898902C36UTO74O8I22F12O4I59ZE184226B<<<<<10"])
    assert zone is not None
    assert zone.lines[1] == SECOND


@pytest.mark.parametrize("misread", ["L8989O2C36", "L89B902C36", "LB98902C36"])
def test_the_check_digit_tells_a_letter_from_its_look_alike_in_a_number(misread):
    zone = repair([FIRST, misread + SECOND[10:]])
    assert zone is not None
    assert zone.mrz.number == "L898902C3"


def test_a_number_printed_elsewhere_on_the_page_is_the_likelier_one():
    number = "X00000000"
    second = second_line(number, "740812", "F", "120415", "<" * 14)
    zone = repair([FIRST, "XO0000000" + second[9:]], printed=[number])
    assert zone is not None
    assert zone.mrz.number == number


def test_a_number_printed_elsewhere_is_believed_where_the_check_digit_is_blind():
    second = second_line("J23736216", "740812", "F", "120415", "<" * 14)
    zone = repair([FIRST, "T" + second[1:]], ["J23736216"])

    assert zone is not None
    assert zone.mrz.number == "J23736216"


def test_a_letter_printed_elsewhere_is_not_read_into_the_optional_data():
    second = second_line("186679247", "020626", "M", "160228", "<" * 14)
    zone = repair([FIRST, second], ["K"])

    assert zone is not None
    assert zone.lines[1] == second


def test_fillers_misread_after_the_given_names_are_no_third_name():
    zone = repair(["P<UTOERIKSSON<<ANNA<<CC".ljust(44, "<"), SECOND])

    assert zone is not None
    assert zone.mrz.given_names == "ANNA"


def test_a_run_of_one_letter_after_the_names_is_fillers():
    zone = repair(["P<UTOERIKSSON<<ANNA<MARIA" + "C" * 15 + "E<CC", SECOND])

    assert zone is not None
    assert zone.lines[0] == FIRST


def test_printed_names_part_a_surname_from_given_names_though_a_filler_between_them_was_misread():
    zone = repair([FIRST.replace("ERIKSSON<<", "ERIKSSON<C"), SECOND], printed=["ERIKSSON", "ANNA MARIA"])

    assert zone is not None
    assert zone.lines[0] == FIRST


def test_a_misread_country_becomes_the_only_one_that_looks_like_it():
    zone = repair([CARD[0], CARD[1].replace("IND", "1ND"), CARD[2]])
    assert zone is not None
    assert zone.mrz.nationality == "IND"


def test_a_country_that_looks_like_none_is_the_other_one_of_the_zone():
    zone = repair([FIRST.replace("P<UTO", "P<UXO"), SECOND])
    assert zone is not None
    assert zone.mrz.issuer == "UTO"


def test_printed_names_part_the_surname_from_the_given_names():
    zone = repair([FIRST.replace("ERIKSSON<<", "ERIKSSON<"), SECOND], printed=["ERIKSSON", "ANNA MARIA"])
    assert zone is not None
    assert zone.lines[0] == FIRST


@pytest.mark.parametrize("change", [-3, -1, 1, 2])
def test_fillers_too_few_or_too_many_are_put_right(change):
    row = FIRST[:change] if change < 0 else FIRST + "<" * change
    tail = "<" * (5 + change)
    zone = repair([row, SECOND.replace("<<<<<", tail)])
    assert zone is not None
    assert zone.lines == (FIRST, SECOND)


def test_other_text_is_no_zone():
    assert repair(["DATE OF BIRTH AND PLACE OF BIRTH", "MINISTRY OF FOREIGN AFFAIRS"]) is None


def test_one_confusion_of_twins_in_any_number_is_found_by_the_check_digits():
    chance = random.Random(7)
    twins = {"O": "0", "0": "O", "I": "1", "1": "I", "S": "5", "5": "S", "B": "8", "8": "B", "Z": "2", "2": "Z"}
    for _ in range(60):
        letters, digits = chance.choices("ABCDEHIKLOPRSTXZ", k=2), chance.choices("0123456789", k=7)
        number = "".join(letters + digits)
        places = [place for place, character in enumerate(number) if character in twins]
        if not places:
            continue
        place = chance.choice(places)
        misread = number[:place] + twins[number[place]] + number[place + 1 :]
        second = second_line(number, "740812", "F", "120415", "<" * 14)
        zone = repair([FIRST, misread + second[9:]])
        assert zone is not None
        assert zone.mrz.valid
        assert zone.mrz.number == number


def test_a_line_in_two_pieces_is_joined():
    pieces = [line(FIRST[:20], 600, right=450), line(FIRST[20:], 601, left=455), line(SECOND, 650)]
    zone = glance(page(*pieces))
    assert zone is not None
    assert zone.lines == (FIRST, SECOND)


def test_quotation_marks_and_greek_letters_are_read_as_the_zone_has_them():
    odd = line("Ρ<UΤOERIKSSON«ANNA<MARIA<<<<<<<<<<<<<<<<<<<", 600)
    zone = glance(page(odd, line(SECOND, 650)))
    assert zone is not None
    assert zone.lines[0] == FIRST


def test_a_line_that_was_missed_is_looked_for_beside_the_other():
    zone = read_zone(page(line(SECOND, 650), reread={602: FIRST, 650: SECOND}))
    assert zone is not None
    assert zone.lines == (FIRST, SECOND)


def test_the_first_of_three_lines_is_looked_for_above_the_others():
    zone = read_zone(page(line(CARD[1], 650), line(CARD[2], 700), reread=dict(zip((600, 650, 700), CARD, strict=True))))

    assert zone is not None
    assert zone.lines == CARD


def test_a_zone_whose_check_digits_fail_is_read_again():
    torn = SECOND[:12] + SECOND[17:]
    zone = read_zone(page(line(FIRST, 600), line(torn, 650), reread={600: FIRST, 650: SECOND}))
    assert zone is not None
    assert zone.mrz.valid


def test_a_zone_that_holds_is_not_read_again():
    def never(_: Box) -> Line:
        raise AssertionError

    assert read_zone(Page((line(FIRST, 600), line(SECOND, 650)), 1000, 700, reread=never)) is not None


def test_a_page_without_a_zone_has_none():
    assert read_zone(page(line("REPUBLIC OF UTOPIA", 20), line("ERIKSSON", 100))) is None


def test_a_check_digit_that_fits_makes_a_field_surer_and_a_misfit_less_sure():
    fitting = glance(page(line(FIRST, 600), line(SECOND, 650)))
    broken = glance(page(line(FIRST, 600), line(SECOND.replace("7408122", "7499122"), 650)))
    assert fitting is not None
    assert broken is not None
    assert fitting.confidence("date_of_birth") > 0.99
    assert broken.confidence("date_of_birth") < fitting.confidence("date_of_birth")


def test_a_field_stands_where_its_characters_do():
    zone = glance(page(line(FIRST, 600), line(SECOND, 650)))
    assert zone is not None
    box = zone.box("date_of_birth")
    assert (box.top, round(box.left)) == (650, round(20 + 960 * 13 / 44))


def test_dates_are_written_in_full():
    zone = repair([FIRST, SECOND])
    assert zone is not None
    assert (birth(zone.mrz), expiry(zone.mrz)) == ("1974-08-12", "2012-04-15")


def test_blurred_fillers_that_were_read_as_kana_are_fillers():
    odd = line("PぐUTOERIKSSONぐくANNAイMARIAぐくイくぐくぐくぐくぐくヘぐくぐくぐく", 600, score=0.6)
    zone = glance(page(odd, line(SECOND, 650)))

    assert zone is not None
    assert zone.lines == (FIRST, SECOND)
