from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.local.reading.documents.train_ticket import TRAIN_TICKET, likeness
from ocr_async.local.reading.page import Box, Line
from ocr_async.local.recognizer import Unreadable
from tests.written_pages import written

TICKET = """
    {number}                           检票:B12
    长沙南站        {train}             武汉站
      Changshanan                     Wuhan
    2017年12月12日20:39开             {seat}
    ¥164.5元         网               二等座
    限乘当日当次车
    {remark}
    {holder}
        买票请到12306 发货请到95306
           中国铁路祝您旅途愉快
    {code}  长沙南售
"""
AS_PRINTED = {
    "number": "K092345",
    "train": "G1004",
    "seat": "05车12F号",
    "remark": "始发改签",
    "holder": "1402271998****0012  张样本",
    "code": "65818301991213K092345",
}


def read(**changes):
    return TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED | changes)))


def test_every_field_of_a_ticket_is_found_under_its_name():
    result = read()

    del result["confidence"]
    assert result == {
        "ticket_id": "K092345",
        "check_port": "B12",
        "train_number": "G1004",
        "departure_station": "长沙南",
        "destination_station": "武汉",
        "departure_station_en": "Changshanan",
        "destination_station_en": "Wuhan",
        "departure_time": "2017年12月12日20:39",
        "seat_number": "05车12F号",
        "ticket_price": "164.5",
        "sale_method": "网",
        "seat_category": "二等座",
        "ticket_changing": "始发改签",
        "id_number": "1402271998****0012",
        "name": "张样本",
        "log_id": "65818301991213K092345",
        "sale_location": "长沙南",
    }


def test_confidences_have_the_names_of_the_wire():
    names = set(read()["confidence"])

    assert {"starting_station", "starting_station_en", "starting_time", "ticket_rates", "ticket_office"} <= names
    assert not {"departure_station", "ticket_price", "sale_location"} & names


def test_what_is_not_printed_is_empty_and_has_no_confidence():
    result = read(remark="仅供报销使用")

    assert result["ticket_changing"] == ""
    assert result["confidence"]["ticket_changing"] == 0


def test_number_and_code_that_end_alike_confirm_each_other():
    result = read()

    assert result["confidence"]["ticket_id"] > 0.99
    assert result["confidence"]["log_id"] > 0.95


def test_number_and_code_that_differ_are_not_sure():
    result = read(number="K092346")

    assert result["confidence"]["ticket_id"] < 0.7
    assert result["confidence"]["log_id"] < 0.7


def test_a_letter_among_the_digits_of_the_number_is_read_as_a_digit():
    assert read(number="K09Z345")["ticket_id"] == "K092345"


@pytest.mark.parametrize(
    ("printed", "answered"),
    [
        ("05车12F号", "05车12F号"),
        ("06車085號", "06车085号"),
        ("14车065号中铺", "14车065号中铺"),
        ("加1车012号上铺", "加1车012号上铺"),
        ("12车无座", "12车无座"),
        ("3车07C", "3车07C号"),
    ],
)
def test_seats_are_answered_as_printed(printed, answered):
    assert read(seat=printed)["seat_number"] == answered


@pytest.mark.parametrize("train", ["G1", "D301", "Z8802", "K5830", "C2948", "T7612", "Y509", "6063"])
def test_trains_of_every_kind_are_known(train):
    assert read(train=train)["train_number"] == train


def test_stations_and_train_read_as_one_line_are_told_apart():
    result = TRAIN_TICKET.result(
        written("""
            E292628
            广州南站T4039拉萨站
            2017年08月01日10:34开      08车016号
            ¥49.5元    网   新空调软卧
        """)
    )

    found = result["departure_station"], result["train_number"], result["destination_station"]
    assert found == ("广州南", "T4039", "拉萨")


def test_a_time_that_no_clock_shows_is_no_time():
    page = written(TICKET.format(**AS_PRINTED).replace("20:39", "29:39"))

    assert TRAIN_TICKET.result(page)["departure_time"] == ""


def test_a_point_of_the_compass_that_pinyin_contradicts_is_not_sure():
    page = written(TICKET.format(**AS_PRINTED).replace("Changshanan", "Changshaxi"))

    assert TRAIN_TICKET.result(page)["confidence"]["starting_station_en"] < 0.7


def test_the_note_on_refunds_at_the_foot_is_no_change_of_the_ticket():
    assert read(remark="退票改签时须交回车站")["ticket_changing"] == ""


