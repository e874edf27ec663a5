"""Identity cards and permits of China, Hong Kong and Macao."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from ocr_async.fields import Fields, Reading, Result, Zone, document, readings
from ocr_async.fields.disagreements import chinese_id, in_order, zone
from ocr_async.fields.document_type import DocumentType, ImageLimits, VersionedType
from ocr_async.fields.shapes import CardAlarms, CardAlarmScores, Places, Quad


@document
class IdCardScores(CardAlarmScores):
    """How sure the service is of each alarm, 0 to 99; an alarm is raised above 50."""

    tampering_score: int | None = None
    interim_score: int | None = None
    copy_score: int | None = None


@document
class IdCardAlarms(CardAlarms):
    """What is wrong with the picture, each with its `detect_` option, and how the picture was taken apart."""

    detect_copy_result: bool | None = None
    detect_tampering_result: bool | None = None
    detect_interim_result: Annotated[bool | None, "Whether the card is a temporary one."] = None
    score_info: IdCardScores | None = None
    adjusted_image: Annotated[str | None, "The straightened picture, as base64."] = None
    text_location: Places | None = None


@document
class PortraitChecks(Fields):
    """What the service finds of the side with the portrait; False as well when the picture shows the other side."""

    valid_number: Annotated[bool | None, "Whether the check digit is right."] = None
    valid_birth: bool | None = None
    valid_sex: bool | None = None


@document
class EmblemChecks(Fields):
    """What the service finds of the side with the emblem; False as well when the picture shows the other side."""

    valid_date: Annotated[bool | None, "Whether the card is valid today."] = None
    valid_validity_period: Annotated[bool | None, "Whether the dates can belong to a card."] = None


@document
class IdCardChecks(EmblemChecks, PortraitChecks):
    """What the service finds, with `return_verification`."""


@document
class PortraitSide(Fields):
    """The side with the portrait; texts are Chinese."""

    name: str | None = None
    sex: str | None = None
    birth: str | None = None
    ethnicity: str | None = None
    address: str | None = None
    number: str | None = None
    portrait_image: Annotated[str | None, "The portrait, as base64."] = None
    portrait_location: Quad | None = None

    birth_value = Reading(readings.calendar_date)
    checks = (chinese_id("number", "birth", "sex"),)


@document
class EmblemSide(Fields):
    """The side with the emblem."""

    issue: Annotated[str | None, "The issuing authority."] = None
    valid_from: str | None = None
    valid_to: Annotated[str | None, "The last day, or Chinese words for a card without an end."] = None

    valid_from_value = valid_to_value = Reading(readings.calendar_date)
    checks = (in_order("valid_from", "valid_to"),)


@document
class IdCardFront(IdCardAlarms, PortraitSide):
    """The side with the portrait, with `side="double_side"`."""

    verification_result: PortraitChecks | None = None


@document
class IdCardBack(IdCardAlarms, EmblemSide):
    """The side with the emblem, with `side="double_side"`."""

    verification_result: EmblemChecks | None = None


@document
class IdCardResult(IdCardAlarms, EmblemSide, PortraitSide, Result):
    """What is printed on a Chinese identity card; each side has a part of the fields."""

    verification_result: IdCardChecks | None = None
    front: IdCardFront | None = None
    back: IdCardBack | None = None


@frozen
class IdCard(VersionedType[IdCardResult]):
    """A Chinese resident identity card; two cards that show the same side are refused with AIS.0122."""

    api = "id-card"
    regions = ("cn-north-4", "cn-north-1", "cn-east-3")
    content_types = ("id_card_portrait_side", "id_card_emblem_side")
    picture = ImageLimits(max_side=8000)
    picture_v1 = ImageLimits(max_side=8000)
    options_v1 = ("side",)
    side: Annotated[Literal["front", "back", "double_side"] | None, "Found out when left out."] = None
    return_verification: Annotated[bool, "Whether number, birth, sex and validity are checked by the service."] = False
    return_text_location: bool = False
    detect_reproduce: bool = False
    detect_copy: bool = False
    return_portrait_location: bool = False
    return_portrait_image: bool = False
    return_adjusted_image: bool = False
    detect_tampering: bool = False
    detect_border_integrity: bool = False
    detect_blocking_within_border: bool = False
    detect_blur: bool = False
    detect_interim: bool = False
    detect_glare: bool = False


@document
class HkIdCardResult(Result):
    """What is printed on an identity card of Hong Kong."""

    name: Annotated[str | None, "The Chinese name."] = None
    name_en: str | None = None
    sex: Annotated[str | None, "`M` or `F`."] = None
    birth_date: str | None = None
    number: str | None = None
    symbols: Annotated[str | None, "The letters below the date of birth."] = None
    name_telegraph_code: Annotated[str | None, "The Chinese name in Chinese commercial codes."] = None
    permanent: Annotated[bool | None, "Whether the holder is a permanent resident."] = None
    initial_issue_date: str | None = None
    issue_date: str | None = None
    portrait_location: Quad | None = None
    portrait_image: str | None = None

    birth_date_value = issue_date_value = Reading(readings.day_first_date)


@frozen
class HkIdCard(DocumentType[HkIdCardResult]):
    """An identity card of Hong Kong."""

    api = "hk-id-card"
    regions = ("ap-southeast-1",)
    content_types = ("hongkong_id_card",)
    return_portrait_image: bool = False
    return_portrait_location: bool = False


@document
class MacaoIdCardResult(Result):
    """What is printed on an identity card of Macao."""

    side: str | None = None
    name: str | None = None
    name_en: str | None = None
    sex: Annotated[str | None, "`男` or `女`."] = None
    issue_date: str | None = None
    expiry_date: str | None = None
    birth_date: str | None = None
    initial_issue_date: str | None = None
    height: str | None = None
    number: str | None = None
    symbols: str | None = None
    machine_code1: str | None = None
    machine_code2: str | None = None
    machine_code3: str | None = None
    portrait_image: str | None = None

    issue_date_value = expiry_date_value = birth_date_value = Reading(readings.day_first_date)
    initial_issue_date_value = Reading(readings.day_first_date)
    mrz = Zone("machine_code1", "machine_code2", "machine_code3")
    checks = (zone(sex="sex", date_of_birth="birth_date", date_of_expiry="expiry_date"),)


@frozen
class MacaoIdCard(DocumentType[MacaoIdCardResult]):
    """One side of an identity card of Macao."""

    api = "macao-id-card"
    regions = ("ap-southeast-1",)
    side: Literal["front", "back"] | None = None
    return_portrait_image: bool = False


@document
class Endorsement(Fields):
    """What a permit allows for one place."""

    endorsement_type: str | None = None
    valid_round_trips: str | None = None
    endorsement_valid_period: str | None = None
    remark: str | None = None
    issue_info: str | None = None


@document
class ExitEntryPermitResult(Result):
    """What is printed on a permit."""

    name: str | None = None
    name_en: str | None = None
    sex: str | None = None
    birth_date: str | None = None
    number: str | None = None
    issuing_authority: str | None = None
    issue_place: str | None = None
    valid_period: str | None = None
    machine_code: str | None = None
    portrait_image: str | None = None
    portrait_location: Quad | None = None
    type: Annotated[str | None, "`往来港澳通行证` or `往来台湾通行证`."] = None
    side: str | None = None
    endorsement_info_hk: Endorsement | None = None
    endorsement_info_mo: Endorsement | None = None
    endorsement_info_tw: Endorsement | None = None

    birth_date_value = Reading(readings.calendar_date)


@frozen
class ExitEntryPermit(DocumentType[ExitEntryPermitResult]):
    """A permit of mainland residents for Hong Kong and Macao, or for Taiwan."""

    api = "exit-entry-permit"
    regions = ("ap-southeast-1",)
    return_portrait_image: bool = False
    return_portrait_location: bool = False


@document
class MainlandTravelPermitResult(Result):
    """What is printed on a permit."""

    name: str | None = None
    name_en: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    valid_period: str | None = None
    issuing_authority: str | None = None
    number: str | None = None
    issue_place: str | None = None
    issue_times: str | None = None
    id_name: Annotated[str | None, "The name on the identity card of Hong Kong, Macao or Taiwan."] = None
    id_number: Annotated[str | None, "The number of that card."] = None
    machine_code1: str | None = None
    machine_code2: str | None = None
    machine_code3: str | None = None
    type: Annotated[str | None, "`港澳居民来往内地通行证` or `台湾居民来往大陆通行证`."] = None
    side: str | None = None
    portrait_image: str | None = None
    portrait_location: Quad | None = None

    birth_date_value = Reading(readings.calendar_date)
    issue_times_value = Reading(readings.whole)


@frozen
class MainlandTravelPermit(DocumentType[MainlandTravelPermitResult]):
    """A permit of residents of Hong Kong, Macao or Taiwan for the mainland."""

    api = "mainland-travel-permit"
    regions = ("ap-southeast-1",)
    return_portrait_image: bool = False
    return_portrait_location: bool = False
