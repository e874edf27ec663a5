"""Chinese invoices, and their verification with the tax authority."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from ocr_async.fields import (
    MEBIBYTE,
    PICTURES,
    DocumentType,
    Fields,
    ImageLimits,
    Quad,
    Reading,
    Result,
    VersionedType,
    adds_up,
    check_digit,
    document,
    items_add_up,
    numbers,
    readings,
    same_amount,
)


@document
class QuotaInvoiceResult(Result):
    """What is printed on a quota invoice."""

    number: str | None = None
    code: str | None = None
    location: str | None = None
    """The place, such as `广东省深圳市`."""
    amount: str | None = None
    """The amount with its currency sign, such as `￥50.00`, or in words."""

    amount_value = Reading(readings.amount)


@frozen
class QuotaInvoice(VersionedType[QuotaInvoiceResult]):
    """A Chinese quota invoice: a receipt over a fixed amount."""

    api = "quota-invoice"
    regions = ("cn-north-4",)
    picture = ImageLimits(max_side=4096)
    picture_v1 = ImageLimits(max_base64_bytes=12 * MEBIBYTE, max_side=4096)


@document
class InvoiceItem(Fields):
    """One line of an invoice; the last four fields belong to tolls, with `advanced_mode`."""

    name: str | None = None
    specification: str | None = None
    unit: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    amount: str | None = None
    tax_rate: str | None = None
    tax: str | None = None
    license_plate_number: str | None = None
    vehicle_type: str | None = None
    start_date: str | None = None
    end_date: str | None = None

    quantity_value = Reading(readings.amount)
    unit_price_value = Reading(readings.amount)
    amount_value = Reading(readings.amount)
    tax_value = Reading(readings.amount)
    tax_rate_value = Reading(readings.percentage)
    start_date_value = Reading(readings.compact_date)
    end_date_value = Reading(readings.compact_date)
    license_plate_number_value = Reading(readings.plate)


@document
class GoodsListItem(Fields):
    """One line of a goods list."""

    name: str | None = None
    item_number: str | None = None
    specification: str | None = None
    unit: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    amount: str | None = None
    tax_rate: str | None = None
    tax: str | None = None

    quantity_value = Reading(readings.amount)
    unit_price_value = Reading(readings.amount)
    amount_value = Reading(readings.amount)
    tax_value = Reading(readings.amount)
    tax_rate_value = Reading(readings.percentage)


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
class VatInvoiceResult(Result):
    """What is printed on a VAT invoice; the fields marked * come with `advanced_mode`, those in `belong_` of a goods list."""

    title: str | None = None
    type: str | None = None
    """`special`, `normal`, `electronic`, `special_electronic`, `toll`, `roll`, or one of
    `fully_digitalized_special_electronic` and `fully_digitalized_normal_electronic`."""
    invoice_tag: str | None = None
    """* The tag at the top left."""
    sum_amount: str | None = None
    """The subtotal of this page without tax."""
    sum_tax: str | None = None
    """The subtotal of tax of this page."""
    serial_number: str | None = None
    """* Which copy of the invoice this is."""
    attribution: str | None = None
    """* The place the invoice belongs to."""
    supervision_seal: tuple[str, ...] | None = None
    """* The texts of the stamp of the tax authority."""
    code: str | None = None
    print_code: str | None = None
    """*"""
    machine_number: str | None = None
    """*"""
    print_number: str | None = None
    """*"""
    check_code: str | None = None
    number: str | None = None
    issue_date: str | None = None
    encryption_block: str | None = None
    buyer_name: str | None = None
    buyer_id: str | None = None
    """The tax number of the buyer."""
    buyer_address: str | None = None
    buyer_bank: str | None = None
    seller_name: str | None = None
    seller_id: str | None = None
    seller_address: str | None = None
    seller_bank: str | None = None
    subtotal_amount: str | None = None
    """The amount without tax."""
    subtotal_tax: str | None = None
    total: str | None = None
    """The amount with tax."""
    total_in_words: str | None = None
    """*"""
    remarks: str | None = None
    receiver: str | None = None
    reviewer: str | None = None
    issuer: str | None = None
    seller_seal: tuple[str, ...] | None = None
    """* The texts of the seal of the seller."""
    item_list: tuple[InvoiceItem, ...] | None = None
    province: str | None = None
    city: str | None = None
    total_pages: str | None = None
    current_page: str | None = None
    text_location: Mapping[str, Quad] | None = None
    belong_buyer_name: str | None = None
    belong_seller_name: str | None = None
    belong_vat_code: str | None = None
    belong_number: str | None = None
    belong_pages: str | None = None
    belong_current_page: str | None = None
    belong_remarks: str | None = None
    belong_issue_date: str | None = None
    sales_mark: bool | None = None
    """Whether the picture is a goods list."""
    belong_sum_amount: str | None = None
    belong_sum_tax: str | None = None
    belong_subtotal_amount: str | None = None
    belong_subtotal_tax: str | None = None
    belong_discount_amount: str | None = None
    belong_discount_tax: str | None = None
    belong_item_list: tuple[GoodsListItem, ...] | None = None
    passenger_travel_item_list: tuple[PassengerTrip, ...] | None = None

    issue_date_value = Reading(readings.calendar_date)
    belong_issue_date_value = Reading(readings.calendar_date)
    sum_amount_value = Reading(readings.amount)
    sum_tax_value = Reading(readings.amount)
    subtotal_amount_value = Reading(readings.amount)
    subtotal_tax_value = Reading(readings.amount)
    total_value = Reading(readings.amount)
    total_in_words_value = Reading(readings.amount)
    belong_sum_amount_value = Reading(readings.amount)
    belong_sum_tax_value = Reading(readings.amount)
    belong_subtotal_amount_value = Reading(readings.amount)
    belong_subtotal_tax_value = Reading(readings.amount)
    belong_discount_amount_value = Reading(readings.amount)
    belong_discount_tax_value = Reading(readings.amount)
    total_pages_value = Reading(readings.whole)
    current_page_value = Reading(readings.whole)
    belong_pages_value = Reading(readings.whole)
    belong_current_page_value = Reading(readings.whole)

    checks = (
        adds_up("total", "subtotal_amount", "subtotal_tax"),
        same_amount("total_in_words", "total"),
        items_add_up("subtotal_amount", "item_list", "amount"),
        items_add_up("subtotal_tax", "item_list", "tax"),
        check_digit(numbers.social_credit_code, "buyer_id", "seller_id"),
    )


@frozen
class VatInvoice(VersionedType[VatInvoiceResult]):
    """A Chinese VAT invoice of any kind, on paper or electronic, or the goods list of one."""

    api = "vat-invoice"
    regions = ("cn-north-4", "cn-east-3")
    content_types = ("vat_roll_invoice",)
    picture = ImageLimits(min_side=100, formats=(*PICTURES, "PDF", "OFD"))
    picture_v1 = ImageLimits(min_side=100)

    advanced_mode: bool = False
    """Whether the fields marked * and the confidences are wanted."""
    return_text_location: bool = False
    page_num: int = 1
    """The page of a PDF."""
    ofd_to_image_mode: bool = False
    """Whether an OFD file is made a picture first, which is slower and more robust."""


@document
class MvsInvoiceResult(Result):
    """What is printed on the invoice of a vehicle; the fields of `type="used"` come with that option or `auto`."""

    code: str | None = None
    number: str | None = None
    machine_printed_code: str | None = None
    machine_printed_number: str | None = None
    issue_date: str | None = None
    machine_number: str | None = None
    buyer_name: str | None = None
    buyer_organization_number: str | None = None
    """The number of the buyer's identity card or organization."""
    buyer_id: str | None = None
    buyer_address: str | None = None
    buyer_phone: str | None = None
    seller_name: str | None = None
    seller_phone: str | None = None
    seller_id: str | None = None
    seller_account: str | None = None
    seller_address: str | None = None
    licence_plate_number: str | None = None
    registration_number: str | None = None
    dept_motor_vehicles: str | None = None
    """The office to which the vehicle goes."""
    seller_bank: str | None = None
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
    tax_exclusive_price: str | None = None
    total: str | None = None
    total_chinese: str | None = None
    """The total in words."""
    fiscal_code: str | None = None
    auction_org_name: str | None = None
    """The dealer or the auction house."""
    auction_org_address: str | None = None
    auction_org_id: str | None = None
    auction_org_bank_account: str | None = None
    auction_org_phone: str | None = None
    used_vehicle_market_name: str | None = None
    used_vehicle_market_id: str | None = None
    used_vehicle_market_address: str | None = None
    used_vehicle_market_bank_account: str | None = None
    used_vehicle_market_phone: str | None = None
    reverse_issue: bool | None = None
    """Whether the buyer issued the invoice."""
    remark: str | None = None
    drawer_name: str | None = None
    """Who issued the invoice."""
    type: str | None = None
    """The kind of invoice in Chinese, such as `二手车销售统一发票`; comes with the option `type` alone."""
    text_location: Mapping[str, Quad] | None = None

    issue_date_value = Reading(readings.calendar_date)
    tax_value = Reading(readings.amount)
    tax_exclusive_price_value = Reading(readings.amount)
    total_value = Reading(readings.amount)
    total_chinese_value = Reading(readings.amount)
    tax_rate_value = Reading(readings.percentage)
    seating_capacity_value = Reading(readings.whole)
    licence_plate_number_value = Reading(readings.plate)

    checks = (
        adds_up("total", "tax_exclusive_price", "tax"),
        same_amount("total_chinese", "total"),
        check_digit(numbers.vin, "vehicle_identification_number"),
        check_digit(numbers.social_credit_code, "buyer_id", "seller_id", "auction_org_id", "used_vehicle_market_id"),
    )


