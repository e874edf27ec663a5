"""Tables of any kind, with the text around them."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from ocr_async.fields import DocumentType, Fields, Result, VersionedType, document
from ocr_async.fields.shapes import Cell, Count, Line, Quad, Table, Word, reading_order


@document
class PlacedCell(Cell, Word):
    """A cell, its text's corners and its own, with `return_text_location`."""

    cell_location: Quad | None = None


@document
class GeneralTableCell(PlacedCell):
    """A cell; with `return_text_location` the text of a table cell is in `words_list`, line by line."""

    words_list: tuple[Line, ...] | None = None

    @property
    def text(self) -> str:
        """The text of the cell, its lines one below the other."""
        return self.words or reading_order(self.words_list or ())


@document
class TableRegion(Table):
    """A region of a page: a table, or text outside of tables."""

    type: Annotated[str | None, "`text` or `table`."] = None


@document
class GeneralTableRegion(TableRegion):
    """A region of a page: a table, or text outside of tables."""

    words_block_count: Count | int | None = None
    words_block_list: tuple[GeneralTableCell, ...] | None = None


@document
class GeneralTableResult(Result):
    """The regions of a page, left to right and top to bottom."""

    words_region_count: int | None = None
    words_region_list: tuple[GeneralTableRegion, ...] | None = None
    excel: Annotated[str | None, "The tables as an xlsx file in base64, with `return_excel`."] = None

    @property
    def tables(self) -> tuple[GeneralTableRegion, ...]:
        """The regions that are tables."""
        return tuple(region for region in self.words_region_list or () if region.type == "table")

    @property
    def text(self) -> str:
        """All text in reading order, tables with a tab between columns."""
        return "\n".join(region.text for region in self.words_region_list or ())


@frozen
class GeneralTable(VersionedType[GeneralTableResult]):
    """A page with tables."""

    api = "general-table"
    regions = ("cn-north-4", "cn-east-3", "ap-southeast-3", "eu-de")
    options_v1 = ("return_confidence",)
    return_text_location: bool = False
    return_char_location: Annotated[bool, "Whether single characters are wanted; needs `return_text_location`."] = False
    return_confidence: bool = False
    return_excel: bool = False
    return_rectification_matrix: bool = False
    with_borders: Annotated[bool, "Whether all tables have ruled lines."] = False


@document
class FinancialStatementRegion(TableRegion):
    """A region of a page: a table, or text outside of tables."""

    words_block_count: float | None = None
    table_location: Annotated[Quad | None, "With `return_table_location`."] = None
    words_block_list: tuple[PlacedCell, ...] | None = None


@document
class FinancialStatementImageSize(Fields):
    """The size of the straightened picture in pixels."""

    height: int | None = None
    width: int | None = None


@document
class FinancialStatementResult(Result):
    """The regions of a page, left to right and top to bottom."""

    words_region_count: int | None = None
    words_region_list: tuple[FinancialStatementRegion, ...] | None = None
    excel: Annotated[str | None, "The tables as an xlsx file in base64, with `return_excel`."] = None
    image_size: FinancialStatementImageSize | None = None
    rectification_matrix: Annotated[tuple[tuple[float, ...], ...] | None, "The perspective transform."] = None

    @property
    def tables(self) -> tuple[FinancialStatementRegion, ...]:
        """The regions that are tables."""
        return tuple(region for region in self.words_region_list or () if region.type == "table")

    @property
    def text(self) -> str:
        """All text in reading order, tables with a tab between columns."""
        return "\n".join(region.text for region in self.words_region_list or ())


@frozen
class FinancialStatement(DocumentType[FinancialStatementResult]):
    """A page of a financial statement."""

    api = "financial-statement"
    regions = ("cn-east-3",)
    return_text_location: bool = False
    return_confidence: bool = False
    return_excel: bool = False
    return_table_location: bool = False
    return_image_size: bool = False
    return_rectification_matrix: bool = False
