"""Chinese invoices, and their verification with the tax authority."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from attrs import frozen

from ocr_async.fields import Check, Fields, Places, Reading, Result, document, numbers, readings
from ocr_async.fields.disagreements import adds_up, check_digit, items_add_up, same_amount
from ocr_async.fields.document_type import MEBIBYTE, PICTURES, DocumentType, ImageLimits, VersionedType


@document
class QuotaInvoiceResult(Result):
    """What is printed on a quota invoice."""

    number: str | None = None
    code: str | None = None
    location: Annotated[str | None, "The place, such as `广东省深圳市`."] = None
    amount: Annotated[str | None, "The amount with its currency sign, such as `￥50.00`, or in words."] = None

    amount_value = Reading(readings.amount)


@frozen
class QuotaInvoice(VersionedType[QuotaInvoiceResult]):
    """A Chinese quota invoice: a receipt over a fixed amount."""

    api = "quota-invoice"
    regions = ("cn-north-4",)
    picture = ImageLimits(max_side=4096)
    picture_v1 = ImageLimits(max_base64_bytes=12 * MEBIBYTE, max_side=4096)


@document
class InvoiceLine(Fields):
    """What every line of an invoice has."""

    name: str | None = None
    specification: str | None = None
    unit: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    amount: str | None = None
    tax_rate: str | None = None
    tax: str | None = None

    quantity_value = unit_price_value = amount_value = tax_value = Reading(readings.amount)
    tax_rate_value = Reading(readings.percentage)


@document
class InvoiceItem(InvoiceLine):
    """One line of an invoice; its own fields belong to tolls, with `advanced_mode`."""

    license_plate_number: str | None = None
    vehicle_type: str | None = None
    start_date: str | None = None
    end_date: str | None = None

    start_date_value = end_date_value = Reading(readings.compact_date)
    license_plate_number_value = Reading(readings.plate)


@document
class GoodsListItem(InvoiceLine):
    """One line of a goods list."""

    item_number: str | None = None


@document
class InvoiceFields(Fields):
    """What every invoice has."""

    code: str | None = None
    number: str | None = None
    issue_date: str | None = None
    machine_number: str | None = None
    buyer_name: str | None = None
    buyer_id: Annotated[str | None, "The tax number of the buyer."] = None
    buyer_address: str | None = None
    seller_name: str | None = None
    seller_id: str | None = None
    seller_address: str | None = None
    seller_bank: str | None = None
    total: Annotated[str | None, "The amount with tax."] = None

    issue_date_value = Reading(readings.compact_date)
    total_value = Reading(readings.amount)
    checks: ClassVar[Sequence[Check]] = (check_digit(numbers.social_credit_code, "buyer_id", "seller_id"),)


@document
class VatFields(InvoiceFields):
    """What every VAT invoice has."""

    check_code: str | None = None
    buyer_bank: str | None = None
    subtotal_amount: Annotated[str | None, "The amount without tax."] = None
    subtotal_tax: str | None = None
    total_in_words: str | None = None
    remarks: str | None = None
    receiver: str | None = None
    reviewer: str | None = None
    issuer: str | None = None

    subtotal_amount_value = subtotal_tax_value = total_in_words_value = Reading(readings.amount)
    checks: ClassVar[Sequence[Check]] = (
        adds_up("total", "subtotal_amount", "subtotal_tax"),
        same_amount("total_in_words", "total"),
    )


@document
class VehicleSaleFields(InvoiceFields):
    """What every invoice of a vehicle has."""

    buyer_organization_number: Annotated[str | None, "The number of the buyer's identity card or organization."] = None
    buyer_phone: str | None = None
    seller_phone: str | None = None
    seller_account: str | None = None
    vehicle_type: str | None = None
    brand_model: str | None = None
    manufacturing_location: str | None = None
    quality_certificate: str | None = None
    import_certificate: str | None = None
    inspection_number: str | None = None
    engine_number: str | None = None
    vehicle_identification_number: str | None = None
    tonnage: str | None = None
    seating_capacity: str | None = None
    tax_authority: str | None = None
    tax_authority_code: str | None = None
    tax_payment_receipt: str | None = None
    tax_rate: str | None = None
    tax: str | None = None
    used_vehicle_market_name: str | None = None
    used_vehicle_market_address: str | None = None
    used_vehicle_market_phone: str | None = None

    tax_rate_value = Reading(readings.percentage)
    tax_value = Reading(readings.amount)
    seating_capacity_value = Reading(readings.whole)
    checks: ClassVar[Sequence[Check]] = (check_digit(numbers.vin, "vehicle_identification_number"),)


@document
class PassengerTrip(Fields):
    """One trip of an invoice for the transport of passengers."""

    traveler_name: str | None = None
    id_number: str | None = None
    travel_date: str | None = None
    departure_location: str | None = None
    arrival_location: str | None = None
    class_: str | None = None
    transportation_type: str | None = None

    travel_date_value = Reading(readings.calendar_date)


@document
class VatInvoiceResult(VatFields, Result):
    """What is printed on a VAT invoice; the fields in `belong_` are those of a goods list.

    Titles, tags, seals, machine and print numbers and the total in words come with `advanced_mode`.
    """

    title: str | None = None
    type: Annotated[str | None, "`special`, `normal`, `electronic`, `toll`, `roll` and the like."] = None
    invoice_tag: Annotated[str | None, "The tag at the top left."] = None
    sum_amount: Annotated[str | None, "The subtotal of this page without tax."] = None
    sum_tax: Annotated[str | None, "The subtotal of tax of this page."] = None
    serial_number: Annotated[str | None, "Which copy of the invoice this is."] = None
    attribution: Annotated[str | None, "The place the invoice belongs to."] = None
    supervision_seal: Annotated[tuple[str, ...] | None, "The texts of the stamp of the tax authority."] = None
    print_code: str | None = None
    print_number: str | None = None
    encryption_block: str | None = None
    seller_seal: Annotated[tuple[str, ...] | None, "The texts of the seal of the seller."] = None
    item_list: tuple[InvoiceItem, ...] | None = None
    province: str | None = None
    city: str | None = None
    total_pages: str | None = None
    current_page: str | None = None
    text_location: Places | None = None
    belong_buyer_name: str | None = None
    belong_seller_name: str | None = None
    belong_vat_code: str | None = None
    belong_number: str | None = None
    belong_pages: str | None = None
    belong_current_page: str | None = None
    belong_remarks: str | None = None
    belong_issue_date: str | None = None
    sales_mark: Annotated[bool | None, "Whether the picture is a goods list."] = None
    belong_sum_amount: str | None = None
    belong_sum_tax: str | None = None
    belong_subtotal_amount: str | None = None
    belong_subtotal_tax: str | None = None
    belong_discount_amount: str | None = None
    belong_discount_tax: str | None = None
    belong_item_list: tuple[GoodsListItem, ...] | None = None
    passenger_travel_item_list: tuple[PassengerTrip, ...] | None = None

    belong_issue_date_value = Reading(readings.calendar_date)
    sum_amount_value = sum_tax_value = belong_sum_amount_value = belong_sum_tax_value = Reading(readings.amount)
    belong_subtotal_amount_value = belong_subtotal_tax_value = belong_discount_amount_value = Reading(readings.amount)
    belong_discount_tax_value = Reading(readings.amount)
    total_pages_value = current_page_value = belong_pages_value = belong_current_page_value = Reading(readings.whole)
    checks = (
        items_add_up("subtotal_amount", "item_list", "amount"),
        items_add_up("subtotal_tax", "item_list", "tax"),
    )


@frozen
class VatInvoice(VersionedType[VatInvoiceResult]):
    """A Chinese VAT invoice of any kind, on paper or electronic, or the goods list of one."""

    api = "vat-invoice"
    regions = ("cn-north-4", "cn-east-3")
    content_types = ("vat_roll_invoice",)
    picture = ImageLimits(min_side=100, formats=(*PICTURES, "PDF", "OFD"))
    picture_v1 = ImageLimits(min_side=100)
    advanced_mode: Annotated[bool, "Whether all fields and the confidences are wanted."] = False
    return_text_location: bool = False
    page_num: Annotated[int, "The page of a PDF."] = 1
    ofd_to_image_mode: Annotated[bool, "Whether an OFD is made a picture first: slower, more robust."] = False


@document
class MvsInvoiceResult(VehicleSaleFields, Result):
    """What is printed on the invoice of a vehicle; the fields of `type="used"` come with that option or `auto`."""

    machine_printed_code: str | None = None
    machine_printed_number: str | None = None
    licence_plate_number: str | None = None
    registration_number: str | None = None
    dept_motor_vehicles: Annotated[str | None, "The office to which the vehicle goes."] = None
    tax_exclusive_price: str | None = None
    total_chinese: Annotated[str | None, "The total in words."] = None
    fiscal_code: str | None = None
    auction_org_name: Annotated[str | None, "The dealer or the auction house."] = None
    auction_org_address: str | None = None
    auction_org_id: str | None = None
    auction_org_bank_account: str | None = None
    auction_org_phone: str | None = None
    used_vehicle_market_id: str | None = None
    used_vehicle_market_bank_account: str | None = None
    reverse_issue: Annotated[bool | None, "Whether the buyer issued the invoice."] = None
    remark: str | None = None
    drawer_name: Annotated[str | None, "Who issued the invoice."] = None
    type: Annotated[str | None, "In Chinese, such as `二手车销售统一发票`; with the option `type`."] = None
    text_location: Places | None = None

    tax_exclusive_price_value = total_chinese_value = Reading(readings.amount)
    licence_plate_number_value = Reading(readings.plate)
    checks = (
        adds_up("total", "tax_exclusive_price", "tax"),
        same_amount("total_chinese", "total"),
        check_digit(numbers.social_credit_code, "auction_org_id", "used_vehicle_market_id"),
    )


@frozen
class MvsInvoice(VersionedType[MvsInvoiceResult]):
    """The invoice of a new or used motor vehicle.

    A picture that is not of the `type` is refused with AIS.0104; without it the fields of used vehicles are missing.
    """

    api = "mvs-invoice"
    regions = ("cn-north-4", "cn-east-3")
    picture = ImageLimits(min_side=100, max_side=8000, formats=(*PICTURES, "PDF"))
    picture_v1 = ImageLimits(min_side=100, max_side=8000)
    return_text_location: bool = False
    return_confidence: bool = False
    type: Literal["auto", "new", "used"] | None = None


@document
class InvoiceVerificationResult(VatFields, VehicleSaleFields, Result):
    """What the tax authority has of an invoice; which fields there are depends on its type."""

    type: Annotated[str | None, "Such as `vat_special`, `vat_normal_electronic` or `motor_vehicle_sales`."] = None
    status: Annotated[str | None, "`valid`, `invalidated` or `reversed`."] = None
    seller_organization_number: str | None = None
    deductible_toll: Annotated[str | None, "`Y` or `N`."] = None
    vehicle_license_plate_number: str | None = None
    registration_certificate_number: str | None = None
    transfer_motor_vehicle_department_name: str | None = None
    auction_unit_name: str | None = None
    auction_unit_address: str | None = None
    auction_unit_tax_number: str | None = None
    auction_unit_bank_and_account: str | None = None
    auction_unit_phone: str | None = None
    used_vehicle_market_tax_number: str | None = None
    used_vehicle_market_bank_and_account: str | None = None
    result_code: Annotated[str | None, "`1000` when all agrees, else `1001` to `1013`."] = None
    result_message: str | None = None
    items: tuple[InvoiceItem, ...] | None = None

    vehicle_license_plate_number_value = Reading(readings.plate)
    checks = (adds_up("total", "subtotal_amount", "tax"), items_add_up("subtotal_amount", "items", "amount"))

    @property
    def is_consistent(self) -> bool:
        """Whether the invoice is what the tax authority has."""
        return self.result_code == "1000"


@frozen
class InvoiceVerification(DocumentType[InvoiceVerificationResult]):
    """An invoice compared with what the tax authority has; there is no picture.

    Five checks an invoice and day; of invoices of the last five years. Normal, roll, electronic and toll invoices need
    the last six digits of their check code (a blockchain invoice five), special, vehicle, blockchain and fully digital
    ones the amount with the decimals as printed.
    """

    api = "invoice-verification"
    regions = ("cn-north-4", "cn-east-3")
    source_parameter = ""
    code: Annotated[str, "The code of the invoice; empty for a fully digital one."]
    number: str
    issue_date: Annotated[str, "The day as YYYY-MM-DD."]
    check_code: str | None = None
    subtotal_amount: str | None = None
