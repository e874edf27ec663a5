"""Reads the row of the price on a train ticket: the price, the way of sale, and the class of the seat."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from ocr_async.local.reading import confidence
from ocr_async.local.reading.page import Line, Page
from ocr_async.local.reading.reader import Field, field_of

PRICE = re.compile(r"^(?:[¥Y￥]{0,2}|[^\d¥Y￥](?=\d+\.\d))(?P<whole>\d{1,5})(?P<point>[.,·]?)(?P<tenth>\d\d?)\D?$")
CLASS = re.compile(r"(?:新空调|空调)?(?:[^\d车号]{0,4})(?<!无)(?:座|卧|软包|包厢)")
WHOLE_CLASS = re.compile(r"(?<!等)[一二特]等[座卧软包厢]+|[^等]{1,4}(?<!无)(?:座|卧|软包|包厢)")
SALE = re.compile(r"^[网惠折学孩残军微支现卡电团优半互农工误换]{1,4}$")
SALE_ALIKE = str.maketrans("息患恵", "惠惠惠")


def fare(page: Page) -> dict[str, Field]:
    """Read the price and what stands beside it."""
    for line in sorted(page.inside(0, 0.2, 0.6, 0.8), key=lambda line: "." not in line.text):
        match = PRICE.match(line.text)
        if match and not line.text.isdigit():
            score = line.score if match["point"] == "." else confidence.doubtful(line.score)
            price = field_of(line, f"{int(match['whole'])}.{match['tenth']}", score)
            return {"ticket_price": price, **_sale_method(page, line), **_class(page, line)}
    return _class(page, None)


def _near(page: Page, price: Line) -> Iterator[Line]:
    """Yield the lines to the right of the price, at its height or a little lower."""
    for line in page.lines:
        lower = (line.box.middle[1] - price.box.middle[1]) / price.box.height
        if line.box.left > price.box.right - 0.2 * price.box.height and -0.7 < lower < 1.8:
            yield line


def _sale_method(page: Page, price: Line) -> dict[str, Field]:
    """Read the way of sale, again where the detector missed it between price and class: it may be one character."""
    near = list(_near(page, price))
    method = next((found for line in near if (found := _method(line))), None)
    if method is None and near and (gap := near[0].box.left - price.box.right) > 2 * price.box.height:
        place = evolve(price.box, left=price.box.right + 0.1 * gap, right=near[0].box.left - 0.1 * gap)
        again = page.reread_for(place, SALE)
        method = again and _method(again[0])
        method = method and evolve(method, confidence=confidence.doubtful(method.confidence))
    return {"sale_method": method} if method else {}


def _method(line: Line) -> Field | None:
    text = line.text.translate(SALE_ALIKE)
    return field_of(line, text, confidence.repaired(line.score, int(text != line.text))) if SALE.match(text) else None


def _class(page: Page, price: Line | None) -> dict[str, Field]:
    """Read the class of the seat, again where the thin stroke of first, second or special class was lost."""
    for line in list(_near(page, price)) if price else page.inside(0.4, 0.3, 1, 0.7):
        match = CLASS.search(line.text)
        if match and WHOLE_CLASS.search(match[0]):
            return {"seat_category": field_of(line.part(*match.span()))}
        if match:
            again = page.reread_for(line.box, WHOLE_CLASS)
            part = again[0].part(*again[1].span()) if again else line.part(*match.span())
            return {"seat_category": field_of(part, confidence=confidence.doubtful(part.score))}
    return {}
