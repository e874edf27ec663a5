"""Reads quota invoices (通用定额发票): code, number, the amount in words or figures, the region of the tax office."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ocr_async.local.apis import MEBIBYTE, Api
from ocr_async.local.reading import confidence
from ocr_async.local.reading.page import Box, Line, Page, Row
from ocr_async.local.reading.reader import Field, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.words.provinces import region_in
from ocr_async.local.reading.zones.amounts import DIGITS, LOOK_ALIKES, amount_in_words
from ocr_async.local.recognizer import Unreadable

CODE = re.compile(r"代码[::]?(?P<digits>[0-9A-Za-z|]{10,12})(?=$|发票)")
NUMBER = re.compile(r"号码?[::]?(?:N[oO0]\.?)?(?P<digits>[0-9A-Za-z|]{8})$")
ROUND = str.maketrans("OQIL|", "00111")
"""Letters that codes do not have; others, such as G, are part of the codes of some regions."""

COMPLETE = re.compile(r"[^拾佰仟十百].*[元圆]")
"""Invoices print the one of ten, 壹拾元: words that begin with ten have lost their beginning."""

FIGURES = re.compile(r"[¥Y￥](?P<whole>\d{1,4})(?P<point>[.,·:]?)(?P<cents>\d\d)元?")
WHOLE_FIGURES = re.compile(r"(?:^|[¥￥]|[金面]额[::]?)(?P<whole>\d{1,3})(?:\.00)?元整?$|[¥￥](?P<bare>\d{1,2})$")
WORDS = re.compile(
    r"(?P<words>[零壹贰叁肆伍陆柒捌玖拾佰仟一二三四五六七八九十百]*[拾佰仟十百圆元整正][圆元]?[整正]?"
    r"|(?:^|(?<=人民币))[零壹贰叁肆伍陆柒捌玖一二三四五六七八九]$)(?![0-9年月日])"
)
"""An amount in words; a numeral alone is one where nothing else stands in its row, as 四 in 四川 is none."""

TENTHS = re.compile("(?:^|[^元圆])(?P<tenths>[壹贰伍一二五])角")
TITLE = re.compile(r"(?P<before>.*?)(?:国家)?税.?局|(?P<before2>.*?)(?:通用|[一-鿿]{2,}公司).{0,3}[定走]额|额发票")
AMOUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 150, 200, 300, 400, 500, 1000)
"""The yuan that quota invoices are printed for."""

QUOTA = re.compile("[定走]额|额发票")
MOST_LINES = 20
"""Above it the word for quota has to be legible."""

ANCHORS = (
    (QUOTA.pattern, 0.6),
    (r"通用.{0,3}额", 0.3),
    (r"税务局", 0.1),
    (r"发票联", 0.1),
    (r"发票代码|发票号码", 0.1),
    (r"[壹贰叁肆伍陆柒捌玖][拾佰仟]?[元圆]整?$|^[壹贰叁肆伍陆柒捌玖拾佰仟]+[元圆]", 0.35),
    (r"[加未]盖.{0,8}章.{0,2}[有无]效", 0.2),
)


def likeness(page: Page) -> float:
    """Return how much of what every quota invoice says is on the page; with many lines the word for quota is needed."""
    page = page.tight
    found = anchored(page, ANCHORS)
    return found if QUOTA.search(page.text) or len(page.lines) < MOST_LINES else 0.4


def read(page: Page, _: Options) -> Reading:
    """Read an invoice; raises `Unreadable` when neither code nor number can be found."""
    page = page.tight
    fields = {**_digits(page, CODE, "code"), **_digits(page, NUMBER, "number"), **_location(page)}
    if "code" not in fields and "number" not in fields:
        raise Unreadable
    return Reading(fields | _amount(page))


QUOTA_INVOICE = Reader(
    api="quota-invoice",
    item_type="quota_invoice",
    versions={"v2": Api(4096), "v1.0": Api(4096, max_base64=12 * MEBIBYTE)},
    fields=("code", "number", "amount", "location"),
    likeness=likeness,
    read=read,
)


def _digits(page: Page, pattern: re.Pattern[str], name: str) -> dict[str, Field]:
    for part in (part for row in page.rows for part in row.parts):
        match = pattern.search(part.text)
        if match:
            line = part.group(match, "digits")
            digits = line.text.upper().translate(ROUND)
            changes = sum(map(str.__ne__, line.text, digits))
            if sum(character.isdigit() for character in digits) >= 0.75 * len(digits):
                return {name: field_of(line, digits, confidence.repaired(line.score, changes))}
    return _unlabelled(page, name)


def _unlabelled(page: Page, name: str) -> dict[str, Field]:
    """Find a number by its length alone, where its label cannot be read: 12 digits for the code, 8 for the number."""
    length = 12 if name == "code" else 8
    for line in page.inside(0, 0.1, 1, 0.75):
        match = re.search(rf"(?<!\d)\d{{{length}}}$", line.text)
        if match:
            return {name: field_of(line.part(*match.span()), confidence=confidence.doubtful(line.score))}
    return {}


def _location(page: Page) -> dict[str, Field]:
    """Return the region of the tax office: in the title before its name, or before a company; else in the seal.

    A seal may also tell the city of a province that the title names; what only a seal says is never sure.
    """
    titles = [found for row in page.rows[: len(page.rows) // 2 + 1] for found in _in_title(row)]
    seals = [found for line in page.inside(0.2, 0.0, 0.8, 0.55) for found in _in_seal(line)]
    title = titles[0] if titles else None
    finer = next(
        (it for it in seals if title and len(it.text) > len(title.text) and it.text.startswith(title.text)), None
    )
    best = finer or title or next(iter(seals), None)
    return {"location": best} if best else {}


def _in_title(row: Row) -> Iterator[Field]:
    match = TITLE.search(row.text)
    found = region_in(match["before"] or match["before2"] or row.text[: match.end()]) if match else None
    if found and found[0] < 8:
        start, end, name = found
        yield field_of(row.part(start, end), name)


def _in_seal(line: Line) -> Iterator[Field]:
    """Yield the region that a short line names and nothing else, such as 四川绵阳市; the words above it may be cut."""
    text = re.sub(r"^(?:发票联)", "", line.text)
    found = region_in(text) if len(text) <= 8 else None
    if found and found[0] == 0 and found[1] >= len(text) - 1:
        yield field_of(line, found[2], min(confidence.doubtful(line.score), 0.59))


def _amount(page: Page) -> dict[str, Field]:
    """Read the amount twice where it is printed twice: words and figures that agree confirm each other."""
    words, figures = _in_words(page.rows), _in_figures(page)
    if figures is None and (words is None or words.confidence < confidence.DOUBTFUL):
        middle = Box(0.0, 0.35 * page.height, page.width, 0.85 * page.height)
        closer = Page(page.look(middle), page.width, page.height)
        words, figures = _in_words(closer.rows) or words, _in_figures(closer)
    if words and figures:
        agree = words.text == figures.text
        sure = max(words.confidence, figures.confidence)
        best = figures if agree or figures.confidence > words.confidence else words
        return {
            "amount": Field(best.text, confidence.confirmed(sure) if agree else confidence.doubtful(sure), best.box)
        }
    only = words or figures
    return {"amount": only} if only else {}


def _in_words(rows: tuple[Row, ...]) -> Field | None:
    """Return the amount in words; the surest where several rows seem to have one."""
    found: list[Field] = []
    for row in rows:
        for match in WORDS.finditer(row.text.translate(LOOK_ALIKES)):
            amount = amount_in_words(match["words"])
            if amount in AMOUNTS:
                line = row.group(match, "words")
                sure = line.score if COMPLETE.match(match["words"]) else confidence.doubtful(line.score)
                found.append(field_of(line, f"￥{amount}.00", sure))
        if tenths := TENTHS.search(row.text):
            found.append(field_of(row.group(tenths), f"￥0.{DIGITS[tenths['tenths']]}0"))
    return max(found, key=lambda it: it.confidence, default=None)


def _in_figures(page: Page) -> Field | None:
    for line in page.lines:
        if (match := WHOLE_FIGURES.search(line.text)) and int(match["whole"] or match["bare"]) in AMOUNTS:
            return field_of(line.part(*match.span()), f"￥{match['whole'] or match['bare']}.00")
        if match := FIGURES.search(line.text):
            return _figures(line, match)
    return None


def _figures(line: Line, match: re.Match[str]) -> Field:
    score = confidence.repaired(line.score, int(match["point"] != "."))
    return field_of(line.part(*match.span()), f"￥{int(match['whole'])}.{match['cents']}", score)
