"""Real pictures and the real engine: seconds each, and only where the extra `local` is installed."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest

pytest.importorskip("rapidocr")

from PIL import Image

from ocr_async.local.reading import APIS, OcrRecognizer, drawing
from ocr_async.local.reading.answers import answer
from ocr_async.local.reading.engine import Engine
from ocr_async.local.recognizer import Busy, Refusal, Task, Unreadable

pytestmark = pytest.mark.engine

PICTURES = Path(__file__).parent / "pictures"


@pytest.fixture(scope="module")
def engine():
    return Engine()


def picture(name):
    return (PICTURES / f"{name}.jpg").read_bytes()


def test_a_tilted_ticket_is_read(engine):
    result = answer(engine, "train-ticket", picture("train_ticket_tilted"), {})

    assert result["ticket_id"] == "272Q838827"
    assert (result["departure_station"], result["destination_station"]) == ("南宁", "昆明")
    assert result["departure_time"] == "2018年01月21日11:32"
    assert result["seat_number"] == "14车065号中铺"
    assert result["log_id"] == "25772640012109Q838827"


def test_an_amount_under_a_stamp_is_read(engine):
    assert answer(engine, "quota-invoice", picture("quota_invoice_stamped"), {})["amount"] == "￥30.00"


def test_a_card_turned_by_a_quarter_is_read(engine):
    result = answer(engine, "bankcard", picture("bankcard_turned"), {"return_text_location": True})

    assert result["card_number"] == "4000 0025 4758 9711"
    (left, bottom), (right, top), *_ = result["text_location"]["card_number"]
    assert abs(left - right) < bottom - top  # the number runs up the picture


def test_every_document_of_a_picture_is_found_also_upside_down(engine):
    items = answer(engine, "auto-classification", picture("composite_one_upside_down"), {})

    assert sorted(item["type"] for item in items) == ["passport", "passport", "passport", "quota_invoice"]
    over = [item for item in items if item["location"][0][1] > item["location"][2][1]]
    assert [item["type"] for item in over] == ["passport"]


@pytest.mark.parametrize("api", sorted({name for _, name in APIS} - {"general-table", "general-text", "web-image"}))
def test_a_picture_without_a_document_is_unreadable_everywhere(engine, api):
    with pytest.raises(Unreadable):
        answer(engine, api, picture("no_document"), {})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [(15, 15), (15, 2000), (2000, 15)])
def test_a_picture_of_the_least_size_is_unreadable_not_a_fault(engine, size):
    file = io.BytesIO()
    Image.effect_noise(size, 90).save(file, "PNG")

    with pytest.raises(Unreadable):
        answer(engine, "auto-classification", file.getvalue(), {})


def test_a_document_of_another_kind_is_unreadable(engine):
    with pytest.raises(Unreadable):
        answer(engine, "train-ticket", picture("quota_invoice_stamped"), {})


def test_an_api_without_a_reader_is_refused(engine):
    with pytest.raises(Refusal) as refused:
        answer(engine, "vin", picture("no_document"), {})

    assert refused.value.code == "APIG.0101"


def test_what_was_read_is_drawn_as_a_png(engine):
    image = picture("bankcard_turned")
    (marks,) = drawing.marks(engine, "bankcard", image)

    assert len(marks.document) == 4
    assert {"card_number", "expiry_date"} <= set(marks.fields)
    assert drawing.draw(image, [marks]).startswith(b"\x89PNG")


async def test_a_task_beyond_the_queue_is_told_to_come_again():
    recognizer = OcrRecognizer(threads=1, waiting=1)
    task = Task("bankcard", image=picture("no_document"))
    refused = []

    async def attempt():
        try:
            await recognizer.recognize(task)
        except Refusal as no:
            refused.append(type(no))

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(attempt)

    assert refused.count(Busy) == 2
    assert refused.count(Unreadable) == 2


async def test_a_cancelled_task_frees_its_place():
    recognizer = OcrRecognizer(threads=1, waiting=0)
    with anyio.move_on_after(0.05):
        await recognizer.recognize(Task("bankcard", image=picture("bankcard_turned")))

    result = await recognizer.recognize(Task("bankcard", image=picture("bankcard_turned")))
    assert result["expiry_date"] == "08/27"


async def test_a_closed_recognizer_refuses():
    recognizer = OcrRecognizer()
    await recognizer.aclose()

    with pytest.raises(Refusal):
        await recognizer.recognize(Task("bankcard", image=b""))


def test_all_the_text_of_a_picture_is_read(engine):
    result = answer(engine, "general-text", picture("quota_invoice_stamped"), {"detect_direction": True})

    assert any("发票" in block["words"] for block in result["words_block_list"])
    assert result["direction"] > 350 or result["direction"] < 10


def test_a_strip_that_cannot_be_scaled_says_nothing(engine):
    np = pytest.importorskip("numpy")

    assert engine.recognize([np.zeros((0, 40, 3), np.uint8)]) == [("", 0.0)]
    assert engine.detect(np.zeros((0, 40, 3), np.uint8)) == []


def test_strips_are_told_in_the_order_in_which_they_were_given(engine):
    np = pytest.importorskip("numpy")
    with Image.open(PICTURES / "quota_invoice_stamped.jpg") as opened:
        pixels = np.asarray(opened.convert("RGB"))[:, :, ::-1]
    boxes = [quad.astype(int) for quad in engine.detect(pixels)]
    strips = [pixels[box[:, 1].min() : box[:, 1].max(), box[:, 0].min() : box[:, 0].max()] for box in boxes]

    assert len({strip.shape for strip in strips}) > 2
    assert engine.recognize(strips) == [engine.recognize([strip])[0] for strip in strips]


def test_the_runtime_is_the_faster_one_that_is_installed(monkeypatch):
    monkeypatch.setattr("ocr_async.local.reading.engine.find_spec", lambda name: None)
    assert Engine().runtime == "onnxruntime"

    monkeypatch.setattr("ocr_async.local.reading.engine.find_spec", lambda name: object())
    assert Engine().runtime == "openvino"
    assert Engine("onnxruntime").runtime == "onnxruntime"


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_several_threads_find_the_same_lines(runtime):
    pytest.importorskip(runtime)
    np = pytest.importorskip("numpy")
    fast = Engine(runtime)
    with Image.open(PICTURES / "train_ticket_tilted.jpg") as opened:
        pixels = np.asarray(opened.convert("RGB"))[:, :, ::-1]
    alone = fast.detect(pixels)

    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(fast.detect, [pixels] * 3))
    assert len(alone) > 0
    assert all(np.array_equal(found, alone) for found in together)


def test_openvino_searches_with_one_request_however_many_threads():
    pytest.importorskip("openvino")
    np = pytest.importorskip("numpy")
    fast = Engine("openvino")

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(fast.detect, [np.full((320, 480, 3), 255, np.uint8)] * 6))
    detector, _ = fast._loaded()
    assert len(detector.session.session._free) == 1
