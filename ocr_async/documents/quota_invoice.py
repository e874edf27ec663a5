"""Chinese quota invoices: receipts over a fixed amount."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from attrs import field, frozen

from ocr_async.documents import readings
from ocr_async.documents.base import MEBIBYTE, DocumentType, ImageLimits, Result, document, one_of

if TYPE_CHECKING:
    from decimal import Decimal

    from ocr_async.model import Json


@document
class QuotaInvoiceResult(Result):
    """What is printed on a quota invoice."""

    identifiers: ClassVar[tuple[str, ...]] = ("number", "code")

    number: str | None = None
    code: str | None = None
    location: str | None = None
    """The place, such as `广东省深圳市`."""
    amount: str | None = None
    """The amount with its currency sign, such as `￥50.00`."""

    @property
    def amount_value(self) -> Decimal | None:
        """The amount in yuan, from digits (`￥50.00`) or words (`伍拾元整`)."""
        return readings.amount(self.amount)


@frozen
class QuotaInvoice(DocumentType[QuotaInvoiceResult]):
    """A Chinese quota invoice. The older version `v1.0` of the API takes base64 of 12 MB."""

    api = "quota-invoice"
    regions = ("cn-north-4",)

    version: Literal["v2", "v1.0"] = field(default="v2", validator=one_of("v2", "v1.0"))

    @property
    def limits(self) -> ImageLimits:
        """What the service accepts as a picture of this type."""
        return ImageLimits(max_base64_bytes=(12 if self.version == "v1.0" else 10) * MEBIBYTE, max_side=4096)

    def path(self, project_id: str) -> str:
        """Return the path of the API; that of `v1.0` names no project."""
        return "/v1.0/ocr/quota-invoice" if self.version == "v1.0" else super().path(project_id)

    def options(self) -> dict[str, Json]:
        """Return no parameters: the version is in the path."""
        return {}
