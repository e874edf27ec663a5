from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.fields.mrz import check_digit
from ocr_async.local.reading.documents.passport import PASSPORT, likeness
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

CHINESE = """
    护照 PASSPORT         中华人民共和国
    类型/Type           国家码/Country Code      护照号/Passport No.
    P                 CHN                   G82734515
    姓名/Name
    周样本
    ZHOU, YANGBEN
    性别/Sex            国籍/Nationality         出生日期/Date of birth
    女/F               中国/CHINESE            22 JUL 1993
    出生地点/Place of birth                       签发日期/Date of issue
    {born}                                  {issued}
    签发地点/Place of issue                       有效期至/Date of expiry
    四川/SICHUAN                              19 MAY 2023
    签发机关/Authority
    {authority}
    {authority_english}

    P0CHNZH0U<<YANGBEN<<<<<<<<<<<<<<<<<<<<<<<<<<
    G827345153CHN9307229F2305190MCLGNFJ0AXGE4748
"""
AS_PRINTED = {
    "born": "湖南/HUNAN",
    "issued": "20 MAY 2013",
    "authority": "国家移民管理局",
    "authority_english": "National Immigration Administration",
}

FOREIGN = """
    PASSPORT                 REPUBLIC OF UTOPIA
    Type/Type   Country code/Code du pays   Passport No./N° du passeport
    P           UTO                         L898902C3
    Surname/Nom
    ERIKSSON
    Given names/Prénoms
    ANNA MARIA
    Nationality/Nationalité     Date of birth/Date de naissance
    UTOPIAN                     12/08/1974
    Sex/Sexe                    Place of birth/Lieu de naissance
    F                           ZENITH
    Date of issue/Date de délivrance    Authority/Autorité
    16 APR 2007                 PASSPORT OFFICE
    Date of expiry/Date d'expiration
    15 APR 2012

    {first}
    {second}
"""
FIRST = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
SECOND = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"


def chinese(**changes):
    return written(CHINESE.format(**AS_PRINTED | changes))


def foreign(first=FIRST, second=SECOND):
    return written(FOREIGN.format(first=first, second=second))


def read(page, **options):
    result = PASSPORT.result(page, options)
    del result["confidence"]
    return result


def test_a_chinese_page_is_read_in_both_languages():
    assert read(chinese()) == {
        "passport_type": "P",
        "country_code": "CHN",
        "passport_number": "G82734515",
        "nationality": "CHINESE",
        "surname": "ZHOU",
        "given_name": "YANGBEN",
        "sex": "F",
        "date_of_birth": "1993-07-22",
        "date_of_expiry": "2023-05-19",
        "date_of_issue": "2013-05-20",
        "place_of_birth": "HUNAN",
        "place_of_issue": "SICHUAN",
        "issuing_authority": "National Immigration Administration",
        "extra_info": {
            "local_language": {
                "name": "周样本",
                "sex": "女",
                "place_of_birth": "湖南",
                "place_of_issue": "四川",
                "issuing_authority": "国家移民管理局",
                "nationality": "中国",
            },
        },
    }


@pytest.mark.parametrize("misread", ["湖南/HUNAM", "湖面/HUNAN", "湖南HUNAN"])
def test_a_province_misread_in_one_language_is_put_right_by_the_other(misread):
    result = read(chinese(born=misread))

    assert result["place_of_birth"] == "HUNAN"
    assert result["extra_info"]["local_language"]["place_of_birth"] == "湖南"


def test_a_place_with_an_english_name_is_answered_by_it():
    result = read(chinese(born="内蒙古/INNER MONGOLIA"))

    assert result["place_of_birth"] == "INNER MONGOLIA"
    assert result["extra_info"]["local_language"]["place_of_birth"] == "内蒙古"


def test_a_place_missed_at_first_is_found_on_a_closer_look():
    whole = chinese()
    lines = tuple(line for line in whole.lines if not line.text.endswith("HUNAN"))
    result = read(evolve(whole, lines=lines, look=lambda _: whole.lines))

    assert (result["place_of_birth"], result["place_of_issue"]) == ("HUNAN", "SICHUAN")


def test_an_authority_cut_short_is_completed_by_the_chinese_one():
    result = PASSPORT.result(chinese(authority_english="National Immig"))

    assert result["issuing_authority"] == "National Immigration Administration"
    assert result["confidence"]["issuing_authority"] < 0.9


