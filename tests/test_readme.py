from __future__ import annotations

import ast
import asyncio
import inspect
import re
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from ocr_async import OcrSession
from ocr_async.cli import app as command_line
from ocr_async.errors import (
    AuthError,
    ClosedError,
    CredentialsError,
    DeadlineError,
    ServiceError,
    ThrottledError,
    TransportError,
)
from ocr_async.testing import ScriptedService, Unreadable, picture, picture_number

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
PYTHON = [text for language, text in BLOCKS if language == "python"]


def block(word):
    """The Python block that holds this word; the first one, since the Chinese quick start is that program again."""
    return next(text for text in PYTHON if word in text)


def run(text):
    """Run a block as a script or, where it awaits at its top level, as a notebook does; return its names."""
    names = {"__name__": "__main__"}
    code = compile(text, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, names))
    else:
        exec(code, names)
    return names


@pytest.fixture
def service():
    return ScriptedService()


@pytest.fixture(autouse=True)
def scripted(service, monkeypatch, tmp_path):
    """A folder with the pictures that the README names, and a scripted service behind `OcrSession.local()`."""
    monkeypatch.chdir(tmp_path)
    local = OcrSession.local
    monkeypatch.setattr(OcrSession, "local", lambda: local(service))
    Path("scans").mkdir()
    for number, name in enumerate(("ticket.jpg", "card.jpg", "scans/1.jpg", "scans/2.jpg")):
        Path(name).write_bytes(picture(number))


def test_the_first_block_is_one_command_to_try_it_and_one_to_test_it():
    language, text = BLOCKS[0]
    tried, tested = text.splitlines()
    assert language == "sh"
    assert tried.endswith("ocr-async demo")
    assert "pytest" in tested


def test_every_python_block_is_run_by_a_test():
    assert len(PYTHON) == 5


def test_the_chinese_quick_start_is_the_english_program():
    english, chinese = (text for text in PYTHON if "ticket = await" in text)
    assert ast.dump(ast.parse(english)) == ast.dump(ast.parse(chinese))
    assert "有账号时" in chinese


def test_one_picture(capsys):
    run(block("ticket = await"))
    assert "长沙南 2017-12-12 20:39:00 164.5" in capsys.readouterr().out


@asynccontextmanager
async def web_service():
    """A client of the README's web service."""
    app = run(block("FastAPI"))["app"]
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://web") as client,
    ):
        yield client


async def test_the_web_service_answers_with_the_fields():
    async with web_service() as client:
        reply = await client.post("/passports", content=picture(5))
    assert reply.json()["passport_number"] == picture_number(picture(5))


async def test_the_web_service_tells_what_is_wrong_with_a_picture(service):
    service.recognizer.replies = _unreadable
    async with web_service() as client:
        assert (await client.post("/passports", content=b"no picture")).status_code == 422
        reply = await client.post("/passports", content=picture(5))
    assert reply.status_code == 422
    assert "AIS.0104" in reply.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DeadlineError("too late"), 504),
        (AuthError(status=401, remedy="check the secret key"), 502),
        (AuthError(status=403, remedy="check the secret key"), 502),
        (CredentialsError("no secret key"), 502),
        (TransportError("nobody listens at 10.0.0.1"), 503),
        (ThrottledError(status=429, retryable=True), 503),
        (ServiceError(status=503, retryable=True), 503),
        (ClosedError("closed"), 502),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_the_web_service_answers_whoever_asks_without_the_remedies_of_its_operator(monkeypatch, error, status):
    async def failing(*_, **__):
        raise error

    monkeypatch.setattr(OcrSession, "recognize", failing)
    async with web_service() as client:
        reply = await client.post("/passports", content=picture(5))
    assert reply.status_code == status
    assert "secret" not in reply.text
    assert "10.0.0.1" not in reply.text


def test_thousands_of_pictures(capsys):
    run(block("run_job"))
    out = capsys.readouterr().out
    assert "scans/1.jpg" in out
    assert "2 done 0 failed" in out
    assert Path("results.jsonl").exists()
    assert Path("results.xlsx").exists()


def test_a_notebook():
    assert run(block("Bankcard"))["session"] is not None


def test_every_command_that_it_names_exists():
    named = set(re.findall(r"ocr-async ([a-z]+)", README.read_text("utf-8")))
    commands = {command.callback.__name__ for command in command_line.app.registered_commands}
    assert named <= commands | {group.name for group in command_line.app.registered_groups}


def test_every_file_that_it_links_to_exists():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text("utf-8"))
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []


def _unreadable(_):
    raise Unreadable