def test_a_meeting_notice_is_not_like_a_ticket():
    assert likeness(written("会议通知\n请各部门于周五下午三点参加例会")) < 0.5


def test_a_page_without_train_and_time_is_unreadable():
    with pytest.raises(Unreadable):
        TRAIN_TICKET.result(written("中国铁路祝您旅途愉快"))


def test_places_in_the_picture_are_answered_when_asked_for():
    page = written(TICKET.format(**AS_PRINTED))

    located = TRAIN_TICKET.result(page, {"return_text_location": True})["text_location"]
    assert len(located["ticket_price"]) == 4
    assert "text_location" not in TRAIN_TICKET.result(page)


def test_the_holder_missed_at_first_is_found_on_a_closer_look():
    page = written(TICKET.format(**AS_PRINTED | {"holder": ""}))
    holder = Line("1402271998****0012张样本", 0.99, Box(60.0, 400.0, 500.0, 430.0))

    result = TRAIN_TICKET.result(evolve(page, look=lambda _: (holder,)))

    assert (result["id_number"], result["name"]) == ("1402271998****0012", "张样本")


def test_a_seat_whose_small_characters_were_not_read_is_doubtful():
    result = read(seat="05012")

    assert result["seat_number"] == "05车012号"
    assert result["confidence"]["seat_number"] < 0.9


def test_a_gate_whose_label_was_not_read_is_doubtful():
    result = TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED).replace("检票:", "      ")))

    assert result["check_port"] == "B12"
    assert result["confidence"]["check_port"] < 0.9


def test_pinyin_that_lost_a_letter_is_completed_by_a_station_that_is_known():
    result = TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED).replace("Changshanan", "Changshnan ")))

    assert result["departure_station_en"] == "Changshanan"


def test_a_bus_ticket_is_no_train_ticket():
    bus = """
        汽车客票
        杭州东站 至 义乌
        2019年03月04日 10:20开
        检票口3  班次2031
        限乘当日当次车
    """

    assert likeness(written(bus)) < 0.5


def test_a_remark_that_an_overprint_ran_into_is_read_on_a_closer_look():
    page = written(TICKET.format(**AS_PRINTED | {"remark": ""}))
    muddle = Line("据车后改MEN祥张", 0.78, Box(0.0, 0.5 * page.height, 600.0, 0.5 * page.height + 90.0))
    remark = Line("始发改签", 0.99, Box(0.0, 0.5 * page.height, 160.0, 0.5 * page.height + 40.0))
    page = evolve(page, lines=(*page.lines, muddle), look=lambda box: (remark,) if box == muddle.box else ())

    assert TRAIN_TICKET.result(page)["ticket_changing"] == "始发改签"


def test_a_stray_digit_after_the_code_is_not_part_of_the_sale_office():
    assert read(code="65818301991213K092345  8")["sale_location"] == "长沙南"


def test_a_time_is_read_though_the_seat_follows_it_at_once():
    result = TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED | {"seat": "1713F号"}).replace("20:39开", "20:39")))

    assert (result["departure_time"], result["seat_number"]) == ("2017年12月12日20:39", "17车13F号")


def test_a_way_of_sale_that_was_misread_is_put_right():
    result = TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED).replace("  网  ", " 网息 ")))

    assert result["sale_method"] == "网惠"
    assert result["confidence"]["sale_method"] < 0.9


def test_a_class_that_lost_its_first_character_is_doubtful():
    result = TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED).replace("二等座", "等座")))

    assert result["confidence"]["seat_category"] < 0.7


def test_a_name_that_an_overprint_cut_to_one_character_is_read_on_a_closer_look():
    page = written(TICKET.format(**AS_PRINTED | {"holder": "1402271998****0012  三"}))
    whole = written("1402271998****0012  王小二").lines

    assert TRAIN_TICKET.result(evolve(page, look=lambda _: whole))["name"] == "王小二"


def test_numbers_that_end_differently_are_left_as_they_are_and_doubtful():
    other = TICKET.format(**AS_PRINTED).replace("K092345", "K092346", 1)
    result = TRAIN_TICKET.result(written(other))

    assert (result["ticket_id"], result["log_id"][-7:]) == ("K092346", "K092345")
    assert result["confidence"]["ticket_id"] < 0.6 > result["confidence"]["log_id"]


def test_a_gate_may_name_its_floor():
    assert TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED).replace("B12", "二层B2")))["check_port"] == "二层B2"


