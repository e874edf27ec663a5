"""Bank cards and business cards."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated

from attrs import frozen

from ocr_async.fields import Fields, Places, Reading, Result, document, numbers, readings
from ocr_async.fields.disagreements import check_digit, in_order
from ocr_async.fields.document_type import DocumentType, VersionedType


@document
class BankcardResult(Result):
    """What is printed on a bank card."""

    bank_name: str | None = None
    card_number: Annotated[str | None, "The number, with spaces as printed."] = None
    issue_date: Annotated[str | None, "The month from which the card is valid, such as `12/10`."] = None
    expiry_date: Annotated[str | None, "The month to whose end the card is valid, such as `12/20`."] = None
    type: Annotated[str | None, "In Chinese; on G42 Cloud `Visa` or `MasterCard`."] = None
    card_holder: Annotated[str | None, "The name of the holder; G42 Cloud only."] = None
    text_location: Places | None = None

    issue_date_value = Reading(readings.first_of_month)
    expiry_date_value = Reading(readings.last_of_month)
    checks = (check_digit(numbers.card_number, "card_number"), in_order("issue_date", "expiry_date"))

    @property
    def card_number_valid(self) -> bool | None:
        """Whether the check digit of the number is right; `None` when the number is masked or not one."""
        return numbers.card_number(self.card_number)


@frozen
class Bankcard(VersionedType[BankcardResult]):
    """A bank card."""

    api = "bankcard"
    regions = ("cn-north-4", "cn-east-3", "ae-ad-1")
    only_on = MappingProxyType({"return_text_location": "huaweicloud"})

    return_text_location: bool = False


@document
class BusinessCardExtra(Fields):
    """Something else on a business card."""

    item: Annotated[str | None, "What it is, such as `bank`."] = None
    value: str | None = None
    note: Annotated[tuple[str, ...] | None, "More of it; of a bank account the holder, then the bank."] = None


@document
class BusinessCardResult(Result):
    """What is printed on a business card, of each field all that was found."""

    name: tuple[str, ...] | None = None
    title: tuple[str, ...] | None = None
    company: tuple[str, ...] | None = None
    department: tuple[str, ...] | None = None
    phone: tuple[str, ...] | None = None
    address: tuple[str, ...] | None = None
    email: tuple[str, ...] | None = None
    fax: tuple[str, ...] | None = None
    postcode: tuple[str, ...] | None = None
    website: tuple[str, ...] | None = None
    extra_info_list: tuple[BusinessCardExtra, ...] | None = None
    adjusted_image: Annotated[str | None, "The straightened picture, as base64."] = None


@frozen
class BusinessCard(DocumentType[BusinessCardResult]):
    """A business card."""

    api = "business-card"
    regions = ("cn-north-4",)
    detect_direction: bool = False
    return_adjusted_image: bool = False
