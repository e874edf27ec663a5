"""Reads business licences (营业执照), of companies and of the self-employed, old and with the social credit code."""

from __future__ import annotations

import re

from ocr_async.local.apis import Api
from ocr_async.local.reading.page import Page
from ocr_async.local.reading.reader import MISSING, Field, Layout, Options, Reader, Reading, anchored, field_of
from ocr_async.local.reading.zones.check_digits import credit_code
from ocr_async.local.reading.zones.key_value import Form, read_form
from ocr_async.local.reading.zones.labels import label
from ocr_async.local.recognizer import Unreadable

LABELS = (
    label("registration_number", "统一社会信用代码", "社会信用代码", "注册号", "证照编号注册号", wraps=True),
    label("", "证照编号", "编号"),
    label("name", "名称", "企业名称", "字号名称", wraps=True),
    label("type", "类型", "公司类型", "主体类型", "企业类型", "组成形式", wraps=True),
    label("address", "住所", "经营场所", "营业场所", "主要经营场所", wraps=True),
    label(
        "legal_representative", "法定代表人", "法人代表", "负责人", "经营者", "经营者姓名", "投资人", "执行事务合伙人"
    ),
    label("registered_capital", "注册资本", "注册资金", "出资额", wraps=True),
    label("", "实收资本"),
    label("found_date", "成立日期", "注册日期"),
    label("business_term", "营业期限", "经营期限", "合伙期限", wraps=True),
    label("business_scope", "经营范围", "经营范围及方式", wraps=True),
    label("office", "登记机关"),
    label("", "扫描二维码"),
)
CODE = r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])|(?<!\d)\d{15}(?!\d)"
DAY = r"(?:19|20)\d\d年\d{1,2}月\d{1,2}日"
TERM = re.compile(rf"({DAY}|(?:19|20)\d\d年\d{{1,2}}月)?至?({DAY}|(?:19|20)\d\d年\d{{1,2}}月|长期|永久|无固定期限).*")
TICKED = re.compile(r"^[☑√✓☐口■□]+")
ANCHORS = (
    (r"营业执照", 0.55),
    (r"统一社会信用代码|注册号", 0.15),
    (r"法定代表人|经营者|负责人", 0.15),
    (r"注册资本", 0.1),
    (r"经营范围", 0.15),
    (r"成立日期|注册日期", 0.1),
    (r"营业期限", 0.1),
    (r"登记机关", 0.1),
)


def likeness(page: Page) -> float:
    """Return how much of what every business licence says is on the page."""
    return anchored(page.tight, ANCHORS)


def read(page: Page, _: Options) -> Reading:
    """Read a licence; raises `Unreadable` when it has neither code nor name."""
    form = read_form(page, LABELS)
    fields = {
        "registration_number": credit_code(form.match_anywhere("registration_number", r"[0-9A-Z]{13,18}", CODE)),
        "name": form.field("name"),
        "type": form.field("type", lambda text: TICKED.sub("", text)),
        "address": form.field("address"),
        "legal_representative": form.field("legal_representative", form=r"[一-鿿·A-Za-z ]{2,}"),
        "registered_capital": form.field("registered_capital"),
        "found_date": form.field("found_date"),
        "business_term": form.field("business_term", form=TERM.pattern),
        "business_scope": form.field("business_scope"),
        "issue_date": _issue_date(page, form),
    }
    if not fields["registration_number"].text and not fields["name"].text:
        raise Unreadable
    return Reading(fields)


def _issue_date(page: Page, form: Form) -> Field:
    """Return the date at the foot of the page, which has no label, but stands under the registrar's."""
    office = form.labels.get("office")
    top = office.box.top - office.box.height if office else 0.6 * page.height
    for row in reversed(page.tight.rows):
        found = re.search(DAY, row.text)
        if found and row.lines[0].box.middle[1] > top:
            return field_of(row.group(found))
    return MISSING


BUSINESS_LICENSE = Reader(
    api="business-license",
    versions={"v2": Api(8192), "v1.0": Api(4096)},
    layout=Layout.PAGE,
    fields=(
        *("registration_number", "name", "type", "address", "legal_representative", "registered_capital", "found_date"),
        *("business_term", "business_scope", "issue_date"),
    ),
    likeness=likeness,
    read=read,
)
