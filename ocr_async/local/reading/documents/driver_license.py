"""Reads the Chinese driving licence: the main page, and the second page (副页)."""

from __future__ import annotations

from ocr_async.local.reading.zones.check_digits import id_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.forms import label, names, part, whole
from ocr_async.local.reading.zones.key_value import reads, says
from ocr_async.local.reading.zones.periods import VALIDITY
from ocr_async.local.reading.zones.traffic_licences import TITLES, reads_sealed, side_of

NUMBER = r"\d{17}[\dXx]"
HOLDER = (
    label("number", "证号", english="No.", find=part(NUMBER, elsewhere=NUMBER, check=id_number)),
    label("name", "姓名", english="Name", find=whole(form="[一-鿿·]{2,}|^[A-Z ]+$")),
)
FRONT_LABELS = (
    *HOLDER,
    label("sex", "性别", english="Sex", inside=True, find=part("[男女]", again=True)),
    label("nationality", "国籍", english="Nationality", inside=True, find=part("[一-鿿]{2,}", again=True)),
    label("address", "住址", english="Address", wraps=True),
    label("birth", "出生日期", english="Date of Birth", find=whole(iso, closer=True)),
    label("issue_date", "初次领证日期", "初次领证", english="Date of First Issue", find=whole(iso, closer=True)),
    label("class", "准驾车型", english="Class", find=part(r"(?:[ABC][1-6]|[DEFMNP])+")),
    *VALIDITY,
    *TITLES,
)
FRONT_ONLY = [each for each in FRONT_LABELS if each.name in {"issue_date", "class", "valid_from", "birth"}]
FRONT_ANCHORS = {
    0.3: ("驾驶证$",),
    0.2: ("机动车驾驶证$",),
    0.14: ("国籍",),
    0.1: ("Driving",),
}
BACK_LABELS = (
    *HOLDER,
    label("file_number", "档案编号", english="File No.", inside=True, find=part(r"\d{8,14}")),
    label("record", "记录", english="Record", wraps=True),
    *TITLES,
)
BACK_ANCHORS = {
    0.5: ("驾驶证副[页頁]",),
    0.2: ("档案编号",),
    0.15: ("^记录", "^证号"),
    0.1: ("实习期|换领|驾驶证",),
}
_side = side_of("driver-license", "return_issuing_authority", "return_text_location")
DRIVER_LICENSE_FRONT = _side(
    item_type="driver_license_front",
    side="front",
    fields=(*names(FRONT_LABELS), "issuing_authority"),
    needs=("number", "name"),
    likeness=says(FRONT_ANCHORS, FRONT_ONLY, 0.14),
    read=reads_sealed(FRONT_LABELS),
)
DRIVER_LICENSE_BACK = _side(
    item_type="driver_license_back",
    side="back",
    fields=names(BACK_LABELS),
    needs=("number", "file_number"),
    likeness=says(BACK_ANCHORS),
    read=reads(BACK_LABELS),
)
