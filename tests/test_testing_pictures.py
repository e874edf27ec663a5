from __future__ import annotations

import io

import pytest
from PIL import Image

from ocr_async.sources.headers import Header, read_header
from ocr_async.testing import bmp, jpeg, picture, png


@pytest.mark.parametrize(("make", "format_"), [(png, "PNG"), (bmp, "BMP"), (jpeg, "JPEG"), (picture, "PNG")])
def test_a_picture_decodes_and_has_legal_sides(make, format_):
    image = Image.open(io.BytesIO(make(7)))
    image.load()

    assert (image.format, image.size) == (format_, (32, 32))


@pytest.mark.parametrize("make", [png, bmp, jpeg, picture])
def test_each_number_has_a_picture_of_its_own(make):
    numbers = (0, 1, 255, 256, 1_000_000)

    assert len({make(number) for number in numbers}) == len(numbers)
    assert make(5) == make(5)


@pytest.mark.parametrize(("make", "format_"), [(png, "PNG"), (bmp, "BMP")])
def test_sides_are_free(make, format_):
    content = make(1, width=33, height=15)

    assert read_header(lambda offset, count: content[offset : offset + count], len(content)) == Header(format_, 33, 15)
    assert Image.open(io.BytesIO(content)).convert("RGB").size == (33, 15)


def test_a_picture_can_be_padded_to_a_size():
    content = picture(1, size=30_000)

    assert len(content) == 30_000
    assert Image.open(io.BytesIO(content)).convert("L").size == (32, 32)
