"""Reads the Chinese driving licence: the main page, and the second page (副页)."""

from __future__ import annotations

from ocr_async.local.apis import Api, boolean, one_of
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import Field, Layout, Options, Reader, Reading, anchored
from ocr_async.local.reading.zones.check_digits import id_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.key_value import Form, read_form
from ocr_async.local.reading.zones.labels import known_labels, label
from ocr_async.local.reading.zones.periods import period
from ocr_async.local.reading.zones.seals import square_seal
from ocr_async.local.recognizer import Unreadable

FRONT_LABELS = (
    label("number", "证号", english="No."),
    label("name", "姓名", english="Name"),
    label("sex", "性别", english="Sex", inside=True),
    label("nationality", "国籍", english="Nationality", inside=True),
    label("address", "住址", english="Address", wraps=True),
    label("birth", "出生日期", english="Date of Birth"),
    label("issue_date", "初次领证日期", "初次领证", english="Date of First Issue"),
    label("class", "准驾车型", english="Class"),
    label("valid", "有效期限", english="Valid Period"),
    label("start", "有效起始日期", english="Valid From"),
    label("", "中华人民共和国机动车驾驶证", english="Driving License of the People's Republic of China"),
)
BACK_LABELS = (
    label("number", "证号", english="No."),
    label("name", "姓名", english="Name"),
    label("file_number", "档案编号", english="File No.", inside=True),
    label("record", "记录", english="Record", wraps=True),
    label(
        "", "中华人民共和国机动车驾驶证副页", english="Duplicate of Driving License of the People's Republic of China"
    ),
)
NUMBER = r"\d{17}[\dXx]"
CLASS = r"(?:[ABC][1-6]|[DEFMNP])+"
SIDES = {"side": one_of("front", "back", "double_side")}
SWITCHES = dict.fromkeys(("return_issuing_authority", "return_text_location"), boolean)
VERSIONS = {
    "v2": Api(8000, min_side=100, parameters={**SIDES, **SWITCHES}),
    "v1.0": Api(8000, min_side=100, parameters=SIDES),
}
FRONT_ONLY = [each for each in FRONT_LABELS if each.name in {"issue_date", "class", "valid", "birth"}]


def front_likeness(page: Page) -> float:
    """Return how much of the main page is there: its title, and the labels that only it has."""
    anchors = ((r"驾驶证$", 0.3), (r"Driving", 0.1), (r"国籍", 0.14))
    return min(1.0, anchored(page.tight, anchors) + 0.14 * known_labels(page, FRONT_ONLY))


def back_likeness(page: Page) -> float:
    """Return how much of the second page is there."""
    anchors = (
        (r"驾驶证副[页頁]", 0.5),
        (r"档案编号", 0.2),
        (r"^记录", 0.15),
        (r"^证号", 0.15),
        (r"实习期|换领|驾驶证", 0.1),
    )
    return anchored(page.tight, anchors)


def read_front(page: Page, options: Options) -> Reading:
    """Read the main page; raises `Unreadable` when it has neither number nor name."""
    seal, page = square_seal(page, FRONT_LABELS)
    form = read_form(page, FRONT_LABELS)
    beside = [form.values[name] for name in ("valid", "start") if name in form.values]
    start, end = period((*beside, *page.tight.rows[-4:]))
    fields = {
        "number": id_number(form.match_anywhere("number", NUMBER, NUMBER)),
        "name": form.field("name", form=r"[一-鿿·]{2,}|[A-Z ]+"),
        "sex": _short(form, "sex", "[男女]"),
        "nationality": _short(form, "nationality", "[一-鿿]{2,}"),
        "address": form.field("address"),
        "birth": form.field("birth", iso),
        "issue_date": form.field("issue_date", iso),
        "class": form.match("class", CLASS),
        "valid_from": start,
        "valid_to": end,
    }
    if not fields["number"].text and not fields["name"].text:
        raise Unreadable
    if options.get("return_issuing_authority"):
        fields["issuing_authority"] = seal
    return Reading(fields)


def _short(form: Form, name: str, pattern: str) -> Field:
    found = form.match(name, pattern)
    return found if found.text else form.again(name, pattern)


def read_back(page: Page, _: Options) -> Reading:
    """Read the second page; raises `Unreadable` when it has neither number nor file number."""
    form = read_form(page, BACK_LABELS)
    fields = {
        "number": id_number(form.match_anywhere("number", NUMBER, NUMBER)),
        "name": form.field("name", form=r"[一-鿿·]{2,}|[A-Z ]+"),
        "file_number": form.match("file_number", r"\d{8,14}"),
        "record": form.field("record"),
    }
    if not fields["number"].text and not fields["file_number"].text:
        raise Unreadable
    return Reading(fields)


DRIVER_LICENSE_FRONT = Reader(
    api="driver-license",
    versions=VERSIONS,
    layout=Layout.CARD,
    item_type="driver_license_front",
    side="front",
    side_unsaid="front",
    fields=(
        *("number", "name", "sex", "nationality", "address", "birth", "issue_date", "class", "valid_from", "valid_to"),
        "issuing_authority",
    ),
    optional=frozenset({"issuing_authority"}),
    confidence_when=None,
    likeness=front_likeness,
    read=read_front,
)
DRIVER_LICENSE_BACK = Reader(
    api="driver-license",
    versions=VERSIONS,
    layout=Layout.CARD,
    item_type="driver_license_back",
    side="back",
    side_unsaid="front",
    fields=("number", "name", "file_number", "record"),
    confidence_when=None,
    likeness=back_likeness,
    read=read_back,
)