def test_an_apostrophe_belongs_to_the_pinyin():
    text = TICKET.format(**AS_PRINTED).replace("武汉", "西安").replace("Wuhan", "Xi'an")

    assert TRAIN_TICKET.result(written(text))["destination_station_en"] == "Xi'an"


def test_an_old_ticket_has_the_name_above_the_number_and_a_price_of_two_decimals():
    text = TICKET.format(**AS_PRINTED | {"holder": "余样本\n    3699991993****0941"}).replace("164.5元", "73.00元")
    result = TRAIN_TICKET.result(written(text))

    assert (result["name"], result["id_number"]) == ("余样本", "3699991993****0941")
    assert result["ticket_price"] == "73.00"


def test_a_seat_whose_smallest_character_was_misread_is_read_but_not_sure():
    result = read(seat="05年12F号")

    assert result["seat_number"] == "05车12F号"
    assert result["confidence"]["seat_number"] < 0.6


def test_a_fast_train_has_a_letter_in_its_seats():
    assert read(seat="05车128号")["seat_number"] == "05车12B号"
    assert read(seat="05车128号", train="K1004")["seat_number"] == "05车128号"
    assert read(seat="05车011号上铺", train="D1004")["seat_number"] == "05车011号上铺"


def test_a_time_is_read_though_the_characters_between_its_numbers_were_misread():
    page = written(TICKET.format(**AS_PRINTED).replace("2017年12月12日", "2017=12≈12日"))

    assert TRAIN_TICKET.result(page)["departure_time"] == "2017年12月12日20:39"


def test_what_stands_on_the_tickets_above_and_below_is_not_read():
    above, below = "    29726300970113E074458  十堰售\n", "    D020221   检票:A1\n"
    result = TRAIN_TICKET.result(written(above + TICKET.format(**AS_PRINTED).replace("检票:B12", "") + below))

    assert (result["ticket_id"], result["sale_location"]) == ("K092345", "长沙南")
    assert result["check_port"] == ""


def test_a_code_whose_letter_was_read_as_a_digit_has_that_of_the_number_with_the_same_digits():
    result = read(number="Q092345", code="658183019912130092345")

    assert (result["ticket_id"], result["log_id"]) == ("Q092345", "65818301991213Q092345")


def test_a_code_without_a_day_of_sale_is_not_sure():
    assert read(code="65818301999913K092345")["confidence"]["log_id"] < 0.6


def test_a_number_that_lost_its_stars_is_read_where_a_name_follows():
    result = read(holder="14022719980012张样本")

    assert (result["id_number"], result["name"]) == ("1402271998****0012", "张样本")
    assert result["confidence"]["id_number"] < 0.6


def test_the_station_that_was_read_is_answered_where_the_other_was_missed():
    page = written(TICKET.format(**AS_PRINTED).replace("长沙南站 ", " "))
    result = TRAIN_TICKET.result(page)

    assert (result["departure_station"], result["destination_station"]) == ("", "武汉")
    assert result["train_number"] == "G1004"


def test_pinyin_that_nobody_can_say_is_not_sure():
    page = written(TICKET.format(**AS_PRINTED).replace("Wuhan", "Wuhaa").replace("武汉", "乌汉"))

    assert TRAIN_TICKET.result(page)["confidence"]["destination_station_en"] < 0.6


def test_a_way_of_sale_that_the_detector_missed_is_read_where_it_has_its_place():
    page = written(TICKET.format(**AS_PRINTED).replace(" 网 ", "   "))
    again = evolve(page, reread=lambda box, stretch=1.0: Line("网", 0.9, box))

    assert TRAIN_TICKET.result(again)["sale_method"] == "网"
    assert TRAIN_TICKET.result(again)["confidence"]["sale_method"] < 0.6


def test_a_code_that_contradicts_the_number_is_read_again_until_it_agrees():
    page = written(TICKET.format(**AS_PRINTED | {"code": "65818301991213K892345"}))
    again = evolve(
        page, reread=lambda box, stretch=1.0: Line("65818301991213K092345" if stretch == 1.6 else "", 0.9, box)
    )

    assert TRAIN_TICKET.result(again)["log_id"] == "65818301991213K092345"


def test_a_place_to_stand_is_read_though_the_character_before_it_was_misread():
    assert read(seat="05年无座")["seat_number"] == "05车无座"


