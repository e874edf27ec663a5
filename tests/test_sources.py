from __future__ import annotations

import gzip
import os
import struct
import warnings
from base64 import b64encode
from contextlib import suppress
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ocr_async.errors import SourceError
from ocr_async.sources import Url, open_source
from ocr_async.sources import path as paths
from ocr_async.sources.headers import HeaderError, read_header
from ocr_async.sources.page_cache import NotCachedError

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


@frozen
class Limits:
    max_base64_bytes: int = 100_000
    min_side: int = 15
    max_side: int = 1000
    formats: tuple[str, ...] = ("JPEG", "PNG", "BMP", "TIFF")


LIMITS = Limits()


def encoded(format_, size=(40, 30), mode="RGB", **options):
    target = BytesIO()
    Image.new(mode, size).save(target, format_, **options)
    return target.getvalue()


def little(*numbers):
    return struct.pack(f"<{len(numbers)}I", *numbers)


PICTURES = {
    "JPEG": encoded("JPEG"),
    "progressive JPEG": encoded("JPEG", progressive=True),
    "JPEG with EXIF": encoded("JPEG", exif=b"Exif\x00\x00II*\x00" + bytes(60_000)),
    "grey JPEG": encoded("JPEG", mode="L"),
    "PNG": encoded("PNG"),
    "BMP": encoded("BMP"),
    "BMP from the top": b"BM" + bytes(12) + little(40, 40) + struct.pack("<i", -30) + bytes(40),
    "OS/2 BMP": b"BM" + bytes(12) + little(12) + struct.pack("<HH", 40, 30) + bytes(40),
    "TIFF": encoded("TIFF"),
    "TIFF, big end first": b"MM\x00*" + struct.pack(">IHHHIHHHHIHH", 8, 2, 256, 3, 1, 40, 0, 257, 3, 1, 30, 0),
    "TIFF with its directory at the end": encoded("TIFF", compression="tiff_lzw"),
}


@pytest.mark.parametrize("name", PICTURES)
async def test_format_and_sides_are_read_from_the_header(name):
    picture = await open_source(PICTURES[name], LIMITS)
    assert (picture.width, picture.height) == (40, 30)
    assert picture.format in name


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "ticket.jpg"
    path.write_bytes(PICTURES["JPEG"])
    return path


@pytest.mark.parametrize("kind", ["Path", "str", "bytes path"])
async def test_a_path_is_read(path, kind):
    source = {"Path": path, "str": str(path), "bytes path": BytesPath(path)}[kind]
    picture = await open_source(source, LIMITS)
    assert (picture.name, picture.size) == (str(path), len(PICTURES["JPEG"]))
    assert (await picture.body(b"<", b">")).startswith(b"</9j/")


class BytesPath:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return os.fsencode(self.path)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_bytes_of_every_kind_are_taken(kind):
    picture = await open_source(kind(PICTURES["PNG"]), LIMITS)
    assert picture.name == f"<bytes, {len(PICTURES['PNG']):,} B>"
    assert await picture.body(b"", b"") == b64encode(PICTURES["PNG"])


async def test_a_file_object_is_read_from_where_it_stands(path):
    with path.open("rb") as file:
        picture = await open_source(file, LIMITS)
    assert (picture.name, picture.format) == (f"<file {path}>", "JPEG")


async def test_a_file_object_in_memory_is_read_at_once_from_where_it_stands(monkeypatch):
    monkeypatch.setattr("ocr_async.sources.file_object.in_thread", None)
    file = BytesIO(b"before it" + PICTURES["PNG"])
    file.seek(9)
    assert await (await open_source(file, LIMITS)).body(b"", b"") == b64encode(PICTURES["PNG"])


async def test_a_file_object_that_cannot_seek_is_read():
    read_end, write_end = os.pipe()
    os.write(write_end, PICTURES["PNG"])
    os.close(write_end)
    with os.fdopen(read_end, "rb") as file:
        assert (await open_source(file, LIMITS)).size == len(PICTURES["PNG"])


async def test_an_endless_file_object_is_read_no_further_than_the_limit():
    with Path("/dev/zero").open("rb") as file:  # noqa: ASYNC230  never blocks  # noqa: ASYNC230  an endless file is what this is about
        assert "the limit is 100,000 B" in await refusal(file)


