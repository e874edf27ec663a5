from __future__ import annotations

import pytest

from ocr_async.local.reading.documents.quota_invoice import QUOTA_INVOICE, likeness
from ocr_async.local.reading.words.provinces import region_in
from ocr_async.local.reading.zones.amounts import amount_in_words
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

INVOICE = """
      {title}
             发票联
    发票代码：{code}
    发票号码：24911485
       {amount}
      (未盖发票专用章无效)
"""
AS_PRINTED = {"title": "国家税务总局上海市税务局通用定额发票", "code": "131001974143", "amount": "伍拾元整     ￥50.00"}


def page(**changes):
    return written(INVOICE.format(**AS_PRINTED | changes))


def test_every_field_of_an_invoice_is_found():
    result = QUOTA_INVOICE.result(page())

    del result["confidence"]
    assert result == {"code": "131001974143", "number": "24911485", "amount": "￥50.00", "location": "上海市"}


@pytest.mark.parametrize("amount", ["伍拾元整", "人民币(大写)伍拾元", "金额：伍拾圆整", "￥50.00", "伍 拾 元 整"])
def test_the_amount_is_answered_in_figures_however_it_is_printed(amount):
    assert QUOTA_INVOICE.result(page(amount=amount))["amount"] == "￥50.00"


def test_words_and_figures_that_agree_are_surer_than_words_alone():
    both, words = QUOTA_INVOICE.result(page()), QUOTA_INVOICE.result(page(amount="伍拾元整"))

    assert both["confidence"]["amount"] > words["confidence"]["amount"]


def test_words_and_figures_that_contradict_each_other_are_not_sure():
    assert QUOTA_INVOICE.result(page(amount="伍元整     ￥50.00"))["confidence"]["amount"] < 0.7


def test_letters_that_look_like_digits_are_put_right_and_cost_confidence():
    result = QUOTA_INVOICE.result(page(code="13I00197414O"))

    assert result["code"] == "131001974140"
    assert result["confidence"]["code"] < 0.9


@pytest.mark.parametrize(
    ("title", "location"),
    [
        ("北京市国家税务局通用定额发票", "北京市"),
        ("深圳市地方税务局通用定额发票", "深圳市"),
        ("国家税务总局广东省税务局通用定额发票", "广东省"),
        ("广东省深圳市税务局定额发票", "广东省深圳市"),
        ("国家税务总局内蒙古自治区税务局通用定额发票", "内蒙古自治区"),
        ("广西壮族自治区国家税务局通用定额发票", "广西壮族自治区"),
    ],
)
def test_the_region_is_the_one_of_the_tax_office(title, location):
    assert QUOTA_INVOICE.result(page(title=title))["location"] == location


@pytest.mark.parametrize(
    ("words", "yuan"),
    [
        ("壹元", 1),
        ("拾元整", 10),
        ("贰拾元整", 20),
        ("贰拾伍元", 25),
        ("壹佰元整", 100),
        ("壹佰零伍元", 105),
        ("五十元", 50),
    ],
)
def test_amounts_in_words_are_numbers(words, yuan):
    assert amount_in_words(words) == yuan


@pytest.mark.parametrize("words", ["", "元整", "壹贰元"])
def test_words_that_are_no_amount_are_none(words):
    assert amount_in_words(words) is None


def test_a_text_without_a_region_names_none():
    assert region_in("通用定额发票") is None


def test_an_invoice_is_known_by_its_amount_though_a_seal_runs_into_it_and_the_title_is_faint():
    assert likeness(written("四川绵阳市\n发票代码15107165G001\n壹佰元专用章\n(加盖发票专用章有效)")) > 0.5


def test_an_invoice_is_like_one_and_a_ticket_is_not():
    assert likeness(page()) == 1
    assert likeness(written("长沙南站  G1004  武汉站\n2017年12月12日20:39开  05车12F号")) < 0.5


def test_an_invoice_without_code_and_number_is_unreadable():
    with pytest.raises(Unreadable):
        QUOTA_INVOICE.result(written("上海市税务局通用定额发票"))


def test_an_invoice_for_value_added_tax_is_not_taken_for_one():
    page = written("""
        增值税电子普通发票
        发票代码：044001900111
        发票号码：12345678
        价税合计(大写) 伍拾叁元整  ¥53.00
        国家税务总局监制
    """)

    assert likeness(page) < 0.5


@pytest.mark.parametrize(("title", "region"), [("四用省", "四川省"), ("山用省", "山用省"), ("四用市", "四用市")])
def test_a_province_misread_by_a_character_is_put_right_where_only_one_is_like_it(title, region):
    assert region_in(title) == (0, 3, region)


def test_letters_that_are_part_of_a_code_stay():
    assert QUOTA_INVOICE.result(page(code="15107165G001"))["code"] == "15107165G001"


def test_the_city_in_the_seal_completes_the_province_in_the_title_but_is_not_sure():
    result = QUOTA_INVOICE.result(
        written("""
            四川省税务局通用定额发票
                   四川绵阳市
            发票代码：15107165G001
            发票号码：24911485
            伍拾元整
        """)
    )

    assert result["location"] == "四川省绵阳市"
    assert result["confidence"]["location"] < 0.6


def test_the_title_of_a_company_names_its_region():
    result = QUOTA_INVOICE.result(
        written("""
            杭州市公共交通集团有限公司定额发票
            发票代码：133011770221
            发票号码：24911485
            ￥0.50
        """)
    )

    assert (result["location"], result["amount"]) == ("杭州市", "￥0.50")


def test_a_taxi_receipt_that_is_hardly_legible_is_no_quota_invoice():
    assert likeness(written("国家税务总局\n发票联\n发票代码144032370119\n发票号码15237650\n投诉电话")) < 0.5


@pytest.mark.parametrize(
    ("printed", "amount"),
    [("￥10元", "￥10.00"), ("金额:50.00元", "￥50.00"), ("20元", "￥20.00"), ("伍角", "￥0.50"), ("伍元", "￥5.00")],
)
def test_an_amount_is_read_in_each_way_of_printing_it(printed, amount):
    page = written(f"四川省成都市国家税务局通用定额发票\n发票代码 151011470211\n发票号码 01234567\n   {printed}")

    result = QUOTA_INVOICE.result(page)
    assert result["amount"] == amount
    assert result["confidence"]["amount"] > 0.9


def test_the_name_of_a_place_is_no_amount():
    page = written("四川省国家税务局通用定额发票\n发票代码 151011470211\n发票号码 01234567")

    assert QUOTA_INVOICE.result(page)["amount"] == ""


def test_code_and_number_may_share_a_row_and_a_number_may_follow_its_sign():
    page = written("上海市税务局通用定额发票\n发票代码:231001270541   发票号码:No01234567\n壹拾元整")

    result = QUOTA_INVOICE.result(page)
    assert (result["code"], result["number"]) == ("231001270541", "01234567")
    assert min(result["confidence"][name] for name in ("code", "number")) > 0.9


def test_an_invoice_whose_word_for_quota_was_misread_is_known_by_what_follows_it():
    misread = page(title="四川省地方税超额发票")

    assert likeness(misread) >= 0.6
    assert QUOTA_INVOICE.result(misread)["location"] == "四川省"
