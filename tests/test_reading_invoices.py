"""Invoices and receipts of China, from pages written by hand."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.local.reading.classification import best_reader
from ocr_async.local.reading.documents import READERS
from ocr_async.local.reading.documents.vat_invoice import VAT_INVOICE
from ocr_async.local.reading.page import Box, Line
from tests.written_pages import written

TAXI = """
         上海市出租汽车统一发票
              发票联
    发票代码  158448626987
    发票号码  05033569
    电话      000-08479784
    车号      沪Y5NSS6
    证号      543048
    日期      2021-10-10
    上车      06:08
    下车      06:17
    单价      2.60元
    里程      15.9km
    等候      00:15:27
    金额      ￥51.30元
"""
TOLL = """
       浙江省车辆通行费专用发票
    发票代码 112719418194      发票号码 53473453
    入口  测试西站             出口  虚拟东站
    车型  客1                  收费员  18082
    金额  150.39
    日期  2019-05-25           时间  22:25:32
"""
ROLL = """
     四川增值税普通发票(卷票)
    发票代码:057059347154
    发票号码:35365824
    机打号码:35365824
    销售方名称:西安市测试科技有限公司
    纳税人识别号:91350100M000100Y43
    开票日期:2017-10-14
    收款员:收银3
    购买方名称:个人
    项目            单价      数量    金额
    *食品*矿泉水
                    248.01    2       496.02
    *餐饮服务*餐费
                    106.10    2       212.20
    合计金额(小写):￥708.22
    合计金额(大写):柒佰零捌圆贰角贰分
    校验码:15012011790612154206
"""


def table(*rows):
    """Rows of cells in columns of the same width, whatever the width of their characters."""
    return "\n".join("    " + "".join(cell.ljust(18) for cell in row) for row in rows)


HEAD = ("货物或应税劳务名称", "规格型号", "单位", "数量", "单价", "金额", "税率", "税额")
ITEMS = table(
    HEAD,
    ("*家具*办公椅", "BY-203", "把", "5", "53.064", "265.32", "9%", "23.88"),
    ("*信息技术服务*软件", "", "项", "0.5", "302.84", "151.42", "6%", "9.09"),
)
VAT = f"""
    077210907759             北京增值税普通发票              No88534256   077210907759
    校验码 28605 09700 84359 55879                                                开票日期:2019年09月16日
      名称:  深圳虚拟餐饮服务有限公司                                             >*+31193/+3<1+>2*-6+7
      纳税人识别号:  91350100M000100Y43                                           +15/0*243-1/41+><--+/
{ITEMS}
{table(("  合计", "", "", "", "", "￥416.74", "", "￥32.97"))}
      价税合计(大写)    肆佰肆拾玖圆柒角壹分                              (小写) ￥449.71
      名称:  成都虚拟餐饮服务有限公司                                             订单号3628988939
      纳税人识别号:  91350100M000100Y43
      收款人:欧阳小红      复核:李小红      开票人:周四
"""
DIGITAL = f"""
                    电子发票(普通发票)                       发票号码:24993452281528331762
                                           上海市税务局      开票日期:2023年02月05日
{
    table(
        ("名称:赵示例(个人)", "", "", "", "名称:深圳样本科技有限公司"),
        ("统一社会信用代码/纳税人识别号:", "", "", "", "统一社会信用代码/纳税人识别号:91350100M000100Y43"),
    )
}
{
    table(
        ("项目名称", *HEAD[1:6], "税率/征收率", "税额"),
        ("*住宿服务*住宿费", "", "", "", "", "1191.30", "6%", "71.48"),
        ("  合计", "", "", "", "", "￥1191.30", "", "￥71.48"),
    )
}
      价税合计(大写)    壹仟贰佰陆拾贰圆柒角捌分                          (小写) ￥1262.78
      开票人:黄四
"""
VEHICLE_SALE = """
                    机动车销售统一发票             发票代码 178275598544
    开票日期 2023-10-27                            发票号码 11266830
    机打代码  178275598544
    机打号码  11266830
    机器编号  990943653683
    购买方名称及
    身份证号码/    深圳市虚拟科技有限公司      纳税人识别号  91350100M000100Y43
    车辆类型   乘用车     厂牌型号  测试牌CS7180M1    产地  西安市
    发动机号码  J5185811     车辆识别代号/车架号码   1M8GDM9AXKP042788
    价税合计   叁拾贰万柒仟肆佰圆整            小写 ￥327400.00
    销售方名称   深圳测试汽车销售服务有限公司     电话  000-64239133
    纳税人识别号  91350100M000100Y43         账号  6200393541860758
    增值税税率   13%     增值税税额  ￥37665.49    主管税务机关及代码  国家税务总局样本区税务局19954000973
    不含税价   小写  ￥289734.51              限乘人数  4
         开票人 张样本
