"""Reads ruled tables in a picture, cell by cell, and the text around them."""

from __future__ import annotations

from collections.abc import Sequence

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading.page import Line, Page
from ocr_async.local.reading.reader import Layout, Options, Reader, Reading
from ocr_async.local.reading.zones.reading_order import in_order
from ocr_async.local.recognizer import Unreadable
from ocr_async.model import Json

SWITCHES = (
    *("return_text_location", "return_char_location", "return_confidence", "return_excel", "with_borders"),
    "return_rectification_matrix",
)


def read(page: Page, options: Options) -> Reading:
    """Read the table and the text around it, from top to bottom; raises `Unreadable` where there is no text."""
    from ocr_async.local.reading.zones.rules import Cell, ruled_cells  # noqa: PLC0415  heavy

    lines = in_order(page.lines)
    if not lines:
        raise Unreadable
    cells = ruled_cells(page)
    held: dict[int, list[Line]] = {id(cell): [] for cell in cells}
    free: list[Line] = []
    for line in lines:
        cell = next((each for each in cells if each.box.holds(line.box)), None)
        (free if cell is None else held[id(cell)]).append(line)

    def block(cell: Cell) -> Json:
        place = {"rows": list(cell.rows), "columns": list(cell.columns)}
        located = {"cell_location": page.points(cell.box)} if options.get("return_text_location") else {}
        return {**_block(page, held[id(cell)], options, several=True), **place, **located}

    top = min((cell.box.top for cell in cells), default=page.height)
    above, below = [it for it in free if it.box.middle[1] < top], [it for it in free if it.box.middle[1] >= top]
    regions = [
        _region("text", [_block(page, [line], options) for line in above]),
        _region("table", [block(cell) for cell in cells]),
        _region("text", [_block(page, [line], options) for line in below]),
    ]
    kept: list[Json] = [region for region in regions if region["words_block_count"]]
    return Reading({}, {"words_region_count": len(kept), "words_region_list": kept})


def _region(kind: str, blocks: Sequence[Json]) -> dict[str, Json]:
    return {"type": kind, "words_block_count": len(blocks), "words_block_list": list(blocks)}


def _block(page: Page, lines: Sequence[Line], options: Options, *, several: bool = False) -> dict[str, Json]:
    """Return a block of text; the lines of a cell are apart when their places are asked for."""
    scored = lines and options.get("return_confidence")
    score = {"confidence": round(min(line.score for line in lines), 4)} if scored else {}
    if not options.get("return_text_location"):
        return {"words": "\n".join(line.text for line in lines), **score}
    if several:
        return {
            "words_list": [{"words": line.text, **score, "location": page.points(line.box)} for line in lines],
            **score,
        }
    return {"words": lines[0].text, **score, "location": page.points(lines[0].box)}


GENERAL_TABLE = Reader(
    api="general-table",
    versions={
        "v2": Api(8192, parameters=dict.fromkeys(SWITCHES, boolean)),
        "v1.0": Api(4096, parameters={"return_confidence": boolean}),
    },
    layout=Layout.PICTURE,
    fields=(),
    confidence_when=None,
    read=read,
)
