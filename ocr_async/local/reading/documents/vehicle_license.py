"""Reads the Chinese vehicle licence: the main page, and the second page (副页)."""

from __future__ import annotations

import re

from ocr_async.local.apis import Api, boolean, one_of
from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.zones.check_digits import vehicle_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.key_value import Form, read_form
from ocr_async.local.reading.zones.labels import known_labels, label
from ocr_async.local.reading.zones.plates import plate
from ocr_async.local.reading.zones.seals import square_seal
from ocr_async.local.recognizer import Unreadable

FRONT_LABELS = (
    label("number", "号牌号码", english="Plate No."),
    label("vehicle_type", "车辆类型", english="Vehicle Type", inside=True),
    label("name", "所有人", english="Owner", wraps=True),
    label("address", "住址", english="Address", wraps=True),
    label("use_character", "使用性质", english="Use Character"),
    label("model", "品牌型号", english="Model", inside=True, wraps=True),
    label("vin", "车辆识别代号", "车辆识别代码", english="VIN"),
    label("engine_no", "发动机号码", "发动机号", english="Engine No."),
    label("register_date", "注册日期", english="Register Date"),
    label("issue_date", "发证日期", english="Issue Date", inside=True),
    label("", "中华人民共和国机动车行驶证", english="Vehicle License of the People's Republic of China"),
)
BACK_LABELS = (
    label("number", "号牌号码", english="Plate No."),
    label("file_no", "档案编号", english="File No.", inside=True),
    label("approved_passengers", "核定载人数", english="Approved Passengers Capacity"),
    label("gross_mass", "总质量", english="Gross Mass", inside=True),
    label("unladen_mass", "整备质量", english="Unladen Mass"),
    label("approved_load", "核定载质量", english="Approved Load", inside=True),
    label("dimension", "外廓尺寸", "外廊尺寸", english="Overall Dimension"),
    label("traction_mass", "准牵引总质量", english="Traction Mass", inside=True),
    label("remarks", "备注", english="Remarks", wraps=True),
    label("inspection_record", "检验记录", english="Inspection Record", wraps=True),
    label(
        "", "中华人民共和国机动车行驶证副页", english="Duplicate of Vehicle License of the People's Republic of China"
    ),
)
FRONT_ONLY = [each for each in FRONT_LABELS if each.name not in {"", "number", "address"}]
BACK_ONLY = [each for each in BACK_LABELS if each.name not in {"", "number", "remarks"}]
VIN = r"(?<![A-Z0-9])(?=[A-Z0-9]*[A-Z])[A-Z0-9]{17}(?![A-Z0-9])"
MASS = r"\d+kg(?:\(.+\))?"
EMPTY = re.compile(r"^[-—一_=~]*$")
SIDES = {"side": one_of("front", "back", "double_side")}
SWITCHES = ("return_issuing_authority", "return_text_location", "recognize_electronic_license", "alarm")
VERSIONS = {
    "v2": Api(8000, min_side=100, parameters={**SIDES, **dict.fromkeys(SWITCHES, boolean)}),
    "v1.0": Api(8000, min_side=100, parameters=SIDES),
}


def front_likeness(page: Page) -> float:
    """Return how much of the main page is there: its title, and the labels that only it has."""
    return min(1.0, anchored(page.tight, ((r"行驶证$", 0.25),)) + 0.12 * known_labels(page, FRONT_ONLY))


def back_likeness(page: Page) -> float:
    """Return how much of the second page is there."""
    anchors = (
        (r"行驶证副[页頁]", 0.4),
        (r"检验有效期", 0.12),
        (r"\d{3,5}[×xX*]\d{3,4}[×xX*]\d{3,4}mm", 0.12),
        (r"^\d{3,5}kg", 0.1),
    )
    return min(1.0, anchored(page.tight, anchors) + 0.12 * known_labels(page, BACK_ONLY))


