"""Reads both sides of the Chinese resident identity card, each a kind of document of auto-classification."""

from __future__ import annotations

from functools import partial

from attrs import evolve

from ocr_async.local.apis import Api, boolean, one_of
from ocr_async.local.reading.confidence import confirmed, doubtful
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import Field, Layout, Options, Reader, Reading
from ocr_async.local.reading.zones.check_digits import id_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.forms import Form, label, names, part, whole
from ocr_async.local.reading.zones.key_value import read_form, says
from ocr_async.local.reading.zones.periods import VALIDITY

NUMBER = r"\d{16,17}[\dXx]"
ETHNICITIES = (
    "汉蒙古回藏维吾尔苗彝壮布依朝鲜满侗瑶白土家哈尼哈萨克傣黎傈僳佤畲高山拉祜水东乡纳西景颇柯尔克孜土达斡尔仫佬羌布朗撒拉毛南仡佬锡伯阿昌普米塔吉克怒"
    "乌孜别克俄罗斯鄂温克德昂保安裕固京塔塔尔独龙鄂伦春赫哲门巴珞巴基诺"
)


def _ethnicity(form: Form, name: str) -> Field:
    found = form.field(name) or form.again(name, f"[{ETHNICITIES}]+")
    return found if found and found.text in ETHNICITIES else found.judged(doubtful)


PORTRAIT_LABELS = (
    label("name", "姓名", find=whole(form="^[一-鿿·]{2,}$")),
    label("sex", "性别", find=part("[男女]", again=True)),
    label("ethnicity", "民族", inside=True, find=_ethnicity),
    label("birth", "出生", find=whole(iso, closer=True)),
    label("address", "住址", wraps=True),
    label("number", "公民身份号码", find=part(NUMBER, elsewhere=NUMBER, check=id_number)),
)
PORTRAIT_ANCHORS = {
    0.4: ("公民身份",),
    0.2: (r"\d{17}[\dXx]",),
    0.15: ("^姓名", "民族"),
    0.1: ("^性别", "^出生", "^住址"),
}
EMBLEM_LABELS = (label("issue", "签发机关", wraps=True, find=whole(form="^[一-鿿]{4,}$")), *VALIDITY)
EMBLEM_ANCHORS = {
    0.5: ("居民身份证",),
    0.25: ("签发机关",),
    0.2: ("有效期限",),
    0.05: ("中华人民共和国",),
}


def read_portrait(page: Page, options: Options) -> Reading:
    """Read the portrait side; a sure number tells sex and day of birth again."""
    fields = read_form(page, PORTRAIT_LABELS).fields(PORTRAIT_LABELS)
    number = fields["number"]
    held = {"sex": "", "birth": ""}
    if sure := number.confidence > 0.9:
        held = {"sex": "女男"[int(number.text[16]) % 2], "birth": iso(number.text[6:14])}
        fields |= {name: _told_twice(fields[name], text) for name, text in held.items()}
    return _verified(
        fields, options, {"valid_number": sure, **{f"valid_{it}": fields[it].text == held[it] != "" for it in held}}
    )


def _told_twice(printed: Field, held: str) -> Field:
    """Return what is printed, judged by what the number holds; put right where one digit of it differs."""
    if not printed:
        return Field(held, 0.55)
    if printed.text == held:
        return printed.judged(confirmed)
    if len(held) > 1 and sum(map(str.__ne__, printed.text, held)) == 1:
        return evolve(printed, text=held, confidence=0.75)
    return printed.judged(doubtful)


def read_emblem(page: Page, options: Options) -> Reading:
    """Read the side with the emblem."""
    fields = read_form(page, EMBLEM_LABELS).fields(EMBLEM_LABELS)
    return _verified(fields, options, {"valid_date": bool(fields["valid_from"])})


def _verified(fields: dict[str, Field], options: Options, found: dict[str, bool]) -> Reading:
    """Return the reading with what is verified, where that is asked for."""
    none = dict.fromkeys(("valid_number", "valid_birth", "valid_sex", "valid_date"), False)
    return Reading(fields, {"verification_result": {**none, **found}} if options.get("return_verification") else {})


SIDES = {"side": one_of("front", "back", "double_side", "")}
SWITCHES = (
    *("detect_reproduce", "detect_copy", "return_portrait_location", "return_portrait_image", "return_adjusted_image"),
    *("detect_tampering", "detect_border_integrity", "detect_blocking_within_border", "detect_blur", "detect_interim"),
    *("return_verification", "return_text_location", "detect_glare"),
)
_side = partial(
    Reader,
    api="id-card",
    versions={
        "v2": Api(8000, parameters={**SIDES, **dict.fromkeys(SWITCHES, boolean)}),
        "v1.0": Api(8000, parameters=SIDES),
    },
    layout=Layout.CARD,
    confidence_when=None,
)
ID_CARD_PORTRAIT_SIDE = _side(
    item_type="id_card_portrait_side",
    side="front",
    fields=names(PORTRAIT_LABELS),
    needs=("name", "number"),
    likeness=says(PORTRAIT_ANCHORS),
    read=read_portrait,
)
ID_CARD_EMBLEM_SIDE = _side(
    item_type="id_card_emblem_side",
    side="back",
    fields=names(EMBLEM_LABELS),
    needs=("issue", "valid_from"),
    likeness=says(EMBLEM_ANCHORS),
    read=read_emblem,
)
