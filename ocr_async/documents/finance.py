"""Papers of banks, insurers and accountants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from attrs import frozen

from ocr_async.fields import Fields, KeyValues, PlacedBlock, Quad, Reading, Result, document, readings
from ocr_async.fields.disagreements import in_order, same_amount
from ocr_async.fields.document_type import PICTURES, DocumentType, ImageLimits


@document
class AcceptanceBillResult(Result):
    """What is printed on an acceptance bill."""

    issue_date: str | None = None
    due_date: str | None = None
    bill_status: str | None = None
    bill_number: str | None = None
    issuer_full_name: str | None = None
    issuer_account: str | None = None
    issuer_bank_name: str | None = None
    issuer_bank_number: str | None = None
    payee_full_name: str | None = None
    payee_account: str | None = None
    payee_bank_name: str | None = None
    payee_bank_number: str | None = None
    issuance_guarantor_name: str | None = None
    issuance_guarantor_address: str | None = None
    issuance_guarantor_account: str | None = None
    issuance_guarantee_date: str | None = None
    issuance_guarantor_bank_number: str | None = None
    issuance_guarantor_bank_name: str | None = None
    amount_in_words: str | None = None
    amount_in_figures: str | None = None
    acceptor_full_name: str | None = None
    acceptor_account: str | None = None
    acceptor_bank_number: str | None = None
    acceptor_bank_name: str | None = None
    contract_number: str | None = None
    assignability: Annotated[str | None, "Whether the bill may be passed on."] = None
    issuer_commitment: Annotated[str | None, "What the drawer promises."] = None
    acceptor_commitment: str | None = None
    acceptance_date: str | None = None
    acceptance_guarantor_name: str | None = None
    acceptance_guarantor_address: str | None = None
    acceptance_guarantor_account: str | None = None
    acceptance_guarantee_date: str | None = None
    acceptance_guarantor_bank_number: str | None = None
    acceptance_guarantor_bank_name: str | None = None
    issuer_rating_entity: Annotated[str | None, "Who rated the drawer."] = None
    issuer_credit_rating: str | None = None
    issuer_rating_due_date: str | None = None
    acceptor_rating_entity: str | None = None
    acceptor_credit_rating: str | None = None
    acceptor_rating_due_date: str | None = None
    bill_package_number: str | None = None
    remarks: str | None = None

    issue_date_value = due_date_value = issuance_guarantee_date_value = Reading(readings.calendar_date)
    acceptance_date_value = acceptance_guarantee_date_value = Reading(readings.calendar_date)
    issuer_rating_due_date_value = acceptor_rating_due_date_value = Reading(readings.calendar_date)
    amount_in_words_value = amount_in_figures_value = Reading(readings.amount)
    checks = (same_amount("amount_in_words", "amount_in_figures"), in_order("issue_date", "due_date"))


@frozen
class AcceptanceBill(DocumentType[AcceptanceBillResult]):
    """A Chinese acceptance bill of a bank or a company."""

    api = "acceptance-bill"
    regions = ("cn-north-4", "cn-south-1")


@document
class KeyValue(Fields):
    """A label and what stands beside it."""

    key: str | None = None
    value: str | None = None


@document
class BankReceiptItem(KeyValues):
    """One receipt, as a mapping of what its labels say."""

    kv_pair_count: int | None = None
    bank_receipt_location: Quad | None = None
    kv_pair_list: tuple[KeyValue, ...] | None = None

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield every label with its value."""
        return ((each.key or "", each.value or "") for each in self.kv_pair_list or ())


@document
class BankReceiptResult(Result):
    """The receipts in a picture."""

    bank_receipt_count: int | None = None
    bank_receipt_list: tuple[BankReceiptItem, ...] | None = None


@frozen
class BankReceipt(DocumentType[BankReceiptResult]):
    """Receipts of Chinese banks."""

    api = "bank-receipt"
    regions = ("cn-north-4",)
    source_parameter = "data"
    picture = ImageLimits(formats=(*PICTURES, "PDF"))
    page_num: Annotated[int, "The page of a PDF."] = 1
    single_orientation_mode: Annotated[bool, "Whether all text has one direction."] = True
    erase_seal: Annotated[bool | None, "Whether seals are taken out before reading."] = None


@document
class Insured(Fields):
    """An insured person."""

    insurant_name: PlacedBlock | None = None
    insurant_sex: PlacedBlock | None = None
    insurant_birthday: PlacedBlock | None = None
    insurant_id_type: PlacedBlock | None = None
    insurant_id_number: PlacedBlock | None = None


@document
class Beneficiary(Fields):
    """Who gets the benefit."""

    beneficiary_name: PlacedBlock | None = None
    beneficiary_type: PlacedBlock | None = None
    beneficiary_order: PlacedBlock | None = None
    beneficiary_share: PlacedBlock | None = None


@document
class Insurance(Fields):
    """What is insured."""

    insurance_name: PlacedBlock | None = None
    insurance_period: PlacedBlock | None = None
    insurance_amount: PlacedBlock | None = None
    payment_frequency: PlacedBlock | None = None
    payment_period: PlacedBlock | None = None
    payment_amount: PlacedBlock | None = None


@document
class InsurancePolicyResult(Result):
    """What is printed on a policy."""

    bank_name: Annotated[str | None, "Seen in the official SDK alone."] = None
    bill_number: Annotated[PlacedBlock | None, "The number of the policy."] = None
    company: Annotated[PlacedBlock | None, "The insurer."] = None
    effective_date: PlacedBlock | None = None
    applicant_name: PlacedBlock | None = None
    applicant_sex: PlacedBlock | None = None
    applicant_birthday: PlacedBlock | None = None
    applicant_id_type: PlacedBlock | None = None
    applicant_id_number: PlacedBlock | None = None
    insurant_list: Annotated[tuple[Insured, ...] | None, "The insured persons, the main one first."] = None
    beneficiary_list: tuple[Beneficiary, ...] | None = None
    insurance_list: tuple[Insurance, ...] | None = None


@frozen
class InsurancePolicy(DocumentType[InsurancePolicyResult]):
    """A Chinese insurance policy."""

    api = "insurance-policy"
    regions = ("cn-north-4", "cn-east-3")
    detect_direction: bool = False
