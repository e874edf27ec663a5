"""Bank cards and business cards."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from attrs import frozen

from ocr_async.fields import (
    DocumentType,
    Fields,
    Quad,
    Reading,
    Result,
    VersionedType,
    check_digit,
    document,
    in_order,
    numbers,
    readings,
)


@document
class BankcardResult(Result):
    """What is printed on a bank card."""

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
    text_location: Mapping[str, Quad] | None = None

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
    only_on: ClassVar[Mapping[str, str]] = MappingProxyType({"return_text_location": "huaweicloud"})

    return_text_location: bool = False


@document
class BusinessCardExtra(Fields):
    """Something else on a business card."""

    item: str | None = None
    """What it is, such as `bank`."""
    value: str | None = None
    note: tuple[str, ...] | None = None
    """More of it; of a bank account the holder, then the bank."""


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
    adjusted_image: str | None = None
    """The straightened picture, as base64."""


@frozen
class BusinessCard(DocumentType[BusinessCardResult]):
    """A business card."""

    api = "business-card"
    regions = ("cn-north-4",)

    detect_direction: bool = False
    return_adjusted_image: bool = False