async def test_a_file_object_that_gives_text_is_refused(path):
    with path.open(encoding="latin-1") as file:
        assert "mode 'rb'" in await refusal(file)


async def test_a_closed_file_object_is_refused(path):
    with path.open("rb") as file:
        pass
    with pytest.raises(SourceError, match="closed"):
        await open_source(file, LIMITS)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "P", "CMYK", "F"])
async def test_a_pillow_image_is_sent_as_png(mode):
    picture = await open_source(Image.new(mode, (40, 30)), LIMITS)
    assert (picture.format, picture.width, picture.height) == ("PNG", 40, 30)
    assert picture.name == f"<Pillow image 40 x 30, mode {mode}>"


async def test_a_pillow_image_too_big_as_png_is_sent_as_jpeg():
    noise = Image.effect_noise((300, 300), 50).convert("RGBA")
    picture = await open_source(noise, Limits(max_base64_bytes=115_000))
    assert picture.format == "JPEG"


async def test_a_pillow_image_is_measured_before_it_is_encoded(monkeypatch):
    monkeypatch.setattr(Image.Image, "save", None)
    with pytest.raises(SourceError, match="at most 1000 px"):
        await open_source(Image.new("1", (1001, 30)), LIMITS)


async def test_a_data_url_is_decoded():
    picture = await open_source(f"data:image/png;base64,{b64encode(PICTURES['PNG']).decode()}", LIMITS)
    assert await picture.body(b"", b"") == b64encode(PICTURES["PNG"])


@pytest.mark.parametrize(
    "text", ["data:image/png;base64", "data:image/png,abc", "data:image/png;base64,ab*d", "data:;base64,abc"]
)
async def test_a_data_url_that_is_none_is_refused(text):
    with pytest.raises(SourceError, match="data"):
        await open_source(text, LIMITS)


# addresses


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("https://a.example.com/b.jpg?x=1%202", "https://a.example.com/b.jpg?x=1%202"),
        ("http://a.example.com/发票 1.jpg", "http://a.example.com/%E5%8F%91%E7%A5%A8%201.jpg"),
        ("HTTPS://bücher.example/a", "https://xn--bcher-kva.example/a"),
    ],
)
async def test_an_address_is_sent_percent_encoded(address, sent):
    assert await open_source(address, LIMITS) == Url(sent)
    assert (await open_source(Url(address), LIMITS)).address == sent


def test_the_query_of_an_address_is_not_shown():
    url = Url("https://a.example.com/b.jpg?Signature=secret")
    assert "secret" not in f"{url!r} {url.name}"


def test_an_address_needs_a_scheme():
    with pytest.raises(SourceError, match="http://"):
        Url("ftp://a.example.com/b.jpg")


# what is refused


@pytest.fixture(params=["cached", "from the disk"])
def access(request, monkeypatch):
    """Read files in either way: the kernel's answer must not matter."""
    if request.param == "from the disk":
        monkeypatch.setattr(paths, "open_cached", not_cached)


def not_cached(path):
    raise NotCachedError


async def refusal(source, limits=LIMITS):
    with pytest.raises(SourceError) as caught:
        await open_source(source, limits)
    return str(caught.value)


async def test_a_picture_is_the_same_however_it_is_read(path, access):
    assert await (await open_source(path, LIMITS)).body(b"", b"") == b64encode(PICTURES["JPEG"])


async def test_a_missing_file_is_named(tmp_path, access):
    assert await refusal(tmp_path / "none.jpg") == f"{tmp_path / 'none.jpg'}: no such file"


async def test_a_directory_is_refused(tmp_path, access):
    assert "is a directory" in await refusal(tmp_path)


async def test_an_empty_file_is_refused(tmp_path, access):
    (tmp_path / "a.jpg").touch()
    assert await refusal(tmp_path / "a.jpg") == f"{tmp_path / 'a.jpg'}: is empty"


