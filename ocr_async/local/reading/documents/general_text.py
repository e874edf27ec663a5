"""Reads whatever text a picture holds, line by line in the order of reading, with the place of each."""

from __future__ import annotations

from math import atan2, degrees

from attrs import evolve

from ocr_async.local.apis import Api, boolean, integer, list_of, text
from ocr_async.local.reading.page import Line, Page
from ocr_async.local.reading.reader import Layout, Options, Reader, Reading
from ocr_async.local.reading.words.traditional import simplified
from ocr_async.local.reading.zones.reading_order import in_order
from ocr_async.local.recognizer import Unreadable
from ocr_async.model import Json

LEAST_SCORE = 0.5
"""Of a line; grain and drawings are read as text with less."""


MOST_TRADITIONAL = 0.05
"""Share of traditional characters up to which they are misread ones on a page in simplified characters."""


def read_text(page: Page, options: Options) -> Reading:
    """Read all lines; raises `Unreadable` when there are none."""
    lines = _lines(page)
    found: dict[str, Json] = {
        "direction": direction(page) if options.get("detect_direction") else -1,
        "words_block_count": len(lines),
        "words_block_list": [_block(page, line, characters=bool(options.get("character_mode"))) for line in lines],
    }
    if options.get("return_markdown_result"):
        found["markdown_result"] = _rows(lines)
    return Reading({}, found)


def read_web_image(page: Page, options: Options) -> Reading:
    """Read all lines, and the size of the picture when asked for it."""
    lines = _lines(page)
    asked = options.get("extract_type")
    size = page.size if isinstance(asked, list) and "image_size" in asked else None
    extracted: Json = {"image_size": {"height": size[1], "width": size[0]}} if size else {}
    found: dict[str, Json] = {
        "words_block_count": len(lines),
        "words_block_list": [_block(page, line) for line in lines],
        "extracted_data": extracted,
    }
    return Reading({}, found)


def direction(page: Page) -> float:
    """Return by how many degrees the text is turned against the picture, counter-clockwise from 0 to 359."""
    (left, top), (right, bottom), *_ = page.corners
    return round(degrees(atan2(top - bottom, right - left)) % 360, 4)


def _lines(page: Page) -> tuple[Line, ...]:
    lines = in_order([line for line in (*page.lines, *page.standing(page.whole)) if line.score >= LEAST_SCORE])
    if not lines:
        raise Unreadable
    changed = [evolve(line, text=line.text.translate(simplified())) for line in lines]
    traditional = sum(one != other for one, other in zip(page.text, page.text.translate(simplified()), strict=True))
    return tuple(changed) if traditional <= MOST_TRADITIONAL * len(page.text) else lines


def _block(page: Page, line: Line, *, characters: bool = False) -> Json:
    block: dict[str, Json] = {
        "words": line.text,
        "confidence": round(line.score, 4),
        "location": _place(page, line),
    }
    if characters:
        parts = [line.part(place, place + 1) for place in range(len(line.text))]
        block["char_list"] = [
            {"char": part.text, "char_location": _place(page, part), "char_confidence": round(part.score, 4)}
            for part in parts
        ]
    return block


def _place(page: Page, line: Line) -> Json:
    return [list(point) for point in page.to_picture(line.box)]


def _rows(lines: tuple[Line, ...]) -> str:
    """Return all text, a tab between the lines of one row and a new line between rows."""
    rows: list[list[Line]] = []
    for line in lines:
        if (
            rows
            and rows[-1][-1].box.apart_across(line.box) < 0.5
            and rows[-1][-1].box.right < line.box.left + line.box.height
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    return "\n".join("\t".join(line.text for line in row) for row in rows)


SWITCHES = ("detect_direction", "quick_mode", "character_mode", "single_orientation_mode", "return_markdown_result")
GENERAL_TEXT = Reader(
    api="general-text",
    versions={
        "v2": Api(8192, parameters={**dict.fromkeys(SWITCHES, boolean), "language": text, "pdf_page_number": integer}),
        "v1.0": Api(4096, parameters=dict.fromkeys(SWITCHES[:2], boolean)),
    },
    layout=Layout.PICTURE,
    fields=(),
    confidence_when=None,
    read=read_text,
)
EXTRACTED = {"extract_type": list_of("contact_info", "image_size")}
WEB_SWITCHES = ("detect_direction", "detect_font", "detect_text_direction")
WEB_IMAGE = Reader(
    api="web-image",
    versions={
        "v2": Api(8192, parameters={**dict.fromkeys(WEB_SWITCHES, boolean), **EXTRACTED}),
        "v1.0": Api(8192, parameters={"detect_direction": boolean, **EXTRACTED}),
    },
    layout=Layout.PICTURE,
    fields=(),
    confidence_when=None,
    read=read_web_image,
)
