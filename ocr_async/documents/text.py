"""Text of any kind: pages, handwriting, pictures of the web."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from attrs import field, frozen

from ocr_async.documents.tables import GeneralTableRegion
from ocr_async.fields import PICTURES, Fields, ImageLimits, Result, VersionedType, as_tuple, document
from ocr_async.fields.shapes import ImageSize, Line, Word, Words, reading_order

Language: TypeAlias = Literal[
    "auto", "zh", "am", "ar", "da", "de", "es", "fr", "he", "hi", "id", "it", "ja", "km", "ko", "la", "ms", "no", "pl",
    "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi",
]  # fmt: skip
"""Languages by ISO 639-1; `zh` is Chinese and English, `la` any language in Latin letters."""


@document
class GeneralTextResult(Words, Result):
    """The text of a page."""

    direction: Annotated[float | None, "In degrees against the clock; -1 when it was not asked for."] = None
    words_block_list: tuple[Line, ...] | None = None
    markdown_result: Annotated[str | None, "All text, with a tab inside a line: with `return_markdown_result`."] = None


@frozen
class GeneralText(VersionedType[GeneralTextResult]):
    """A page of text. Newer pages of the service allow sides up to 30000 pixels; the strictest figure holds here."""

    api = "general-text"
    regions = ("cn-north-4", "cn-east-3", "ap-southeast-1", "eu-de")
    picture = ImageLimits(max_side=4096, formats=(*PICTURES, "GIF", "WEBP", "PCX", "ICO", "PSD", "PDF"))
    options_v1 = ("detect_direction", "quick_mode")
    detect_direction: bool = False
    quick_mode: Annotated[bool, "Whether the picture is one line of text, which is faster."] = False
    character_mode: Annotated[bool, "Whether single characters are wanted as well."] = False
    language: Annotated[Language, "On Open Telekom Cloud German and English when left out."] = "zh"
    single_orientation_mode: Annotated[bool, "Whether all text has one direction."] = False
    pdf_page_number: Annotated[int, "The page of a PDF."] = 1
    return_markdown_result: bool = False


@document
class HandwritingBlock(Word):
    """A piece of text."""

    type: Annotated[str | None, "`text` or `handwriting`."] = None


@document
class HandwritingResult(Words, Result):
    """The text of a page; `v1.0` has regions instead, as `general-table` has them."""

    words_block_list: tuple[HandwritingBlock, ...] | None = None
    direction: float | None = None
    words_region_count: int | None = None
    words_region_list: tuple[GeneralTableRegion, ...] | None = None

    @property
    def text(self) -> str:
        """All text in reading order."""
        if self.words_region_list is None:
            return reading_order(self.words_block_list or ())
        return "\n".join(region.text for region in self.words_region_list)


@frozen
class Handwriting(VersionedType[HandwritingResult]):
    """Handwriting, alone or among print."""

    api = "handwriting"
    regions = ("cn-north-4",)
    picture = ImageLimits(min_side=8)
    options_v1 = ("text_type", "detect_direction")
    quick_mode: Annotated[bool, "Whether the picture is one line of text, which is faster."] = False
    char_set: Annotated[Literal["digit", "letter", "digit_letter", "general"], "What there may be."] = "general"
    detect_direction: bool = False
    text_type: Annotated[str | None, "`v1.0` only."] = None

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.text_type is not None and self.version != "v1.0":
            raise ValueError("text_type is an option of v1.0 alone. Leave it out, or give the version.")


@document
class WebImageBlock(Word):
    """A piece of text, with its likely fonts where they were asked for."""

    font_list: tuple[str, ...] | None = None
    font_scores: Annotated[tuple[float, ...] | None, "How likely each font is, in the same order."] = None


@document
class ContactInfo(Fields):
    """An address that was found in the text."""

    name: str | None = None
    phone: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    detail_address: str | None = None


@document
class WebImageData(Fields):
    """What was asked for with `extract_type`."""

    contact_info: ContactInfo | None = None
    image_size: ImageSize | None = None


@document
class WebImageResult(Words, Result):
    """The text of a picture."""

    words_block_list: tuple[WebImageBlock, ...] | None = None
    extracted_data: WebImageData | None = None


@frozen
class WebImage(VersionedType[WebImageResult]):
    """A picture of the web, with text of any font and direction."""

    api = "web-image"
    regions = ("cn-north-4", "cn-south-1", "cn-east-3", "ap-southeast-2")
    picture = ImageLimits(formats=(*PICTURES, "GIF", "WEBP"))
    picture_v1 = ImageLimits(formats=(*PICTURES, "GIF", "WEBP"))
    options_v1 = ("detect_direction", "extract_type")
    detect_direction: bool = False
    extract_type: Sequence[Literal["contact_info", "image_size"]] | None = field(default=None, converter=as_tuple)
    detect_font: Annotated[bool, "Whether the five likeliest fonts of each text are wanted."] = False
    detect_text_direction: Annotated[bool, "Whether each text may have a direction of its own."] = True
