"""Ruled tables: cells from the lines between them."""

from __future__ import annotations

import pytest

cv2 = pytest.importorskip("cv2")
np = pytest.importorskip("numpy")

from ocr_async.documents import GeneralTable  # noqa: E402
from ocr_async.fields.decoding import decode  # noqa: E402  need numpy
from ocr_async.local.reading.documents.general_table import GENERAL_TABLE  # noqa: E402
from ocr_async.local.reading.page import Box, Line, Page  # noqa: E402

ACROSS, DOWN = (50, 250, 450, 650), (100, 160, 220, 280)


def page(*texts):
    """A sheet with a table of three rows and three columns, its first row one cell over the last two columns."""
    pixels = np.full((400, 700), 240, np.uint8)
    for y in DOWN:
        cv2.line(pixels, (ACROSS[0], y), (ACROSS[-1], y), 60, 2)
    for x in ACROSS:
        cv2.line(pixels, (x, DOWN[1] if x == ACROSS[2] else DOWN[0]), (x, DOWN[-1]), 60, 2)
    png = bytes(cv2.imencode(".png", pixels)[1])
    lines = tuple(Line(text, 0.98, Box(x, y, x + 60, y + 30)) for text, x, y in texts)
    return Page(lines, 700, 400, crop=lambda _: png)


TABLE = page(
    ("Price list", 60, 30),
    ("Name", 60, 115),
    ("Price", 300, 115),
    ("Tea", 60, 175),
    ("4.00", 460, 175),
    ("End", 60, 320),
)


def test_cells_are_told_by_their_rows_and_columns_and_text_stands_apart():
    result = GENERAL_TABLE.result(TABLE)

    assert [region["type"] for region in result["words_region_list"]] == ["text", "table", "text"]
    cells = result["words_region_list"][1]["words_block_list"]
    assert len(cells) == 8
    assert cells[0] == {"words": "Name", "rows": [0], "columns": [0]}
    assert cells[1] == {"words": "Price", "rows": [0], "columns": [1, 2]}
    assert {"words": "4.00", "rows": [1], "columns": [2]} in cells


def test_places_and_confidences_come_when_asked_for():
    result = GENERAL_TABLE.result(TABLE, {"return_text_location": True, "return_confidence": True})

    cell = result["words_region_list"][1]["words_block_list"][0]
    assert cell["words_list"][0]["words"] == "Name"
    assert cell["confidence"] == 0.98
    assert len(cell["cell_location"]) == 4


def test_the_client_decodes_it():
    result = decode(GeneralTable.result_class, GENERAL_TABLE.result(TABLE))

    assert result.words_region_count == 3


def test_a_page_without_rules_is_text():
    plain = Page(TABLE.lines, 700, 400)

    assert [region["type"] for region in GENERAL_TABLE.result(plain)["words_region_list"]] == ["text"]
