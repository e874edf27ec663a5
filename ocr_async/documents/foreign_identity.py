"""Passports, and identity documents of other countries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias

from attrs import field, frozen

from ocr_async.fields import Fields, Reading, Result, Zone, as_tuple, document, numbers, readings
from ocr_async.fields.disagreements import check_digit, in_order, zone
from ocr_async.fields.document_type import PICTURES, DocumentType, ImageLimits, VersionedType
from ocr_async.fields.shapes import CardAlarmScores, Places, Quad
from ocr_async.model import Json

Country: TypeAlias = Literal[
    "ALB", "BRA", "CHL", "HKG", "IDN", "IND", "MYS", "NGA", "PAK", "PHL", "RUS", "THA", "TWN", "UKR", "VNM"
]  # fmt: skip
"""Countries and regions whose documents `id-document` reads, as three letters of ISO 3166."""


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

    local_language: Annotated[LocalLanguage | None, "With Chinese passports."] = None


@document
class PassportResult(Result):
    """What is printed on a passport; of foreign ones the service reads the machine-readable zone alone."""

    passport_type: Annotated[str | None, "`P` ordinary, `W` diplomatic, `G` service."] = None
    country_code: Annotated[str | None, "The country of issue."] = None
    passport_number: str | None = None
    nationality: str | None = None
    surname: str | None = None
    given_name: str | None = None
    sex: Annotated[str | None, "`F` or `M`."] = None
    date_of_birth: str | None = None
    date_of_expiry: str | None = None
    date_of_issue: str | None = None
    place_of_birth: str | None = None
    place_of_issue: str | None = None
    issuing_authority: str | None = None
    machine_code: Annotated[str | None, "The first line of the machine-readable zone, with foreign passports."] = None
    machine_code2: Annotated[str | None, "The second line of the machine-readable zone, with foreign passports."] = None
    extra_info: PassportExtraInfo | None = None

    date_of_birth_value = date_of_expiry_value = date_of_issue_value = Reading(readings.calendar_date)
    mrz = Zone("machine_code", "machine_code2")
    checks = (
        zone(
            issuer="country_code",
            number="passport_number",
            surname="surname",
            given_names="given_name",
            sex="sex",
            date_of_birth="date_of_birth",
            date_of_expiry="date_of_expiry",
        ),
        in_order("date_of_issue", "date_of_expiry"),
    )


@frozen
class Passport(VersionedType[PassportResult]):
    """The data page of a passport.

    `GENERAL` reads the machine-readable zone alone, `CHN` all of a Chinese passport; by default the service decides.
    """

    api = "passport"
    regions = ("cn-north-4", "ap-southeast-1", "ap-southeast-2", "ae-ad-1")
    only_on = MappingProxyType({"country_code": "huaweicloud"})
    picture = ImageLimits(max_side=4096)
    options_v1 = ("country_code",)
    country_code: Literal["GENERAL", "CHN"] | None = None


@document
class IdDocumentResult(Result):
    """What is printed on an identity document; dates are YYYY-MM-DD."""

    country_region: Annotated[str | None, "The country as three letters of ISO 3166."] = None
    id_type: Annotated[str | None, "`PP` passport, `DL` driving licence, `ID` identity card."] = None
    side: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    sex: Annotated[str | None, "`M`, `F` or `X`."] = None
    nationality: str | None = None
    birth_date: str | None = None
    issue_date: str | None = None
    expiry_date: str | None = None
    document_number: str | None = None
    address: str | None = None
    issuing_authority: str | None = None
    portrait_image: str | None = None

    birth_date_value = issue_date_value = expiry_date_value = Reading(readings.calendar_date)
    checks = (in_order("issue_date", "expiry_date"),)


@frozen
class IdDocument(DocumentType[IdDocumentResult]):
    """An identity document of one of 15 countries.

    Passports of all but Hong Kong, driving licences of Albania, the Philippines and Vietnam, and identity cards of
    these, Chile, Hong Kong and Thailand. By default it is looked for all kinds of all countries.
    """

    api = "id-document"
    regions = ("ap-southeast-1",)
    picture = ImageLimits(min_side=100)
    country_region: Sequence[Country] | None = field(default=None, converter=as_tuple)
    id_type: Sequence[Literal["PP", "DL", "ID"]] | None = field(default=None, converter=as_tuple)
    return_portrait_image: bool = False


@document
class CambodianIdcardScores(CardAlarmScores):
    """How sure the service is of each alarm, 0 to 99; an alarm is raised above 50."""

    idcard_type_score: Annotated[int | None, "Of the card being a copy."] = None
    tampering_score: int | None = None


@document
class CambodianIdcardResult(Result):
    """What is printed on a Cambodian identity card."""

    id_number: str | None = None
    name_kh: str | None = None
    name_en: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    height: str | None = None
    birth_place: str | None = None
    address: str | None = None
    issue_date: str | None = None
    expiry_date: str | None = None
    description: Annotated[str | None, "The distinguishing marks of the holder."] = None
    machine_code1: str | None = None
    machine_code2: str | None = None
    machine_code3: str | None = None
    portrait_image: str | None = None
    portrait_location: Quad | None = None
    idcard_type: Annotated[str | None, "`normal` or `copy`."] = None
    adjusted_image: Annotated[str | None, "The straightened picture, as base64."] = None
    detect_border_integrity_result: Annotated[bool | None, "Whether a part of the card is missing."] = None
    detect_blocking_within_border_result: bool | None = None
    detect_blur_result: bool | None = None
    detect_glare_result: bool | None = None
    detect_tampering_result: bool | None = None
    detect_reproduce_result: bool | None = None
    score_info: CambodianIdcardScores | None = None

    birth_date_value = issue_date_value = expiry_date_value = Reading(readings.day_first_date)
    mrz = Zone("machine_code1", "machine_code2", "machine_code3")
    checks = (zone(date_of_birth="birth_date", date_of_expiry="expiry_date"),)


@frozen
class CambodianIdcard(DocumentType[CambodianIdcardResult]):
    """A Cambodian identity card."""

    api = "cambodian-idcard"
    regions = ("ap-southeast-3",)
    content_types = ("cambodian_id_card",)
    return_portrait_image: bool = False
    return_portrait_location: bool = False
    return_idcard_type: Annotated[bool, "Whether the service says if the card is an original or a copy."] = False
    detect_border_integrity: bool = False
    detect_blocking_within_border: bool = False
    detect_blur: bool = False
    detect_glare: bool = False
    return_adjusted_image: bool = False
    detect_tampering: bool = False
    detect_reproduce: bool = False


@document
class ChileIdCardResult(Result):
    """What is printed on a Chilean identity card."""

    surname: Annotated[tuple[str, ...] | None, "The surnames, of father and mother."] = None
    given_name: str | None = None
    nationality: str | None = None
    sex: str | None = None
    birth: str | None = None
    issue_date: str | None = None
    expiry_date: str | None = None
    document_number: str | None = None
    number: Annotated[str | None, "The RUN of the holder."] = None

    checks = (check_digit(numbers.chilean_id, "number"),)


@frozen
class ChileIdCard(DocumentType[ChileIdCardResult]):
    """A Chilean identity card."""

    api = "chile-id-card"
    regions = ("la-south-2",)


@document
class ColombiaIdCardResult(Result):
    """What is printed on one side of a Colombian identity card."""

    side: str | None = None
    number: str | None = None
    name: Annotated[str | None, "The given names."] = None
    last_name: str | None = None
    birth_date: str | None = None
    birth_place: str | None = None
    gender: str | None = None
    blood_type: str | None = None
    issue_date: str | None = None
    issue_authority: Annotated[str | None, "The place of issue."] = None
    height: str | None = None
    citizen_code1: str | None = None
    citizen_code2: str | None = None
    citizen_code3: str | None = None


@frozen
class ColombiaIdCard(DocumentType[ColombiaIdCardResult]):
    """A Colombian identity card."""

    api = "colombia-id-card"
    regions = ("la-south-2", "la-north-2")


@document
class EmiratesIdCardResult(Result):
    """What is printed on one side of an Emirates ID card; each side has a part of the fields."""

    side: Annotated[str | None, "`front` or `back`."] = None
    id_number: str | None = None
    name_arabic: str | None = None
    name: str | None = None
    nationality_arabic: str | None = None
    nationality: str | None = None
    sex: str | None = None
    date_of_birth: str | None = None
    expiry_date: str | None = None
    card_number: str | None = None
    country_code: Annotated[str | None, "The country of issue."] = None
    machinecode1: Annotated[str | None, "The first line of the machine-readable zone, on the back."] = None
    machinecode2: str | None = None
    machinecode3: str | None = None
    laser_number: str | None = None

    date_of_birth_value = expiry_date_value = Reading(readings.day_first_date)
    mrz = Zone("machinecode1", "machinecode2", "machinecode3")
    checks = (
        zone(
            optional="id_number",
            sex="sex",
            date_of_birth="date_of_birth",
            date_of_expiry="expiry_date",
            number="card_number",
            issuer="country_code",
        ),
    )

    @classmethod
    def prepare(cls, raw: Mapping[str, Json]) -> dict[str, object]:
        """Return what the fields are decoded from: on the back `id_number` is the confidence of `card_number`."""
        scores = raw.get("confidence")
        back = raw.get("id_number") is None and raw.get("card_number") is not None
        if not back or not isinstance(scores, Mapping) or "id_number" not in scores or "card_number" in scores:
            return dict(raw)
        renamed = {"card_number" if key == "id_number" else key: score for key, score in scores.items()}
        return {**raw, "confidence": renamed}


@frozen
class EmiratesIdCard(DocumentType[EmiratesIdCardResult]):
    """One side of an Emirates ID card; G42 Cloud only."""

    api = "emirates-id-card"
    regions = ("ae-ad-1",)
    side: Annotated[Literal["front", "back"] | None, "Found out when left out."] = None


@document
class MyanmarIdCardTranslation(Fields):
    """Fields in Latin letters, with `return_translation`."""

    name_translation: str | None = None
    father_name_translation: str | None = None
    nrc_id_translation: str | None = None
    birth_translation: str | None = None


@document
class MyanmarIdCardResult(Result):
    """What is printed on an identity card of Myanmar; without `convert_unicode` the texts are in the Zawgyi encoding."""

    side: str | None = None
    class_: Annotated[str | None, "`new_version` or `old_version`."] = None
    nrc_id: Annotated[str | None, "The number of the card."] = None
    issue_date: str | None = None
    name: str | None = None
    father_name: str | None = None
    birth: str | None = None
    bloodlines_religion: str | None = None
    height: str | None = None
    blood_group: str | None = None
    card_id: Annotated[str | None, "The number on the back."] = None
    nrc_id_back: str | None = None
    profession: str | None = None
    address: str | None = None
    portrait_image: str | None = None
    portrait_location: Quad | None = None
    idcard_type: Annotated[str | None, "`normal` or `copy`."] = None
    translation_info: MyanmarIdCardTranslation | None = None


@frozen
class MyanmarIdCard(DocumentType[MyanmarIdCardResult]):
    """An identity card of Myanmar."""

    api = "myanmar-id-card"
    regions = ("ap-southeast-1", "ap-southeast-2")
    picture = ImageLimits(max_side=8000)
    convert_unicode: Annotated[bool, "Whether texts are in Unicode and not in Zawgyi."] = False
    return_confidence: bool = False
    return_portrait_image: bool = False
    return_portrait_location: bool = False
    return_idcard_type: bool = False
    return_translation: Annotated[bool, "Whether fields in Latin letters are wanted as well."] = False


@document
class PeruIdCardResult(Result):
    """What is printed on a Peruvian identity card; portrait fields that were not asked for are empty."""

    cui_number: Annotated[str | None, "The number of the holder."] = None
    first_surname: str | None = None
    second_surname: str | None = None
    given_name: str | None = None
    sex: str | None = None
    marital_status: str | None = None
    birth_date: str | None = None
    nationality: str | None = None
    issue_date: str | None = None
    expiry_date: str | None = None
    birth_place: Annotated[str | None, "The code of the place of birth."] = None
    voting_group: str | None = None
    organ_donation: str | None = None
    registration_date: str | None = None
    portrait_image: str | None = None
    portrait_location: Quad | None = None
    address: str | None = None
    department: str | None = None
    province: str | None = None
    district: str | None = None
    remarks: str | None = None
    machine_code1: str | None = None
    machine_code2: str | None = None
    machine_code3: str | None = None
    duplicate: Annotated[bool | None, "Whether the card replaces another one."] = None

    birth_date_value = issue_date_value = expiry_date_value = registration_date_value = Reading(readings.day_first_date)
    mrz = Zone("machine_code1", "machine_code2", "machine_code3")
    checks = (zone(sex="sex", date_of_birth="birth_date", date_of_expiry="expiry_date"),)


@frozen
class PeruIdCard(DocumentType[PeruIdCardResult]):
    """A Peruvian identity card."""

    api = "peru-id-card"
    regions = ("la-south-2",)
    picture = ImageLimits(formats=(*PICTURES, "PDF"))
    return_portrait_image: bool = False
    return_portrait_location: bool = False


@document
class ThailandIdCardResult(Result):
    """What is printed on one side of a Thai identity card."""

    type: Annotated[str | None, "`normal`, or `pink` for foreigners."] = None
    name_en: str | None = None
    ref_number: str | None = None
    side: str | None = None
    id_number: str | None = None
    name_th: str | None = None
    first_name_en: str | None = None
    last_name_en: str | None = None
    date_of_birth_th: str | None = None
    date_of_birth_en: str | None = None
    religion_th: str | None = None
    address_th: str | None = None
    date_of_issue_th: str | None = None
    date_of_issue_en: str | None = None
    date_of_expiry_th: str | None = None
    date_of_expiry_en: str | None = None
    serial_number: str | None = None
    card_number: Annotated[str | None, "The number on the back."] = None
    laser_number: str | None = None
    portrait_image: str | None = None
    portrait_location: Quad | None = None
    idcard_type: Annotated[str | None, "`normal`, `copy`, or `screen` for the picture of a screen."] = None
    text_location: Places | None = None

    checks = (check_digit(numbers.thai_id, "id_number"),)


@frozen
class ThailandIdCard(DocumentType[ThailandIdCardResult]):
    """One side of a Thai identity card."""

    api = "thailand-id-card"
    regions = ("ap-southeast-2",)
    side: Literal["front", "back"] | None = None
    return_portrait_image: bool = False
    return_portrait_location: bool = False
    return_idcard_type: bool = False
    return_text_location: bool = False


@document
class VietnamIdCardResult(Result):
    """What is printed on one side of a Vietnamese identity card."""

    side: str | None = None
    number: str | None = None
    full_name: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    nationality: str | None = None
    origin_place: Annotated[str | None, "The home of the family."] = None
    residence_place: str | None = None
    expiry_date: str | None = None
    personal_identification: Annotated[str | None, "The distinguishing marks of the holder, on the back."] = None
    issue_date: str | None = None
    machine_code1: str | None = None
    machine_code2: str | None = None
    machine_code3: str | None = None
    portrait_image: str | None = None
    portrait_location: Quad | None = None
    idcard_type: Annotated[str | None, "`normal`, `copy`, or `screen` for the picture of a screen."] = None
    text_location: Places | None = None

    birth_date_value = expiry_date_value = issue_date_value = Reading(readings.day_first_date)
    mrz = Zone("machine_code1", "machine_code2", "machine_code3")
    checks = (zone(sex="sex", date_of_birth="birth_date", date_of_expiry="expiry_date"),)


@frozen
class VietnamIdCard(DocumentType[VietnamIdCardResult]):
    """One side of a Vietnamese identity card."""

    api = "vietnam-id-card"
    regions = ("ap-southeast-1",)
    side: Literal["front", "back"] | None = None
    return_portrait_image: bool = False
    return_portrait_location: bool = False
    return_idcard_type: bool = False
    return_text_location: bool = False
