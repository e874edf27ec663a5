"""Pages of any kind, taken apart: text, pairs of key and value, tables, forms, formulas, layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from attrs import frozen

from ocr_async.documents.text import Language
from ocr_async.fields import Cell, Fields, KeyValues, Line, ListResult, PlacedBlock, Quad, Table, Words, document
from ocr_async.fields.document_type import PICTURES, DocumentType, ImageLimits


@document
class SmartText(Words):
    """The text of a page."""

    direction: Annotated[float | None, "How far the page is turned, in degrees."] = None
    words_block_list: tuple[Line, ...] | None = None


@document
class KeyValueWords(PlacedBlock):
    """The text of a key or of a value."""

    type: Annotated[str | None, "`key` or `value`."] = None


@document
class SmartKeyValue(Fields):
    """A key, its value, and their texts in the page."""

    key: str | None = None
    value: str | None = None
    words_block_count: int | None = None
    words_block_list: tuple[KeyValueWords, ...] | None = None


@document
class SmartKeyValues(KeyValues):
    """What a page says as a mapping, with `kv`."""

    kv_block_count: int | None = None
    kv_block_list: tuple[SmartKeyValue, ...] | None = None

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield every key with its value."""
        return ((each.key or "", each.value or "") for each in self.kv_block_list or ())


@document
class SmartTable(Table):
    """A table or a ruled form of a page."""

    location: Quad | None = None
    words_block_count: int | None = None
    words_block_list: tuple[Cell, ...] | None = None
    excel: Annotated[str | None, "The table as an xlsx file in base64, with `return_excel`."] = None


@document
class SmartTables(Fields):
    """The tables of a page, with `table`."""

    table_count: int | None = None
    table_list: tuple[SmartTable, ...] | None = None


@document
class SmartForms(Fields):
    """The ruled forms of a page, with `form`."""

    form_count: int | None = None
    form_list: tuple[SmartTable, ...] | None = None


@document
class LayoutBlock(Fields):
    """A region of a page."""

    location: Quad | None = None
    type: Annotated[str | None, "Such as `text`, `title`, `table_caption` or `footnote`."] = None
    text: str | None = None
    words_ids: Annotated[tuple[int, ...] | None, "Places in the list of text blocks."] = None
    table_id: Annotated[int | None, "The place in the list of tables."] = None
    form_id: int | None = None
    formula_id: int | None = None


@document
class SmartLayout(Fields):
    """The regions of a page, with `layout`."""

    layout_block_count: int | None = None
    layout_block_list: tuple[LayoutBlock, ...] | None = None


@document
class Formula(Fields):
    """A formula of a page."""

    formula: Annotated[str | None, "In LaTeX."] = None
    location: Quad | None = None
    type: Annotated[str | None, "`formula` or `embedded_formula`."] = None


@document
class SmartFormulas(Fields):
    """The formulas of a page, with `formula`."""

    formula_count: int | None = None
    formula_list: tuple[Formula, ...] | None = None


@document
class SmartPage(Fields):
    """What was found on a page; a service may also give each part as an item of its own."""

    ocr_result: SmartText | None = None
    kv_result: SmartKeyValues | None = None
    table_result: SmartTables | None = None
    layout_result: SmartLayout | None = None
    form_result: SmartForms | None = None
    formula_result: SmartFormulas | None = None


@document
class SmartDocumentRecognizerResult(ListResult[SmartPage]):
    """The pages of a document."""

    @property
    def text(self) -> str:
        """The text of all pages in reading order."""
        return "\n".join(page.ocr_result.text for page in self.items if page.ocr_result)

    @property
    def tables(self) -> tuple[SmartTable, ...]:
        """The tables of all pages."""
        return tuple(each for page in self.items if page.table_result for each in page.table_result.table_list or ())

    @property
    def key_values(self) -> Mapping[str, str]:
        """The pairs of all pages; of a key that comes twice, the first value."""
        pages = [page.kv_result for page in reversed(self.items) if page.kv_result]
        return {key: value for found in pages for key, value in found.items()}


@frozen
class SmartDocumentRecognizer(DocumentType[SmartDocumentRecognizerResult]):
    """A page of any kind. Newer pages of the service allow sides up to 30000 pixels; the strictest figure holds here."""

    api = "smart-document-recognizer"
    regions = ("cn-north-4", "ap-southeast-1", "ap-southeast-3", "eu-de")
    source_parameter = "data"
    picture = ImageLimits(formats=(*PICTURES, "GIF", "WEBP", "PCX", "ICO", "PSD", "PDF"))
    single_orientation_mode: Annotated[bool, "Whether all text has one direction."] = True
    language: Language = "zh"
    kv: Annotated[bool | None, "Whether pairs of key and value are wanted."] = None
    table: Annotated[bool | None, "Whether tables are wanted, ruled or not."] = None
    layout: Annotated[bool | None, "Whether the regions of the page are wanted."] = None
    return_excel: bool = False
    form: Annotated[bool | None, "Whether ruled forms are wanted."] = None
    formula: Annotated[bool | None, "Whether formulas are wanted, which is slower."] = None
    image_layout: Annotated[bool | None, "Whether the regions inside pictures are wanted as well."] = None
    kv_map: Annotated[str | None, "How to rename keys: the JSON text of an object."] = None
    erase_seal: Annotated[bool | None, "Whether seals are taken out before reading."] = None
    pdf_page_number: Annotated[int, "The page of a PDF."] = 1
    character_mode: Annotated[bool, "Whether single characters are wanted as well."] = False
