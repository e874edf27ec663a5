from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from ocr_async.documents import EmiratesIdCardResult, PassportResult
from ocr_async.fields import mrz

# The specimens of ICAO Doc 9303, parts 4 to 6.
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
PAGE = PassportResult(
    country_code="UTO",
    passport_number="L898902C3",
    surname="Eriksson",
    given_name="Anna Maria",
    sex="F",
    date_of_birth="1974-08-12",
    date_of_expiry="2012-04-15",
    machine_code=TD3[0],
    machine_code2=TD3[1],
)


@pytest.mark.parametrize(("text", "digit"), [("520727", "3"), ("AB2134<<<", "5"), ("L898902C3", "6"), ("<<<", "0")])
def test_check_digits_are_those_of_the_standard(text, digit):
    assert mrz.check_digit(text) == digit


@pytest.mark.parametrize(("lines", "layout"), [(TD1, "TD1"), (TD2, "TD2"), (TD3, "TD3")])
def test_each_layout_is_read(lines, layout):
    zone = mrz.parse(lines)
    assert zone is not None
    assert zone.valid
    assert zone.layout == layout
    assert (zone.surname, zone.given_names, zone.sex) == ("ERIKSSON", "ANNA MARIA", "F")
    assert (zone.issuer, zone.nationality) == ("UTO", "UTO")
    assert (zone.date_of_birth_value, zone.date_of_expiry_value) == (date(1974, 8, 12), date(2012, 4, 15))


def test_a_passport_has_five_check_digits():
    zone = mrz.parse(TD3)
    assert zone is not None
    assert zone.number == "L898902C3"
    assert zone.optional == ("ZE184226B",)
    assert set(zone.checks) == {"number", "date_of_birth", "date_of_expiry", "optional", "composite"}


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (0, {"number", "composite"}),
        (14, {"date_of_birth", "composite"}),
        (22, {"date_of_expiry", "composite"}),
        (30, {"optional", "composite"}),
        (43, {"composite"}),
    ],
)
def test_a_misread_character_fails_its_check_digit_and_the_composite(place, wrong):
    changed = "7" if TD3[1][place] != "7" else "8"
    zone = mrz.parse((TD3[0], TD3[1][:place] + changed + TD3[1][place + 1 :]))
    assert zone is not None
    assert {name for name, right in zone.checks.items() if not right} == wrong
    assert not zone.valid


def test_spaces_lower_case_and_the_number_of_fillers_do_not_matter():
    zone = mrz.parse(("p<utoeriksson<< anna <maria<<<<<<<<<<<<<<<<<<<<<<<", TD3[1]))
    assert zone == mrz.parse(TD3)


def test_an_empty_optional_part_needs_no_check_digit():
    line = "L898902C36UTO7408122F1204159<<<<<<<<<<<<<<<"
    composite = mrz.check_digit(line[0:10] + line[13:20] + line[21:43])
    zone = mrz.parse((TD3[0], line + composite))
    assert zone is not None
    assert zone.valid


def test_a_long_number_goes_on_in_the_optional_part():
    first = "I<UTOD23145890<7349<<<<<<<<<<<"
    second = "3407127M9507122UTO<<<<<<<<<<<"
    composite = mrz.check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    zone = mrz.parse((first, second + composite, TD1[2]))
    assert zone is not None
    assert zone.number == "D23145890734"
    assert zone.checks["number"]


def test_names_that_fill_the_line_may_be_cut():
    zone = mrz.parse(("P<UTO" + "ERIKSSON<<" + "A" * 29, TD3[1]))
    assert zone is not None
    assert zone.names_cut


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (None, None),
        ("", ""),
        (TD3[0], TD3[1][:-1]),
        (TD3[0], TD3[1] + "<"),
        ("护照", TD3[1]),
        (TD1[0], TD1[1][:-1], TD1[2]),
        ("P<UTO" + "A" * 50, TD3[1]),
        TD1 + TD1,
    ],
)
def test_what_has_no_known_layout_is_none(lines):
    assert mrz.parse(lines) is None


def test_a_passport_that_agrees_with_its_zone():
    assert PAGE.mrz is not None
    assert PAGE.disagreements == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("passport_number", "L898902C8"),
        ("surname", "Erikson"),
        ("given_name", "Anna"),
        ("sex", "M"),
        ("date_of_birth", "1974-08-13"),
        ("date_of_expiry", "2013-04-15"),
        ("country_code", "CHN"),
    ],
)
def test_a_printed_field_that_disagrees_is_named(field, value):
    assert {name for each in evolve(PAGE, **{field: value}).disagreements for name in each.fields} >= {field}


@pytest.mark.parametrize(("field", "value"), [("surname", None), ("surname", "Ériksson"), ("date_of_birth", "unknown")])
def test_what_is_missing_or_transcribed_cannot_disagree(field, value):
    assert evolve(PAGE, **{field: value}).disagreements == ()


def test_without_a_zone_nothing_disagrees():
    assert PassportResult(surname="X").disagreements == ()


def test_the_back_of_an_emirates_card_is_compared_with_its_zone():
    first = "ILARE123456789" + mrz.check_digit("123456789") + "784199012345678"
    second = "9002281M3001019ARE<<<<<<<<<<<"
    composite = mrz.check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    card = EmiratesIdCardResult(
        card_number="123456789",
        id_number="784-1990-1234567-9",
        date_of_birth="28/02/1990",
        machinecode1=first,
        machinecode2=second + composite,
        machinecode3="ALI<<OMAR<<<<<<<<<<<<<<<<<<<<<",
    )
    assert card.mrz is not None
    assert card.mrz.checks["number"]
    assert {name for each in card.disagreements for name in each.fields} >= {"id_number"}