def test_a_ticket_without_a_seat_is_of_no_class_of_that_name():
    result = TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED | {"seat": ""}).replace("二等座", "12车无座")))

    assert (result["seat_number"], result["seat_category"]) == ("12车无座", "")


@pytest.mark.parametrize("printed", ["¥￥164.5元", "羊164.5元", "164.5元"])
def test_a_price_is_read_though_the_sign_before_it_was_misread(printed):
    assert TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED).replace("¥164.5元", printed)))["ticket_price"] == (
        "164.5"
    )


def test_pinyin_has_no_accents():
    result = TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED).replace("Wuhan", "Wuhãn")))

    assert result["destination_station_en"] == "Wuhan"


def test_what_every_ticket_has_is_looked_for_again_where_it_was_missed():
    whole = written(TICKET.format(**AS_PRINTED))
    missed = {"K092345", "2017年12月12日20:39开"}
    page = evolve(whole, lines=tuple(line for line in whole.lines if line.text not in missed))

    result = TRAIN_TICKET.result(evolve(page, look=lambda _: whole.lines))

    assert (result["ticket_id"], result["departure_time"]) == ("K092345", "2017年12月12日20:39")


def test_a_remark_that_the_detector_missed_is_read_in_its_row():
    page = written(TICKET.format(**AS_PRINTED | {"remark": ""}))
    row = next(line.box.middle[1] for line in page.lines if line.text == "限乘当日当次车") + 60

    def reread(box, stretch=1.0):
        return Line("始发改签" if box.top < row < box.bottom else "", 0.95, box)

    assert TRAIN_TICKET.result(evolve(page, reread=reread))["ticket_changing"] == "始发改签"


def test_the_code_in_squares_beside_a_name_is_not_part_of_it():
    result = read(holder="1402271998****0012  张样本回品")

    assert result["name"] == "张样本"
    assert result["confidence"]["name"] < 0.9


def test_what_stands_before_the_first_station_is_not_part_of_it():
    text = TICKET.format(**AS_PRINTED).replace("    长沙南站", "站  长沙南站")

    assert TRAIN_TICKET.result(written(text))["departure_station"] == "长沙南"


def test_a_station_and_its_pinyin_that_were_both_misread_put_each_other_right():
    text = TICKET.format(**AS_PRINTED).replace("武汉站", "武汉手").replace("Wuhan", "Wuhanl")
    result = TRAIN_TICKET.result(written(text))

    assert (result["destination_station"], result["destination_station_en"]) == ("武汉", "Wuhan")
    assert max(result["confidence"][it] for it in ("destination_station", "destination_station_en")) < 0.9


@pytest.mark.parametrize("gates", ["10A10B", "A15A16", "B1,B2", "10、11"])
def test_a_ticket_may_name_several_gates(gates):
    assert TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED).replace("B12", gates)))["check_port"] == gates


def test_the_character_behind_the_train_of_an_old_ticket_is_not_part_of_the_station():
    result = read(train="T109次")

    assert (result["train_number"], result["destination_station"]) == ("T109", "武汉")


def test_a_station_that_nobody_listed_is_left_as_it_was_read_though_another_is_nearly_that():
    text = TICKET.format(**AS_PRINTED).replace("武汉站", "三门县站").replace("Wuhan", "Sanmenxian")
    result = TRAIN_TICKET.result(written(text))

    assert (result["destination_station"], result["destination_station_en"]) == ("三门县", "Sanmenxian")


def test_nothing_is_sure_on_a_page_with_the_numbers_of_two_tickets():
    page = written(TICKET.format(**AS_PRINTED))
    other = Line("A042037", 0.99, Box(0.0, 210.0, 160.0, 240.0))

    result = TRAIN_TICKET.result(evolve(page, lines=(*page.lines, other)))

    assert max(result["confidence"].values()) < 0.6


def test_digits_beside_a_gate_are_not_part_of_it():
    assert TRAIN_TICKET.result(written(TICKET.format(**AS_PRINTED).replace("B12", "A2A  20")))["check_port"] == "A2A"


def test_a_number_that_runs_down_the_edge_is_read_where_none_stands_level():
    page = written(TICKET.format(**AS_PRINTED | {"number": ""}))
    edge = Line("K092345", 0.99, Box(5.0, 100.0, 35.0, 300.0))

    result = TRAIN_TICKET.result(evolve(page, standing=lambda _: (edge,)))
    assert result["ticket_id"] == "K092345"
    assert result["confidence"]["ticket_id"] > 0.99


