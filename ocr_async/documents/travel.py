"""Tickets and receipts of a journey, as Chinese carriers print them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from attrs import frozen

from ocr_async.fields import (
    PICTURES,
    Fields,
    ImageLimits,
    Quad,
    Reading,
    Result,
    VersionedType,
    adds_up,
    check_digit,
    chinese_id,
    document,
    numbers,
    readings,
    same_amount,
)


@document
class TrainTicketResult(Result):
    """What is printed on a train ticket; the fields from `invoice_style` on come with newer forms only."""

    confidence_aliases: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "starting_station": "departure_station",
            "starting_station_en": "departure_station_en",
            "starting_time": "departure_time",
            "ticket_rates": "ticket_price",
            "ticket_office": "sale_location",
        }
    )

    ticket_id: str | None = None
    """The number at the top left."""
    check_port: str | None = None
    """The ticket gate."""
    train_number: str | None = None
    departure_station: str | None = None
    destination_station: str | None = None
    departure_station_en: str | None = None
    destination_station_en: str | None = None
    departure_time: str | None = None
    """Date and time of departure, such as `2017年12月12日20:39`."""
    seat_number: str | None = None
    ticket_price: str | None = None
    """The price; on a refund voucher the fee."""
    sale_method: str | None = None
    seat_category: str | None = None
    ticket_changing: str | None = None
    """The mark of a changed or refunded ticket."""
    id_number: str | None = None
    """The number of the holder's identity card, partly masked."""
    name: str | None = None
    log_id: str | None = None
    """The code at the bottom."""
    sale_location: str | None = None
    invoice_style: str | None = None
    """The kind of ticket: `paper`, `electronic`, `refund_old`, `refund_new` or `refund_electronic`."""
    issue_date: str | None = None
    discount_mark: str | None = None
    serial_number: str | None = None
    """The number of an electronic ticket."""
    tax_amount: str | None = None
    tax_rate: str | None = None
    air_conditioning: str | None = None
    original_invoice_number: str | None = None
    unified_social_credit_code: str | None = None
    buyer_name: str | None = None
    total_amount_excluding_tax: str | None = None
    invoice_number: str | None = None
    seal_mark: bool | None = None
    """Whether the ticket carries a seal."""
    title: str | None = None
    area: str | None = None
    receipt_number: str | None = None
    amount_in_figures: str | None = None
    amount_in_words: str | None = None
    text_location: Mapping[str, Quad] | None = None

    departure_time_value = Reading(readings.timestamp)
    issue_date_value = Reading(readings.calendar_date)
    tax_rate_value = Reading(readings.percentage)
    ticket_price_value = Reading(readings.amount)
    tax_amount_value = Reading(readings.amount)
    total_amount_excluding_tax_value = Reading(readings.amount)
    amount_in_figures_value = Reading(readings.amount)
    amount_in_words_value = Reading(readings.amount)

    checks = (
        same_amount("amount_in_words", "amount_in_figures"),
        adds_up("ticket_price", "total_amount_excluding_tax", "tax_amount"),
        check_digit(numbers.social_credit_code, "unified_social_credit_code"),
        chinese_id("id_number"),
    )


@frozen
class TrainTicket(VersionedType[TrainTicketResult]):
    """A Chinese train ticket, on paper, electronic, or a refund voucher."""

    api = "train-ticket"
    regions = ("cn-north-4",)
    picture = ImageLimits(formats=(*PICTURES, "OFD"))

    return_text_location: bool = False


@document
class Flight(Fields):
    """One flight of an itinerary."""

    departure_station: str | None = None
    destination_station: str | None = None
    carrier: str | None = None
    flight: str | None = None
    cabin_class: str | None = None
    date: str | None = None
    time: str | None = None
    fare_basis: str | None = None
    effective_date: str | None = None
    """The first day on which the ticket is valid."""
    expiry_date: str | None = None
    """The last day on which the ticket is valid."""
    baggage_allowance: str | None = None

    date_value = Reading(readings.calendar_date)
    effective_date_value = Reading(readings.calendar_date)
    expiry_date_value = Reading(readings.calendar_date)
    time_value = Reading(readings.clock)


