"""Reads the Chinese vehicle licence: the main page, and the second page (副页)."""

from __future__ import annotations

from ocr_async.local.reading.confidence import doubtful
from ocr_async.local.reading.reader import Field, first_in
from ocr_async.local.reading.zones.check_digits import vehicle_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.forms import Form, label, names, part, whole
from ocr_async.local.reading.zones.key_value import reads, says
from ocr_async.local.reading.zones.plates import plate
from ocr_async.local.reading.zones.traffic_licences import TITLES, reads_sealed, side_of

VIN = r"(?<![A-Z0-9])(?=[A-Z0-9]*[A-Z])[A-Z0-9]{17}(?![A-Z0-9])"
BAR_CODE = r"\*[0-9A-Z]{10,16}\*|(?<!\d)\d{13}(?!\d)$"


def _record(form: Form, name: str) -> Field:
    return form.field(name) or first_in(form.page.lines, r"^检验有效期.*").judged(doubtful)


MASS = whole(form=r"\d+kg(?:\(.+\))?")
PLATE = label("number", "号牌号码", english="Plate No.", find=plate)
FRONT_LABELS = (
    PLATE,
    label("vehicle_type", "车辆类型", english="Vehicle Type", inside=True),
    label("name", "所有人", english="Owner", wraps=True),
    label("address", "住址", english="Address", wraps=True),
    label("use_character", "使用性质", english="Use Character"),
    label("model", "品牌型号", english="Model", inside=True, wraps=True),
    label(
        *("vin", "车辆识别代号", "车辆识别代码"),
        english="VIN",
        find=part(r"[A-Z0-9]{15,19}", elsewhere=VIN, check=vehicle_number),
    ),
    label("engine_no", "发动机号码", "发动机号", english="Engine No.", find=part(r"[A-Z0-9*-]{4,}")),
    label("register_date", "注册日期", english="Register Date", find=whole(iso, closer=True)),
    label("issue_date", "发证日期", english="Issue Date", inside=True, find=whole(iso, closer=True)),
    *TITLES,
)
BACK_LABELS = (
    PLATE,
    label("file_no", "档案编号", english="File No.", inside=True, find=part(r"\d{8,14}")),
    label(
        "approved_passengers", "核定载人数", english="Approved Passengers Capacity", find=whole(form=r"\d+(?:\+\d+)?人")
    ),
    label("gross_mass", "总质量", english="Gross Mass", inside=True, find=MASS),
    label("unladen_mass", "整备质量", english="Unladen Mass", find=MASS),
    label("approved_load", "核定载质量", english="Approved Load", inside=True, find=MASS),
    label(
        "dimension",
        "外廓尺寸",
        "外廊尺寸",
        english="Overall Dimension",
        find=whole(form=r"\d+[×xX*]\d+[×xX*]\d+(?:mm)?"),
    ),
    label("traction_mass", "准牵引总质量", english="Traction Mass", inside=True, find=MASS),
    label("remarks", "备注", english="Remarks", wraps=True),
    label("inspection_record", "检验记录", english="Inspection Record", wraps=True, find=_record),
    label("code_number", find=lambda form, _: first_in(reversed(form.page.lines), BAR_CODE)),
    *TITLES,
)
FRONT_ONLY = [each for each in FRONT_LABELS if each.name not in {"", "number", "address"}]
BACK_ONLY = [each for each in BACK_LABELS if each.name not in {"", "number", "remarks"}]
BACK_ANCHORS = {
    0.4: ("行驶证副[页頁]",),
    0.12: ("检验有效期", r"\d{3,5}[×xX*]\d{3,4}[×xX*]\d{3,4}mm"),
    0.1: (r"^\d{3,5}kg",),
}
SWITCHES = ("return_issuing_authority", "return_text_location", "recognize_electronic_license", "alarm")
_side = side_of("vehicle-license", *SWITCHES)
VEHICLE_LICENSE_FRONT = _side(
    item_type="vehicle_license_front",
    side="front",
    fields=(*names(FRONT_LABELS), "issuing_authority"),
    needs=("number", "vin"),
    likeness=says({0.25: ("行驶证$", "机动车行驶证$")}, FRONT_ONLY, 0.12),
    read=reads_sealed(FRONT_LABELS),
)
VEHICLE_LICENSE_BACK = _side(
    item_type="vehicle_license_back",
    side="back",
    fields=names(BACK_LABELS),
    needs=("number", "file_no", "gross_mass", "dimension"),
    likeness=says(BACK_ANCHORS, BACK_ONLY, 0.12),
    read=reads(BACK_LABELS),
)
