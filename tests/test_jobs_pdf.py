from __future__ import annotations

import io
import threading

import pytest
from job_fixtures import by_key, run
from PIL import Image

from ocr_async.errors import SourceError
from ocr_async.fields import ImageLimits
from ocr_async.jobs import pdf
from ocr_async.jobs.files import File
from ocr_async.jobs.left_alone import LeftAlone
from ocr_async.jobs.pages import looked_at
from ocr_async.jobs.sources import Sources
from ocr_async.testing import Answer, ScriptedService


def make(path, pages, size=(200, 300), resolution=72):
    """Make a PDF file with a page in another grey for each number."""
    sheets = [Image.new("RGB", size, (number, number, number)) for number in pages]
    sheets[0].save(path, save_all=True, append_images=sheets[1:], resolution=resolution)
    return path


def sides(content):
    return Image.open(io.BytesIO(content)).size


async def test_a_pdf_file_is_read_page_by_page(tmp_path):
    path, out, service = make(tmp_path / "scans.pdf", [10, 100, 200]), tmp_path / "out.jsonl", ScriptedService()
    await run(path, out, service)
    found = by_key(out)
    assert sorted(found) == [f"{path}#page={page}" for page in (1, 2, 3)]
    assert [found[f"{path}#page={page}"]["page"] for page in (1, 2, 3)] == [1, 2, 3]
    assert len({line["result"]["ticket_id"] for line in found.values()}) == service.ledger.calls == 3


async def test_pages_that_are_done_are_not_sent_again_under_another_file_name(tmp_path):
    path, out, service = make(tmp_path / "scans.pdf", [10, 100]), tmp_path / "out.jsonl", ScriptedService()
    await run(path, out, service)
    path.rename(tmp_path / "moved.pdf")
    await run(tmp_path / "moved.pdf", out, service)
    assert service.ledger.calls == 2
    assert by_key(out)[f"{tmp_path}/moved.pdf#page=2"]["copy_of"] == f"{path}#page=2"


async def test_pages_are_drawn_one_at_a_time_and_off_the_event_loop(tmp_path, monkeypatch):
    path, drawing, most = make(tmp_path / "scans.pdf", range(20)), [], []
    draw = pdf.render

    def watched(*arguments):
        drawing.append(threading.current_thread())
        most.append(len(drawing))
        try:
            return draw(*arguments)
        finally:
            drawing.pop()

    monkeypatch.setattr(pdf, "render", watched)
    loop = threading.current_thread()
    await run(path, tmp_path / "out.jsonl")
    assert most == [1] * 20
    assert loop not in drawing


@pytest.mark.parametrize(
    ("size", "limits"),
    [
        ((200, 300), ImageLimits()),
        ((200, 300), ImageLimits(max_side=400)),
        ((40, 4000), ImageLimits(min_side=15, max_side=4096)),
        ((5, 300), ImageLimits(min_side=100)),
        ((612, 792), ImageLimits(max_base64_bytes=20_000)),
    ],
)
def test_a_page_is_drawn_within_the_limits_of_its_type(tmp_path, size, limits):
    content = pdf.render(str(make(tmp_path / "a.pdf", [50], size)), 1, limits)
    assert limits.min_side <= min(sides(content)) <= max(sides(content)) <= limits.max_side
    assert len(content) * 4 / 3 <= limits.max_base64_bytes
    assert Image.open(io.BytesIO(content)).format in limits.formats


def test_a_page_is_drawn_at_the_resolution_of_small_print(tmp_path):
    assert sides(pdf.render(str(make(tmp_path / "a.pdf", [50], (72, 144))), 1, ImageLimits())) == (200, 400)


def test_a_damaged_pdf_file_is_one_item_that_fails(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (entry,) = looked_at(*Sources(tmp_path / "broken.pdf", None), LeftAlone())
    assert "cannot be read" in entry.problem


def test_a_page_that_is_not_there_is_an_error_that_says_how_many_there_are(tmp_path):
    path = make(tmp_path / "a.pdf", [1, 2])
    with pytest.raises(SourceError, match="there is no page 3, it has 2"):
        pdf.render(str(path), 3, ImageLimits())


async def test_a_failed_page_is_listed_with_its_number_and_run_alone(tmp_path):
    path, out = make(tmp_path / "a.pdf", [1, 100, 200]), tmp_path / "out.jsonl"
    refusal = Answer(400, b'{"error_code": "AIS.0104", "error_msg": "The image is not supported."}')
    service = ScriptedService(faults=[None, refusal])
    summary = await run(path, out, service, concurrency=1)
    assert summary.failed == 1
    service.faults = iter(())
    summary = await run(summary.failed_list, out, service, retry_failed=True)
    assert (summary.done, summary.failed, service.ledger.calls) == (3, 0, 4)


async def test_a_document_is_read_once_for_all_its_pages(tmp_path, monkeypatch):
    path, opened = make(tmp_path / "scans.pdf", range(0, 200, 10)), []
    read = File.open

    def counted(file):
        opened.append(file.path)
        return read(file)

    monkeypatch.setattr(File, "open", counted)
    summary = await run(path, tmp_path / "out.jsonl")
    assert summary.done == 20
    assert len(opened) <= 4  # to count the pages, for all of them and for the total, to know the content, to draw