@document
class FlightItineraryResult(Result):
    """What is printed on an itinerary; amounts have their currency before them, such as `CNY 2340.00`."""

    serial_number: str | None = None
    passenger_name: str | None = None
    id_number: str | None = None
    endorsements_restrictions: str | None = None
    order_number: str | None = None
    fare: str | None = None
    caac_development_fund: str | None = None
    """The fee for the civil aviation fund."""
    fuel_surcharge: str | None = None
    other_taxes: str | None = None
    total: str | None = None
    e_ticket_number: str | None = None
    check_code: str | None = None
    reference_information: str | None = None
    insurance: str | None = None
    agent_code: str | None = None
    """The code of the office that sold the ticket."""
    issue_organization: str | None = None
    issue_date: str | None = None
    tax: str | None = None
    tax_rate: str | None = None
    buyer_name: str | None = None
    buyer_id: str | None = None
    """The tax number of the buyer."""
    number: str | None = None
    international_flag: str | None = None
    issue_status: str | None = None
    gp_number: str | None = None
    """The number of an order for the government."""
    itinerary_list: tuple[Flight, ...] | None = None

    issue_date_value = Reading(readings.calendar_date)
    tax_rate_value = Reading(readings.percentage)
    fare_value = Reading(readings.amount)
    caac_development_fund_value = Reading(readings.amount)
    fuel_surcharge_value = Reading(readings.amount)
    other_taxes_value = Reading(readings.amount)
    total_value = Reading(readings.amount)
    insurance_value = Reading(readings.amount)
    tax_value = Reading(readings.amount)

    checks = (check_digit(numbers.social_credit_code, "buyer_id"), chinese_id("id_number"))


@frozen
class FlightItinerary(VersionedType[FlightItineraryResult]):
    """The itinerary of an electronic air ticket."""

    api = "flight-itinerary"
    regions = ("cn-north-4",)


@document
class TaxiInvoiceResult(Result):
    """What is printed on a taxi receipt."""

    location: str | None = None
    """The place, such as `上海市`."""
    code: str | None = None
    number: str | None = None
    phone_number: str | None = None
    company: str | None = None
    taxi_number: str | None = None
    certificate_number: str | None = None
    """The number of the driver's certificate."""
    identification_number: str | None = None
    date: str | None = None
    boarding_time: str | None = None
    alighting_time: str | None = None
    time: str | None = None
    """Both times, such as `12:03-12:15`."""
    unit_price: str | None = None
    distance: str | None = None
    """In kilometres."""
    waiting_time: str | None = None
    fare: str | None = None
    """The amount on the meter."""
    fuel_oil_surcharge: str | None = None
    call_service_surcharge: str | None = None
    """The fee for calling the taxi."""
    total: str | None = None
    """The amount paid."""
    text_location: Mapping[str, Quad] | None = None

    date_value = Reading(readings.calendar_date)
    boarding_time_value = Reading(readings.clock)
    alighting_time_value = Reading(readings.clock)
    waiting_time_value = Reading(readings.clock)
    unit_price_value = Reading(readings.amount)
    distance_value = Reading(readings.amount)
    fare_value = Reading(readings.amount)
    fuel_oil_surcharge_value = Reading(readings.amount)
    call_service_surcharge_value = Reading(readings.amount)
    total_value = Reading(readings.amount)


@frozen
class TaxiInvoice(VersionedType[TaxiInvoiceResult]):
    """The receipt of a Chinese taxi."""

    api = "taxi-invoice"
    regions = ("cn-north-4",)
    picture = ImageLimits(max_side=4096)

    return_text_location: bool = False


@document
class TollInvoiceResult(Result):
    """What is printed on a toll receipt."""

    code: str | None = None
    number: str | None = None
    entry: str | None = None
    """The station at which the road was entered."""
    exit: str | None = None
    """The station at which it was left."""
    amount: str | None = None
    cashier: str | None = None
    vehicle_type: str | None = None
    date: str | None = None
    time: str | None = None
    text_location: Mapping[str, Quad] | None = None

    date_value = Reading(readings.calendar_date)
    time_value = Reading(readings.clock)
    amount_value = Reading(readings.amount)


@frozen
class TollInvoice(VersionedType[TollInvoiceResult]):
    """The receipt of a Chinese toll road."""

    api = "toll-invoice"
    regions = ("cn-north-4",)
    picture = ImageLimits(max_side=4096)

    return_text_location: bool = False
