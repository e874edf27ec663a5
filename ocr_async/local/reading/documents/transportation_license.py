"""Reads road transport licences (道路运输证): one page with labels, or the open booklet with the reviews beside it."""

from __future__ import annotations

import re

from attrs import evolve

from ocr_async.local.apis import Api, boolean
from ocr_async.local.reading.reader import Field, Layout, Reader
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.forms import Form, anywhere, label, names, part, whole
from ocr_async.local.reading.zones.key_value import reads, says
from ocr_async.local.reading.zones.plates import plate

LICENSE_NUMBER = r"[一-鿿]{1,4}(?:交)?运管[一-鿿]{0,4}字?第?[0-9A-Z]{6,16}号?"


def _plate_and_colour(form: Form, name: str) -> Field:
    """Return the plate with its colour in brackets."""
    found = plate(form, name)
    colour = re.search(r"\([^)]{1,4}\)?", form.text(name))
    unsaid = found and colour and colour[0] not in found.text
    return evolve(found, text=found.text + colour[0].rstrip(")") + ")") if colour and unsaid else found


def _size(text: str) -> str:
    sides = re.findall(r"\d+", text)
    return "{}*{}*{}毫米".format(*sides) if len(sides) == 3 else text


LABELS = (
    label("owner_name", "业户名称", "业户姓名", wraps=True),
    label("license_number", find=anywhere(LICENSE_NUMBER)),
    label("vehicle_number", "车辆号牌", "车辆号码", "车牌号码", "车牌号", find=_plate_and_colour),
    label("vehicle_type", "车辆类型", wraps=True),
    label(
        "maximum_capacity",
        *("吨(座)位", "吨座位", "吨(座位)", "核定吨(座)位"),
        find=whole(form=r"\d+(?:\.\d+)?[吨座].*"),
    ),
    label("vehicle_size", "车辆(毫米)", "车辆尺寸", "车辆外廓尺寸", "外廓尺寸", find=whole(_size)),
    label("issuing_authority", "核发机关", "发证机关", wraps=True),
    label("issue_date", "发证日期", "核发日期", find=whole(iso, closer=True)),
    label("owner_address", "地址", wraps=True),
    label("economic_type", "经济类型"),
    label("business_certificate", "经营许可证号", "经营许可证", find=part(r"[0-9A-Z]{6,}")),
    label("business_scope", "经营范围", wraps=True),
    label("assessed_technical_level", "技术等级", "技术等级评定", inside=True, find=part("[一二三]级")),
    label("review_expiry_date", "审验有效期至", inside=True, find=whole(iso, closer=True)),
    label("expiry_date", "有效期至", find=whole(iso, closer=True)),
    label("", "备注"),
    label("", "车辆审验及技术等级记录"),
)
ANCHORS = {
    0.5: ("道路运输证",),
    0.2: ("运管.{0,4}字", "业户名称", r"吨\(座\)位"),
    0.1: ("经营许可证", "核发机关"),
}
SWITCHES = {"return_image_location": boolean, "return_adjusted_image": boolean}
TRANSPORTATION_LICENSE = Reader(
    api="transportation-license",
    versions={"v2": Api(4096, parameters=SWITCHES), "v1.0": Api(4096)},
    layout=Layout.CARD,
    item_type="transportation_license",
    fields=names(LABELS),
    needs=("license_number", "vehicle_number"),
    optional=frozenset({"economic_type", "assessed_technical_level", "review_expiry_date", "expiry_date"}),
    likeness=says(ANCHORS, LABELS, 0.05),
    read=reads(LABELS),
)
