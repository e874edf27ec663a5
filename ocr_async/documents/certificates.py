"""Chinese certificates: of companies, of real estate, of households."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from attrs import field, frozen

from ocr_async.fields import Fields, ListResult, Quad, Reading, Result, document, numbers, readings
from ocr_async.fields.disagreements import check_digit, in_order
from ocr_async.fields.document_type import PICTURES, DocumentType, ImageLimits, VersionedType


@document
class BusinessLicenseResult(Result):
    """What is printed on a business licence."""

    registration_number: Annotated[str | None, "The unified social credit code, or an older number."] = None
    name: str | None = None
    type: str | None = None
    address: str | None = None
    legal_representative: str | None = None
    registered_capital: str | None = None
    organization_form: str | None = None
    found_date: str | None = None
    business_term: Annotated[str | None, "Both days of the term, such as `2011年10月18日至2021年10月17日`."] = None
    business_scope: str | None = None
    issue_date: str | None = None

    found_date_value = issue_date_value = Reading(readings.calendar_date)
    registered_capital_value = Reading(readings.amount)
    checks = (check_digit(numbers.social_credit_code, "registration_number"), in_order("found_date", "issue_date"))


@frozen
class BusinessLicense(VersionedType[BusinessLicenseResult]):
    """A Chinese business licence."""

    api = "business-license"
    regions = ("cn-north-4", "cn-east-3")
    picture = ImageLimits(formats=(*PICTURES, "PDF"))
    picture_v1 = ImageLimits()


@document
class RealEstateCertificateResult(Result):
    """What is printed on a certificate of real estate."""

    issuer: str | None = None
    issue_date: str | None = None
    real_estate_certificate_no: str | None = None
    mortgage_seals: Annotated[int | None, "How many stamps of mortgages there are."] = None
    canceled_mortgage_seals: int | None = None
    estate_location: str | None = None
    total_floors: str | None = None
    floor: str | None = None
    year_built: str | None = None
    structure: str | None = None
    area: str | None = None
    revenue_stamps: Annotated[int | None, "How many revenue stamps there are."] = None
    ownership_certificate_no: str | None = None
    estate_holder: Annotated[str | None, "The owner of the building."] = None
    obligee: str | None = None
    ownership: Annotated[str | None, "How owners share the property."] = None
    property_unit_no: str | None = None
    right_type: str | None = None
    right_nature: str | None = None
    usage: str | None = None
    intended_usage: str | None = None

    issue_date_value = Reading(readings.calendar_date)


@frozen
class RealEstateCertificate(DocumentType[RealEstateCertificateResult]):
    """A Chinese certificate of real estate."""

    api = "real-estate-certificate"
    regions = ("cn-north-4", "cn-south-1")


@document
class HouseholdRegisterPage(Fields):
    """What is printed on a page; the first page has the last fields."""

    name: str | None = None
    householder_relationship: str | None = None
    former_name: str | None = None
    sex: str | None = None
    birthplace: str | None = None
    ethnicity: str | None = None
    origin_place: Annotated[str | None, "The home of the family."] = None
    birth_date: str | None = None
    other_address: str | None = None
    religious_belief: str | None = None
    id_card_number: str | None = None
    height: str | None = None
    blood_type: str | None = None
    education: str | None = None
    marital_status: str | None = None
    military_service_status: str | None = None
    work_place: str | None = None
    occupation: str | None = None
    migrated_to_city: Annotated[str | None, "When the person came to this city, and from where."] = None
    migrated_to_address: Annotated[str | None, "When the person came to this address, and from where."] = None
    registrar_signature_seal: str | None = None
    registration_date: str | None = None
    household_type: str | None = None
    household_number: str | None = None
    householder_name: str | None = None
    community: str | None = None
    address: str | None = None
    issue_date: str | None = None
    police_station: str | None = None

    birth_date_value = registration_date_value = issue_date_value = Reading(readings.calendar_date)


@document
class HouseholdRegisterItem(Fields):
    """One page in the picture, and how sure the service is of each field of its content."""

    type: Annotated[str | None, "`首页` (the first page) or `登记页` (the page of a person)."] = None
    location: Quad | None = None
    content: HouseholdRegisterPage | None = None
    confidence: Mapping[str, float] = field(factory=dict[str, float])


@document
class HouseholdRegisterResult(ListResult[HouseholdRegisterItem]):
    """The pages of a household register in a picture."""


@frozen
class HouseholdRegister(DocumentType[HouseholdRegisterResult]):
    """Pages of a Chinese household register."""

    api = "household-register"
    regions = ("cn-north-4",)
