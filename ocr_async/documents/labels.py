"""What is stuck or stamped on paper: waybills and seals."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from ocr_async.fields import PICTURES, DocumentType, Fields, ImageLimits, Quad, Result, TextBlock, document


@document
class WaybillElectronicResult(Result):
    """What is printed on a waybill."""

    code: Annotated[str | None, "The routing code, of three parts."] = None
    receiver_name: str | None = None
    receiver_phone: str | None = None
    receiver_address: str | None = None
    sender_name: str | None = None
    sender_phone: str | None = None
    sender_address: str | None = None
    waybill_number: Annotated[str | None, "The number of the bar code."] = None


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

    type: Annotated[str | None, "`circle`, `ellipse`, `rectangle`, `triangle` or `rhombus`."] = None
    seal_image: Annotated[str | None, "The seal cut out, as base64."] = None
    confidence: Annotated[float | None, "How sure the service is of the place."] = None
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
    erased_seal_image: Annotated[str | None, "The picture without its seals, as base64."] = None


@frozen
class Seal(DocumentType[SealResult]):
    """Seals and stamps on a page."""

    api = "seal"
    regions = ("cn-north-4",)
    source_parameter = "data"
    picture = ImageLimits(formats=(*PICTURES, "GIF", "WEBP", "PCX", "ICO", "PSD", "PDF"))
    return_seal_image: bool = False
    return_erased_seal_image: bool = False
    pdf_page_number: Annotated[int, "The page of a PDF."] = 1
