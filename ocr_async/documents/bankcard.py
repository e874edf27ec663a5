"""Bank cards, as Huawei Cloud and G42 Cloud answer them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen

from ocr_async.documents import readings
from ocr_async.documents.base import DocumentType, Result, boolean, document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ocr_async.model import Corners


@document
class BankcardResult(Result):
    """What is printed on a bank card."""

    identifiers: ClassVar[tuple[str, ...]] = ("card_number",)

    bank_name: str | None = None
    card_number: str | None = None
    """The number, with spaces as printed."""
    issue_date: str | None = None
    """The month from which the card is valid, such as `12/10`."""
    expiry_date: str | None = None
    """The month to whose end the card is valid, such as `12/20`."""
    type: str | None = None
    """The kind of card, empty when unknown: `Visa` or `MasterCard` on G42 Cloud, Chinese words on Huawei Cloud."""
    card_holder: str | None = None
    """The name of the holder; G42 Cloud only."""
    text_location: Mapping[str, Corners] | None = None
    """The corners of each field, with `return_text_location`."""

    @property
    def issue_date_value(self) -> date | None:
        """The first day of the month of issue."""
        return readings.first_of_month(self.issue_date)

    @property
    def expiry_date_value(self) -> date | None:
        """The last day on which the card is valid."""
        return readings.last_of_month(self.expiry_date)

    @property
    def card_number_valid(self) -> bool | None:
        """Whether the check digit of the number is right; `None` when the number is masked or not one."""
        return readings.luhn(self.card_number)


@frozen
class Bankcard(DocumentType[BankcardResult]):
    """A bank card."""

    api = "bankcard"
    regions = ("cn-north-4", "cn-east-3", "ae-ad-1")
    only_on: ClassVar[Mapping[str, str]] = MappingProxyType({"return_text_location": "huaweicloud"})

    return_text_location: bool = field(default=False, validator=boolean)
    """Whether the corners of each field are wanted."""
