"""Reads business licences (营业执照), of companies and of the self-employed, old and with the social credit code."""

from __future__ import annotations

import re

from ocr_async.local.apis import Api
from ocr_async.local.reading.reader import Field, Layout, Reader, first_in
from ocr_async.local.reading.zones.amounts import LOOK_ALIKES, words_value
from ocr_async.local.reading.zones.check_digits import credit_code
from ocr_async.local.reading.zones.forms import Form, label, names, part, whole
from ocr_async.local.reading.zones.key_value import reads, says

CODE = r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])|(?<!\d)\d{15}(?!\d)"
MONTH = r"(?:19|20)\d\d年\d{1,2}月"
DAY = rf"{MONTH}\d{{1,2}}日"
TERM = rf"({DAY}|{MONTH})?至?({DAY}|{MONTH}|长期|永久|无固定期限).*"


def _without_tick(text: str) -> str:
    return re.sub("^[☑√✓☐口■□]+", "", text)


def _capital(text: str) -> str:
    """Return a capital in words with the characters of amounts: 集 before a unit, as in 集仟万, is 柒."""
    spelled = re.sub("集(?=[拾佰仟万])", "柒", text).translate(LOOK_ALIKES)
    return spelled if words_value(spelled) is not None else text


def _scope(text: str) -> str:
    """Return a scope with semicolons between its parts: a colon follows only what names a list, as in 许可项目:."""
    return re.sub(r"(?<!项目)(?<!包括)(?<!范围)(?<!如下)(?<!其中)(?<!下列):", ";", text)


def _issue_date(form: Form, name: str) -> Field:
    """Return the last date of the page, under the label of the registrar or at its foot."""
    office = form.labels.get(name)
    top = office.box.top - office.box.height if office else 0.6 * form.page.height
    return first_in((row for row in reversed(form.page.rows) if row.lines[0].box.middle[1] > top), DAY)


LABELS = (
    label(
        "registration_number",
        *("统一社会信用代码", "社会信用代码", "注册号", "证照编号注册号"),
        wraps=True,
        find=part(r"[0-9A-Z]{13,18}", elsewhere=CODE, check=credit_code),
    ),
    label("name", "名称", "企业名称", "字号名称", wraps=True),
    label("type", "类型", "公司类型", "主体类型", "企业类型", "组成形式", wraps=True, find=whole(_without_tick)),
    label("address", "住所", "经营场所", "营业场所", "主要经营场所", wraps=True),
    label(
        "legal_representative",
        *("法定代表人", "法人代表", "负责人", "经营者", "经营者姓名", "投资人", "执行事务合伙人"),
        find=whole(form="^[一-鿿·A-Za-z ]{2,}$"),
    ),
    label("registered_capital", "注册资本", "注册资金", "出资额", wraps=True, find=whole(_capital)),
    label("found_date", "成立日期", "注册日期"),
    label("business_term", "营业期限", "经营期限", "合伙期限", wraps=True, find=whole(form=TERM)),
    label("business_scope", "经营范围", "经营范围及方式", wraps=True, find=whole(_scope)),
    label("issue_date", "登记机关", find=_issue_date),
    label("", "证照编号", "编号", "实收资本", "扫描二维码"),
)
ANCHORS = {
    0.55: ("营业执照",),
    0.15: ("统一社会信用代码|注册号", "法定代表人|经营者|负责人", "经营范围"),
    0.1: ("注册资本", "成立日期|注册日期", "营业期限", "登记机关"),
}
BUSINESS_LICENSE = Reader(
    api="business-license",
    versions={"v2": Api(8192), "v1.0": Api(4096)},
    layout=Layout.PAGE,
    fields=names(LABELS),
    needs=("registration_number", "name"),
    likeness=says(ANCHORS),
    read=reads(LABELS),
)
