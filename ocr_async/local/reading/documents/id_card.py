"""Reads both sides of the Chinese resident identity card, each a kind of document of auto-classification."""

from __future__ import annotations

import re

from attrs import evolve

from ocr_async.local.apis import Api, boolean, one_of
from ocr_async.local.reading.confidence import confirmed, doubtful
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import Field, Layout, Options, Reader, Reading, anchored
from ocr_async.local.reading.zones.check_digits import id_number
from ocr_async.local.reading.zones.dates import iso
from ocr_async.local.reading.zones.key_value import Form, read_form
from ocr_async.local.reading.zones.labels import label
from ocr_async.local.reading.zones.periods import period
from ocr_async.local.recognizer import Unreadable
from ocr_async.model import Json

PORTRAIT_LABELS = (
    label("name", "姓名"),
    label("sex", "性别"),
    label("ethnicity", "民族", inside=True),
    label("birth", "出生"),
    label("address", "住址", wraps=True),
    label("number", "公民身份号码"),
)
EMBLEM_LABELS = (label("issue", "签发机关", wraps=True), label("valid", "有效期限"))
NUMBER = re.compile(r"\d{16,17}[\dXx]")
SWITCHES = (
    *("detect_reproduce", "detect_copy", "return_portrait_location", "return_portrait_image", "return_adjusted_image"),
    *("detect_tampering", "detect_border_integrity", "detect_blocking_within_border", "detect_blur", "detect_interim"),
    *("return_verification", "return_text_location", "detect_glare"),
)
SIDES = {"side": one_of("front", "back", "double_side", "")}
VERSIONS = {
    "v2": Api(8000, parameters={**SIDES, **dict.fromkeys(SWITCHES, boolean)}),
    "v1.0": Api(8000, parameters=SIDES),
}
ETHNICITIES = (
    "汉蒙古回藏维吾尔苗彝壮布依朝鲜满侗瑶白土家哈尼哈萨克傣黎傈僳佤畲高山拉祜水东乡纳西景颇柯尔克孜土达斡尔仫佬羌布朗撒拉毛南仡佬锡伯阿昌普米塔吉克怒"
    "乌孜别克俄罗斯鄂温克德昂保安裕固京塔塔尔独龙鄂伦春赫哲门巴珞巴基诺"
)


def portrait_likeness(page: Page) -> float:
    """Return how much of the portrait side is there: its long label, the number, and the short labels."""
    page = page.tight
    number = (r"\d{17}[\dXx]", 0.2)
    labels = ((r"^姓名", 0.15), (r"^性别", 0.1), (r"民族", 0.15), (r"^出生", 0.1), (r"^住址", 0.1))
    return anchored(page, ((r"公民身份", 0.4), number, *labels))


def emblem_likeness(page: Page) -> float:
    """Return how much of the side with the emblem is there."""
    anchors = ((r"居民身份证", 0.5), (r"签发机关", 0.25), (r"有效期限", 0.2), (r"中华人民共和国", 0.05))
    return anchored(page.tight, anchors)


def read_portrait(page: Page, options: Options) -> Reading:
    """Read the portrait side; raises `Unreadable` when it has neither name nor number."""
    form = read_form(page, PORTRAIT_LABELS)
    number = id_number(form.match_anywhere("number", NUMBER, NUMBER))
    if not number.text and not form.text("name"):
        raise Unreadable
    fields = {
        "name": form.field("name", form=r"[一-鿿·]{2,}"),
        "sex": _sex(form, number),
        "ethnicity": _ethnicity(form),
        "birth": _birth(form, number),
        "address": form.field("address"),
        "number": number,
    }
    return Reading(fields, _verification(options, _verified(fields)))


def _sex(form: Form, number: Field) -> Field:
    """Return the sex as printed; where it was not read, the one that a sure number holds."""
    printed = form.match("sex", "[男女]")
    printed = printed if printed.text else form.again("sex", "[男女]")
    held = "女男"[int(number.text[16]) % 2] if number.confidence > 0.9 else ""
    if printed.text and held:
        agree = printed.text == held
        return evolve(printed, confidence=confirmed(printed.confidence) if agree else doubtful(printed.confidence))
    return printed if printed.text else Field(held, 0.55)


def _ethnicity(form: Form) -> Field:
    found = form.field("ethnicity")
    found = found if found.text else form.again("ethnicity", f"[{ETHNICITIES}]+")
    known = bool(found.text) and found.text in ETHNICITIES
    return found if known else evolve(found, confidence=doubtful(found.confidence))


def _birth(form: Form, number: Field) -> Field:
    """Return the day of birth, and that of a sure number where the printed one cannot be read or differs by a digit."""
    printed = form.field("birth", iso)
    if number.confidence <= 0.9:
        return printed
    held = f"{number.text[6:10]}-{number.text[10:12]}-{number.text[12:14]}"
    if printed.text == held:
        return evolve(printed, confidence=confirmed(printed.confidence))
    if sum(map(str.__ne__, printed.text, held)) <= 1:
        return Field(held, 0.75 if printed.text else 0.55, printed.box)
    return evolve(printed, confidence=doubtful(printed.confidence))


def read_emblem(page: Page, options: Options) -> Reading:
    """Read the side with the emblem; raises `Unreadable` when it has neither office nor dates."""
    form = read_form(page, EMBLEM_LABELS)
    start, end = period([*([form.values["valid"]] if "valid" in form.values else []), *page.tight.rows])
    office = form.field("issue", form=r"[一-鿿]{4,}")
    if not start.text and not office.text:
        raise Unreadable
    return Reading(
        {"issue": office, "valid_from": start, "valid_to": end},
        _verification(options, {"valid_date": bool(start.text)}),
    )


def _verified(fields: dict[str, Field]) -> dict[str, bool]:
    number = fields["number"]
    right = number.confidence > 0.9
    return {
        "valid_number": right,
        "valid_birth": right and number.text[6:14] == fields["birth"].text.replace("-", ""),
        "valid_sex": right and "女男"[int(number.text[16]) % 2] == fields["sex"].text,
    }


def _verification(options: Options, found: dict[str, bool]) -> dict[str, Json]:
    none = dict.fromkeys(("valid_number", "valid_birth", "valid_sex", "valid_date"), False)
    return {"verification_result": {**none, **found}} if options.get("return_verification") else {}


ID_CARD_PORTRAIT_SIDE = Reader(
    api="id-card",
    versions=VERSIONS,
    layout=Layout.CARD,
    item_type="id_card_portrait_side",
    side="front",
    fields=("name", "sex", "ethnicity", "birth", "address", "number"),
    confidence_when=None,
    likeness=portrait_likeness,
    read=read_portrait,
)
ID_CARD_EMBLEM_SIDE = Reader(
    api="id-card",
    versions=VERSIONS,
    layout=Layout.CARD,
    item_type="id_card_emblem_side",
    side="back",
    fields=("issue", "valid_from", "valid_to"),
    confidence_when=None,
    likeness=emblem_likeness,
    read=read_emblem,
)
