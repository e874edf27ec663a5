from __future__ import annotations

import io
from concurrent.futures import Future

import pytest

Image = pytest.importorskip("PIL.Image")
np = pytest.importorskip("numpy")
cv2 = pytest.importorskip("cv2")

from ocr_async.local.reading import upright  # noqa: E402  needs cv2
from ocr_async.local.reading.answers import answer  # noqa: E402
from ocr_async.local.reading.outlines import Outline  # noqa: E402
from ocr_async.local.reading.page import Box  # noqa: E402
from ocr_async.local.reading.pictures import (  # noqa: E402  need Pillow
    CLOSER_SEARCH_SIDE,
    LONGEST_SIDE,
    SEARCH_SIDE,
    Picture,
    closed_in,
    decode,
    text_lines,
)
from ocr_async.local.reading.scaling import scaled  # noqa: E402
from ocr_async.local.reading.upright import Sheet, looked_at_colour  # noqa: E402
from ocr_async.local.reading.views import Views  # noqa: E402
from ocr_async.local.recognizer import Unreadable  # noqa: E402
from tests.outlined import box  # noqa: E402


def file(form, mode="RGB", size=(120, 80), colour=None):
    out = io.BytesIO()
    Image.new(mode, size, colour if colour is not None else 0).save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "TIFF"])
def test_every_format_of_the_service_is_decoded(form):
    picture = decode(file(form))

    assert (picture.width, picture.height, picture.scale) == (120, 80, 1.0)


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "1"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "I;16"), ("TIFF", "F")],
)
def test_every_kind_of_colour_becomes_three_bytes_a_pixel(form, mode):
    pixels = decode(file(form, mode)).pixels

    assert pixels.shape == (80, 120, 3)
    assert pixels.dtype == "uint8"


def test_what_is_transparent_is_white_as_paper():
    assert decode(file("PNG", "RGBA", colour=(0, 0, 0, 0))).pixels.min() == 255


def test_sixteen_bits_keep_their_contrast():
    assert decode(file("PNG", "I;16", colour=65535)).pixels.min() == 255


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_large_picture_is_worked_on_at_reduced_size(form):
    picture = decode(file(form, size=(6000, 3000)))

    assert picture.width <= LONGEST_SIDE
    assert picture.width * picture.scale == pytest.approx(6000)
    assert picture.height * picture.scale == pytest.approx(3000, rel=0.01)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_large_picture_looks_the_same_in_every_mode(mode):
    slope = Image.linear_gradient("L").resize((2600, 3000))
    plain, other = io.BytesIO(), io.BytesIO()
    slope.convert("RGB").save(plain, "PNG")
    slope.convert(mode).save(other, "PNG")

    assert np.abs(decode(plain.getvalue()).pixels.astype(int) - decode(other.getvalue()).pixels).max() <= 2


def test_what_is_transparent_in_a_large_picture_is_white_too():
    assert decode(file("PNG", "LA", size=(3000, 2500), colour=(0, 0))).pixels.min() == 255


@pytest.mark.parametrize("image", [b"", b"GIF89a", b"\xff\xd8\xff", file("PNG")[:60], file("JPEG")[:300]])
def test_what_cannot_be_decoded_is_unreadable(image):
    with pytest.raises(Unreadable) as refused:
        decode(image)

    assert refused.value.code == "AIS.0104"


class LinesOfHeight:
    """A detector that finds one level line, so many pixels high in the picture, and notes the sides it was given."""

    def __init__(self, height, side):
        self.height, self.side, self.sides, self.read = height, side, [], 0

    def detect(self, pixels):
        self.sides.append(max(pixels.shape))
        high, wide = self.height * max(pixels.shape) / self.side, max(pixels.shape) / 2
        return [np.array([(0, 0), (wide, 0), (wide, high), (0, high)], dtype=np.float32)]

    def meanwhile(self, work, pixels):
        done = Future()
        done.set_result(work(pixels))
        return done

    def recognize(self, strips):
        self.read += len(strips)
        return [("text", 0.99)] * len(strips)


@pytest.mark.parametrize(("height", "looks"), [(120, 1), (40, 2)])
def test_text_too_small_at_first_is_looked_for_at_a_larger_size(height, looks):
    detector = LinesOfHeight(height, 2000)

    assert Views(detector, file("JPEG", size=(2000, 1000))).lines == 1
    assert detector.sides == [SEARCH_SIDE, CLOSER_SEARCH_SIDE][:looks]


def test_text_is_found_where_it_is_in_the_picture():
    (line,) = text_lines(LinesOfHeight(120, 2000), decode(file("JPEG", size=(2000, 1000))), SEARCH_SIDE)

    assert line[2][1] == pytest.approx(120)


@pytest.mark.parametrize(("height", "side"), [(60, 832), (30, 1600)])
def test_all_text_of_a_picture_is_looked_for_at_a_size_at_which_it_can_be_read(height, side):
    detector = LinesOfHeight(height, 2000)
    list(Views(detector, file("JPEG", size=(2000, 1000))).whole())

    assert detector.sides[-1] == side


def test_a_line_that_both_views_of_a_closer_look_show_is_read_once():
    detector = LinesOfHeight(60, 800)
    (page,) = Views(detector, file("JPEG", size=(800, 400))).whole()
    detector.read = 0
    views = len(detector.sides)

    (line,) = page.look(Box(0.0, 0.0, page.width, page.height))

    assert line.text == "text"
    assert len(detector.sides) - views == 2
    assert detector.read == 1


def test_a_picture_that_nobody_knows_is_read_once():
    detector = LinesOfHeight(60, 800)

    with pytest.raises(Unreadable):
        answer(detector, "bankcard", file("JPEG", size=(800, 400)), {})

    assert detector.read == 1


