"""Cards and licences of China, from pages written by hand."""

from __future__ import annotations

import pytest

from ocr_async.local.reading.classification import best_reader
from ocr_async.local.reading.documents import READERS
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

ID_CARD = """
    姓名  张样本
    性别  女      民族  回
    出生  1991 年 11 月 24 日
    住址  四川省测试市示例区和平街135号
          2102室
    公民身份号码    11010519491231002X
"""
EMBLEM = """
          中华人民共和国
          居民身份证
    签发机关    示例市公安局测试分局
    有效期限    2022.03.23-2042.03.23
"""
VEHICLE = """
    中华人民共和国机动车行驶证
    号牌号码    京X18460            车辆类型   小型轿车
    所有人      陈小明
    住址        北京市测试区科技路57号
    使用性质    非营运              品牌型号   样本牌YB7160A
                        车辆识别代号     1M8GDM9AXKP042788
    湖南省样本          发动机号码       GGX7371588
    市公安局交
    通警察大队          注册日期  2022-06-08    发证日期  2022-06-08
"""
VEHICLE_BACK = """
    中华人民共和国机动车行驶证副页
    号牌号码    沪Z7A81J            档案编号   994306122643
    核定载人数  9人                 总质量     2106kg
    整备质量    1240kg              核定载质量  --
    外廓尺寸    7162×2233×2232mm    准牵引总质量  --
    备注
    检验记录    检验有效期至2024年02月沪Z(96)
            *9988357488505*
"""
DRIVER = """
    中华人民共和国机动车驾驶证
    证号    11010519491231002X
    姓名    李小明      性别  女      国籍  中国
    住址    上海市测试区人民路196号
            出生日期      1988-01-20
            初次领证日期  2017-07-08
            准驾车型      B2
    有效期限    2017-07-08  至  2023-07-08
"""
DRIVER_BACK = """
    中华人民共和国机动车驾驶证副页
    证号    11010519491231002X
    姓名    黄小明      档案编号   990650400994
    记录    请于2016年06月25日
            前九十日内申请换领新驾驶证。
"""
TRANSPORT = """
         中华人民共和国道路运输证
         陕交运管客字992829522305号
    业户名称      成都市样本汽车服务有限公司
    车辆号牌      陕X3KFAB(绿色)
    车辆类型      小型轿车
    吨(座)位      37座
    车辆尺寸      长8957 宽2064 高3345 毫米
    核发机关      虚拟市道路运输管理局
    发证日期      2013年12月06日
"""
BUSINESS = """
                        营业执照
    统一社会信用代码  91350100M000100Y43
    名      称  广州市样本餐饮服务有限公司      注册资本  壹仟贰佰万元整
    类      型  有限责任公司                    成立日期  2013年08月15日
    法定代表人  赵测试                          营业期限  2013年08月15日至长期
    经营范围    餐饮服务;会议及展览服务;        住      所  广东省人民路177号
                货物及技术进出口
                                                登记机关
                                                2018年07月15日
"""


def reader_of(text):
    return best_reader(written(text), READERS)


def read(text, **options):
    return reader_of(text).result(written(text), options)


@pytest.mark.parametrize(
    ("text", "item_type"),
    [
        (ID_CARD, "id_card_portrait_side"),
        (EMBLEM, "id_card_emblem_side"),
        (VEHICLE, "vehicle_license_front"),
        (VEHICLE_BACK, "vehicle_license_back"),
        (DRIVER, "driver_license_front"),
        (DRIVER_BACK, "driver_license_back"),
        (TRANSPORT, "transportation_license"),
    ],
)
def test_each_side_goes_to_its_own_reader(text, item_type):
    assert reader_of(text).item_type == item_type


@pytest.mark.parametrize(
    ("text", "item_type"),
    [(DRIVER, "driver_license_front"), (VEHICLE, "vehicle_license_front")],
)
def test_a_licence_is_known_by_its_title_where_its_labels_cannot_be_read(text, item_type):
    title, *rest = text.strip().splitlines()
    values = "\n".join("   ".join(["  ", *line.split()[1::2]]) for line in rest)

    assert reader_of(f"{title}\n{values}").item_type == item_type


def test_a_licence_whose_lower_half_is_hidden_is_no_identity_card():
    lower = DRIVER.index("            出生日期")

    assert reader_of(DRIVER[:lower]).item_type == "driver_license_front"


def test_a_plate_has_digits_for_letters_that_are_in_none():
    assert read(VEHICLE.replace("京X18460", "京XI846O"))["number"] == "京X18460"


