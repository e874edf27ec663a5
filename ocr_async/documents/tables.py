"""Tables of any kind, with the text around them."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from attrs import frozen

from ocr_async.fields import DocumentType, Result, VersionedType, document
from ocr_async.fields.shapes import Cell, Count, ImageSize, Line, Quad, Table, Word, reading_order


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


R = TypeVar("R", bound=TableRegion, covariant=True)


@document
class GeneralTableRegion(TableRegion):
    """A region of a page: a table, or text outside of tables."""

    words_block_count: Count | int | None = None
    words_block_list: tuple[GeneralTableCell, ...] | None = None


@document
class RegionsResult(Result, Generic[R]):
    """The regions of a page, left to right and top to bottom."""

    words_region_count: int | None = None
    words_region_list: tuple[R, ...] | None = None
    excel: Annotated[str | None, "The tables as an xlsx file in base64, with `return_excel`."] = None

    @property
    def tables(self) -> tuple[R, ...]:
        """The regions that are tables."""
        return tuple(region for region in self.words_region_list or () if region.type == "table")

    @property
    def text(self) -> str:
        """All text in reading order, tables with a tab between columns."""
        return "\n".join(region.text for region in self.words_region_list or ())


@document
class GeneralTableResult(RegionsResult[GeneralTableRegion]):
    """The regions of a page with tables."""


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
class FinancialStatementResult(RegionsResult[FinancialStatementRegion]):
    """The regions of a page of a financial statement."""

    image_size: Annotated[ImageSize | None, "That of the straightened picture."] = None
    rectification_matrix: Annotated[tuple[tuple[float, ...], ...] | None, "The perspective transform."] = None


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
