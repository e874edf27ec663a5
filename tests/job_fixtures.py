"""What the tests of bulk jobs share: a session on the scripted service, folders of pictures, lines of an output."""

from __future__ import annotations

import json

import httpx

from ocr_async.auth import AkSk
from ocr_async.documents import TrainTicket
from ocr_async.jobs import run_job
from ocr_async.session import OcrSession
from ocr_async.testing import ScriptedService, picture


def fill(folder, numbers):
    """Make a folder of distinct pictures called 0.png, 1.png, ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / f"{number}.png").write_bytes(picture(number))
    return folder


def lines(out):
    """Return the lines of an output; a line that is not whole is an error."""
    text = out.read_text(encoding="utf-8")
    assert text.endswith("\n") or not text
    return [json.loads(line) for line in text.splitlines()]


def by_key(out):
    """Return the lines of an output by key; a key that is there twice is an error."""
    found = lines(out)
    keyed = {line["key"]: line for line in found}
    assert len(keyed) == len(found)
    return keyed


def session_on(service, url=None):
    """Make a session on a service in this process, or on its address."""
    account = service.account
    return OcrSession(
        AkSk(account.ak, account.sk),
        endpoint=url or "http://ocr.test",
        project_id=account.project_id,
        http_client=None if url else httpx.ASGITransport(service),
    )


async def run(items, out, service=None, document_type=TrainTicket, url=None, **settings):
    """Run a job on a service and return its summary."""
    async with session_on(service or ScriptedService(), url) as session:
        return await run_job(session, document_type, items, out=out, **settings)