class LinesAslant(LinesOfHeight):
    """A detector whose lines are level in the whole picture, and rise in the first sheet that is cut out of it."""

    def detect(self, pixels):
        (line,) = super().detect(pixels)
        return [line + np.array([(0, 0), (0, 10), (0, 10), (0, 0)], np.float32) if len(self.sides) == 2 else line]


def test_a_sheet_whose_lines_turn_out_to_slope_is_made_level_again():
    detector = LinesAslant(60, 800)
    (page,) = Views(detector, file("JPEG", size=(800, 400))).whole()

    (_, top), (_, other), *_ = page.corners
    assert other - top == pytest.approx(20, abs=3)
    assert len(detector.sides) == 3


def test_a_picture_that_a_camera_mirrored_is_turned_back_and_answered_in_the_pixels_of_its_file():
    picture = Image.new("RGB", (40, 20), "white")
    picture.paste("black", (0, 0, 10, 20))
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 2
    picture.save(file, "JPEG", exif=exif, quality=95)

    decoded = decode(file.getvalue())

    assert decoded.mirrored
    assert decoded.pixels[10, 35].max() < 60
    assert decoded.pixels[10, 5].min() > 200
    assert list(decoded.to_file @ np.array([35.0, 10.0, 1.0])) == [5.0, 10.0, 1.0]


def test_a_strip_off_the_sheet_has_pixels_all_the_same():
    sheet = Sheet(np.zeros((30, 50, 3), np.uint8), np.eye(3))

    for place in (Box(60, 5, 90, 20), Box(-30, -20, -5, -2), Box(10, 40, 30, 60), Box(48, 0, 300, 30)):
        assert min(sheet.strip(place).shape[:2]) >= 2


def test_pixels_are_never_scaled_to_nothing():
    assert scaled(np.zeros((3, 900, 3), np.uint8), 0.1).shape == (1, 90, 3)


class LinesFromNear:
    """An engine that finds one line in a wide scene, and the one beside it only when it looks at that part alone."""

    def __init__(self, line):
        self.line = np.array(line, np.float32)

    def detect(self, pixels):
        height, width = pixels.shape[:2]
        return [self.line * (width / 2400)] if height == width else [self.line, self.line + np.array([0.0, 20.0])]


def test_a_document_far_away_is_looked_for_again_where_its_first_lines_are():
    picture = Picture(np.zeros((2400, 2400, 3), np.uint8), 1.0)
    engine = LinesFromNear([(1000, 1000), (1300, 1000), (1300, 1010), (1000, 1010)])

    assert len(closed_in(engine, picture, text_lines(engine, picture, SEARCH_SIDE))) == 2


def test_text_all_over_a_picture_is_not_looked_for_again():
    lines = [np.array([(x, y), (x + 90, y), (x + 90, y + 20), (x, y + 20)]) for x, y in ((5, 5), (900, 700))]

    assert closed_in(None, Picture(np.zeros((800, 1000, 3), np.uint8), 1.0), lines) is lines


class LinesDown(LinesOfHeight):
    """A detector that finds one line which runs down the picture, and reads it only when that is turned level."""

    def detect(self, pixels):
        high, wide = max(pixels.shape) / 3, max(pixels.shape) / 20
        level = super().detect(pixels)
        return [*level, np.array([(0, high), (wide, high), (wide, 2 * high), (0, 2 * high)], dtype=np.float32)]

    def recognize(self, strips):
        return [("text", 0.99 if strip.shape[0] < strip.shape[1] else 0.1) for strip in strips]


def test_lines_that_run_down_a_page_are_read_where_they_are_asked_for():
    (page,) = Views(LinesDown(60, 800), file("JPEG", size=(800, 800))).whole()

    assert len(page.lines) == 1
    assert [line.text for line in page.standing(page.whole)] == ["text"]
    assert page.standing(Box(0.5 * page.width, 0.0, page.width, page.height)) == ()


class LinesInColour(LinesOfHeight):
    """An engine that finds a line only where a picture has contrast in grey."""

    def detect(self, pixels):
        grey = pixels.astype(int).sum(axis=2)
        return super().detect(pixels) if grey.max() - grey.min() > 300 else []


def test_print_as_light_as_its_ground_is_found_by_the_strength_of_its_colour():
    picture = Image.new("RGB", (800, 400), (180, 160, 110))
    picture.paste((160, 160, 160), (100, 100, 400, 150))
    out = io.BytesIO()
    picture.save(out, "PNG")
    sheet = Sheet(decode(out.getvalue()).pixels, np.eye(3))
    detector = LinesInColour(60, 800)

    assert not looked_at_colour(LinesInColour(60, 800), Sheet(sheet.pixels[:50], np.eye(3)), Box(0, 0, 800, 50))
    assert len(looked_at_colour(detector, sheet, Box(0, 0, 800, 400))) == 1


def test_what_lies_over_a_document_is_not_on_its_page():
    """The upper document is dark: nothing of it is left on the page of the lower one."""
    paper, card = box(0, 0, 800, 500), box(300, 200, 600, 400)
    pixels = np.full((500, 800, 3), 240, np.uint8)
    cv2.fillConvexPoly(pixels, card.astype(np.int32), (20, 20, 20))
    seen = []

    class Engine:
        def detect(self, pixels):
            seen.append(pixels)
            return []

        def recognize(self, strips):
            return []

    upright.page_of(Engine(), Picture(pixels, 1.0), Outline(paper, (box(20, 20, 300, 40),), hidden=(card,)))
    assert seen[0].min() > 200
