"""Chinese train tickets."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen

from ocr_async.documents import readings
from ocr_async.documents.base import DocumentType, Result, boolean, document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal

    from ocr_async.model import Corners


@document
class TrainTicketResult(Result):
    """What is printed on a train ticket; the fields from `invoice_style` on come with newer forms only."""

    identifiers: ClassVar[tuple[str, ...]] = (
        "ticket_id",
        "id_number",
        "log_id",
        "serial_number",
        "original_invoice_number",
        "unified_social_credit_code",
        "invoice_number",
        "receipt_number",
    )
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
    text_location: Mapping[str, Corners] | None = None
    """The corners of each field, with `return_text_location`."""

    @property
    def departure_time_value(self) -> datetime | None:
        """When the train leaves: local time of China, without a zone."""
        return readings.timestamp(self.departure_time)

    @property
    def ticket_price_value(self) -> Decimal | None:
        """The price in yuan."""
        return readings.amount(self.ticket_price)

    @property
    def issue_date_value(self) -> date | None:
        """The day of issue."""
        return readings.calendar_date(self.issue_date)

    @property
    def tax_amount_value(self) -> Decimal | None:
        """The tax in yuan."""
        return readings.amount(self.tax_amount)

    @property
    def tax_rate_value(self) -> Decimal | None:
        """The tax rate as a fraction of 1."""
        return readings.percentage(self.tax_rate)

    @property
    def total_amount_excluding_tax_value(self) -> Decimal | None:
        """The price without tax, in yuan."""
        return readings.amount(self.total_amount_excluding_tax)

    @property
    def amount_in_figures_value(self) -> Decimal | None:
        """The amount in yuan."""
        return readings.amount(self.amount_in_figures)

    @property
    def amount_in_words_value(self) -> Decimal | None:
        """The amount in yuan, from words such as `伍拾元整`."""
        return readings.amount(self.amount_in_words)


@frozen
class TrainTicket(DocumentType[TrainTicketResult]):
    """A Chinese train ticket, on paper, electronic, or a refund voucher."""

    api = "train-ticket"
    regions = ("cn-north-4",)

    return_text_location: bool = field(default=False, validator=boolean)
    """Whether the corners of each field are wanted."""
