"""Chinese certificates: of companies, of real estate, of households."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from ocr_async.fields import (
    PICTURES,
    DocumentType,
    Fields,
    ImageLimits,
    ListResult,
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
class BusinessLicenseResult(Result):
    """What is printed on a business licence."""

    registration_number: str | None = None
    """The unified social credit code, or an older number."""
    name: str | None = None
    type: str | None = None
    address: str | None = None
    legal_representative: str | None = None
    registered_capital: str | None = None
    organization_form: str | None = None
    found_date: str | None = None
    business_term: str | None = None
    """Both days of the term, such as `2011年10月18日至2021年10月17日`."""
    business_scope: str | None = None
    issue_date: str | None = None

    found_date_value = Reading(readings.calendar_date)
    issue_date_value = Reading(readings.calendar_date)
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
    mortgage_seals: int | None = None
    """How many stamps of mortgages there are."""
    canceled_mortgage_seals: int | None = None
    estate_location: str | None = None
    total_floors: str | None = None
    floor: str | None = None
    year_built: str | None = None
    structure: str | None = None
    area: str | None = None
    revenue_stamps: int | None = None
    """How many revenue stamps there are."""
    ownership_certificate_no: str | None = None
    estate_holder: str | None = None
    """The owner of the building."""
    obligee: str | None = None
    ownership: str | None = None
    """How owners share the property."""
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
    origin_place: str | None = None
    """The home of the family."""
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
    migrated_to_city: str | None = None
    """When the person came to this city, and from where."""
    migrated_to_address: str | None = None
    """When the person came to this address, and from where."""
    registrar_signature_seal: str | None = None
    registration_date: str | None = None
    household_type: str | None = None
    household_number: str | None = None
    householder_name: str | None = None
    community: str | None = None
    address: str | None = None
    issue_date: str | None = None
    police_station: str | None = None

    birth_date_value = Reading(readings.calendar_date)
    registration_date_value = Reading(readings.calendar_date)
    issue_date_value = Reading(readings.calendar_date)


@document
class HouseholdRegisterItem(Fields):
    """One page in the picture."""

    type: str | None = None
    """`首页` (the first page) or `登记页` (the page of a person)."""
    location: Quad | None = None
    content: HouseholdRegisterPage | None = None
    confidence: Mapping[str, float] = field(factory=dict[str, float])
    """How sure the service is of each field of the content, 0 to 1."""


@document
class HouseholdRegisterResult(ListResult[HouseholdRegisterItem]):
    """The pages of a household register in a picture."""

    items: tuple[HouseholdRegisterItem, ...] = ()


@frozen
class HouseholdRegister(DocumentType[HouseholdRegisterResult]):
    """Pages of a Chinese household register."""

    api = "household-register"
    regions = ("cn-north-4",)