"""
ITINERARY = f"""
                    航空运输电子客票行程单                            印刷序号SERIAL NUMBER:89426626050
{
    table(
        ("旅客姓名", "", "有效身份证件号码", "", "签注"),
        ("杨测试", "", "996756197101210805", "", "变更退票收费"),
        ("", "承运人", "航班", "座位等级", "日期", "时间", "客票级别", "免费行李"),
        ("自FROM:T3成都", "样航", "YB9244", "C", "2015-02-12", "17:10", "C", "30K"),
        ("至TO:北京首都", "测航", "CE6315", "T", "2015-02-13", "12:45", "T1S", "20K"),
        ("至TO:上海虹桥", "VOID"),
        ("至TO:VOID",),
        ("票价", "民航发展基金", "", "燃油附加费", "", "其他税费", "", "合计"),
        ("CNY13470.00", "CN150.00", "", "YQ180.00", "", "", "", "CNY13800.00"),
        ("电子客票号码", "", "验证码", "", "提示信息", "", "保险费"),
        ("997-9529932169", "", "2849", "", "仅供测试", "", "30.00"),
    )
}
"""


def read(text, **options):
    page = written(text)
    return best_reader(page, READERS).result(page, options)


@pytest.mark.parametrize(
    ("text", "item_type"),
    [
        (TAXI, "taxi_invoice"),
        (TOLL, "toll_invoice"),
        (ROLL, "vat_roll_invoice"),
        (VAT, "vat_invoice"),
        (DIGITAL, "vat_invoice"),
        (VEHICLE_SALE, "mvs_invoice"),
        (ITINERARY, "flight_itinerary"),
    ],
)
def test_each_kind_goes_to_its_own_reader(text, item_type):
    assert best_reader(written(text), READERS).item_type == item_type


def test_a_taxi_invoice_is_read():
    ride = read(TAXI)

    assert (ride["code"], ride["number"], ride["taxi_number"]) == ("158448626987", "05033569", "沪Y5NSS6")
    assert (ride["time"], ride["distance"], ride["waiting_time"]) == ("06:08-06:17", "15.9", "00:15:27")
    assert (ride["unit_price"], ride["fare"], ride["total"]) == ("￥2.60", "￥51.30", "￥51.30")
    assert ride["location"] == "上海市"


def test_a_taxi_invoice_is_known_by_its_title_where_its_labels_cannot_be_read():
    title = TAXI.strip().splitlines()[0]
    values = "\n".join("      " + line.split()[-1] for line in TAXI.strip().splitlines()[2:])

    assert best_reader(written(f"{title}\n{values}"), READERS).item_type == "taxi_invoice"


def test_one_span_of_time_is_begin_and_end():
    ride = read(TAXI.replace("上车      06:08\n", "时间      06:08-06:17\n").replace("    下车      06:17\n", ""))

    assert (ride["boarding_time"], ride["alighting_time"]) == ("06:08", "06:17")


def test_a_toll_invoice_is_read():
    toll = read(TOLL)

    assert (toll["entry"], toll["exit"], toll["cashier"]) == ("测试西站", "虚拟东站", "18082")
    assert (toll["amount"], toll["date"], toll["time"]) == ("150.39", "2019-05-25", "22:25:32")


def test_a_roll_is_read_with_items_of_two_lines():
    roll = read(ROLL, advanced_mode=True)

    assert roll["item_list"][1] == {
        "name": "*餐饮服务*餐费",
        "unit_price": "106.10",
        "quantity": "2",
        "amount": "212.20",
    }
    assert (roll["seller_id"], roll["buyer_name"], roll["attribution"]) == ("91350100M000100Y43", "个人", "四川")
    assert roll["confidence"]["total"] > 0.99


def test_an_invoice_is_read_with_its_items_and_totals():
    invoice = read(VAT, advanced_mode=True)

    assert (invoice["type"], invoice["code"], invoice["number"]) == ("normal", "077210907759", "88534256")
    assert (invoice["buyer_name"], invoice["seller_name"]) == ("深圳虚拟餐饮服务有限公司", "成都虚拟餐饮服务有限公司")
    first, second = invoice["item_list"]
    assert (first["name"], first["quantity"], first["amount"], first["tax"]) == ("*家具*办公椅", "5", "265.32", "23.88")
    assert (second["specification"], second["tax_rate"]) == ("", "6%")
    assert (invoice["subtotal_amount"], invoice["subtotal_tax"], invoice["total"]) == (
        "￥416.74",
        "￥32.97",
        "￥449.71",
    )
    assert invoice["confidence"]["item_list"][0]["tax"] > 0.99
    assert invoice["issuer"] == "周四"


def test_a_table_of_other_columns_has_items_without_tax():
    narrow = table(("货物或应税劳务名称", "单价", "数量", "金额"), ("*家具*办公椅", "53.064", "5", "265.32"))

    first = read(VAT.replace(ITEMS, narrow))["item_list"][0]

    assert (first["name"], first["quantity"], first["amount"]) == ("*家具*办公椅", "5", "265.32")
    assert (first["tax_rate"], first["tax"]) == ("", "")


def test_a_rate_that_was_misread_is_told_by_amount_and_tax():
    assert read(VAT.replace("9%                23", "996               23"))["item_list"][0]["tax_rate"] == "9%"


def test_words_and_figures_that_differ_are_both_doubtful():
    sure = read(VAT.replace("449.71", "448.71"), advanced_mode=True)["confidence"]

    assert (sure["total"], sure["total_in_words"]) < (0.6, 0.6)


def test_confidences_come_with_the_advanced_mode():
    assert "confidence" not in read(VAT)


def test_a_check_code_whose_label_was_misread_is_not_the_number_of_a_digital_invoice():
    invoice = read(VAT.replace("校验码", "校码"))

    assert (invoice["number"], invoice["check_code"]) == ("88534256", "28605097008435955879")


def test_a_fully_digital_invoice_has_buyer_and_seller_side_by_side():
    invoice = read(DIGITAL)

    assert invoice["type"] == "fully_digitalized_normal_electronic"
    assert (invoice["number"], invoice["attribution"]) == ("24993452281528331762", "上海")
    assert (invoice["buyer_name"], invoice["buyer_id"]) == ("赵示例(个人)", "")
    assert (invoice["seller_name"], invoice["seller_id"]) == ("深圳样本科技有限公司", "91350100M000100Y43")


def test_the_sale_of_a_vehicle_is_read():
    sale = read(VEHICLE_SALE, return_confidence=True)

    assert (sale["buyer_name"], sale["seller_account"]) == ("深圳市虚拟科技有限公司", "6200393541860758")
    assert (sale["total"], sale["tax"], sale["tax_exclusive_price"]) == ("￥327400.00", "￥37665.49", "￥289734.51")
    assert (sale["tax_authority"], sale["tax_authority_code"]) == ("国家税务总局样本区税务局", "19954000973")
    assert sale["confidence"]["total"] > 0.99


def test_the_legs_of_a_journey_lead_from_station_to_station():
    trip = read(ITINERARY)

    assert [(leg["departure_station"], leg["destination_station"]) for leg in trip["itinerary_list"]] == [
        ("T3成都", "北京首都"),
        ("北京首都", "上海虹桥"),
    ]
    assert trip["itinerary_list"][1]["fare_basis"] == "T1S"
    assert (trip["fare"], trip["total"], trip["check_code"]) == ("CNY 13470.00", "CNY 13800.00", "2849")
    assert (trip["passenger_name"], trip["serial_number"]) == ("杨测试", "89426626050")


def test_stations_whose_labels_were_misread_are_told_by_their_flights_and_not_sure():
    misread = ITINERARY.replace("自FROM:T3成都", "rRoseT3成都").replace("至TO:上海虹桥", "0上海虹桥")
    trip = read(misread)

    assert [(leg["departure_station"], leg["destination_station"]) for leg in trip["itinerary_list"]] == [
        ("T3成都", "北京首都"),
        ("北京首都", "上海虹桥"),
    ]
    assert trip["confidence"]["itinerary_list"][0]["departure_station"] < 0.6


def test_the_number_of_a_ticket_whose_label_was_misread_is_told_by_its_form():
    assert read(ITINERARY.replace("电子客票号码", "电孑喜票号妈"))["e_ticket_number"] == "997-9529932169"


def test_a_stroke_before_an_invoice_number_is_no_part_of_it():
    assert read(TOLL.replace("发票号码 5", "发票号码A5"))["number"] == "53473453"


def test_the_english_under_a_label_is_no_part_of_its_value():
    names = "\n    购买方名称\n    BUYER\n    深圳市样本乙餐饮服务有限公司\n"

    assert read(ITINERARY + names)["buyer_name"] == "深圳市样本乙餐饮服务有限公司"


def test_the_sheet_of_a_set_is_read_down_the_right_edge():
    page = written(VAT)
    edge = (
        Line("发票联", 0.99, Box(page.width - 40, 260, page.width - 10, 380)),
        Line("第二联", 0.99, Box(page.width - 40, 100, page.width - 10, 220)),
    )

    invoice = VAT_INVOICE.result(evolve(page, standing=lambda _: edge))
    assert invoice["serial_number"] == "第二联：发票联"


@pytest.mark.parametrize("printed", ["时间:2018年05月06日 12:34:56", "2018-05-06 12:34:56"])
def test_when_a_toll_was_paid_is_read_with_one_label_or_none(printed):
    toll = read(
        f"车辆通行费发票\n发票代码  113001900101\n发票号码  12345678\n入口:广州  出口:深圳\n车型:客一\n{printed}"
    )

    assert (toll["date"], toll["time"]) == ("2018-05-06", "12:34:56")
