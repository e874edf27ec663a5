from __future__ import annotations

from base64 import b64encode

import pytest

from ocr_async.testing import bmp, jpeg, picture, png

MEBIBYTE = 1024 * 1024


def code(response):
    return response.json().get("error_code", response.status_code)


@pytest.mark.parametrize(
    ("version", "api"),
    [
        *(("v2", name) for name in ("train-ticket", "quota-invoice", "passport", "emirates-id-card", "bankcard")),
        *(("v1.0", name) for name in ("train-ticket", "quota-invoice", "passport", "bankcard", "auto-classification")),
        ("v2", "auto-classification"),
    ],
)
async def test_every_documented_path_recognises(caller, version, api):
    assert (await caller.recognize(api, version=version)).status_code == 200


async def test_the_emirates_id_card_has_no_v1_path(caller):
    assert code(await caller.recognize("emirates-id-card", version="v1.0")) == "APIG.0101"


@pytest.mark.parametrize(
    ("api", "options"),
    [
        ("train-ticket", {"return_text_location": True}),
        ("passport", {"country_code": "CHN"}),
        ("passport", {"country_code": "GENERAL"}),
        ("emirates-id-card", {"side": "back"}),
        ("emirates-id-card", {"side": ""}),
        ("auto-classification", {"type_list": ["passport", "train_ticket"], "detect_seal": False}),
        ("auto-classification", {"pdf_page_number": 2, "extended_parameters": {"bankcard": {}}}),
    ],
)
async def test_documented_options_are_taken(caller, api, options):
    assert (await caller.recognize(api, **options)).status_code == 200


@pytest.mark.parametrize(
    ("api", "options"),
    [
        ("train-ticket", {"return_text_location": "true"}),
        ("train-ticket", {"return_text_location": 1}),
        ("train-ticket", {"side": "front"}),
        ("quota-invoice", {"country_code": "CHN"}),
        ("passport", {"country_code": "chn"}),
        ("passport", {"country_code": None}),
        ("emirates-id-card", {"side": "left"}),
        ("auto-classification", {"type_list": "passport"}),
        ("auto-classification", {"type_list": ["passport", "ticket"]}),
        ("auto-classification", {"pdf_page_number": True}),
        ("auto-classification", {"pdf_page_number": 0}),
        ("auto-classification", {"extended_parameters": []}),
    ],
)
async def test_other_options_and_values_are_invalid(caller, api, options):
    assert code(await caller.recognize(api, **options)) == "AIS.0101"


@pytest.mark.parametrize(
    "source", [{}, {"image": 1}, {"image": ""}, {"url": ["x"]}, {"image": "QUJD", "url": "http://a.test"}]
)
async def test_exactly_one_of_image_and_url_is_given_as_text(caller, source):
    assert code(await caller.recognize(**{"image": None} | source)) == "AIS.0101"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff"])
async def test_a_body_that_is_no_json_object_is_refused(caller, body):
    assert code(await caller.post(caller.path("train-ticket"), body)) == "ModelArts.4105"


@pytest.mark.parametrize(
    "image",
    [
        "data:image/png;base64," + b64encode(picture(1)).decode(),
        b64encode(b"GIF89a" + bytes(100)).decode(),
        b64encode(b"%PDF-1.7" + bytes(100)).decode(),
        b64encode(b"text").decode(),
        b64encode(jpeg(1)[:20]).decode(),
        "not base64!",
    ],
)
async def test_what_is_not_the_base64_of_a_picture_has_no_supported_format(caller, image):
    assert code(await caller.recognize(image=image)) == "AIS.0102"


@pytest.mark.parametrize("make", [jpeg, png, bmp])
async def test_the_format_is_told_by_the_content(caller, make):
    assert (await caller.recognize(image=make(1))).status_code == 200


@pytest.mark.parametrize(
    ("version", "api", "longest"),
    [
        ("v2", "train-ticket", 8192),
        ("v1.0", "train-ticket", 4096),
        ("v2", "quota-invoice", 4096),
        ("v1.0", "quota-invoice", 4096),
        ("v2", "passport", 4096),
        ("v2", "emirates-id-card", 8192),
        ("v2", "bankcard", 8192),
        ("v1.0", "bankcard", 4096),
        ("v2", "auto-classification", 8000),
    ],
)
async def test_sides_have_the_limits_of_their_api(caller, version, api, longest):
    sides = [(15, longest), (longest, 15), (14, 20), (20, 14), (15, longest + 1), (longest + 1, 15)]
    pictures = [png(1, width=width, height=height) for width, height in sides]

    codes = [code(await caller.recognize(api, version=version, image=image)) for image in pictures]

    assert codes == [200, 200] + ["AIS.0103"] * 4


async def test_base64_above_the_limit_of_the_api_is_refused(caller):
    longest = 10 * MEBIBYTE // 4 * 3

    assert code(await caller.recognize(image=picture(1, size=longest))) == 200
    assert code(await caller.recognize(image=picture(1, size=longest + 1))) == "ModelArts.4104"


async def test_quota_invoice_v1_takes_12_mebibytes_of_base64(caller):
    image = picture(1, size=12 * MEBIBYTE // 4 * 3)

    assert code(await caller.recognize("quota-invoice", version="v1.0", image=image)) == 200
    assert code(await caller.recognize("quota-invoice", image=image)) == "ModelArts.4104"


async def test_a_body_above_the_limit_of_the_gateway_is_too_large(caller):
    response = await caller.post(caller.path("train-ticket"), bytes(13 * MEBIBYTE), {"X-Auth-Token": "any"})

    assert (response.status_code, code(response)) == (413, "APIG.0201")