@pytest.mark.parametrize(
    ("misread", "seat"),
    [
        ("09041号上", "09车041号上铺"),
        ("18414A号", "18车14A号"),
        ("05年037号下铺", "05车037号下铺"),
        ("加4年031号下舖", "加4车031号下铺"),
        ("09东041号上", "09车041号上铺"),
    ],
)
def test_a_seat_whose_small_print_was_misread_keeps_its_berth_and_is_a_guess(misread, seat):
    result = read(seat=misread)

    assert result["seat_number"] == seat
    assert result["confidence"]["seat_number"] < 0.6


def test_the_train_of_a_tourist_line_is_no_price():
    result = read(train="Y6579")

    assert (result["train_number"], result["ticket_price"]) == ("Y6579", "164.5")


def test_digits_read_for_the_character_behind_the_day_are_no_hour():
    page = written(TICKET.format(**AS_PRINTED).replace("2017年12月12日20:39开", "201712月121120:39开"))
    result = TRAIN_TICKET.result(page)

    assert result["departure_time"] == "2017年12月12日20:39"
    assert result["confidence"]["starting_time"] < 0.6


@pytest.mark.parametrize("label", ["检票□B12", "检据：B12", "候车:B12"])
def test_a_gate_is_read_though_its_label_was_misread(label):
    page = written(TICKET.format(**AS_PRINTED).replace("检票:B12", label))

    assert TRAIN_TICKET.result(page)["check_port"] == "B12"


def test_a_pale_number_that_was_missed_is_guessed_from_the_code():
    result = read(number="")

    assert (result["ticket_id"], result["log_id"]) == ("K092345", "65818301991213K092345")
    assert result["confidence"]["ticket_id"] < 0.6


def test_a_code_that_no_number_confirms_is_less_sure():
    page = written(TICKET.format(**AS_PRINTED | {"number": ""}), score=0.95)

    assert TRAIN_TICKET.result(page)["confidence"]["log_id"] < 0.9


def test_an_office_that_lost_a_character_is_read_again_as_a_station():
    page = written(TICKET.format(**AS_PRINTED).replace("长沙南售", "上海虹售"))
    page = evolve(page, reread=lambda box, stretch=1.0: Line("上海虹桥售", 0.98, box))
    result = TRAIN_TICKET.result(page)

    assert result["sale_location"] == "上海虹桥"
    assert result["confidence"]["ticket_office"] < 0.9


def test_an_office_that_is_no_station_is_left_as_it_was_read_and_less_sure():
    page = written(TICKET.format(**AS_PRINTED).replace("长沙南售", "望城代售"))
    result = TRAIN_TICKET.result(page)

    assert result["sale_location"] == "望城代"
    assert result["confidence"]["ticket_office"] < 0.9


@pytest.mark.parametrize("misread", ["", "Wuzon"])
def test_pinyin_that_was_missed_is_guessed_from_the_station(misread):
    page = written(TICKET.format(**AS_PRINTED).replace("Wuhan", misread))
    result = TRAIN_TICKET.result(page)

    assert (result["departure_station_en"], result["destination_station_en"]) == ("Changshanan", "Wuhan")
    assert result["confidence"]["destination_station_en"] < 0.6


def test_a_ticket_without_pinyin_has_none():
    page = written(TICKET.format(**AS_PRINTED).replace("Wuhan", "").replace("Changshanan", ""))

    assert TRAIN_TICKET.result(page)["destination_station_en"] == ""


def test_a_name_that_was_not_read_clearly_is_not_sure():
    page = written(TICKET.format(**AS_PRINTED), score=0.95)

    assert TRAIN_TICKET.result(page)["confidence"]["name"] < 0.9


def test_a_remark_above_the_number_is_no_name():
    result = read(remark="仅供报销使用", holder="1402271998****0012")

    assert (result["id_number"], result["name"]) == ("1402271998****0012", "")


def test_print_beside_the_ticket_does_not_hide_its_stations():
    page = written(TICKET.format(**AS_PRINTED).replace("\n    长沙南站", "\nkf  长沙南站"))
    result = TRAIN_TICKET.result(page)

    assert (result["departure_station"], result["train_number"]) == ("长沙南", "G1004")


def test_a_remark_whose_first_character_was_misread_is_known_by_the_others():
    assert read(remark="交更到站")["ticket_changing"] == "变更到站"