def test_a_place_that_is_no_province_stays_as_printed():
    assert read(chinese(born="日本/JAPAN"))["place_of_birth"] == "JAPAN"


def test_a_digit_of_the_date_of_issue_is_put_right_by_the_date_of_expiry():
    assert read(chinese(issued="20 MAY 2018"))["date_of_issue"] == "2018-05-20"
    assert read(chinese(issued="26 MAY 2013"))["date_of_issue"] == "2013-05-20"


def test_the_number_of_a_chinese_passport_begins_with_a_letter():
    page = written(CHINESE.format(**AS_PRINTED).replace("G82734515", "682734515").replace("G827345153", "6827345153"))

    assert read(page)["passport_number"] == "G82734515"


def test_a_watermark_before_the_authority_is_left_out():
    local = read(chinese(authority="样张国家移民管理局"))["extra_info"]["local_language"]

    assert local["issuing_authority"] == "国家移民管理局"


def test_a_chinese_page_without_its_machine_readable_zone_is_read_from_its_labels():
    lines = CHINESE.format(**AS_PRINTED).rsplit("\n", 3)[0]
    result = read(written(lines))

    assert result["passport_number"] == "G82734515"
    assert (result["surname"], result["given_name"]) == ("ZHOU", "YANGBEN")
    assert (result["date_of_birth"], result["date_of_expiry"]) == ("1993-07-22", "2023-05-19")


def test_a_foreign_page_is_read_from_its_machine_readable_zone_and_what_is_printed():
    assert read(foreign()) == {
        "country_code": "UTO",
        "passport_number": "L898902C3",
        "nationality": "UTOPIAN",
        "surname": "ERIKSSON",
        "given_name": "ANNA MARIA",
        "sex": "F",
        "date_of_birth": "1974-08-12",
        "date_of_expiry": "2012-04-15",
        "date_of_issue": "2007-04-16",
        "place_of_birth": "ZENITH",
        "issuing_authority": "PASSPORT OFFICE",
        "machine_code": FIRST,
        "machine_code2": SECOND,
        "extra_info": {},
    }


@pytest.mark.parametrize("page", [chinese(), foreign()])
def test_general_reads_the_machine_readable_lines_alone(page):
    result = read(page, country_code="GENERAL")

    assert {"date_of_issue", "place_of_birth", "passport_type"}.isdisjoint(result)
    assert result["extra_info"] == {}
    assert len(result["machine_code"]) == 44


def test_chn_reads_every_field_of_a_chinese_passport():
    assert read(chinese(), country_code="CHN") == read(chinese())


def test_a_birth_in_the_last_century_is_told_by_the_printed_date():
    second = "L898902C36UTO2008125F3004157<<<<<<<<<<<<<<0"
    second += check_digit(second[:10] + second[13:20] + second[21:])
    result = read(written(f"Date of birth\n12 AUG 1920\n\n{FIRST}\n{second}"))

    assert result["date_of_birth"] == "1920-08-12"


def test_a_foreign_page_without_machine_readable_lines_is_unreadable():
    with pytest.raises(Unreadable):
        read(written("PASSPORT\nSurname\nERIKSSON\nNationality\nUTOPIAN"))


def test_check_digits_that_fit_make_the_number_surer_than_the_name():
    scores = PASSPORT.result(foreign())["confidence"]

    assert scores["passport_number"] > scores["surname"] > 0.9


@pytest.mark.parametrize(("printed", "most"), [("ERIKSSQN", 0.6), ("SPECIMEN", 0.9), ("Eriksson", 1.0)])
def test_a_name_is_as_sure_as_the_page_prints_it_elsewhere(printed, most):
    scores = PASSPORT.result(written(f"{printed}\n\n{FIRST}\n{SECOND}"))["confidence"]

    assert most - 0.3 < scores["surname"] < most


def test_a_passport_is_known_by_its_zone_or_its_labels():
    assert likeness(foreign()) > 0.9
    assert likeness(chinese()) > 0.9
    assert likeness(written(CHINESE.format(**AS_PRINTED).rsplit("\n", 3)[0])) > 0.5
    assert likeness(written("TRAIN TICKET\nG123\n2020-01-01")) == 0