def test_an_identity_card_is_read():
    card = read(ID_CARD)

    assert (card["name"], card["sex"], card["ethnicity"]) == ("张样本", "女", "回")
    assert card["address"] == "四川省测试市示例区和平街135号2102室"
    assert card["number"] == "11010519491231002X"


def test_a_misread_digit_of_an_identity_number_is_put_right_by_its_check_digit():
    assert read(ID_CARD.replace("11010519491231002X", "1101051949123100ZX"))["number"] == "11010519491231002X"


def test_what_the_number_says_is_verified_when_asked_for():
    assert "verification_result" not in read(ID_CARD)
    assert read(ID_CARD, return_verification=True)["verification_result"]["valid_number"] is True


def test_the_side_with_the_emblem_is_read():
    assert read(EMBLEM) == {"issue": "示例市公安局测试分局", "valid_from": "2022-03-23", "valid_to": "2042-03-23"}
    assert read(EMBLEM.replace("-2042.03.23", "-长期"))["valid_to"] == "长期"


def test_a_vehicle_licence_is_read():
    page = read(VEHICLE, return_issuing_authority=True)

    assert (page["number"], page["vehicle_type"], page["use_character"]) == ("京X18460", "小型轿车", "非营运")
    assert page["vin"] == "1M8GDM9AXKP042788"
    assert (page["register_date"], page["issue_date"]) == ("2022-06-08", "2022-06-08")
    assert page["issuing_authority"] == "湖南省样本市公安局交通警察大队"
    assert "confidence" not in page


def test_strokes_on_the_second_page_stand_for_nothing():
    page = read(VEHICLE_BACK)

    assert (page["approved_load"], page["traction_mass"], page["remarks"]) == ("", "", "")
    assert (page["gross_mass"], page["code_number"]) == ("2106kg", "*9988357488505*")


def test_a_driving_licence_is_read():
    front, back = read(DRIVER), read(DRIVER_BACK)

    assert (front["name"], front["sex"], front["nationality"], front["class"]) == ("李小明", "女", "中国", "B2")
    assert (front["valid_from"], front["valid_to"]) == ("2017-07-08", "2023-07-08")
    assert back["record"] == "请于2016年06月25日前九十日内申请换领新驾驶证。"


def test_an_old_driving_licence_ends_after_its_years():
    front = read(DRIVER.replace("2017-07-08  至  2023-07-08", "2017-07-08至6年"))

    assert front["valid_to"] == "2023-07-08"


def test_a_stray_character_before_the_word_for_until_does_not_hide_the_end():
    front = read(DRIVER.replace("2017-07-08  至", "2017-07-08  3至"))

    assert (front["valid_from"], front["valid_to"]) == ("2017-07-08", "2023-07-08")


def test_a_road_transport_licence_is_read():
    page = read(TRANSPORT)

    assert page["vehicle_number"] == "陕X3KFAB(绿色)"
    assert page["vehicle_size"] == "8957*2064*3345毫米"
    assert (page["maximum_capacity"], page["issue_date"]) == ("37座", "2013-12-06")


def test_a_business_licence_is_read():
    page = read(BUSINESS)

    assert page["registration_number"] == "91350100M000100Y43"
    assert page["confidence"]["registration_number"] > 0.9
    assert page["business_scope"] == "餐饮服务;会议及展览服务;货物及技术进出口"
    assert (page["found_date"], page["issue_date"]) == ("2013年08月15日", "2018年07月15日")
    assert page["address"] == "广东省人民路177号"


def test_a_number_that_fails_its_check_digit_is_never_sure():
    page = read(BUSINESS.replace("91350100M000100Y43", "91350100M000111Y43"))

    assert page["confidence"]["registration_number"] < 0.6


@pytest.mark.parametrize("text", ["居民身份证\n签发机关\n有效期限", "营业执照\n统一社会信用代码\n法定代表人\n经营范围"])
def test_labels_without_values_are_unreadable(text):
    with pytest.raises(Unreadable):
        read(text)


def test_the_scope_of_a_business_has_semicolons_between_its_parts_and_its_capital_the_characters_of_amounts():
    text = BUSINESS.replace("餐饮服务;会议及展览服务;", "许可项目:餐饮服务:会议及展览服务:").replace(
        "壹仟贰佰", "集仟贰佰"
    )
    licence = read(text)

    assert licence["business_scope"] == "许可项目:餐饮服务;会议及展览服务;货物及技术进出口"
    assert licence["registered_capital"] == "柒仟贰佰万元整"
