"""What users bring that is no picture, or a picture in a way that nobody expected."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import ModuleType
from zipfile import ZipFile

import anyio
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.datastructures import UploadFile

from ocr_async.batch.items import unpack
from ocr_async.errors import SourceError
from ocr_async.fields import ImageLimits
from ocr_async.sources import Picture, Url, open_source
from ocr_async.sources.content import MemoryContent
from ocr_async.sources.headers import Header, HeaderError, read_header
from ocr_async.testing import jpeg, picture, png

LIMITS = ImageLimits()
PNG = picture(1)


async def refusal(source, limits=LIMITS):
    with pytest.raises(SourceError) as caught:
        await open_source(source, limits)
    return str(caught.value)


def header_of(content):
    return read_header(lambda offset, count: content[offset : offset + count], len(content))


# paths


@pytest.mark.parametrize("text", ["{}\0", "{}\0.png", "\0{}", "{}/\0x"])
@pytest.mark.parametrize("kind", [str, Path])
async def test_a_path_with_nul_opens_nothing(tmp_path, text, kind):
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    assert "NUL" in await refusal(kind(text.format(path)))


@pytest.mark.parametrize("name", [b"\xff.png", b"caf\xe9.png", b"\x80\x81", "票.png".encode()])
async def test_a_name_in_any_encoding_is_opened_and_can_be_printed(tmp_path, name):
    path = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118  bytes
    Path(os.fsdecode(path)).write_bytes(PNG)  # noqa: ASYNC240  nothing else runs
    opened = await open_source(os.fsdecode(path), LIMITS)
    assert opened.size == len(PNG)
    opened.name.encode()


@pytest.mark.parametrize("text", ["\ud83d.png", "a\udfffb", "\ud800"])
async def test_a_name_that_no_system_has_is_refused(text):
    (await refusal(text)).encode()


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "link to a device"])
async def test_what_is_no_file_is_not_even_opened(tmp_path, kind):
    path = tmp_path / "x.png"
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "socket":
            listener.bind(str(path))
        elif kind == "link to a device":
            path.symlink_to("/dev/tty")
        else:
            path = Path("/dev/zero")
        with anyio.fail_after(5):
            assert "is not a regular file" in await refusal(path)


# texts


@pytest.mark.parametrize(
    "head", ["data:image/png;base64,", "DATA:image/png;base64,", " Data:;BASE64,", "data:a/b;c=d;base64,"]
)
@pytest.mark.parametrize("tail", ["", "\n", "%3D"])
async def test_a_data_url_in_any_case_is_decoded(head, tail):
    content = png(7)
    content += b"\0" * (2 - len(content) % 3 + 3 * (not tail.startswith("%")))
    from base64 import b64encode  # noqa: PLC0415

    text = b64encode(content).decode()
    text = (
        text.removesuffix("=") + tail if tail.startswith("%") and text.endswith("=") else text + tail * (tail == "\n")
    )
    assert (await open_source(head + text, LIMITS)).format == "PNG"


@pytest.mark.parametrize(
    "laid_out",
    [
        str,
        lambda text: f" {text}\n",
        lambda text: "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76)),
        lambda text: "\n  ".join(text[at : at + 60] for at in range(0, len(text), 60)),
        lambda text: text.replace("+", "-").replace("/", "_").rstrip("="),
    ],
    ids=["as it is", "with blanks around", "wrapped", "indented", "of the other alphabet"],
)
async def test_bare_base64_however_it_is_laid_out_is_neither_a_name_nor_a_message(laid_out):
    from base64 import b64encode  # noqa: PLC0415

    text = laid_out(b64encode(png(7) + bytes(range(200))).decode())
    message = await refusal(text)
    assert "put data:image/jpeg;base64, before" in message
    assert text.strip()[:20] not in message
    assert unpack(text, None, 5)[2] == "5"


@given(st.one_of(st.text(), st.text().map("http://".__add__), st.text(max_size=30).map(lambda t: "data:" + 99 * t)))
def test_any_text_is_a_picture_an_address_or_a_source_error(text):
    async def opened():
        try:
            return await open_source(text, LIMITS)
        except SourceError as error:
            return str(error)

    outcome = asyncio.run(opened())
    if isinstance(outcome, str):
        outcome.encode()
        assert len(text) <= 200 or text[:201] not in outcome
    else:
        assert isinstance(outcome, Picture | Url)


@pytest.mark.parametrize(
    ("given_address", "sent"),
    [
        ("http://例子.测试:8080/x", "http://xn--fsqu00a.xn--0zwm56d:8080/x"),
        ("https://faß.de/a", "https://xn--fa-hia.de/a"),
        ("http://u:p@例子.测试/x?y=票", "http://u:p@xn--fsqu00a.xn--0zwm56d/x?y=%E7%A5%A8"),
        ("http://[2001:db8::1]:80/é", "http://[2001:db8::1]:80/%C3%A9"),
    ],
)
def test_the_host_of_an_address_is_the_right_one(given_address, sent):
    assert Url(given_address).address == sent


@pytest.mark.parametrize(
    "address",
    [
        "http://[é/x", "http://[::1/x", "http://" + "a" * 64 + ".com/x", "http://" + "é" * 64 + ".com/x", "http:///x",
        "http://h:99999/x", "http://h:x/", "http://a b/x", "http://a\n.com/x", "http://a..b/x", "http://é..b/x",
        "http://" + "a." * 130 + "b/", "https://\ud800/x", "http://h/\udcff", 7, None,
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_a_source_error(address):
    with pytest.raises(SourceError) as caught:
        Url(address)
    assert len(str(caught.value)) < 400


def test_no_part_of_an_address_that_gives_access_is_shown():
    url = Url("https://user:secret@example.com/a.jpg?Signature=secret#secret")
    assert "secret" not in f"{url!r} {url.name}"


# file objects


class Reader:
    """A file object whose `read` is what a test says."""

    def __init__(self, read):
        self._read = read

    def read(self, size):
        return self._read(size)


def raising(error):
    def read(_):
        raise error

    return read


@pytest.mark.parametrize(
    "error",
    [OSError(5, "broken"), ValueError("x"), KeyError("x" * 9999), StopIteration(1), SystemExit(3), KeyboardInterrupt(),
     BaseException("panic"), asyncio.CancelledError()],
    ids=repr,
)  # fmt: skip
async def test_whatever_a_file_object_raises_is_a_source_error(error):
    assert len(await refusal(Reader(raising(error)))) < 400


@pytest.mark.parametrize("part", ["text", None, 7, [b"x"], object()])
async def test_a_file_object_that_gives_no_bytes_is_refused(part):
    assert "file object of Reader" in await refusal(Reader(lambda _: part))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_short_reads_of_any_kind_of_bytes_are_put_together(kind):
    stream = BytesIO(PNG)
    assert (await open_source(Reader(lambda _: kind(stream.read(7))), LIMITS)).size == len(PNG)


async def test_a_text_file_object_is_told_how_to_be_opened():
    assert "mode 'rb'" in await refusal(StringIO("text"))


async def test_a_file_object_at_its_end_is_told_to_seek():
    stream = BytesIO(PNG)
    stream.read()
    assert "seek" in await refusal(stream)


async def test_an_upload_of_a_web_framework_is_read():
    with SpooledTemporaryFile() as file:
        file.write(PNG)
        file.seek(0)
        opened = await open_source(UploadFile(file, filename="票.png"), LIMITS)
    assert (opened.size, opened.name) == (len(PNG), "<file 票.png>")


async def test_an_async_file_of_anyio_is_read(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    async with await anyio.open_file(tmp_path / "a.png", "rb") as file:
        assert (await open_source(file, LIMITS)).size == len(PNG)
    assert "closed" in await refusal(file)
    async with await anyio.open_file(tmp_path / "a.png", encoding="latin-1") as file:
        assert "mode 'rb'" in await refusal(file)


@pytest.mark.anyio
async def test_an_async_file_that_does_not_look_like_one_is_read():
    stream = BytesIO(PNG)

    async def read(size):
        return stream.read(size)

    assert (await open_source(Reader(read), LIMITS)).size == len(PNG)


async def test_a_cancelled_read_of_an_async_file_is_cancelled():
    class Endless:
        async def read(self, _):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(open_source(Endless(), LIMITS), 0.05)


async def test_an_async_file_that_never_waits_lets_others_run_and_ends_at_its_deadline():
    reads = 0

    async def read(_):
        nonlocal reads
        reads += 1
        return b"x"

    others = asyncio.ensure_future(asyncio.sleep(0))
    with anyio.move_on_after(0.01) as scope:
        await open_source(Reader(read), LIMITS)
    assert scope.cancelled_caught
    assert others.done()
    assert reads < LIMITS.max_base64_bytes // 4


async def test_reads_that_hang_hold_up_neither_their_deadline_nor_others():
    hang = threading.Event()
    stuck = [asyncio.ensure_future(open_source(Reader(lambda _: hang.wait(30)), LIMITS)) for _ in range(60)]
    await asyncio.sleep(0)
    try:
        with anyio.fail_after(10):
            for _ in range(20):
                assert await open_source(BytesIO(PNG), LIMITS)
        began = time.monotonic()
        with anyio.move_on_after(0.1):
            await open_source(Reader(lambda _: hang.wait(30)), LIMITS)
        assert time.monotonic() - began < 5
    finally:
        hang.set()
        await asyncio.gather(*stuck, return_exceptions=True)


# arrays and Pillow images


class Tensor:
    def __dlpack__(self):
        raise NotImplementedError


@pytest.mark.parametrize("array", [np.zeros((40, 30, 3), np.uint8), np.zeros(5), np.float32(1), Tensor()])
async def test_an_array_is_refused_with_what_to_do(array):
    assert "Image.fromarray" in await refusal(array)


MODES = [
    "1",
    "L",
    "LA",
    "La",
    "I",
    "I;16",
    "I;16B",
    "F",
    "P",
    "PA",
    "RGB",
    "RGBA",
    "RGBa",
    "RGBX",
    "CMYK",
    "YCbCr",
    "HSV",
]


@pytest.mark.parametrize("mode", MODES)
async def test_an_image_of_any_mode_becomes_one_that_every_decoder_knows(mode):
    opened = await open_source(Image.new(mode, (40, 30)), LIMITS)
    with Image.open(BytesIO(opened.content.content)) as sent:
        assert (sent.size, sent.mode in {"1", "L", "P", "RGB"}) == ((40, 30), True)


async def pixel(image):
    opened = await open_source(image, LIMITS)
    with Image.open(BytesIO(opened.content.content)) as sent:
        return sent.convert("RGB").getpixel((20, 15))


@pytest.mark.parametrize("white", [1.0, 255.0])
async def test_grey_of_real_numbers_keeps_its_white(white):
    image = Image.new("F", (40, 30), white)
    image.putpixel((0, 0), 0)
    assert await pixel(image) == (255, 255, 255)


async def test_grey_of_two_bytes_keeps_its_shades():
    image = Image.new("I;16", (40, 30), 32768)
    image.putpixel((0, 0), 65535)
    assert await pixel(image) == (127, 127, 127)


async def test_what_is_transparent_is_white_paper():
    palette = Image.new("P", (40, 30), 0)
    palette.info["transparency"] = 0
    for image in (Image.new("RGBA", (40, 30), (0, 0, 0, 0)), Image.new("LA", (40, 30), (0, 0)), palette):
        assert await pixel(image) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_an_image_is_sent_as_its_metadata_says_that_it_stands(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    target = BytesIO()
    Image.new("RGB", (40, 30)).save(target, "JPEG", exif=exif)
    with Image.open(target) as image:
        opened = await open_source(image, LIMITS)
    assert (opened.width, opened.height) == ((30, 40) if orientation >= 5 else (40, 30))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "BMP", "TIFF"])
async def test_an_image_whose_file_is_cut_short_is_refused(format_):
    target = BytesIO()
    Image.effect_noise((200, 200), 50).save(target, format_)
    with Image.open(BytesIO(target.getvalue()[: len(target.getvalue()) // 2])) as image:
        assert "cannot be read" in await refusal(image)


async def test_a_closed_image_is_refused(tmp_path):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    image = Image.open(tmp_path / "a.png")
    image.close()
    assert "cannot be read" in await refusal(image)


# headers


@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"BM", b"PK\x03\x04", b"%PDF-"]
    ),
    st.binary(max_size=300),
)
def test_any_bytes_have_a_header_or_a_header_error(start, rest):
    with suppress(HeaderError):
        assert isinstance(header_of(start + rest), Header)


@pytest.mark.parametrize(
    "filling",
    [b"\xff" * 7_000_000, b"\xff\xe0\x00\x02" * 1_750_000, b"\xff\xd0" * 3_500_000, b"\xff\x01" * 3_500_000],
    ids=["fill", "segments", "restarts", "bare markers"],
)
def test_a_jpeg_that_is_nearly_all_header_takes_few_reads(filling):
    reads = 0
    content = b"\xff\xd8\xff" + filling + b"\xff\xda"

    def read_at(offset, count):
        nonlocal reads
        reads += 1
        return content[offset : offset + count]

    with pytest.raises(HeaderError):
        read_header(read_at, len(content))
    assert reads < 10_000


@pytest.mark.parametrize("count", [1, 2, 70_000, 200_000])
def test_fill_before_a_marker_is_passed_over(count):
    content = jpeg(1)
    assert header_of(content[:2] + b"\xff" * count + content[2:]) == Header("JPEG", 32, 32)


def test_a_tiff_of_very_many_entries_is_not_read_through():
    with pytest.raises(HeaderError):
        header_of(b"II*\x00\x08\x00\x00\x00\xff\xff" + bytes(12 * 65535))


def ofd(*names):
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return target.getvalue()


async def test_documents_are_taken_where_their_type_takes_them():
    limits = ImageLimits(formats=("PDF", "OFD"))
    for content, format_ in ((b"%PDF-1.7\n", "PDF"), (b"\r\n junk %PDF-1.4", "PDF"), (ofd("a", "OFD.xml"), "OFD")):
        opened = await open_source(content, limits)
        assert (opened.format, opened.width, opened.height) == (format_, None, None)
        assert f"it is a{'n' * (format_ == 'OFD')} {format_}" in await refusal(content)
    assert "ZIP" in await refusal(ofd("word/document.xml"), limits)
    assert "it is a PNG" in await refusal(PNG, limits)


# bodies


@given(st.integers(0, 2_000_000), st.binary(max_size=50), st.binary(max_size=50))
def test_a_body_is_the_plain_construction_whatever_its_size(size, prefix, suffix):
    from base64 import b64encode  # noqa: PLC0415
    from hashlib import sha256  # noqa: PLC0415

    content = bytes(range(251)) * (size // 251) + bytes(size % 251)
    plain = prefix + b64encode(content) + suffix

    async def check():
        body = await Picture("a", "PNG", 1, 1, MemoryContent(content)).body(prefix, suffix)
        if not isinstance(body, bytes):
            assert body.length == len(plain)
            assert await body.sha256() == sha256(plain).hexdigest()
            body = b"".join([chunk async for chunk in body])
        assert body == plain

    asyncio.run(check())


async def test_a_picture_is_opened_while_another_thread_is_about_to_import_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", ModuleType("PIL.Image"))
    assert (await open_source(PNG, LIMITS)).format == "PNG"
