"""Vehicles and their drivers: licences, plates, certificates."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal

from attrs import frozen

from ocr_async.fields import Fields, ListResult, Reading, Result, document, numbers, readings
from ocr_async.fields.disagreements import check_digit, chinese_id, in_order
from ocr_async.fields.document_type import DocumentType, ImageLimits, VersionedType
from ocr_async.fields.shapes import Alarms, AlarmScores, Places, Quad


@document
class DriverLicenseFields(Fields):
    """The fields that both sides of a driving licence have."""

    type: Annotated[str | None, "`normal` on paper, or `electronic`."] = None
    number: str | None = None
    name: str | None = None
    address: str | None = None
    issuing_authority: Annotated[str | None, "With `return_issuing_authority`."] = None
    file_number: Annotated[str | None, "On the back of a paper licence, on the front of an electronic one."] = None
    text_location: Places | None = None


@document
class DriverLicenseFront(DriverLicenseFields):
    """The main page, with `side="double_side"`."""

    sex: str | None = None
    nationality: str | None = None
    birth: str | None = None
    issue_date: Annotated[str | None, "The day of the first issue."] = None
    class_: Annotated[str | None, "The class of vehicles that the holder may drive."] = None
    valid_from: str | None = None
    valid_to: Annotated[str | None, "The last day, or Chinese words for a licence without an end."] = None
    accumulated_scores: Annotated[str | None, "The penalty points, on an electronic licence."] = None
    status: Annotated[tuple[str, ...] | None, "The states of an electronic licence."] = None
    generation_date: str | None = None
    current_time: str | None = None

    birth_value = issue_date_value = valid_from_value = valid_to_value = Reading(readings.calendar_date)
    current_time_value = Reading(readings.timestamp)
    checks = (chinese_id("number", "birth", "sex"), in_order("valid_from", "valid_to"))


@document
class DriverLicenseBack(DriverLicenseFields):
    """The second page, with `side="double_side"`."""

    record: str | None = None


@document
class DriverLicenseResult(DriverLicenseBack, DriverLicenseFront, Result):
    """What is printed on a Chinese driving licence; texts are Chinese."""

    front: DriverLicenseFront | None = None
    back: DriverLicenseBack | None = None


@frozen
class DriverLicense(VersionedType[DriverLicenseResult]):
    """A Chinese driving licence."""

    api = "driver-license"
    regions = ("cn-north-4", "cn-north-1", "cn-east-3")
    content_types = ("driver_license_front", "driver_license_back")
    picture = ImageLimits(min_side=100, max_side=8000)
    picture_v1 = ImageLimits(min_side=100, max_side=8000)
    options_v1 = ("side",)
    side: Annotated[Literal["front", "back", "double_side"], "Never found out."] = "front"
    return_issuing_authority: bool = False
    return_text_location: bool = False


@document
class VehicleLicensePage(Fields):
    """The fields that both pages of a vehicle licence have."""

    number: Annotated[str | None, "The number of the plate."] = None
    text_location: Places | None = None
    alarm_result: Annotated[Alarms | None, "With `alarm`."] = None
    alarm_confidence: AlarmScores | None = None

    number_value = Reading(readings.plate)


@document
class VehicleLicenseFront(VehicleLicensePage):
    """The main page, with `side="double_side"`."""

    vehicle_type: str | None = None
    name: Annotated[str | None, "The owner."] = None
    address: str | None = None
    use_character: Annotated[str | None, "What the vehicle is used for."] = None
    model: str | None = None
    vin: str | None = None
    engine_no: str | None = None
    register_date: str | None = None
    issue_date: str | None = None
    issuing_authority: Annotated[str | None, "With `return_issuing_authority`."] = None

    register_date_value = issue_date_value = Reading(readings.calendar_date)
    checks = (check_digit(numbers.vin, "vin"), in_order("register_date", "issue_date"))


@document
class VehicleLicenseBack(VehicleLicensePage):
    """The second page, with `side="double_side"`."""

    file_no: str | None = None
    approved_passengers: Annotated[str | None, "Such as `7人`."] = None
    gross_mass: Annotated[str | None, "Such as `2250kg`."] = None
    unladen_mass: str | None = None
    approved_load: str | None = None
    dimension: Annotated[str | None, "Length, width and height, such as `4765×1795×1665mm`."] = None
    traction_mass: str | None = None
    remarks: str | None = None
    inspection_record: str | None = None
    code_number: Annotated[str | None, "The number of the bar code."] = None
    energy_type: str | None = None

    approved_passengers_value = Reading(readings.whole)


@document
class VehicleLicenseResult(VehicleLicenseBack, VehicleLicenseFront, Result):
    """What is printed on a Chinese vehicle licence; the last fields but the pages are of electronic ones."""

    type: Annotated[str | None, "`normal` on paper, or `electronic`."] = None
    color: str | None = None
    mandatory_scrapping_date: str | None = None
    status: tuple[str, ...] | None = None
    front: VehicleLicenseFront | None = None
    back: VehicleLicenseBack | None = None

    mandatory_scrapping_date_value = Reading(readings.calendar_date)


@frozen
class VehicleLicense(VersionedType[VehicleLicenseResult]):
    """A Chinese vehicle licence."""

    api = "vehicle-license"
    regions = ("cn-north-4", "cn-north-1", "cn-east-3")
    content_types = ("vehicle_license_front", "vehicle_license_back")
    picture = ImageLimits(min_side=100, max_side=8000)
    picture_v1 = ImageLimits(min_side=100, max_side=8000)
    options_v1 = ("side",)
    side: Annotated[Literal["front", "back", "double_side"], "Never found out."] = "front"
    return_issuing_authority: bool = False
    return_text_location: bool = False
    recognize_electronic_license: Annotated[bool, "Whether electronic licences are read as well."] = False
    alarm: Annotated[bool, "Whether the picture is checked as well."] = False


@document
class Plate(Fields):
    """A licence plate in a picture."""

    plate_number: str | None = None
    plate_location: Quad | None = None
    confidence: float | None = None


@document
class LicensePlateItem(Plate):
    """A Chinese plate."""

    plate_color: Annotated[str | None, "`blue`, `green`, `black`, `white`, `yellow` or `yellow_green`."] = None

    plate_number_value = Reading(readings.plate)


@document
class LicensePlateResult(ListResult[LicensePlateItem]):
    """The plates in a picture."""


@frozen
class LicensePlate(VersionedType[LicensePlateResult]):
    """A Chinese licence plate."""

    api = "license-plate"
    regions = ("cn-north-4", "cn-east-3")
    picture = ImageLimits(max_side=4096)


@document
class ThailandLicensePlateItem(Plate):
    """A Thai plate."""

    province: str | None = None


@document
class ThailandLicensePlateResult(ListResult[ThailandLicensePlateItem]):
    """The plates in a picture."""


@frozen
class ThailandLicensePlate(DocumentType[ThailandLicensePlateResult]):
    """A Thai licence plate."""

    api = "thailand-license-plate"
    regions = ("ap-southeast-2",)


@document
class VinResult(Result):
    """The number of a vehicle."""

    vin: str | None = None

    checks = (check_digit(numbers.vin, "vin"),)


@frozen
class Vin(DocumentType[VinResult]):
    """A vehicle identification number, on a plate or a chassis."""

    api = "vin"
    regions = ("cn-north-4",)
    picture = ImageLimits(max_side=4096)


@document
class VehicleCertificateResult(Result):
    """What is printed on a certificate; sizes in millimetres, masses in kilograms."""

    certificate_number: str | None = None
    issue_date: str | None = None
    manufacture_name: str | None = None
    vehicle_brand: str | None = None
    vehicle_name: str | None = None
    vehicle_model: str | None = None
    vin: str | None = None
    vehicle_color: str | None = None
    chassis_model: str | None = None
    chassis_id: str | None = None
    chassis_certificate_number: str | None = None
    engine_model: str | None = None
    engine_number: str | None = None
    fuel_type: str | None = None
    displacement: str | None = None
    power: str | None = None
    emission_standard: str | None = None
    fuel_consumption: str | None = None
    overall_dimension_length: str | None = None
    overall_dimension_width: str | None = None
    overall_dimension_height: str | None = None
    container_dimension_length: str | None = None
    container_dimension_width: str | None = None
    container_dimension_height: str | None = None
    spring_quantity: Annotated[str | None, "The number of leaf springs."] = None
    tire_quantity: str | None = None
    tire_size: str | None = None
    front_wheel_track: str | None = None
    rear_wheel_track: str | None = None
    wheelbase: str | None = None
    axle_load: str | None = None
    axle_quantity: str | None = None
    steering_form: str | None = None
    total_weight: Annotated[str | None, "The gross mass."] = None
    equipment_weight: Annotated[str | None, "The curb mass."] = None
    maximum_laden_mass: str | None = None
    mass_utilization_coefficient: str | None = None
    traction_weight: str | None = None
    maximum_load_mass: Annotated[str | None, "The largest load on the saddle of a tractor."] = None
    cab_passenger_capacity: Annotated[str | None, "How many persons may be in the cab."] = None
    passenger_capacity: str | None = None
    max_design_speed: str | None = None
    manufacture_date: str | None = None
    text_location: Places | None = None

    issue_date_value = manufacture_date_value = Reading(readings.calendar_date)
    tire_quantity_value = axle_quantity_value = passenger_capacity_value = Reading(readings.whole)
    checks = (check_digit(numbers.vin, "vin"), in_order("manufacture_date", "issue_date"))


@frozen
class VehicleCertificate(DocumentType[VehicleCertificateResult]):
    """The conformity certificate of a Chinese vehicle."""

    api = "vehicle-certificate"
    regions = ("cn-north-4",)
    return_text_location: bool = False


@document
class TransportationLicenseResult(Result):
    """What is printed on a road transport licence; which fields there are depends on its layout."""

    confidence_aliases = MappingProxyType({"vehicle_weight": "maximum_capacity"})

    owner_name: str | None = None
    license_number: str | None = None
    vehicle_number: Annotated[str | None, "The number of the plate, with its colour."] = None
    vehicle_type: str | None = None
    maximum_capacity: Annotated[str | None, "Tons or seats."] = None
    vehicle_weight: Annotated[str | None, "An older name of `maximum_capacity`."] = None
    vehicle_size: str | None = None
    issuing_authority: str | None = None
    issue_date: str | None = None
    owner_address: str | None = None
    economic_type: str | None = None
    business_certificate: str | None = None
    business_scope: str | None = None
    expiry_date: str | None = None
    review_expiry_date: Annotated[str | None, "The end of the inspection."] = None
    assessed_technical_level: str | None = None
    image_location: Annotated[Quad | None, "The corners of the licence, with `return_image_location`."] = None
    adjusted_image: Annotated[str | None, "The straightened picture, as base64."] = None
    is_temporary_certificate: bool | None = None

    issue_date_value = expiry_date_value = review_expiry_date_value = Reading(readings.calendar_date)
    vehicle_number_value = Reading(readings.plate)
    checks = (in_order("issue_date", "expiry_date"),)


@frozen
class TransportationLicense(VersionedType[TransportationLicenseResult]):
    """The road transport licence of a Chinese vehicle."""

    api = "transportation-license"
    regions = ("cn-north-4", "cn-east-3")
    picture = ImageLimits(max_side=4096)
    return_image_location: bool = False
    return_adjusted_image: bool = False


@document
class Qualification(Fields):
    """One category of work that the holder may do."""

    category: str | None = None
    initial_issue_date: str | None = None
    issue_date: str | None = None
    expiry_date: str | None = None

    initial_issue_date_value = issue_date_value = expiry_date_value = Reading(readings.calendar_date)


@document
class TransportationQualificationCertificateResult(Result):
    """What is printed on a qualification certificate."""

    id_number: str | None = None
    assessment_date: str | None = None
    certificate_number: str | None = None
    file_number: str | None = None
    union_card_number: str | None = None
    continuing_education_info: str | None = None
    sex: str | None = None
    phone_number: str | None = None
    registration_date: str | None = None
    work_unit: Annotated[str | None, "The employer."] = None
    integrity_assessment_info: str | None = None
    nationality: str | None = None
    name: str | None = None
    address: str | None = None
    driving_class: str | None = None
    issuing_authority: str | None = None
    birth_date: str | None = None
    qualification_category_list: tuple[Qualification, ...] | None = None

    assessment_date_value = registration_date_value = birth_date_value = Reading(readings.calendar_date)
    checks = (chinese_id("id_number", "birth_date", "sex"),)


@frozen
class TransportationQualificationCertificate(DocumentType[TransportationQualificationCertificateResult]):
    """The qualification certificate of a worker in Chinese road transport."""

    api = "transportation-qualification-certificate"
    regions = ("cn-east-3",)


@document
class MyanmarDriverLicenseResult(Result):
    """What is printed on a driving licence of Myanmar; fields in `_en` are in Latin letters."""

    card_number: str | None = None
    card_number_en: str | None = None
    name: str | None = None
    name_en: str | None = None
    nrc_id: Annotated[str | None, "The number of the holder's identity card."] = None
    nrc_id_en: str | None = None
    birth: str | None = None
    birth_en: str | None = None
    blood_group: str | None = None
    blood_group_en: str | None = None
    expiried_date: str | None = None
    expiried_date_en: str | None = None


@frozen
class MyanmarDriverLicense(DocumentType[MyanmarDriverLicenseResult]):
    """A driving licence of Myanmar."""

    api = "myanmar-driver-license"
    regions = ("ap-southeast-1",)
    picture = ImageLimits(max_side=4096)
    convert_unicode: Annotated[bool, "Whether texts are in Unicode and not in Zawgyi."] = False
