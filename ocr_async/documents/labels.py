"""What is stuck or stamped on paper: waybills and seals."""

from __future__ import annotations

from attrs import frozen

from ocr_async.fields import PICTURES, DocumentType, Fields, ImageLimits, Quad, Result, TextBlock, document


@document
class WaybillElectronicResult(Result):
    """What is printed on a waybill."""

    code: str | None = None
    """The routing code, of three parts."""
    receiver_name: str | None = None
    receiver_phone: str | None = None
    receiver_address: str | None = None
    sender_name: str | None = None
    sender_phone: str | None = None
    sender_address: str | None = None
    waybill_number: str | None = None
    """The number of the bar code."""


@frozen
class WaybillElectronic(DocumentType[WaybillElectronicResult]):
    """The label of a Chinese parcel."""

    api = "waybill-electronic"


@document
class SealText(TextBlock):
    """A text of a seal."""

    words_confidence: float | None = None


@document
class SealItem(Fields):
    """A seal in the picture."""

    type: str | None = None
    """`circle`, `ellipse`, `rectangle`, `triangle` or `rhombus`."""
    seal_image: str | None = None
    """The seal cut out, as base64: with `return_seal_image`."""
    confidence: float | None = None
    """How sure the service is of the place."""
    location: Quad | None = None
    words_block_list: tuple[SealText, ...] | None = None

    @property
    def text(self) -> str:
        """The texts, one a line."""
        return "\n".join(each.words or "" for each in self.words_block_list or ())


@document
class SealResult(Result):
    """The seals in a picture."""

    seal_list: tuple[SealItem, ...] | None = None
    erased_seal_image: str | None = None
    """The picture without its seals, as base64: with `return_erased_seal_image`."""


@frozen
class Seal(DocumentType[SealResult]):
    """Seals and stamps on a page."""

    api = "seal"
    regions = ("cn-north-4",)
    source_parameter = "data"
    picture = ImageLimits(formats=(*PICTURES, "GIF", "WEBP", "PCX", "ICO", "PSD", "PDF"))

    return_seal_image: bool = False
    return_erased_seal_image: bool = False
    pdf_page_number: int = 1
    """The page of a PDF."""
