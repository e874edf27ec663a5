"""Reads road transport licences (道路运输证): one page with labels, or the open booklet with the reviews beside it."""

from __future__ import annotations

import re

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.key_value import Form, read_form
from ocr_async.local.reading.zones.labels import known_labels, label
from ocr_async.local.reading.zones.plates import plate
from ocr_async.local.recognizer import Unreadable

LABELS = (
    label("owner_name", "业户名称", "业户姓名", wraps=True),
    label("owner_address", "地址", wraps=True),
    label("vehicle_number", "车辆号牌", "车辆号码", "车牌号码", "车牌号"),
    label("business_certificate", "经营许可证号", "经营许可证"),
    label("vehicle_type", "车辆类型", wraps=True),
    label("maximum_capacity", "吨(座)位", "吨座位", "吨(座位)", "核定吨(座)位"),
    label("vehicle_size", "车辆(毫米)", "车辆尺寸", "车辆外廓尺寸", "外廓尺寸"),
    label("business_scope", "经营范围", wraps=True),
    label("economic_type", "经济类型"),
    label("issuing_authority", "核发机关", "发证机关", wraps=True),
    label("issue_date", "发证日期", "核发日期"),
    label("assessed_technical_level", "技术等级", "技术等级评定", inside=True),
    label("review_expiry_date", "审验有效期至", inside=True),
    label("expiry_date", "有效期至"),
    label("", "备注"),
    label("", "车辆审验及技术等级记录"),
)
LICENSE_NUMBER = re.compile(r"(?P<place>[一-鿿]{1,4})(?:交)?运管[一-鿿]{0,4}字?第?(?P<digits>[0-9A-Z]{6,16})号?")
SIZE = re.compile(r"\D*(\d{3,5})\D+?(\d{3,5})\D+?(\d{3,5})\D*")
PLATE_COLOUR = r"\([^)]{1,4}\)?"
ANCHORS = (
    (r"道路运输证", 0.5),
    (r"运管.{0,4}字", 0.2),
    (r"业户名称", 0.2),
    (r"经营许可证", 0.1),
    (r"吨\(座\)位", 0.2),
    (r"核发机关", 0.1),
)


def likeness(page: Page) -> float:
    """Return how much of what every road transport licence says is on the page."""
    return min(1.0, anchored(page.tight, ANCHORS) + 0.05 * known_labels(page, LABELS))


def read(page: Page, _: Options) -> Reading:
    """Read a licence; raises `Unreadable` when neither its number nor its vehicle can be found."""
    form = read_form(page, LABELS)
    fields = {
        "owner_name": form.field("owner_name"),
        "license_number": _license_number(page),
        "vehicle_number": _vehicle(page, form),
        "vehicle_type": form.field("vehicle_type"),
        "maximum_capacity": form.field("maximum_capacity", form=r"\d+(?:\.\d+)?[吨座].*"),
        "vehicle_size": _size(form),
        "issuing_authority": form.field("issuing_authority"),
        "issue_date": form.field("issue_date", iso),
        "owner_address": form.field("owner_address"),
        "economic_type": form.field("economic_type"),
        "business_certificate": form.match("business_certificate", r"[0-9A-Z]{6,}"),
        "business_scope": form.field("business_scope"),
        "assessed_technical_level": form.match("assessed_technical_level", "[一二三]级"),
        "review_expiry_date": form.field("review_expiry_date", iso),
        "expiry_date": form.field("expiry_date", iso),
    }
    if not fields["license_number"].text and not fields["vehicle_number"].text:
        raise Unreadable
    return Reading(fields)


def _license_number(page: Page) -> Field:
    for row in page.tight.rows:
        found = LICENSE_NUMBER.search(row.text)
        if found:
            return field_of(row.group(found))
    return MISSING


def _vehicle(page: Page, form: Form) -> Field:
    """Return the plate with its colour in brackets."""
    found = plate(page, form, "vehicle_number")
    colour = re.search(PLATE_COLOUR, form.text("vehicle_number"))
    if found.text and colour and colour[0] not in found.text:
        return Field(found.text + colour[0].rstrip(")") + ")", found.confidence, found.box)
    return found


def _size(form: Form) -> Field:
    found = form.field("vehicle_size")
    sides = SIZE.fullmatch(found.text)
    return Field("{}*{}*{}毫米".format(*sides.groups()), found.confidence, found.box) if sides else found


TRANSPORTATION_LICENSE = Reader(
    api="transportation-license",
    versions={
        "v2": Api(4096, parameters={"return_image_location": boolean, "return_adjusted_image": boolean}),
        "v1.0": Api(4096),
    },
    layout=Layout.CARD,
    item_type="transportation_license",
    fields=(
        *("owner_name", "license_number", "vehicle_number", "vehicle_type", "maximum_capacity", "vehicle_size"),
        *("issuing_authority", "issue_date", "owner_address", "economic_type", "business_certificate"),
        "business_scope",
        *("assessed_technical_level", "review_expiry_date", "expiry_date"),
    ),
    optional=frozenset({"economic_type", "assessed_technical_level", "review_expiry_date", "expiry_date"}),
    likeness=likeness,
    read=read,
)
