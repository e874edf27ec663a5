"""Passports, as Huawei Cloud and G42 Cloud answer them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from attrs import field, frozen

from ocr_async.documents import readings
from ocr_async.documents.base import DocumentType, Fields, ImageLimits, Result, document, one_of
from ocr_async.documents.mrz import Mrz, disagreements, parse, short

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@document
class LocalLanguage(Fields):
    """The fields of a passport in the language of its country."""

    name: str | None = None
    sex: str | None = None
    place_of_birth: str | None = None
    place_of_issue: str | None = None
    issuing_authority: str | None = None
    nationality: str | None = None


@document
class PassportExtraInfo(Fields):
    """What some passports have beyond the usual fields."""

    local_language: LocalLanguage | None = None
    """With Chinese passports."""


@document
class PassportResult(Result):
    """What is printed on a passport; of foreign ones the service reads the machine-readable zone alone."""

    identifiers: ClassVar[tuple[str, ...]] = ("passport_number",)

    passport_type: str | None = None
    """`P` ordinary, `W` diplomatic, `G` service."""
    country_code: str | None = None
    """The country of issue."""
    passport_number: str | None = None
    nationality: str | None = None
    surname: str | None = None
    given_name: str | None = None
    sex: str | None = None
    """`F` or `M`."""
    date_of_birth: str | None = None
    date_of_expiry: str | None = None
    date_of_issue: str | None = None
    place_of_birth: str | None = None
    place_of_issue: str | None = None
    issuing_authority: str | None = None
    machine_code: str | None = None
    """The first line of the machine-readable zone, with foreign passports."""
    machine_code2: str | None = None
    """The second line of the machine-readable zone, with foreign passports."""
    extra_info: PassportExtraInfo | None = None

    @property
    def date_of_birth_value(self) -> date | None:
        """The day of birth."""
        return readings.calendar_date(self.date_of_birth)

    @property
    def date_of_expiry_value(self) -> date | None:
        """The last day on which the passport is valid."""
        return readings.calendar_date(self.date_of_expiry)

    @property
    def date_of_issue_value(self) -> date | None:
        """The day of issue."""
        return readings.calendar_date(self.date_of_issue)

    @property
    def mrz(self) -> Mrz | None:
        """The machine-readable zone, when the service returned it and it has the layout of a passport."""
        return parse((self.machine_code, self.machine_code2))

    @property
    def mrz_disagreements(self) -> tuple[str, ...]:
        """The fields that do not say what the machine-readable zone says; empty without a zone."""
        zone = self.mrz
        if zone is None:
            return ()
        return disagreements(
            {
                "country_code": (self.country_code, zone.issuer),
                "passport_number": (self.passport_number, zone.number),
                "surname": (self.surname, zone.surname),
                "given_name": (self.given_name, zone.given_names),
                "sex": (self.sex, zone.sex),
                "date_of_birth": (short(self.date_of_birth_value), zone.date_of_birth),
                "date_of_expiry": (short(self.date_of_expiry_value), zone.date_of_expiry),
            },
            cut=("given_name",) if zone.names_cut else (),
        )


@frozen
class Passport(DocumentType[PassportResult]):
    """The data page of a passport."""

    api = "passport"
    regions = ("cn-north-4", "ap-southeast-1", "ap-southeast-2", "ae-ad-1")
    only_on: ClassVar[Mapping[str, str]] = MappingProxyType({"country_code": "huaweicloud"})

    country_code: Literal["GENERAL", "CHN"] | None = field(default=None, validator=one_of("GENERAL", "CHN"))
    """`GENERAL` reads the machine-readable zone only, `CHN` all of a Chinese passport; by default the service decides."""

    @property
    def limits(self) -> ImageLimits:
        """What the service accepts as a picture of this type."""
        return ImageLimits(max_side=4096)
