"""PDF, OFD and the other formats that some APIs take: known by their content, checked before anything is sent."""

from __future__ import annotations

import struct
from base64 import b64decode
from io import BytesIO
from zipfile import ZipFile

import pytest
from catalogue_walk import APIS, made
from PIL import Image

from ocr_async import OcrSession
from ocr_async.documents import (
    AutoClassification,
    BankReceipt,
    GeneralText,
    Seal,
    SmartDocumentRecognizer,
    TrainTicket,
    VatInvoice,
)
from ocr_async.errors import SourceError
from ocr_async.sources.headers import read_header
from ocr_async.testing import ScriptedService

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
TYPES = [made(api) for api in APIS if APIS[api]["limits"]]
WIDTH, HEIGHT = 120, 110


def archive(*names):
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "<xml/>")
    return content.getvalue()


def drawn(format_, **options):
    content = BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), "white").save(content, format_, **options)
    return content.getvalue()


OFD = archive("OFD.xml", "Doc_0/Document.xml")
PSD = b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, HEIGHT, WIDTH, 8, 3) + bytes(64)
CONTENTS = {
    "PDF": PDF,
    "OFD": OFD,
    "GIF": drawn("GIF"),
    "WEBP": drawn("WEBP"),
    "PCX": drawn("PCX"),
    "ICO": drawn("ICO", sizes=[(WIDTH, HEIGHT)]),
    "PSD": PSD,
}


async def recognized(kind, content):
    """Return the picture that reached the service, or the error, and how many calls were made."""
    seen = []
    service = ScriptedService(lambda task: seen.append(task.image) or _empty(kind))
    async with OcrSession.local(service) as session:
        try:
            await session.recognize(kind, content)
        except SourceError as error:
            return error, service.ledger.calls
    return seen[0], service.ledger.calls


def _empty(kind):
    return [] if kind.result_class.json_type is list else {}


@pytest.mark.parametrize("format_", CONTENTS)
@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.api)
async def test_a_format_is_sent_where_the_api_takes_it_and_refused_before_sending_elsewhere(kind, format_):
    answer, calls = await recognized(kind, CONTENTS[format_])
    if format_ in kind.limits.formats:
        assert (answer, calls) == (CONTENTS[format_], 1)
    else:
        assert "accepted are JPEG, PNG, BMP, TIFF" in str(answer)
        assert calls == 0


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PCX", "ICO", "PSD"])
def test_the_sides_of_the_rarer_formats_are_in_their_first_bytes(format_):
    content = CONTENTS[format_]
    header = read_header(lambda at, count: content[at : at + count], len(content), (format_,))
    assert (header.format, header.width, header.height) == (format_, WIDTH, HEIGHT)


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": b"Exif\0\0"}], ids=["VP8L", "VP8X"])
def test_every_kind_of_webp_has_its_sides(options):
    content = drawn("WEBP", **options)
    header = read_header(lambda at, count: content[at : at + count], len(content), ("WEBP",))
    assert (header.width, header.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PCX", "ICO", "PSD"])
async def test_a_picture_of_a_rarer_format_that_is_cut_short_is_refused_before_sending(format_):
    cut, calls = await recognized(GeneralText(), CONTENTS[format_][:7])
    assert isinstance(cut, SourceError)
    assert calls == 0


async def test_a_picture_that_is_too_small_is_refused_in_a_rarer_format_as_well():
    content = b64decode("R0lGODlhBAADAIAAAP///wAAACwAAAAABAADAAACA4RvBQA7")  # a GIF of 4 x 3
    answer, calls = await recognized(GeneralText(), content)
    assert "is 4 x 3 px; each side must have at least 15 px" in str(answer)
    assert calls == 0


@pytest.mark.parametrize("content", [archive("word/document.xml"), archive()], ids=["Office", "empty"])
async def test_a_zip_archive_without_an_ofd_inside_is_none(content):
    answer, calls = await recognized(VatInvoice(), content)
    assert "a ZIP archive (Office or similar)" in str(answer) or "of no known" in str(answer)
    assert calls == 0


async def test_a_document_that_is_too_large_is_refused_before_sending():
    answer, calls = await recognized(VatInvoice(), PDF + bytes(8 * 1024 * 1024))
    assert "the limit is 10,485,760 B as base64" in str(answer)
    assert calls == 0


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (VatInvoice(page_num=3, ofd_to_image_mode=True), {"page_num": 3, "ofd_to_image_mode": True}),
        (BankReceipt(page_num=2), {"page_num": 2}),
        (Seal(pdf_page_number=2), {"pdf_page_number": 2}),
        (GeneralText(pdf_page_number=2), {"pdf_page_number": 2}),
        (SmartDocumentRecognizer(pdf_page_number=2), {"pdf_page_number": 2}),
        (AutoClassification(pdf_page_number=2), {"pdf_page_number": 2}),
    ],
    ids=lambda each: getattr(each, "api", ""),
)
async def test_the_page_of_a_document_is_an_option_under_the_name_that_its_api_has_for_it(kind, options):
    asked = []
    service = ScriptedService(lambda task: asked.append(dict(task.options)) or _empty(kind))
    async with OcrSession.local(service) as session:
        await session.recognize(kind, PDF)
    assert asked == [options]


@pytest.mark.parametrize("page", [0, -1, "2", 1.5, True])
def test_pages_are_counted_from_one(page):
    if page is True:  # equals the default, which is left out
        assert Seal(pdf_page_number=page).options() == {}
        return
    with pytest.raises(ValueError, match="pages are numbered from 1"):
        Seal(pdf_page_number=page)


def test_the_older_version_takes_pictures_alone():
    assert "PDF" not in VatInvoice(version="v1.0").limits.formats
    assert "OFD" not in TrainTicket(version="v1.0").limits.formats
