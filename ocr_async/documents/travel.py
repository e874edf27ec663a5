"""Tickets and receipts of a journey, as Chinese carriers print them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated

from attrs import frozen

from ocr_async.fields import Fields, Places, Reading, Result, document, numbers, readings
from ocr_async.fields.disagreements import adds_up, check_digit, chinese_id, same_amount
from ocr_async.fields.document_type import PICTURES, ImageLimits, VersionedType


@document
class TrainTicketResult(Result):
    """What is printed on a train ticket; the fields from `invoice_style` on come with newer forms only."""

    confidence_aliases = MappingProxyType(
        {
            "starting_station": "departure_station",
            "starting_station_en": "departure_station_en",
            "starting_time": "departure_time",
            "ticket_rates": "ticket_price",
            "ticket_office": "sale_location",
        }
    )

    ticket_id: Annotated[str | None, "The number at the top left."] = None
    check_port: Annotated[str | None, "The ticket gate."] = None
    train_number: str | None = None
    departure_station: str | None = None
    destination_station: str | None = None
    departure_station_en: str | None = None
    destination_station_en: str | None = None
    departure_time: Annotated[str | None, "Date and time of departure, such as `2017年12月12日20:39`."] = None
    seat_number: str | None = None
    ticket_price: Annotated[str | None, "The price; on a refund voucher the fee."] = None
    sale_method: str | None = None
    seat_category: str | None = None
    ticket_changing: Annotated[str | None, "The mark of a changed or refunded ticket."] = None
    id_number: Annotated[str | None, "The number of the holder's identity card, partly masked."] = None
    name: str | None = None
    log_id: Annotated[str | None, "The code at the bottom."] = None
    sale_location: str | None = None
    invoice_style: Annotated[str | None, "`paper`, `electronic`, or `refund_` and `old`, `new` or `electronic`."] = None
    issue_date: str | None = None
    discount_mark: str | None = None
    serial_number: Annotated[str | None, "The number of an electronic ticket."] = None
    tax_amount: str | None = None
    tax_rate: str | None = None
    air_conditioning: str | None = None
    original_invoice_number: str | None = None
    unified_social_credit_code: str | None = None
    buyer_name: str | None = None
    total_amount_excluding_tax: str | None = None
    invoice_number: str | None = None
    seal_mark: Annotated[bool | None, "Whether the ticket carries a seal."] = None
    title: str | None = None
    area: str | None = None
    receipt_number: str | None = None
    amount_in_figures: str | None = None
    amount_in_words: str | None = None
    text_location: Places | None = None

    departure_time_value = Reading(readings.timestamp)
    issue_date_value = Reading(readings.calendar_date)
    tax_rate_value = Reading(readings.percentage)
    ticket_price_value = tax_amount_value = total_amount_excluding_tax_value = Reading(readings.amount)
    amount_in_figures_value = amount_in_words_value = Reading(readings.amount)
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
    effective_date: Annotated[str | None, "The first day on which the ticket is valid."] = None
    expiry_date: Annotated[str | None, "The last day on which the ticket is valid."] = None
    baggage_allowance: str | None = None

    date_value = effective_date_value = expiry_date_value = Reading(readings.calendar_date)
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
    caac_development_fund: Annotated[str | None, "The fee for the civil aviation fund."] = None
    fuel_surcharge: str | None = None
    other_taxes: str | None = None
    total: str | None = None
    e_ticket_number: str | None = None
    check_code: str | None = None
    reference_information: str | None = None
    insurance: str | None = None
    agent_code: Annotated[str | None, "The code of the office that sold the ticket."] = None
    issue_organization: str | None = None
    issue_date: str | None = None
    tax: str | None = None
    tax_rate: str | None = None
    buyer_name: str | None = None
    buyer_id: Annotated[str | None, "The tax number of the buyer."] = None
    number: str | None = None
    international_flag: str | None = None
    issue_status: str | None = None
    gp_number: Annotated[str | None, "The number of an order for the government."] = None
    itinerary_list: tuple[Flight, ...] | None = None

    issue_date_value = Reading(readings.calendar_date)
    tax_rate_value = Reading(readings.percentage)
    fare_value = caac_development_fund_value = fuel_surcharge_value = other_taxes_value = Reading(readings.amount)
    total_value = insurance_value = tax_value = Reading(readings.amount)
    checks = (check_digit(numbers.social_credit_code, "buyer_id"), chinese_id("id_number"))


@frozen
class FlightItinerary(VersionedType[FlightItineraryResult]):
    """The itinerary of an electronic air ticket."""

    api = "flight-itinerary"
    regions = ("cn-north-4",)


@document
class TaxiInvoiceResult(Result):
    """What is printed on a taxi receipt."""

    location: Annotated[str | None, "The place, such as `上海市`."] = None
    code: str | None = None
    number: str | None = None
    phone_number: str | None = None
    company: str | None = None
    taxi_number: str | None = None
    certificate_number: Annotated[str | None, "The number of the driver's certificate."] = None
    identification_number: str | None = None
    date: str | None = None
    boarding_time: str | None = None
    alighting_time: str | None = None
    time: Annotated[str | None, "Both times, such as `12:03-12:15`."] = None
    unit_price: str | None = None
    distance: Annotated[str | None, "In kilometres."] = None
    waiting_time: str | None = None
    fare: Annotated[str | None, "The amount on the meter."] = None
    fuel_oil_surcharge: str | None = None
    call_service_surcharge: Annotated[str | None, "The fee for calling the taxi."] = None
    total: Annotated[str | None, "The amount paid."] = None
    text_location: Places | None = None

    date_value = Reading(readings.calendar_date)
    boarding_time_value = alighting_time_value = waiting_time_value = Reading(readings.clock)
    unit_price_value = distance_value = fare_value = fuel_oil_surcharge_value = Reading(readings.amount)
    call_service_surcharge_value = total_value = Reading(readings.amount)


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
    entry: Annotated[str | None, "The station at which the road was entered."] = None
    exit: Annotated[str | None, "The station at which it was left."] = None
    amount: str | None = None
    cashier: str | None = None
    vehicle_type: str | None = None
    date: str | None = None
    time: str | None = None
    text_location: Places | None = None

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