@frozen
class MvsInvoice(VersionedType[MvsInvoiceResult]):
    """The invoice of a new or used motor vehicle."""

    api = "mvs-invoice"
    regions = ("cn-north-4", "cn-east-3")
    picture = ImageLimits(min_side=100, max_side=8000, formats=(*PICTURES, "PDF"))
    picture_v1 = ImageLimits(min_side=100, max_side=8000)

    return_text_location: bool = False
    return_confidence: bool = False
    type: Literal["auto", "new", "used"] | None = None
    """The kind of sale; a picture of the other kind is refused with AIS.0104. Left out, fields of used ones are missing."""


@document
class InvoiceVerificationResult(Result):
    """What the tax authority has of an invoice; which fields there are depends on its type."""

    type: str | None = None
    """`vat_special`, `vat_normal`, `vat_normal_roll`, `vat_special_electronic`, `vat_normal_electronic`,
    `vat_normal_electronic_toll`, `blockchain_electronic`, `motor_vehicle_sales`, `used_vehicle_sales`, or a newer one."""
    code: str | None = None
    number: str | None = None
    issue_date: str | None = None
    """Without signs, such as `20200809`."""
    machine_number: str | None = None
    check_code: str | None = None
    status: str | None = None
    """`valid`, `invalidated` or `reversed`."""
    subtotal_amount: str | None = None
    """The amount without tax."""
    subtotal_tax: str | None = None
    total: str | None = None
    total_in_words: str | None = None
    remarks: str | None = None
    receiver: str | None = None
    issuer: str | None = None
    reviewer: str | None = None
    buyer_name: str | None = None
    buyer_organization_number: str | None = None
    buyer_id: str | None = None
    buyer_address: str | None = None
    buyer_phone: str | None = None
    buyer_bank: str | None = None
    seller_name: str | None = None
    seller_organization_number: str | None = None
    seller_id: str | None = None
    seller_phone: str | None = None
    seller_account: str | None = None
    seller_address: str | None = None
    seller_bank: str | None = None
    deductible_toll: str | None = None
    """`Y` or `N`."""
    tax_rate: str | None = None
    tax: str | None = None
    tax_authority: str | None = None
    tax_authority_code: str | None = None
    tax_payment_receipt: str | None = None
    tonnage: str | None = None
    seating_capacity: str | None = None
    vehicle_license_plate_number: str | None = None
    registration_certificate_number: str | None = None
    vehicle_type: str | None = None
    brand_model: str | None = None
    manufacturing_location: str | None = None
    quality_certificate: str | None = None
    import_certificate: str | None = None
    inspection_number: str | None = None
    engine_number: str | None = None
    vehicle_identification_number: str | None = None
    transfer_motor_vehicle_department_name: str | None = None
    auction_unit_name: str | None = None
    auction_unit_address: str | None = None
    auction_unit_tax_number: str | None = None
    auction_unit_bank_and_account: str | None = None
    auction_unit_phone: str | None = None
    used_vehicle_market_name: str | None = None
    used_vehicle_market_tax_number: str | None = None
    used_vehicle_market_address: str | None = None
    used_vehicle_market_bank_and_account: str | None = None
    used_vehicle_market_phone: str | None = None
    result_code: str | None = None
    """`1000` when all agrees; `1001` to `1013` say why not, in a successful reply all the same."""
    result_message: str | None = None
    items: tuple[InvoiceItem, ...] | None = None

    issue_date_value = Reading(readings.compact_date)
    subtotal_amount_value = Reading(readings.amount)
    subtotal_tax_value = Reading(readings.amount)
    total_value = Reading(readings.amount)
    total_in_words_value = Reading(readings.amount)
    tax_value = Reading(readings.amount)
    tax_rate_value = Reading(readings.percentage)
    vehicle_license_plate_number_value = Reading(readings.plate)

    checks = (
        adds_up("total", "subtotal_amount", "subtotal_tax"),
        adds_up("total", "subtotal_amount", "tax"),
        same_amount("total_in_words", "total"),
        items_add_up("subtotal_amount", "items", "amount"),
        check_digit(numbers.social_credit_code, "buyer_id", "seller_id"),
        check_digit(numbers.vin, "vehicle_identification_number"),
    )

    @property
    def is_consistent(self) -> bool:
        """Whether the invoice is what the tax authority has."""
        return self.result_code == "1000"


@frozen
class InvoiceVerification(DocumentType[InvoiceVerificationResult]):
    """An invoice compared with what the tax authority has; there is no picture.

    Five checks an invoice and day; of invoices of the last five years.
    """

    api = "invoice-verification"
    regions = ("cn-north-4", "cn-east-3")
    source_parameter = ""

    code: str
    """The code of the invoice; empty for a fully digital one."""
    number: str
    issue_date: str
    """The day as YYYY-MM-DD."""
    check_code: str | None = None
    """The last six digits of the check code, five of a blockchain invoice: for normal, roll, electronic and toll ones."""
    subtotal_amount: str | None = None
    """The amount with the decimals as printed: for special, vehicle, blockchain and fully digital invoices."""
