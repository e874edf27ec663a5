"""Nothing blocks the event loop: blockbuster raises where a call, a run or a job would."""

from __future__ import annotations

import io

import pytest
from blockbuster import blockbuster_ctx

from ocr_async import AkSk, OcrSession, Password, TrainTicket
from ocr_async.jobs import run_job
from ocr_async.testing import ACCOUNT, ScriptedService, picture, serve

CREDENTIALS = {
    "token": Password(ACCOUNT.user, ACCOUNT.password, ACCOUNT.domain),
    "key": AkSk(ACCOUNT.ak, ACCOUNT.sk),
}


@pytest.fixture(params=CREDENTIALS)
def settings(request):
    with serve(ScriptedService()) as url:
        yield {
            "credentials": CREDENTIALS[request.param],
            "endpoint": url,
            "iam_endpoint": url,
            "project_id": ACCOUNT.project_id,
        }


@pytest.fixture
def folder(tmp_path):
    for number in range(20):
        (tmp_path / f"{number}.png").write_bytes(picture(number))
    large = bytes(3 * 1024 * 1024)  # a chunk after the picture's end makes it large
    (tmp_path / "large.png").write_bytes(picture(99) + large)
    return tmp_path


async def test_a_call_never_blocks_the_loop(settings, folder):
    async with OcrSession(**settings) as session:
        await session.recognize(TrainTicket, picture(0))  # what is imported on first use may take its time
        with blockbuster_ctx("ocr_async", excluded_modules=["ocr_async.local", "ocr_async.testing"]):
            for source in (folder / "1.png", str(folder / "large.png"), picture(2), io.BytesIO(picture(3))):
                assert await session.recognize(TrainTicket, source)


async def test_a_run_never_blocks_the_loop(settings, folder):
    async with OcrSession(**settings) as session:
        await session.recognize(TrainTicket, picture(0))
        with blockbuster_ctx("ocr_async", excluded_modules=["ocr_async.local", "ocr_async.testing"]):
            async with session.recognize_many(TrainTicket, sorted(folder.glob("*.png"))) as run:
                assert len(await run.results()) == 21


async def test_a_job_never_blocks_the_loop(settings, folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "results.jsonl"
    async with OcrSession(**settings) as session:
        await session.recognize(TrainTicket, picture(0))
        with blockbuster_ctx("ocr_async", excluded_modules=["ocr_async.local", "ocr_async.testing"]):
            summary = await run_job(session, TrainTicket, folder, out=out)
    assert summary.is_complete
