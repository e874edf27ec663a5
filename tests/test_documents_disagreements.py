"""What contradicts itself in a document, and the check digits behind it."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from ocr_async.documents import (
    AcceptanceBillResult,
    AutoClassificationResult,
    BankcardResult,
    BusinessLicenseResult,
    ChileIdCardResult,
    DriverLicenseResult,
    FlightItineraryResult,
    IdCardResult,
    InvoiceVerificationResult,
    LicensePlateItem,
    MvsInvoiceResult,
    PeruIdCardResult,
    TaxiInvoiceResult,
    ThailandIdCardResult,
    TrainTicketResult,
    VatInvoiceResult,
    VehicleCertificateResult,
    VehicleLicenseResult,
    VinResult,
    registry,
)
from ocr_async.fields import numbers, readings
from ocr_async.fields.base import json_names
from ocr_async.fields.decoding import decode

CHINESE_ID = "11010519491231002X"  # the specimen of GB 11643
COMPANY = "91110000600037341L"
CAR = "1M8GDM9AXKP042788"


def named(result):
    """The fields that contradict each other."""
    return [each.fields for each in result.disagreements]


@pytest.mark.parametrize(
    ("check", "right", "wrong", "unknown"),
    [
        (numbers.card_number, "4111 1111 1111 1111", "4111111111111112", "4111 **** 1111"),
        (numbers.chinese_id, CHINESE_ID, "110105194912310021", "1101051949123100"),
        (numbers.chinese_id, CHINESE_ID.lower(), "11010519491231003X", "11010519******002X"),
        (numbers.social_credit_code, COMPANY, "91110000600037341A", "110000600037341"),
        (numbers.vin, CAR, "1M8GDM9A1KP042788", "WVWZZZ1JZXW000001"),
        (numbers.vin, "1m8gdm9axkp042788", "5M8GDM9AXKP042788", "1M8GDM9AXKP04278O"),
        (numbers.chilean_id, "12.531.909-2", "12.531.909-3", "12.531"),
        (numbers.thai_id, "7-1006-00001-23-3", "7-1006-00001-23-4", "0100600001233"),
    ],
)
def test_a_check_digit_is_right_wrong_or_not_known(check, right, wrong, unknown):
    assert (check(right), check(wrong), check(unknown), check(""), check(None)) == (True, False, None, None, None)


@pytest.mark.parametrize("place", range(17))
def test_a_chinese_id_with_one_other_digit_is_wrong(place):
    changed = str((int(CHINESE_ID[place]) + 1) % 10)
    assert numbers.chinese_id(CHINESE_ID[:place] + changed + CHINESE_ID[place + 1 :]) is False


def test_full_width_digits_count_like_plain_ones():
    assert numbers.chinese_id("１１０１０５１９４９１２３１００２Ｘ") is True


def test_the_day_of_birth_and_the_sex_are_in_a_chinese_id():
    assert numbers.birth_in_chinese_id(CHINESE_ID) == date(1949, 12, 31)
    assert numbers.sex_in_chinese_id(CHINESE_ID) == "F"
    assert numbers.birth_in_chinese_id("110105194912310021") is None


@pytest.mark.parametrize(
    ("result", "fields"),
    [
        (IdCardResult(number=CHINESE_ID, birth="1949年12月31日", sex="女"), []),
        (IdCardResult(number="110105194912310021"), [("number",)]),
        (IdCardResult(number=CHINESE_ID, birth="1949-12-30"), [("birth", "number")]),
        (IdCardResult(number=CHINESE_ID, sex="男"), [("sex", "number")]),
        (IdCardResult(number=CHINESE_ID, birth="unreadable", sex="?"), []),
        (IdCardResult(valid_from="2020-01-01", valid_to="2010-01-01"), [("valid_from", "valid_to")]),
        (IdCardResult(valid_from="2010-01-01", valid_to="长期"), []),
        (DriverLicenseResult(number=CHINESE_ID, birth="1949-12-30"), [("birth", "number")]),
        (TrainTicketResult(id_number="1101051949****002X"), []),
        (TrainTicketResult(id_number="110105194912310021"), [("id_number",)]),
        (FlightItineraryResult(buyer_id="91110000600037341A"), [("buyer_id",)]),
        (BankcardResult(card_number="4111 1111 1111 1112"), [("card_number",)]),
        (BankcardResult(issue_date="12/20", expiry_date="12/10"), [("issue_date", "expiry_date")]),
        (BusinessLicenseResult(registration_number=COMPANY), []),
        (BusinessLicenseResult(registration_number="91110000600037341A"), [("registration_number",)]),
        (BusinessLicenseResult(registration_number="110000600037341"), []),  # an older number
        (VinResult(vin="1M8GDM9A1KP042788"), [("vin",)]),
        (VehicleLicenseResult(vin=CAR, register_date="2020-01-02", issue_date="2020-01-01"), [("register_date", "issue_date")]),
        (VehicleCertificateResult(vin="1M8GDM9A1KP042788"), [("vin",)]),
        (ChileIdCardResult(number="12.531.909-3"), [("number",)]),
        (ThailandIdCardResult(id_number="7 1006 00001 23 4"), [("id_number",)]),
        (
            AcceptanceBillResult(amount_in_words="伍拾元整", amount_in_figures="500.00"),
            [("amount_in_words", "amount_in_figures")],
        ),
        (
            TrainTicketResult(ticket_price="￥109.00元", total_amount_excluding_tax="100.00", tax_amount="8.00"),
            [("ticket_price", "total_amount_excluding_tax", "tax_amount")],
        ),
        (TrainTicketResult(ticket_price="￥109.00元", total_amount_excluding_tax="100.00", tax_amount="9.00"), []),
    ],
)  # fmt: skip
def test_fields_that_cannot_all_be_right_are_named(result, fields):
    assert named(result) == fields


VAT = {
    "buyer_id": COMPANY,
    "seller_id": COMPANY,
    "subtotal_amount": "￥300.00",
    "subtotal_tax": "￥27.00",
    "total": "￥327.00",
    "total_in_words": "叁佰贰拾柒元整",
    "item_list": [{"amount": "100.00", "tax": "9.00"}, {"amount": "200.00", "tax": "18.00"}],
}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"total": "￥328.00"}, [("total", "subtotal_amount", "subtotal_tax"), ("total_in_words", "total")]),
        ({"total_in_words": "叁佰贰拾捌元整"}, [("total_in_words", "total")]),
        ({"item_list": [{"amount": "100.00", "tax": "9.00"}]}, [("subtotal_amount", "item_list"), ("subtotal_tax", "item_list")]),
        ({"item_list": [{"amount": "100.00", "tax": "***"}, {"amount": "200.00", "tax": "免税"}]}, []),
        ({"item_list": []}, []),
        ({"buyer_id": "91110000600037341A"}, [("buyer_id",)]),
        ({"total": None, "total_in_words": None}, []),
        ({"total": "not readable"}, []),
    ],
)  # fmt: skip
def test_an_invoice_agrees_with_its_sums_its_words_and_its_items(changes, fields):
    assert sorted(named(decode(VatInvoiceResult, VAT | changes))) == sorted(fields)


def test_the_invoice_of_a_vehicle_agrees_with_its_own_names_for_these():
    result = MvsInvoiceResult(
        total="113.00",
        tax_exclusive_price="100.00",
        tax="12.00",
        total_chinese="壹佰壹拾肆元整",
        vehicle_identification_number="1M8GDM9A1KP042788",
        used_vehicle_market_id="91110000600037341A",
    )
    assert sorted(named(result)) == [
        ("total", "tax_exclusive_price", "tax"),
        ("total_chinese", "total"),
        ("used_vehicle_market_id",),
        ("vehicle_identification_number",),
    ]


def test_a_verified_invoice_agrees_with_its_items():
    sent = {"subtotal_amount": "300.00", "total": "327.00", "subtotal_tax": "27.00", "items": [{"amount": "1.00"}]}
    assert named(decode(InvoiceVerificationResult, sent)) == [("subtotal_amount", "items")]


def test_a_sentence_names_fields_and_never_what_they_hold():
    (found,) = BankcardResult(card_number="4111 1111 1111 1112").disagreements
    assert str(found) == "The check digit of card_number is wrong."
    for each in decode(VatInvoiceResult, VAT | {"total": "￥328.00"}).disagreements:
        assert "328" not in each.sentence


def test_what_is_inside_is_found_too_under_its_dotted_name():
    card = decode(IdCardResult, {"front": {"number": "110105194912310021"}, "back": {"valid_from": "2010-01-01"}})
    (found,) = card.disagreements
    assert found.fields == ("front.number",)
    assert found.sentence == "front: The check digit of number is wrong."


def test_each_document_of_a_picture_is_looked_at():
    item = {"type": "bankcard", "content": {"card_number": "4111 1111 1111 1112"}}
    assert named(decode(AutoClassificationResult, [item, item])) == [
        ("0.content.card_number",),
        ("1.content.card_number",),
    ]


def test_a_zone_is_compared_with_what_is_printed():
    card = PeruIdCardResult(
        birth_date="12/08/1974",
        expiry_date="16/04/2012",
        sex="F",
        machine_code1="I<UTOD231458907<<<<<<<<<<<<<<<",
        machine_code2="7408122F1204159UTO<<<<<<<<<<<6",
        machine_code3="ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    )
    assert named(card) == [("expiry_date", "mrz")]


@pytest.mark.parametrize("document_type", registry.document_types(), ids=lambda each: each.api)
def test_an_empty_document_contradicts_nothing(document_type):
    cls = document_type.result_class
    assert decode(cls, [] if cls.json_type is list else {}).disagreements == ()


@pytest.mark.parametrize("document_type", registry.document_types(), ids=lambda each: each.api)
def test_every_typed_value_belongs_to_a_field_and_reads_nothing_into_nothing(document_type):
    cls = document_type.result_class
    names = {name.removesuffix("_value") for name in dir(cls) if name.endswith("_value")}
    assert names <= {*json_names(cls)}
    empty = decode(cls, [] if cls.json_type is list else {})
    assert [name for name in names if getattr(empty, f"{name}_value") is not None] == []


def test_each_kind_of_reading_is_at_work():
    taxi = TaxiInvoiceResult(date="2019年3月15日", boarding_time="12:03", fare="￥29.00", distance="7.8")
    assert (taxi.date_value, taxi.boarding_time_value) == (date(2019, 3, 15), time(12, 3))
    assert (taxi.fare_value, taxi.distance_value) == (Decimal("29.00"), Decimal("7.8"))
    assert TrainTicketResult(departure_time="2017年12月12日20:39开").departure_time_value == datetime.fromisoformat(
        "2017-12-12T20:39"
    )
    assert TrainTicketResult(tax_rate="9%").tax_rate_value == Decimal("0.09")
    assert InvoiceVerificationResult(issue_date="20200809").issue_date_value == date(2020, 8, 9)
    assert VehicleLicenseResult(approved_passengers="7人").approved_passengers_value == 7
    assert LicensePlateItem(plate_number="京A·12345").plate_number_value == "京A12345"


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("京A12345", "京A12345"),
        ("京A·12345（黄）", "京A12345"),
        ("粤B·D12345", "粤BD12345"),
        ("粤z1234港", "粤Z1234港"),
        ("ABC123", None),
        ("京A1234", None),
        (None, None),
    ],
)
def test_a_plate_is_read_without_its_signs(text, plate):
    assert readings.plate(text) == plate


@pytest.mark.parametrize(
    ("text", "clock"),
    [("18:45:10", time(18, 45, 10)), ("8：05", time(8, 5)), ("24:00", None), ("1845", None), (None, None)],
)
def test_a_time_of_day(text, clock):
    assert readings.clock(text) == clock


@pytest.mark.parametrize(
    ("text", "sex"), [("M", "M"), ("f", "F"), ("男", "M"), ("女", "F"), ("Female", "F"), ("X", None), (None, None)]
)
def test_a_sex_is_read_as_a_letter(text, sex):
    assert readings.sex(text) == sex


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("7人", 7), ("5座", 5), ("7.5", None), ("", None)])
def test_a_whole_number(text, number):
    assert readings.whole(text) == number