async def test_a_pipe_that_nobody_writes_to_does_not_hang(tmp_path, access):
    os.mkfifo(tmp_path / "pipe")
    assert "is not a regular file" in await refusal(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_an_unreadable_file_is_refused(path, access):
    path.chmod(0)
    assert "cannot be read: Permission denied" in await refusal(path)


@pytest.mark.parametrize("source", ["a\x00b.jpg", "x" * 300 + ".jpg"], ids=["NUL", "too long"])
async def test_an_impossible_path_is_refused(source, access):
    assert "cannot be read" in await refusal(source)


async def test_bare_base64_is_refused_with_what_to_do_and_does_not_get_into_the_message():
    message = await refusal("iVBORw0KGgo" * 1000)
    assert "<text of 11,000 characters>: cannot be read as a path; put data:image/jpeg;base64," in message
    assert "iVBOR" not in message


async def test_a_file_that_is_open_for_writing_is_refused(tmp_path):
    with (tmp_path / "a.jpg").open("wb") as file:
        assert "cannot be read: it is not open for reading" in await refusal(file)


async def test_a_packed_file_object_is_a_picture_where_warnings_are_errors(tmp_path):
    with gzip.open(tmp_path / "a.png.gz", "wb") as packed:
        packed.write(PICTURES["PNG"])
    with warnings.catch_warnings(), gzip.open(tmp_path / "a.png.gz") as file:
        warnings.simplefilter("error")
        assert (await open_source(file, LIMITS)).name == f"<file {tmp_path}/a.png.gz>"


async def test_an_empty_path_is_refused():
    assert "<empty path>: is no picture; pass the path" in await refusal("")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"GIF89a" + bytes(99), "a GIF"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a WebP"),
        (b"\x00\x00\x00\x18ftypheic", "a HEIC"),
        (b"\x00\x00\x00\x18ftypavif", "an AVIF"),
        (b"PK\x03\x04", "a ZIP archive (Office or similar)"),
        (b"II+\x00\x08\x00", "a BigTIFF"),
        ("<html>票</html>".encode(), "text"),
        (b"\x00\x01\x02\x03", "of no known picture format"),
    ],
)
async def test_another_format_is_named_with_what_is_accepted(content, what):
    assert await refusal(content) == f"<bytes, {len(content)} B>: it is {what}; accepted are JPEG, PNG, BMP, TIFF"


async def test_a_picture_format_that_this_type_does_not_take_is_refused():
    message = await refusal(PICTURES["TIFF"], Limits(formats=("JPEG", "PNG")))
    assert message.endswith("it is a TIFF; accepted are JPEG, PNG")


@pytest.mark.parametrize("content", [PICTURES["JPEG"][:100], PICTURES["PNG"][:20], b"BM123", PICTURES["TIFF"][:6]])
async def test_a_header_cut_short_is_refused(content):
    assert "its header is cut short" in await refusal(content)


async def test_a_damaged_jpeg_is_refused():
    assert "its header is damaged" in await refusal(b"\xff\xd8\xff\xe0\x00\x02" + bytes(20))


@pytest.mark.parametrize(
    ("size", "problem"), [((14, 30), "at least 15 px"), ((30, 14), "at least 15 px"), ((1001, 30), "at most 1000 px")]
)
async def test_a_side_out_of_range_is_refused_with_figure_and_limit(size, problem):
    message = await refusal(encoded("PNG", size, "1"))
    assert f"{size[0]} x {size[1]} px" in message
    assert problem in message


@pytest.mark.parametrize(("width", "height"), list(product((15, 1000), repeat=2)))
async def test_the_limits_themselves_are_allowed(width, height):
    assert await open_source(encoded("PNG", (width, height), "1"), LIMITS)


async def test_a_picture_too_big_as_base64_is_refused_with_figure_and_limit(tmp_path, access):
    path = tmp_path / "a.jpg"
    path.write_bytes(PICTURES["JPEG"] + bytes(75_001))
    size = path.stat().st_size
    assert f"has {size:,} B" in await refusal(path)
    assert "the limit is 100,000 B as base64" in await refusal(path)


async def test_the_largest_picture_that_fits_is_allowed():
    assert (await open_source(PICTURES["PNG"].ljust(75_000, b"\0"), LIMITS)).size == 75_000


@pytest.mark.parametrize("source", [None, 7, ["a.jpg"], object()])
async def test_what_is_no_picture_is_refused(source):
    assert "pass a path, bytes" in await refusal(source)


@given(st.sampled_from(sorted(PICTURES)), st.integers(0, 200), st.integers(0, 255))
def test_no_damage_to_a_header_raises_anything_but_a_header_error(name, at, value):
    content = bytearray(PICTURES[name])
    content[at % len(content)] = value
    with suppress(HeaderError):
        read_header(lambda offset, count: content[offset : offset + count], len(content))