def read_front(page: Page, options: Options) -> Reading:
    """Read the main page; raises `Unreadable` when it has neither plate nor vehicle number."""
    seal, page = square_seal(page, FRONT_LABELS)
    form = read_form(page, FRONT_LABELS)
    fields = {
        "number": plate(page, form),
        "vehicle_type": form.field("vehicle_type"),
        "name": form.field("name"),
        "address": form.field("address"),
        "use_character": form.field("use_character"),
        "model": form.field("model"),
        "vin": vehicle_number(form.match_anywhere("vin", r"[A-Z0-9]{15,19}", VIN)),
        "engine_no": form.match("engine_no", r"[A-Z0-9*-]{4,}"),
        "register_date": form.field("register_date", iso),
        "issue_date": form.field("issue_date", iso),
    }
    if not fields["number"].text and not fields["vin"].text:
        raise Unreadable
    if options.get("return_issuing_authority"):
        fields["issuing_authority"] = seal
    return Reading(fields)


def read_back(page: Page, _: Options) -> Reading:
    """Read the second page; raises `Unreadable` when it has neither plate nor file number nor masses."""
    form = read_form(page, BACK_LABELS)
    bar = page.tight.search(r"\*[0-9A-Z]{10,16}\*|(?<!\d)\d{13}(?!\d)$")
    code = field_of(bar[-1][0].part(*bar[-1][1].span())) if bar else MISSING
    fields = {
        "number": plate(page, form),
        "file_no": form.match("file_no", r"\d{8,14}"),
        "approved_passengers": _printed(form, "approved_passengers", r"\d+(?:\+\d+)?人"),
        "gross_mass": _printed(form, "gross_mass", MASS),
        "unladen_mass": _printed(form, "unladen_mass", MASS),
        "approved_load": _printed(form, "approved_load", MASS),
        "dimension": _printed(form, "dimension", r"\d+[×xX*]\d+[×xX*]\d+(?:mm)?"),
        "traction_mass": _printed(form, "traction_mass", MASS),
        "remarks": _printed(form, "remarks", r".+"),
        "inspection_record": _record(page, form),
        "code_number": code,
    }
    if not any(fields[name].text for name in ("number", "file_no", "gross_mass", "dimension")):
        raise Unreadable
    return Reading(fields)


def _printed(form: Form, name: str, pattern: str) -> Field:
    """Return a value, "" for the strokes that stand for none; doubtful where it does not have its form."""
    if EMPTY.match(form.text(name)):
        return MISSING
    found = form.match(name, pattern)
    return found if found.text else form.field(name, form=pattern)


def _record(page: Page, form: Form) -> Field:
    found = form.field("inspection_record")
    if found.text:
        return found
    alone = page.tight.first(r"^检验有效期")
    return field_of(alone, confidence=doubtful(alone.score)) if alone else MISSING


VEHICLE_LICENSE_FRONT = Reader(
    api="vehicle-license",
    versions=VERSIONS,
    layout=Layout.CARD,
    item_type="vehicle_license_front",
    side="front",
    side_unsaid="front",
    fields=(
        *("number", "vehicle_type", "name", "address", "use_character", "model", "vin", "engine_no"),
        *("register_date", "issue_date", "issuing_authority"),
    ),
    optional=frozenset({"issuing_authority"}),
    confidence_when=None,
    likeness=front_likeness,
    read=read_front,
)
VEHICLE_LICENSE_BACK = Reader(
    api="vehicle-license",
    versions=VERSIONS,
    layout=Layout.CARD,
    item_type="vehicle_license_back",
    side="back",
    side_unsaid="front",
    fields=(
        *("number", "file_no", "approved_passengers", "gross_mass", "unladen_mass", "approved_load", "dimension"),
        *("traction_mass", "remarks", "inspection_record", "code_number"),
    ),
    confidence_when=None,
    likeness=back_likeness,
    read=read_back,
)
